# SPDX-License-Identifier: Apache-2.0
"""Runs scenarios: all of them, or those whose dotted name contains one of the words given."""
import argparse
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from e2e.harness.process import end_on_sigterm  # noqa: E402
from e2e.scenarios import scenario  # noqa: E402


def flat(suite):
    for entry in suite:
        yield from flat(entry) if isinstance(entry, unittest.TestSuite) else [entry]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*", help="parts of names, such as test_main_path or Withdrawal")
    parser.add_argument("--without", metavar="WORD", action="append", default=[], help="not those whose name contains it")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    end_on_sigterm()
    root = pathlib.Path(__file__).resolve().parents[2]
    found = flat(unittest.TestLoader().discover(str(root / "e2e/scenarios"), "test_*.py", str(root)))
    chosen = [t for t in found if not options.words or any(word in t.id() for word in options.words)]
    chosen = [t for t in chosen if not any(word in t.id() for word in options.without)]
    if options.list:
        print("\n".join(t.id() for t in chosen))
        return 0
    if not chosen:
        print("no scenario of that name")
        return 1
    try:
        result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(chosen))
        spare = [] if options.words else scenario.spare_rights()
    finally:
        scenario.close_shared_cluster()
    if spare:
        print("FAILED: the chart gives rights that no scenario made use of:", *spare, sep="\n  ")
    return int(bool(spare) or not result.wasSuccessful())


if __name__ == "__main__":
    sys.exit(main())
