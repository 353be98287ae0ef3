# SPDX-FileCopyrightText: the Gangway authors
# SPDX-License-Identifier: LGPL-2.1-or-later
"""From the reports of bench-load to tables: what grows with the accounts, and what thousands of things at once cost."""

import statistics

from bench_report import number

PACE = 100  # requests of each account in a second
WINDOW = 8  # requests that each account has under way
COLUMN = 11


def median(reports, value):
    return statistics.median(value(report) for report in reports)


def stages_of(reports, name):
    return [stage for report in reports for stage in report["stages"] if stage["stage"] == name]


def summarize_accounts(reports):
    """The figures for one number of accounts, by their labels."""
    paced, flood = stages_of(reports, "paced"), stages_of(reports, "flood")
    return {
        "connected after, ms": median(reports, lambda report: report["start_ns"] / 1e6),
        "memory after connect, MB": median(reports, lambda report: report["idle_kib"] * 1024 / 1e6),
        "memory peak, MB": max(stage["peak_kib"] for stage in paced + flood) * 1024 / 1e6,
        f"{PACE}/s each: CPU, ms per s": median(paced, lambda stage: stage["cpu_ns"] / stage["wall_ns"] * 1e3),
        f"{PACE}/s each: p50, µs": median(paced, lambda stage: stage["p50_ns"] / 1e3),
        f"{PACE}/s each: p99, µs": median(paced, lambda stage: stage["p99_ns"] / 1e3),
        f"{WINDOW} under way each: trips per s": median(flood, lambda stage: stage["n"] / stage["wall_ns"] * 1e9),
        f"{WINDOW} under way each: CPU per trip, µs": median(flood, lambda stage: stage["cpu_ns"] / stage["n"] / 1e3),
        f"{WINDOW} under way each: p99, µs": median(flood, lambda stage: stage["p99_ns"] / 1e3),
    }


SLOPES = {"connected after, ms": ("ms", 1), "memory after connect, MB": ("KB", 1e3), "memory peak, MB": ("KB", 1e3),
          f"{PACE}/s each: CPU, ms per s": ("µs per s", 1e3)}


def print_accounts(by_accounts):
    figures = {accounts: summarize_accounts(reports) for accounts, reports in by_accounts.items()}
    print(f"\n{'Accounts on one daemon':<40}" + "".join(f"{accounts:>{COLUMN}}" for accounts in figures))
    for label in next(iter(figures.values())):
        print(f"  {label:<38}" + "".join(f"{number(found[label]):>{COLUMN}}" for found in figures.values()))

    print("\nEach account more (least squares; in brackets the worst distance from the line, of the largest value)")
    for label, (unit, scale) in SLOPES.items():
        values = [found[label] for found in figures.values()]
        slope, intercept = statistics.linear_regression(list(figures), values)
        worst = max(abs(value - intercept - slope * accounts) for accounts, value in zip(figures, values))
        print(f"  {label:<38}{number(slope * scale):>{COLUMN}} {unit} ({100 * worst / max(values):.0f} %)")


def print_many(reports, plan):
    titles = {"pending": f"{plan.pending:,} requests pending", "streams": f"{plan.streams:,} streams, each delta",
              "reads": f"{plan.reads:,} reads of {plan.note_bytes // 1024} KiB"}
    print(f"\n{'At once, on one of two accounts':<34}" + "".join(f"{title:>28}" for title in titles.values()))
    rows = {
        "per second": lambda found: median(found, lambda stage: stage["n"] / stage["wall_ns"] * 1e9),
        "CPU of each, µs": lambda found: median(found, lambda stage: stage["cpu_ns"] / stage["n"] / 1e3),
        "memory peak, MB": lambda found: max(stage["peak_kib"] for stage in found) * 1024 / 1e6,
        "other account's trip, p50, µs": lambda found: median(found, lambda stage: stage["p50_ns"] / 1e3),
        "other account's trip, p99, µs": lambda found: median(found, lambda stage: stage["p99_ns"] / 1e3),
    }
    for label, value in rows.items():
        print(f"  {label:<32}" + "".join(f"{number(value(stages_of(reports, name))):>28}" for name in titles))


def print_all(reports, plan):
    by_accounts = {accounts: [report for report in reports if report["accounts"] == accounts and stages_of([report], "paced")]
                   for accounts in plan.accounts}
    print("\nLoad: Gangway alone, since each of the others has one account (so many processes as accounts)")
    print_accounts(by_accounts)
    print_many([report for report in reports if not stages_of([report], "paced")], plan)
