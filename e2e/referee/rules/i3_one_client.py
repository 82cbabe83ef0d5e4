# SPDX-License-Identifier: Apache-2.0
"""I3: at most one live OIDC client per CR uid, but for orphans of plain RFC 7591 that status counts."""
from e2e.referee.evidence import Violation


def judge(evidence):
    live, lines = {}, {}
    for line in evidence.of("idp"):
        raw = line.raw
        if raw.get("action") == "registered":
            mark = ((raw.get("effect") or {}).get("metadata") or {}).get("software_id", "")
            live.setdefault(mark, set()).add(raw["client_id"])
            lines.setdefault(mark, []).append(line)
        elif raw.get("action") == "deleted":
            for clients in live.values():
                clients.discard(raw.get("client_id"))
    counted = {}
    for _, _, version in evidence.versions("protectedendpoints"):
        uid = (version.thing.get("metadata") or {}).get("uid")
        told = ((version.thing.get("status") or {}).get("client") or {}).get("lostRegistrations", 0)
        counted[uid] = max(told, counted.get(uid, 0))
    found = []
    for mark, clients in live.items():
        spare = counted.get(mark.split("/")[-1], 0)
        if mark.startswith("sallyport/") and len(clients) > 1 + spare:
            found.append(Violation("I3", f"{len(clients)} live clients for {mark}, status counts {spare} lost", lines[mark]))
    return found
