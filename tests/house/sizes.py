# SPDX-License-Identifier: Apache-2.0
"""Files end at 400 lines, so that a page can still be read from top to bottom.

usage: sizes.py REPOSITORY
"""
import pathlib
import sys

LIMIT = 400


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    files = [f for top in ("operator", "reconcilers", "e2e", "tests", "scripts") for f in (root / top).rglob("*")
             if f.is_file() and f.suffix in (".hpp", ".cpp", ".inl", ".py", ".sh", ".mjs") and "node_modules" not in f.parts]
    lines = {f: len(f.read_text(encoding="utf-8").splitlines()) for f in files}
    long = [f"{f.relative_to(root)}: {count} lines, more than {LIMIT}" for f, count in sorted(lines.items()) if count > LIMIT]
    print("\n".join(long) if long else f"{len(files)} files, none above {LIMIT} lines")
    return 1 if long or not files else 0


sys.exit(main())
