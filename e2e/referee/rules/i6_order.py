# SPDX-License-Identifier: Apache-2.0
"""I6: nothing is reachable before its checks: an application appears after its client and a look at its access list. And no
revocation waits for another system: of a deleted object, the route and the client go while another system fails."""
from e2e.referee.evidence import Violation, serving_of

REVOCATION = 20.0  # seconds in which what can be taken away is, when one of the other systems fails


def judge(evidence):
    return [*going_up(evidence), *going_down(evidence)]


def going_up(evidence):
    ids, looks = ids_by_name(evidence), [line for line in evidence.of("databricks") if line.raw["status"] == 200
                                         and "/permissions/serving-endpoints/" in line.raw["path"]]
    for line, tenant, change in evidence.tenant_changes():
        known = evidence.placements_at(line.time)
        for application in change.get("added", []):
            thing = known.get(("F5", f"{tenant}/{application}"))
            if application == "Shared" or thing is None:
                continue  # without a ledger entry: I2
            uid = thing["metadata"]["uid"]
            managed = (thing["spec"].get("client") or {}).get("manage", True)
            if managed and not clients_of(evidence, uid, line.time)[0]:
                yield Violation("I6", f"{tenant}/{application} is reachable before its client is registered", [line])
            wanted = set().union(*(ids.get(name, ()) for name in serving_of(thing)))
            seen = [look for look in looks if look.time <= line.time
                    and (not wanted or look.raw["path"].rsplit("/", 1)[-1] in wanted)]
            if serving_of(thing) and not seen:
                yield Violation("I6", f"{tenant}/{application} is reachable before its access list was looked at", [line])


def clients_of(evidence, uid, by):
    """(ids registered, ids deleted) for an object until then."""
    registered, deleted = set(), set()
    for line in evidence.of("idp"):
        if line.time > by:
            break
        mark = str(((line.raw.get("effect") or {}).get("metadata") or {}).get("software_id", ""))
        if line.raw.get("action") == "registered" and mark.endswith("/" + uid):
            registered.add(line.raw.get("client_id"))
        elif line.raw.get("action") == "deleted":
            deleted.add(line.raw.get("client_id"))
    return registered, registered & deleted


def ids_by_name(evidence):
    """{serving endpoint: ids it had}, from ledgers and from what was written to access lists. Where nothing was granted nobody
    has its id on record: then a look at any list counts."""
    ids = {}
    for _, endpoint_id, name, _, _ in evidence.acl_changes():
        ids.setdefault(name, set()).add(endpoint_id)
    for _, _, version in evidence.versions("accessledgers"):
        spec = version.thing.get("spec") or {}
        if spec.get("endpointName") and spec.get("endpointId"):
            ids.setdefault(spec["endpointName"], set()).add(spec["endpointId"])
    return ids


# --- going down ----------------------------------------------------------------------------------------------------

def going_down(evidence):
    """Judged only where nothing else can be the reason: the lease was held all the time, the system itself did not fail, and
    another one did. Access lists are not: who shares one, or never got onto it, has nothing to take back."""
    last = max((line.time for line in evidence.lines), default=0.0)
    for thing, begun, line in deletions(evidence):
        until = begun + REVOCATION
        if last < until or keeps(thing) or not led(evidence, begun, until):
            continue
        failing = {source for source in ("bigip", "databricks", "idp") if failures(evidence, source, begun, until)}
        name = f"{thing['metadata'].get('namespace')}/{thing['metadata'].get('name')}"
        for place in (thing.get("status") or {}).get("placements", []):
            if place["system"] == "F5" and "bigip" not in failing and failing and route_is_open(evidence, place["id"], until):
                yield Violation("I6", f"{name} was deleted, and its route waits for {sorted(failing)}", [line])
            if place["system"] == "OIDC" and "idp" not in failing and failing:
                registered, deleted = clients_of(evidence, thing["metadata"]["uid"], until)
                if registered and not deleted:
                    yield Violation("I6", f"{name} was deleted, and its client waits for {sorted(failing)}", [line])


def deletions(evidence):
    """(object, since when it is being deleted, line), once for each."""
    seen = set()
    for _, _, version in evidence.versions("protectedendpoints"):
        meta = version.thing.get("metadata") or {}
        if meta.get("deletionTimestamp") and meta["uid"] not in seen and version.thing.get("spec"):
            seen.add(meta["uid"])
            yield version.thing, version.time, version.line


def keeps(thing):
    """What its owner said keeps things outside where they are, or may."""
    spec, notes = thing["spec"], thing["metadata"].get("annotations") or {}
    return (spec.get("management", "Enforce") != "Enforce" or spec.get("deletionPolicy", "Delete") != "Delete"
            or any(note.startswith("sallyport.dev/") for note in notes))


def led(evidence, begun, until):
    """Whether one operator held the lease without a gap."""
    reached, holder = begun, None
    for term_begun, term_ended, who, _ in evidence.terms():
        if term_begun <= reached < term_ended and holder in (None, who):
            reached, holder = term_ended, who
    return reached >= until


def failures(evidence, source, begun, until):
    return [line for line in evidence.of(source) if begun <= line.time <= until and line.raw.get("fault")]


def route_is_open(evidence, place, by):
    is_open = False
    for line, tenant, change in evidence.tenant_changes():
        application = place.removeprefix(tenant + "/")
        if line.time <= by and application in (*change.get("added", []), *change.get("replaced", [])):
            is_open = True
        elif line.time <= by and application in change.get("removed", []):
            is_open = False
    return is_open
