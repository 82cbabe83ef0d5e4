# SPDX-License-Identifier: Apache-2.0
"""Medians of the rounds, each contender's part of the floor, and what it adds to bare nginx."""
import statistics

FLOOR, BARE, OURS = "floor", "bare nginx", "sallyport"
RIVALS = ("njs", "oauth2-proxy")  # whose added CPU ours is to be half of: in the same nginx, so that bare nginx is everybody's base


def summarise(results):
    rows = []
    for contender, connections in dict.fromkeys((r["contender"], r["connections"]) for r in results):
        mine = [r for r in results if (r["contender"], r["connections"]) == (contender, connections)]
        rows.append({"contender": contender, "algorithm": mine[0]["algorithm"], "connections": connections,
                     "per_second": round(statistics.median(r["per_second"] for r in mine)), "p50": mine[-1]["p50"], "p99": mine[-1]["p99"],
                     "cpu_us_per_request": round(statistics.median(r["cpu_us_per_request"] for r in mine), 1),
                     "memory_mib": max((r["memory_mib"] for r in mine if r["memory_mib"] is not None), default=None)})
    for row in rows:
        floor, bare = found(rows, row, FLOOR), found(rows, row, BARE)
        row["of_floor"] = round(row["per_second"] / floor["per_second"], 3) if floor else None
        row["added_us_per_request"] = round(row["cpu_us_per_request"] - bare["cpu_us_per_request"], 1) if bare else None
    for row in rows:
        row["added_of"] = {rival: added_of(rows, row, rival) for rival in RIVALS}
    return rows


def found(rows, row, name, algorithm=None):
    """The row of the contender whose name begins so, at as many connections."""
    return next((other for other in rows if other["contender"].startswith(name) and other["connections"] == row["connections"]
                 and algorithm in (None, other["algorithm"])), None)


def added_of(rows, row, rival):
    """Our added CPU as a part of what a rival adds for a token of the same kind."""
    theirs = found(rows, row, rival, row["algorithm"]) if row["contender"].startswith(OURS) else None
    if not theirs or row["added_us_per_request"] is None or theirs["added_us_per_request"] <= 0:
        return None
    return round(row["added_us_per_request"] / theirs["added_us_per_request"], 3)


def shown(value, form):
    return "-" if value is None else format(value, form)


def table(rows, left_out):
    lines = ["| contender | connections | requests/s | of the floor | p50 | p99 | CPU per request | added to bare nginx | "
             + " | ".join(f"of what {rival} adds" for rival in RIVALS) + " | memory of who is asked |",
             "|" + "---|" * (9 + len(RIVALS))]
    for row in rows:
        cells = [row["contender"], str(row["connections"]), f"{row['per_second']:,}", shown(row["of_floor"], ".0%"), row["p50"], row["p99"],
                 f"{row['cpu_us_per_request']:.0f}", shown(row["added_us_per_request"], ".0f"),
                 *(shown(row["added_of"][rival], ".0%") for rival in RIVALS), shown(row["memory_mib"], ".0f")]
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "CPU in us, memory in MiB."] + [f"Left out: {name}: {why}" for name, why in left_out.items()]
    return "\n".join(lines)
