# SPDX-License-Identifier: Apache-2.0
"""I7: an older generation never overwrites a newer one."""
from e2e.referee.evidence import Violation


def judge(evidence):
    found, highest = [], {}
    for namespace, name, version in evidence.versions("protectedendpoints"):
        status = version.thing.get("status") or {}
        uid = (version.thing.get("metadata") or {}).get("uid")
        told = [("observedGeneration", status.get("observedGeneration", 0))]
        told += [(p["id"], p.get("generation", 0)) for p in status.get("placements", [])]
        for what, generation in told:
            before, line = highest.get((uid, what), (0, None))
            if generation < before and generation:
                found.append(Violation("I7", f"{namespace}/{name}: {what} went from {before} back to {generation}", [line, version.line]))
            elif generation >= before:
                highest[(uid, what)] = (generation, version.line)
    return found
