# SPDX-License-Identifier: Apache-2.0
"""I10: a hostile value ends as data or is refused, never as code: not in a name, a path, a query, or raw in a rule of the device;
and what a client may ask for is word for word what is declared."""
import re

from e2e.referee.evidence import Violation, adopts

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
OBJECT = re.compile(r"(/[A-Za-z][A-Za-z0-9_.-]*){2,4}")  # of a device: /tenant/application/name, or what its owner made in /Common
PATH = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*")
QUERY = re.compile(r"([A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*")
CLIENT = re.compile(r"[A-Za-z0-9._~-]+")
MARK = re.compile(r"sallyport/[a-z0-9]*/[0-9a-fA-F-]*")


def judge(evidence):
    return [*names(evidence), *addresses(evidence), *clients(evidence), *rules(evidence)]


def names(evidence):
    for line, tenant, change in evidence.tenant_changes():
        for name in [tenant, *change.get("added", []), *change.get("replaced", []), *change.get("hashes", {})]:
            if not NAME.fullmatch(name):
                yield Violation("I10", f"{name!r} became a name on the gateway", [line])
        for virtual in change.get("virtuals", []):
            named = [virtual["virtual"], virtual.get("pool"), *virtual.get("rules", []),
                     *(virtual.get(key) for key in ("accessProfile", "perRequestPolicy", "wafPolicy"))]
            for name in filter(None, named):
                if not OBJECT.fullmatch(name):
                    yield Violation("I10", f"{name!r} became the name of an object on the gateway", [line])


def addresses(evidence):
    for line in evidence.lines:
        path, query = line.raw.get("path") or "", line.raw.get("query") or ""
        decoded = re.sub("%2e", ".", path, flags=re.IGNORECASE)
        climbs = any(part in (".", "..") for part in re.split("/|%2[fF]", decoded))
        if line.source != "kube" and (not PATH.fullmatch(path) or not QUERY.fullmatch(query) or climbs):
            yield Violation("I10", f"{path!r} {query!r} was asked for: a value was not encoded", [line])


def clients(evidence):
    for line in evidence.of("idp"):
        metadata = (line.raw.get("effect") or {}).get("metadata") or {}
        if line.raw.get("action") not in ("registered", "updated") or line.raw.get("who") == "control":
            continue
        if line.raw["action"] == "registered" and not CLIENT.fullmatch(line.raw.get("client_id") or ""):
            yield Violation("I10", f"{line.raw.get('client_id')!r} became a client's id", [line])
        mark = metadata.get("software_id", "")
        if mark and not MARK.fullmatch(mark):
            yield Violation("I10", f"{mark!r} became a client's mark", [line])
        owners = evidence.owner_of(mark, line.time)
        if any(adopts(thing) for thing in owners):
            continue  # it keeps scopes of its own
        declared = set().union(*((thing["spec"].get("identity") or {}).get("requiredScopes") or [] for thing in owners))
        for scope in metadata.get("scope", "").split() if owners else []:
            if scope not in declared:
                yield Violation("I10", f"{scope!r} became a scope; declared is {sorted(declared)}", [line])


def rules(evidence):
    """Whoever plants values has to have looked at the rules while they were there."""
    made = [line for line, _, change in evidence.tenant_changes() for virtual in change.get("virtuals", []) if virtual.get("rules")]
    if evidence.hostile and made and not evidence.rules_in_place:
        yield Violation("I10", "rules were made, and none was ever looked at", made[:1])
    for value in evidence.hostile:
        if value in evidence.rules_in_place:
            yield Violation("I10", f"{value!r} stands raw in a rule of the gateway", [])
