# SPDX-License-Identifier: Apache-2.0
"""Tests mirror the sources: each source with logic has its test at the same place below tests/, or stands in
mirrors.txt with the test that covers it, or with the reason why there is none.

usage: mirrors.py REPOSITORY
"""
import pathlib
import re
import sys

BODY = re.compile(r"\)(?: const)?(?: noexcept)?(?: override)?(?: requires [^{]*)? \{$", re.MULTILINE)
ASSERTS = re.compile(r"\b(?:EXPECT|ASSERT)_")
FEW = 4  # bodies of functions that a header may have and still be a declaration


def has_logic(file: pathlib.Path) -> bool:
    if file.suffix == ".cpp":
        return True
    return not file.with_suffix(".cpp").exists() and len(BODY.findall(file.read_text(encoding="utf-8"))) >= FEW


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    listed = {}
    for line in (root / "tests/house/mirrors.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            source, _, why = line.partition(":")
            listed[source.strip()] = why.strip()
    faults = []
    sources = [f for top in ("operator", "reconcilers") for f in sorted((root / top).rglob("*.[hc]pp")) if has_logic(f)]
    for file in sources:
        source = file.relative_to(root).as_posix()
        mirror = root / "tests" / file.relative_to(root).with_name(file.stem + "_test.cpp")
        if mirror.exists():
            if source in listed:
                faults.append(f"tests/house/mirrors.txt: {source} has its test now; take the line out")
            if not ASSERTS.search(mirror.read_text(encoding="utf-8")):
                faults.append(f"{mirror.relative_to(root)}: asserts nothing")
        elif source not in listed:
            faults.append(f"{source}: there is no {mirror.relative_to(root)}, and tests/house/mirrors.txt says not why")
    known = {f.relative_to(root).as_posix() for f in sources}
    for source, why in listed.items():
        if source not in known:
            faults.append(f"tests/house/mirrors.txt: there is no {source}")
        test = why.split(" ")[0]
        if not why or (test.startswith(("tests/", "e2e/")) and not (root / test).exists()):
            faults.append(f"tests/house/mirrors.txt: {source}: there is no {test or 'reason'}")
    print("\n".join(faults) if faults
          else f"{len(sources)} sources, {len(sources) - len(listed)} of them mirrored, {len(listed)} with a reason not to be")
    return 1 if faults or not sources else 0


sys.exit(main())
