# SPDX-License-Identifier: Apache-2.0
"""Every metric of the table is counted somewhere: a name that nothing feeds is a promise to whoever draws it.

usage: metrics.py REPOSITORY
"""
import pathlib
import re
import sys

TABLE = "operator/metrics/table.hpp"


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    body = re.search(r"enum class Metric \{(.*?)\}", (root / TABLE).read_text(encoding="utf-8"), re.DOTALL)
    names = re.findall(r"\w+", body.group(1)) if body else []
    sources = [f for top in ("operator", "reconcilers") for f in (root / top).rglob("*")
               if f.suffix in (".cpp", ".hpp", ".inl") and f.relative_to(root).as_posix() != TABLE]
    # An assertion about the table's own order counts nothing.
    text = "\n".join(re.sub(r"static_cast<[^;]*;", "", f.read_text(encoding="utf-8")) for f in sources)
    counted = set(re.findall(r"\bMetric::(\w+)", text))
    idle = [name for name in names if name not in counted]
    print("\n".join(f"{TABLE}: nothing counts Metric::{name}" for name in idle) if idle
          else f"{len(names)} metrics, each of them counted")
    return 1 if idle or not names else 0


sys.exit(main())
