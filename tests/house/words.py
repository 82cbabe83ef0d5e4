# SPDX-License-Identifier: Apache-2.0
"""The project speaks only of itself: no host of a package registry, no path of one machine.

usage: words.py REPOSITORY
"""
import pathlib
import re
import subprocess
import sys

FORBIDDEN = re.compile("|".join([r"pypi\.or" + "g", r"registry\.npmjs", r"proxy\.golang", r"repo1?\.maven", r"deb\.debian", r"/wor" + "k/", r"/ro" + "ot/"]))


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    names = subprocess.run(["git", "-C", str(root), "ls-files", "-z"], check=True, capture_output=True, text=True).stdout.split("\0")
    faults = []
    for name in filter(None, names):
        file = root / name
        if not file.is_file():
            continue
        for number, line in enumerate(file.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if FORBIDDEN.search(line):
                faults.append(f"{name}:{number}: {line.strip()[:120]}")
    print("\n".join(faults) if faults else f"{len(names)} files speak of the project only")
    return 1 if faults else 0


sys.exit(main())
