# SPDX-License-Identifier: Apache-2.0
"""Medians of the rounds, and each contender's part of the floor."""
import statistics

FLOOR = "floor"


def summarise(results):
    rows = []
    for contender, connections in dict.fromkeys((r["contender"], r["connections"]) for r in results):
        mine = [r for r in results if (r["contender"], r["connections"]) == (contender, connections)]
        floor = [r["per_second"] for r in results if (r["contender"], r["connections"]) == (FLOOR, connections)]
        speed = statistics.median(r["per_second"] for r in mine)
        rows.append({"contender": contender, "connections": connections, "per_second": round(speed),
                     "of_floor": round(speed / statistics.median(floor), 3) if floor else None, "p50": mine[-1]["p50"], "p99": mine[-1]["p99"],
                     "cpu_us_per_request": statistics.median(r["cpu_us_per_request"] for r in mine),
                     "memory_mib": max(r["memory_mib"] for r in mine)})
    return rows


def table(rows):
    lines = ["| contender | connections | requests/s | of the floor | p50 | p99 | CPU per request | memory of who is asked |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        part = "-" if row["of_floor"] is None else f"{row['of_floor']:.0%}"
        lines.append(f"| {row['contender']} | {row['connections']} | {row['per_second']:,} | {part} | {row['p50']} | {row['p99']} | "
                     f"{row['cpu_us_per_request']:.0f} us | {row['memory_mib']:.0f} MiB |")
    return "\n".join(lines)
