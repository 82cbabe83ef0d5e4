# SPDX-License-Identifier: Apache-2.0
"""I5: no outside write starts in an instance whose lease could have been taken. Where it can be told which process wrote, that
one must have held the lease: another's term is no excuse for one that wakes up late."""
from e2e.referee.evidence import Violation


def judge(evidence):
    found, terms = [], evidence.terms()
    if not evidence.versions("leases"):
        return found  # an instance without leader election
    held = terms_of_each(evidence)
    for line in evidence.changes():
        if not any(begun <= line.time < end for begun, end, _, _ in terms):
            last = [term[3] for term in terms if term[0] <= line.time][-1:]
            found.append(Violation("I5", "written while nobody held the lease", [line, *last]))
            continue
        writers = [process for process in evidence.processes if any(deed.covers(line) for deed in process.deeds)]
        if writers and not any(holds(held, process, line.time) for process in writers):
            last = [term[3] for term in terms if term[0] <= line.time][-1:]
            found.append(Violation("I5", f"written by {writers[0].name}, which did not hold the lease", [line, *last]))
    return found


def holds(held, process, when):
    """Nothing is said against a process of which nobody knows who it was."""
    return not process.identity or any(begun <= when < end for begun, end in held.get(process.identity, []))


def terms_of_each(evidence):
    """{holder: [(begun, ended)]}: a term ends when it runs out, or when it is seen that the Lease was given back or taken."""
    stored = [version for _, _, version in evidence.versions("leases")]
    changes = [(version.time, (version.thing.get("spec") or {}).get("holderIdentity") or "") for version in stored]
    held = {}
    for begun, end, holder, line in evidence.terms():
        lost = min((time for time, who in changes if time > line.time and who != holder), default=end)
        held.setdefault(holder, []).append((begun, min(end, lost)))
    return held
