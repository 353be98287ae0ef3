# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the driver's reports to tables."""

import os
import platform
import statistics

WAYS = {"down": "gateway → platform", "up": "platform → gateway"}
SIZES = {200: "200 B", 2048: "2 KB", 65536: "64 KiB", 4194304: "4 MiB"}
COLUMN = 11
LABEL = 42


def summarize(reports):
    """The figures of one peer: medians over the runs, but the most of the memory peaks."""
    figures = {
        "start_ms": statistics.median(report["start_ns"] / 1e6 for report in reports),
        "idle_mb": statistics.median(report["idle_kib"] * 1024 / 1e6 for report in reports),
    }
    by_stage = {}
    for report in reports:
        for stage in report["stages"]:
            by_stage.setdefault(stage["stage"], []).append(stage)
    for name, found in by_stage.items():
        figures[name] = summarize_stage(found)
    return figures


def summarize_stage(found):
    def median(value):
        return statistics.median(value(stage) for stage in found)

    figures = {
        "cpu_us": median(lambda stage: stage["cpu_ns"] / stage["n"] / 1e3),
        "wall_us": median(lambda stage: stage["wall_ns"] / stage["n"] / 1e3),
        "per_second": median(lambda stage: stage["n"] / stage["wall_ns"] * 1e9),
        "kernel_percent": median(lambda stage: 100 * stage["kernel_ns"] / max(1, stage["cpu_ns"])),
        "peer_busy_percent": median(lambda stage: 100 * stage["cpu_ns"] / stage["wall_ns"]),
        "driver_busy_percent": median(lambda stage: 100 * stage["driver_ns"] / stage["wall_ns"]),
        "peak_mb": max(stage["peak_kib"] for stage in found) * 1024 / 1e6,
    }
    for name in ("p50", "p99"):
        if f"{name}_ns" in found[0]:
            figures[f"{name}_us"] = median(lambda stage, key=f"{name}_ns": stage[key] / 1e3)
    return figures


def look_up(figures, *path):
    for key in path:
        if figures is None:
            return None
        figures = figures.get(key)
    return figures


def number(value):
    if value is None:
        return "–"
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(above, below):
    return f"{above / below:.2f}×" if above is not None and below else "–"


class Table:
    """One row per figure, one column per peer, and what Gangway makes of them."""

    def __init__(self, figures, titles):
        self.figures = figures
        self.titles = titles
        self.others = [key for key in figures if key != "gangway"] if "gangway" in figures else []

    def head(self, title, compared=True):
        ratios = [f"{self.titles[key]}/gw" for key in self.others if compared]
        print(f"\n{title:<{LABEL + 2}}" + "".join(f"{self.titles[key]:>{COLUMN}}" for key in self.figures) +
              "".join(f"{name:>{COLUMN}}" for name in ratios))

    def row(self, label, *path, scale=1.0, compared=True):
        values = {key: look_up(figures, *path) for key, figures in self.figures.items()}
        cells = [number(None if value is None else value * scale) for value in values.values()]
        ratios = [ratio(values[key], values["gangway"]) for key in self.others if compared]
        print(f"  {label:<{LABEL}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells + ratios))

    def pours(self, title, figure, compared=True):
        self.head(title, compared)
        for way, way_label in WAYS.items():
            for size, size_label in SIZES.items():
                self.row(f"{way_label}  {size_label}", f"{way}:{size}", figure, compared=compared)


def print_all(figures, titles, plan, arguments, abouts):
    print(f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} CPUs; "
          f"medians of {arguments.runs} run{'s' if arguments.runs > 1 else ''}, peers in turn")
    for about in abouts:
        print(f"  {about}")

    table = Table(figures, titles)
    table.pours("CPU per frame, µs", "cpu_us")
    for size, size_label in SIZES.items():
        table.row(f"{WAYS['down']}  {size_label}, 10 streams", f"streaming:{size}", "cpu_us")
    table.pours("  of which the kernel, %", "kernel_percent", compared=False)
    table.pours("Frames per second", "per_second")
    table.head("Round trip of 200 B, µs")
    table.row("p50", "roundtrip", "p50_us")
    table.row("p99", "roundtrip", "p99_us")
    table.row("CPU", "roundtrip", "cpu_us")
    table.pours("Resident memory, MB, at the peak of", "peak_mb")
    table.row("idle after connect", "idle_mb")
    table.head("Start to connected, ms")
    table.row("", "start_ms")
    print_workspace(table, plan)
    if "gangway" in figures:
        print_targets(figures)


def print_workspace(table, plan):
    sizes = {"workspace.ls": f"{plan.files:,} files", "workspace.read": f"{plan.text_bytes // 2**20} MiB"}
    for method, size in sizes.items():
        table.head(f"{method} of {size}")
        table.row("until the answer is there, ms", method, "wall_us", scale=1e-3)
        table.row("CPU, ms", method, "cpu_us", scale=1e-3)
        table.row("memory peak, MB", method, "peak_mb")


def targets(figures):
    """What is to be reached: label, value, limit, and whether the value has to be below (-1) or above (1) it."""
    gangway, others = figures["gangway"], [peer for key, peer in figures.items() if key not in ("gangway", "copy")]

    def times(peer, *path):
        ours, theirs = look_up(gangway, *path), look_up(figures.get(peer), *path)
        return theirs / ours if ours and theirs else None

    def best_other(*path):
        values = [value for value in (look_up(peer, *path) for peer in others) if value]
        ours = look_up(gangway, *path)
        return ours / min(values) if ours and values else None

    for way, size, limit in (("down", 200, 8), ("down", 2048, 3), ("down", 65536, 2.5), ("down", 4194304, 4),
                             ("up", 200, 4), ("up", 65536, 1.8)):
        yield f"CPU, {WAYS[way]} {SIZES[size]}: × less than Bun", times("bun", f"{way}:{size}", "cpu_us"), limit, 1
    for size in (65536, 4194304):
        copied = times("copy", f"down:{size}", "cpu_us")
        yield f"CPU, {WAYS['down']} {SIZES[size]}: × the copy", 1 / copied if copied else None, 2, -1
    for size in SIZES:
        with_streams, without = look_up(gangway, f"streaming:{size}", "cpu_us"), look_up(gangway, f"down:{size}", "cpu_us")
        ratio_with = with_streams / without if with_streams and without else None
        yield f"CPU, {WAYS['down']} {SIZES[size]}, 10 streams: × without", ratio_with, 1.5, -1
    for name in ("p50_us", "p99_us"):
        yield f"round trip {name[:3]}: × the best other", best_other("roundtrip", name), 1, -1
    yield "idle memory, MB", gangway["idle_mb"], 10, -1
    peaks = [look_up(gangway, f"down:{size}", "peak_mb") for size in SIZES]
    yield f"memory peak, {WAYS['down']}, MB", max((peak for peak in peaks if peak), default=None), 14, -1
    yield "start to connected: × the best other", best_other("start_ms"), 1, -1
    for method in ("workspace.ls", "workspace.read"):
        yield f"{method}: × faster than Node", times("undici", method, "wall_us"), 1, 1


def print_targets(figures):
    print("\nTo reach")
    for label, value, limit, sign in targets(figures):
        verdict = "not measured" if value is None else "reached" if (value - limit) * sign >= 0 else "MISSED"
        print(f"  {label:<60}{number(value):>9}   {'at least' if sign > 0 else 'at most'} {limit:<6g}{verdict}")
