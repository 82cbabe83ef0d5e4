# SPDX-License-Identifier: Apache-2.0
"""I7: an older generation never overwrites a newer one: not in status, and not outside, where content tells which it is of. What
somebody is granted, which policies a route has and which scopes a client has can only come from one object's spec. It is a
violation when the content of the spec as it is was already in place and then an earlier one's came back."""
from e2e.referee.evidence import IN_FLIGHT, Violation, folded, grants_of, reference_of, serving_of


def judge(evidence):
    specs = specs_by_uid(evidence)
    return [*status(evidence), *grants(evidence, specs), *routes(evidence, specs), *scopes(evidence, specs)]


def status(evidence):
    highest = {}
    for namespace, name, version in evidence.versions("protectedendpoints"):
        status = version.thing.get("status") or {}
        uid = (version.thing.get("metadata") or {}).get("uid")
        told = [("observedGeneration", status.get("observedGeneration", 0))]
        told += [(p["id"], p.get("generation", 0)) for p in status.get("placements", [])]
        for what, generation in told:
            before, line = highest.get((uid, what), (0, None))
            if generation < before and generation:
                yield Violation("I7", f"{namespace}/{name}: {what} went from {before} back to {generation}", [line, version.line])
            elif generation >= before:
                highest[(uid, what)] = (generation, version.line)


# --- what stands outside -------------------------------------------------------------------------------------------

def specs_by_uid(evidence):
    """{uid: [(since, object)]}: the specs that an object had, in the order of time."""
    specs = {}
    for _, _, version in evidence.versions("protectedendpoints"):
        uid, spec = (version.thing.get("metadata") or {}).get("uid"), version.thing.get("spec")
        if spec and (uid not in specs or specs[uid][-1][1]["spec"] != spec):
            specs.setdefault(uid, []).append((version.time, version.thing))
    return specs


def went_back(specs, when, fact, before, after):
    """Whether `after` is what an earlier spec says, though `before` was what the spec of that moment says already. A spec that
    was declared a moment ago and is edited again may still be on its way: it is no earlier one."""
    known = [(since, fact(thing)) for since, thing in specs if since <= when]
    if not known or before != known[-1][1]:
        return False
    recent = [value for since, value in known if since >= when - IN_FLIGHT]
    return after not in [*recent, known[-1][1]] and after in [value for _, value in known]


def grants(evidence, specs):
    """Where a single object ever named the serving endpoint: others' wishes are united with its own. A level that goes
    altogether is a revocation, of which I7 has nothing to say."""
    named_by = {}
    for uid, versions in specs.items():
        for name in {name for _, thing in versions for name in serving_of(thing)}:
            named_by.setdefault(name, set()).add(uid)
    for line, endpoint_id, name, before, after in evidence.acl_changes():
        if len(named_by.get(name, ())) != 1:
            continue
        [uid] = named_by[name]
        given_back = {reference_of(entry) for ledger in evidence.ledgers_at(line.time) if ledger.get("endpointId") == endpoint_id
                      for entry in ledger.get("entries", []) if entry.get("before", "None") not in ("", "None")}
        for who, level in after.items():
            def fact(thing, who=folded(who)):
                return grants_of(thing).get(who, "") if name in serving_of(thing) else ""
            if level != before.get(who) and folded(who) not in given_back and went_back(specs[uid], line.time, fact, before.get(who, ""), level):
                yield Violation("I7", f"{who} on {name} went from {before.get(who) or 'nothing'} back to {level}, as an earlier spec has it", [line])


def routes(evidence, specs):
    standing = {}
    for line, tenant, change in evidence.tenant_changes():
        known = evidence.placements_at(line.time)
        for virtual in change.get("virtuals", []):
            place = f"{tenant}/{virtual['application']}"
            before, after = standing.get((place, virtual["virtual"])), policies_of(virtual)
            standing[(place, virtual["virtual"])] = after
            uid = known[("F5", place)]["metadata"].get("uid") if ("F5", place) in known else None
            if before and before != after and went_back(specs.get(uid, []), line.time, declared_policies, before, after):
                yield Violation("I7", f"{virtual['virtual']} went from {before} back to {after}, as an earlier spec has it", [line])


def policies_of(virtual):
    return tuple(virtual.get(key) or "" for key in ("accessProfile", "perRequestPolicy", "wafPolicy"))


def declared_policies(thing):
    enforcement = (thing["spec"].get("identity") or {}).get("enforcement") or {}
    waf = (thing["spec"].get("security") or {}).get("wafPolicy")
    return enforcement.get("accessProfile") or "", enforcement.get("perRequestPolicy") or "", waf or ""


def scopes(evidence, specs):
    standing = {}
    for line in evidence.of("idp"):
        metadata = (line.raw.get("effect") or {}).get("metadata") or {}
        if line.raw.get("action") not in ("registered", "updated") or "scope" not in metadata:
            continue
        client, after = line.raw.get("client_id"), set(metadata["scope"].split())
        uid = metadata.get("software_id", "").split("/")[-1]
        before, standing[client] = standing.get(client), after
        if line.raw.get("who") != "control" and before != after and went_back(specs.get(uid, []), line.time, required_scopes, before, after):
            yield Violation("I7", f"client {client} went from {sorted(before)} back to {sorted(after)}, as an earlier spec has it", [line])


def required_scopes(thing):
    return set((thing["spec"].get("identity") or {}).get("requiredScopes") or [])
