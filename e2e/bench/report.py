# SPDX-License-Identifier: Apache-2.0
"""The figures as tables for people."""


def outside_of(phase):
    return phase["outside_writes"] + phase["as3_posts"] + phase["saves"]


ROWS = [("endpoints, per namespace", lambda r: f"{r['endpoints']:,} / {r['per_namespace']}"),
        ("latency", lambda r: r["latency"]),
        ("load average", lambda r: f"{r['load_average']:.1f}"),
        ("converged after", lambda r: f"{r['converge']['seconds']} s"),
        ("bound", lambda r: f"{r['bound']['seconds']} s ({r['bound']['by']})"),
        ("times the bound", lambda r: f"{r['converge']['seconds'] / r['bound']['seconds']:.2f}"),
        ("AS3 posts", lambda r: str(r["converge"]["as3_posts"])),
        ("outside writes per object", lambda r: str(r["converge"]["outside_writes_per_object"])),
        ("API calls per object", lambda r: str(r["converge"]["api_calls_per_object"])),
        ("answered 429", lambda r: str(r["converge"]["throttled"])),
        ("CPU", lambda r: f"{r['converge']['cpu_s']} s"),
        ("memory, peak / steady", lambda r: f"{r['converge']['peak_mib']} / {r['converge']['steady_mib']} MiB"),
        ("edit when idle, p50 / p99", lambda r: f"{r['idle']['p50_s']} / {r['idle']['p99_s']} s"),
        ("edit behind a backlog, p50 / p99", lambda r: f"{r['backlog']['p50_s']} / {r['backlog']['p99_s']} s"),
        ("endpoints it had before it, least / most",
         lambda r: f"{min(r['backlog']['still_to_be_programmed'])} / {max(r['backlog']['still_to_be_programmed'])}"),
        ("AS3 posts it waited for, most", lambda r: str(r["backlog"]["posts_until_programmed"]["most"])),
        ("restart: caches filled / bare listing", lambda r: f"{r['restart']['caches_filled_s']} / {r['restart']['bare_listing_s']} s"),
        ("restart: Secrets read / API writes / outside writes",
         lambda r: f"{r['restart']['secrets_read']} / {r['restart']['api_writes']} / {r['restart']['outside_writes']}"),
        ("restart: CPU, peak memory", lambda r: f"{r['restart']['cpu_s']} s, {r['restart']['peak_mib']} MiB"),
        ("three drift polls: API / outside writes",
         lambda r: f"{sum(r['quiet']['api_writes'].values())} / {outside_of(r['quiet'])}")]


def cell(read, result):
    try:
        return read(result)
    except (KeyError, TypeError):
        return "failed" if "failed" in result else "-"


def table(about):
    lines = [about["machine"], ""]
    columns = [[name for name, _ in ROWS]] + [[cell(read, result) for _, read in ROWS] for result in about["results"]]
    widths = [max(map(len, column)) for column in columns]
    for row in zip(*columns):
        lines.append("  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip())
    lines += ["", "inputs of the bound:"]
    for result in about["results"]:
        if "bound" in result:
            lines.append(f"  {result['endpoints']:,} / {result['per_namespace']}: {result['bound']['inputs']} -> {result['bound']['parts']}")
    return "\n".join(lines)
