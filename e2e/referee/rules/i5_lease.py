# SPDX-License-Identifier: Apache-2.0
"""I5: no outside write starts in an instance whose lease could have been taken."""
from e2e.referee.evidence import Violation


def judge(evidence):
    found, terms = [], evidence.terms()
    if not evidence.versions("leases"):
        return found  # an instance without leader election
    for line in evidence.changes():
        if not any(begun <= line.time < end for begun, end, _, _ in terms):
            last = [term[3] for term in terms if term[0] <= line.time][-1:]
            found.append(Violation("I5", "written while nobody held the lease", [line, *last]))
    return found
