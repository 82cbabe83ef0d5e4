# SPDX-License-Identifier: Apache-2.0
"""I1: a virtual server is never reachable without its token policy attached."""
from e2e.referee.evidence import Violation


def judge(evidence):
    found = []
    for line, tenant, change in evidence.tenant_changes():
        if not tenant.startswith("sp_"):
            continue
        for virtual in change.get("virtuals", []):
            lacks = [what for what in ("accessProfile", "perRequestPolicy") if not virtual.get(what)]
            if virtual.get("enabled", True) and lacks:
                found.append(Violation("I1", f"{virtual['virtual']} on port {virtual.get('port')} is reachable without {lacks}", [line]))
    return found
