# SPDX-License-Identifier: Apache-2.0
"""Fails when a test was skipped for a reason that the repository does not list, or one that has to run did not.

usage: skips.py CTEST-JUNIT.xml allowed_skips.txt [NAME-OF-A-TEST-THAT-HAS-TO-RUN...]
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def main() -> int:
    report, allowed_file, *must_run = sys.argv[1:]
    with open(allowed_file, encoding="utf-8") as lines:
        allowed = [re.compile(line.strip()) for line in lines if line.strip() and not line.startswith("#")]
    bad = skipped = 0
    ran = set()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        if case.find("skipped") is None and case.get("status") not in ("notrun", "disabled"):
            ran.add(case.get("name"))
            continue
        skipped += 1
        output = "".join(case.itertext())
        if not any(reason.search(output) for reason in allowed):
            bad += 1
            print(f"skipped without a listed reason: {case.get('name')}\n{output.strip()[-400:]}")
    missing = [name for name in must_run if name not in ran]
    for name in missing:
        print(f"has to run, and did not: {name}")
    print(f"{len(ran)} ran; {skipped} skipped, {bad} of them without a reason that tests/allowed_skips.txt lists")
    return 1 if bad or missing else 0


sys.exit(main())
