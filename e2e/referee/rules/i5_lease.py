# SPDX-License-Identifier: Apache-2.0
"""I5: no outside write starts in an instance whose lease could have been taken."""
from e2e.referee.evidence import Violation, seconds


def judge(evidence):
    terms = []
    for _, _, version in evidence.versions("leases"):
        spec = version.thing.get("spec") or {}
        if spec.get("holderIdentity") and spec.get("renewTime"):
            # the holder's own renewTime, not when the API server stored it: belief counts from there
            begun = seconds(spec["renewTime"])
            terms.append((begun, begun + spec.get("leaseDurationSeconds", 0), version.line))
    found = []
    if not evidence.versions("leases"):
        return found  # an instance without leader election
    for line in evidence.changes():
        if not any(begun <= line.time < end for begun, end, _ in terms):
            last = [term[2] for term in terms if term[0] <= line.time][-1:]
            found.append(Violation("I5", "written while nobody held the lease", [line, *last]))
    return found
