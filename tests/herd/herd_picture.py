# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws the simulation's figures: one panel for each way to wait (rows) and each case (columns)."""

import math

UPGRADES_PER_SECOND = 2000
SHOWN_SECONDS = 180
# where the columns begin, in seconds since the platform went
CASES = {"restart": 0, "crash": 0, "outage": 240}

LEFT, TOP, RIGHT, BOTTOM = 94, 122, 24, 50
PANEL_WIDTH, PANEL_HEIGHT, GAP_X, GAP_Y = 288, 112, 36, 38
DECADES = ["1", "10", "100", "1,000", "10,000", "100,000"]

STYLE = """
  text { font: 12px sans-serif; fill: #24292f }
  .title { font-size: 17px; font-weight: bold }
  .head { font-weight: bold }
  .quiet { fill: #57606a }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .paper { fill: #ffffff; stroke: #d0d7de }
  .away { fill: #eaeef2 }
  .grid { stroke: #d0d7de; fill: none }
  .limit { stroke: #24292f; stroke-dasharray: 5 3; fill: none }
  .dials { fill: #0072b2 }
  .upgrades { fill: #e69f00 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .quiet { fill: #9198a1 }
    .paper { fill: #0d1117; stroke: #3d444d }
    .away { fill: #262c36 }
    .grid { stroke: #3d444d }
    .limit { stroke: #e6edf3 }
    .dials { fill: #56b4e9 }
  }
"""


def height(rate):
    """How high a rate stands: the axis is logarithmic and begins at 1."""
    return PANEL_HEIGHT * math.log10(max(1, rate)) / (len(DECADES) - 1)


def text(x, y, words, classes=""):
    return f'<text x="{x:g}" y="{y:g}" class="{classes}">{words}</text>'


def draw_columns(rates, classes):
    """One path, with a column for each second in which something happened."""
    width = PANEL_WIDTH / SHOWN_SECONDS
    path = "".join(
        f"M{second * width:.1f} {PANEL_HEIGHT}v{-height(rate):.1f}h{width:.1f}V{PANEL_HEIGHT}z"
        for second, rate in enumerate(rates)
        if rate > 1
    )
    return f'<path class="{classes}" d="{path}"/>'


def draw_axes(is_leftmost, is_lowest, first_second):
    y_of_limit = PANEL_HEIGHT - height(UPGRADES_PER_SECOND)
    parts = []
    for power, label in enumerate(DECADES):
        y = PANEL_HEIGHT - height(10**power)
        parts.append(f'<path class="grid" d="M0 {y:.1f}h{PANEL_WIDTH}"/>')
        if is_leftmost:
            parts.append(text(-8, y + 4, label, "quiet end"))
    parts.append(f'<path class="limit" d="M0 {y_of_limit:.1f}h{PANEL_WIDTH}"/>')
    if is_lowest:
        for second in range(0, SHOWN_SECONDS + 1, 60):
            x = second * PANEL_WIDTH / SHOWN_SECONDS
            parts.append(text(x, PANEL_HEIGHT + 17, first_second + second, "quiet middle"))
    return parts


def draw_panel(first_second, seconds, total, is_leftmost, is_lowest):
    shown = range(first_second, first_second + SHOWN_SECONDS)
    dials, upgrades = ([seconds.get(second, (0, 0))[i] for second in shown] for i in (0, 1))
    away = max(0, total["outage_ms"] / 1000 - first_second) * PANEL_WIDTH / SHOWN_SECONDS
    verdict = f"all back after {describe(total['all_ms'])}"

    return [
        f'<rect class="away" width="{away:.1f}" height="{PANEL_HEIGHT}"/>',
        *draw_axes(is_leftmost, is_lowest, first_second),
        draw_columns(dials, "dials"),
        draw_columns(upgrades, "upgrades"),
        text(PANEL_WIDTH, -7, verdict, "quiet end"),
    ]


def draw_legend():
    entries = [
        (0, '<rect class="dials" y="-10" width="12" height="12"/>', "relays that dial, in each second"),
        (236, '<rect class="upgrades" y="-10" width="12" height="12"/>', "relays that are taken back"),
        (440, '<path class="limit" d="M-6 -4h22"/>', f"what the platform can take: {UPGRADES_PER_SECOND:,} in a second"),
        (772, '<rect class="away" y="-10" width="12" height="12"/>', "the platform is away"),
    ]
    return [f'<g transform="translate({LEFT + x} 64)">{sign}{text(20, 0, words)}</g>' for x, sign, words in entries]


def describe(milliseconds):
    """A duration in words: `87 s`, `46 min`."""
    seconds = milliseconds / 1000
    return f"{seconds:.0f} s" if seconds < 180 else f"{seconds / 60:.0f} min"


def draw(seconds, totals, case_names, way_names):
    """The picture, as SVG. `seconds` and `totals` are by (case, way)."""
    width = LEFT + len(CASES) * (PANEL_WIDTH + GAP_X) - GAP_X + RIGHT
    rows_height = len(way_names) * (PANEL_HEIGHT + GAP_Y) - GAP_Y
    total_height = TOP + rows_height + BOTTOM
    title = "100,000 relays lose their platform and come back"
    parts = [
        f'<rect class="paper" x="0.5" y="0.5" width="{width - 1}" height="{total_height - 1}" rx="6"/>',
        text(LEFT, 34, title, "title"),
        *draw_legend(),
        text(LEFT + (width - LEFT - RIGHT) / 2, total_height - 12, "seconds since the platform went", "quiet middle"),
        f'<g transform="translate(24 {TOP + rows_height / 2:g}) rotate(-90)">'
        f'{text(0, 0, "relays in a second (logarithmic)", "quiet middle")}</g>',
    ]
    for column, (case, first_second) in enumerate(CASES.items()):
        x = LEFT + column * (PANEL_WIDTH + GAP_X)
        parts.append(text(x, TOP - 28, case_names[case], "head"))
        for row, way in enumerate(way_names):
            is_lowest = row == len(way_names) - 1
            panel = draw_panel(first_second, seconds[case, way], totals[case, way], column == 0, is_lowest)
            parts += [f'<g transform="translate({x} {TOP + row * (PANEL_HEIGHT + GAP_Y)})">', *panel]
            parts += [text(0, -7, way_names[way]), "</g>"]

    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total_height}" role="img" aria-labelledby="title">'
    return "\n".join([
        head,
        "<!-- SPDX-FileCopyrightText: the Gangway authors -->",
        "<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->",
        "<!-- drawn by ./dev herd -->",
        f'<title id="title">{title}: dials in each second, by how the relays wait</title>',
        f"<style>{STYLE}</style>",
        *parts,
        "</svg>",
        "",
    ])
