# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the driver's reports to tables."""

import os
import platform
import statistics

WAYS = {"down": "gateway → platform", "up": "platform → gateway"}
SIZES = {200: "200 B", 2048: "2 KB", 65536: "64 KiB", 4194304: "4 MiB"}
COLUMN = 11


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
        print(f"\n{title:<34}" + "".join(f"{self.titles[key]:>{COLUMN}}" for key in self.figures) +
              "".join(f"{name:>{COLUMN}}" for name in ratios))

    def row(self, label, *path, scale=1.0, compared=True):
        values = {key: look_up(figures, *path) for key, figures in self.figures.items()}
        cells = [number(None if value is None else value * scale) for value in values.values()]
        ratios = [ratio(values[key], values["gangway"]) for key in self.others if compared]
        print(f"  {label:<32}" + "".join(f"{cell:>{COLUMN}}" for cell in cells + ratios))

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
    gangway, undici = figures["gangway"], figures.get("undici")

    def against_undici(*path):
        ours, theirs = look_up(gangway, *path), look_up(undici, *path)
        return theirs / ours if ours and theirs else None

    for way, label in WAYS.items():
        yield f"CPU, {label} 200 B: × less than undici", against_undici(f"{way}:200", "cpu_us"), 3, 1
        yield f"CPU, {label} 64 KiB: × less than undici", against_undici(f"{way}:65536", "cpu_us"), 1.2, 1
    yield "idle memory, MB", gangway["idle_mb"], 14, -1
    for way, label in WAYS.items():
        yield f"memory peak, {label} 4 MiB, MB", look_up(gangway, f"{way}:4194304", "peak_mb"), 48, -1
    yield "start to connected, ms", gangway["start_ms"], 60, -1
    for method in ("workspace.ls", "workspace.read"):
        yield f"{method}: × faster than Node", against_undici(method, "wall_us"), 1, 1


def print_targets(figures):
    print("\nTo reach")
    for label, value, limit, sign in targets(figures):
        verdict = "not measured" if value is None else "reached" if (value - limit) * sign >= 0 else "MISSED"
        print(f"  {label:<52}{number(value):>9}   {'at least' if sign > 0 else 'at most'} {limit:<6g}{verdict}")
