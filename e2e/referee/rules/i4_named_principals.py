# SPDX-License-Identifier: Apache-2.0
"""I4: no grant to a principal that no CR names. What somebody had before us may be given back."""
from e2e.referee.evidence import DECLARED, Violation, folded, grants_of, raised, rank, reference_of, serving_of


def judge(evidence):
    found = []
    for line, endpoint_id, name, before, after in evidence.acl_changes():
        allowed = {}
        for thing in evidence.endpoints_at(line.time):
            if name in serving_of(thing):
                for who, level in grants_of(thing).items():
                    allowed[who] = max(allowed.get(who, ""), level, key=rank)
        for ledger in evidence.ledgers_at(line.time):
            if ledger.get("endpointId") == endpoint_id:
                for entry in ledger.get("entries", []):
                    who = reference_of(entry)
                    allowed[who] = max(allowed.get(who, ""), DECLARED.get(entry.get("before", ""), ""), key=rank)
        for who, level in raised(before, after).items():
            if rank(level) > rank(allowed.get(folded(who))):
                found.append(Violation("I4", f"{who} got {level} on {name}; declared is {allowed.get(folded(who)) or 'nothing'}", [line]))
    return found
