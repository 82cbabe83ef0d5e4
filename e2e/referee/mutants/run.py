# SPDX-License-Identifier: Apache-2.0
"""For each rule an operator that breaks it: plays the scenario that its patch names, and wants the referee to say so."""
import argparse
import os
import pathlib
import re
import sys
import time
import unittest
from unittest import mock

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

from e2e.harness.process import end_on_sigterm  # noqa: E402
from e2e.referee.referee import RULES, judge  # noqa: E402
from e2e.scenarios import scenario  # noqa: E402


def header(patch, name):
    return re.search(rf"^{name}: (.+)$", patch.read_text(), re.MULTILINE)[1]


def play(name):
    """The referee's verdict on a scenario, however the scenario itself ends."""
    found = []

    def remember(*arguments):
        found.extend(judge(*arguments))
        return []
    result = unittest.TestResult()
    with mock.patch.object(scenario, "judge", remember):
        unittest.defaultTestLoader.loadTestsFromName(f"e2e.scenarios.{name}").run(result)
    if result.testsRun != 1:
        raise AssertionError(f"{name} did not run: {result.errors}")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, help="where the mutants were built")
    parser.add_argument("words", nargs="*", help="parts of names, such as i5")
    options = parser.parse_args()
    end_on_sigterm()
    patches = sorted(pathlib.Path(__file__).parent.glob("*.patch"))
    chosen = [p for p in patches if not options.words or any(word in p.stem for word in options.words)]
    escaped = []
    try:
        for patch in chosen:
            rule, begun = header(patch, "rule"), time.monotonic()
            os.environ["SALLYPORT_BINARY"] = str(options.folder / patch.stem)
            caught = [v for v in play(header(patch, "scenario")) if v.rule == rule]
            print(f"{patch.stem}: {'caught' if caught else 'NOT CAUGHT'} in {time.monotonic() - begun:.0f} s"
                  f"{': ' + caught[0].message if caught else ''}", flush=True)
            escaped += [] if caught else [patch.stem]
    finally:
        scenario.close_shared_cluster()
    covered = {header(p, "rule") for p in patches}
    missing = {rule.__name__.rsplit(".", 1)[1].split("_")[0].upper() for rule in RULES} - covered
    print(f"{len(chosen) - len(escaped)} of {len(chosen)} mutants caught; rules without a mutant: {sorted(missing) or 'none'}")
    return int(bool(escaped or missing))


if __name__ == "__main__":
    sys.exit(main())
