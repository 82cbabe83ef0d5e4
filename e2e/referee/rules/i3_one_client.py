# SPDX-License-Identifier: Apache-2.0
"""I3: at most one live OIDC client per CR uid, but for orphans of plain RFC 7591 that status counts. An object that moves to
another provider has two on its way: the new one opens before the old one closes. At the end it has one again."""
from e2e.referee.evidence import Violation, moves_by_uid


def judge(evidence):
    counted, moves = lost_by_uid(evidence), moves_by_uid(evidence)
    live, lines, found = {}, {}, {}

    def look(mark, on_its_way):
        spare = counted.get(uid_of(mark), 0)
        if mark.startswith("sallyport/") and len(live[mark]) > 1 + spare + on_its_way:
            found.setdefault(mark, Violation("I3", f"{len(live[mark])} live clients for {mark}, status counts {spare} lost",
                                             list(lines[mark])))

    for line in evidence.of("idp"):
        raw = line.raw
        if raw.get("action") == "registered":
            mark = ((raw.get("effect") or {}).get("metadata") or {}).get("software_id", "")
            live.setdefault(mark, set()).add(raw["client_id"])
            lines.setdefault(mark, []).append(line)
            look(mark, moves.get(uid_of(mark), 0))
        elif raw.get("action") == "deleted":
            for clients in live.values():
                clients.discard(raw.get("client_id"))
    for mark in live:
        look(mark, 0)
    return list(found.values())


def uid_of(mark):
    return mark.split("/")[-1]


def lost_by_uid(evidence):
    """The most that status ever counted: it does so after the registration that follows a lost one."""
    counted = {}
    for _, _, version in evidence.versions("protectedendpoints"):
        uid = (version.thing.get("metadata") or {}).get("uid")
        told = ((version.thing.get("status") or {}).get("client") or {}).get("lostRegistrations", 0)
        counted[uid] = max(told, counted.get(uid, 0))
    return counted
