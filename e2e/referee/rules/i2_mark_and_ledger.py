# SPDX-License-Identifier: Apache-2.0
"""I2: nothing outside is changed or deleted without our mark and a ledger entry (access lists: without a ledger entry). And
no ledger entry without the finalizer that keeps it from being lost with its object."""
from e2e.harness.operator_process import ACCOUNT
from e2e.referee.evidence import Violation, adopts, folded, lowered, raised, reference_of, registration_record


def judge(evidence):
    return [*finalizers(evidence), *gateway(evidence), *clients(evidence), *access_lists(evidence), *tags(evidence)]


def finalizers(evidence):
    for namespace, name, version in evidence.versions("protectedendpoints"):
        placed = (version.thing.get("status") or {}).get("placements")
        held = "sallyport.dev/finalizer" in ((version.thing.get("metadata") or {}).get("finalizers") or [])
        if placed and not held and version.line.raw["user"]["username"] == ACCOUNT:
            yield Violation("I2", f"{namespace}/{name} has places outside and no finalizer of ours", [version.line])


def gateway(evidence):
    ours = evidence.instances()
    for line, tenant, change in evidence.tenant_changes():
        if not any(tenant.startswith(f"sp_{instance}_") for instance in ours):
            yield Violation("I2", f"tenant {tenant} is none of ours {sorted(ours)}", [line])
            continue
        # Of a tenant that went the journal tells the label that it had.
        if change.get("label") not in {f"sallyport:{instance}" for instance in ours}:
            yield Violation("I2", f"tenant {tenant} carries no mark of ours: {change.get('label')!r}", [line])
        known = evidence.placements_at(line.time)
        for application in [*change.get("added", []), *change.get("replaced", []), *change.get("removed", [])]:
            if application != "Shared" and ("F5", f"{tenant}/{application}") not in known:
                yield Violation("I2", f"no ledger names {tenant}/{application}", [line])


def clients(evidence):
    marks = {}
    for line in evidence.of("idp"):
        raw = line.raw
        metadata = (raw.get("effect") or {}).get("metadata") or {}
        if raw.get("action") not in ("registered", "updated", "deleted"):
            continue
        before, after = marks.get(raw.get("client_id"), ""), metadata.get("software_id", "")
        if raw.get("who") != "control":
            yield from client_change(evidence, line, before, after)
        if raw["action"] == "registered" or after and raw.get("who") != "control":
            marks[raw.get("client_id")] = after


def client_change(evidence, line, before, after):
    """A client that is changed or deleted bore our mark before, unless its owner lets us take it over; and of all three deeds
    the ledger knows: the place in status, and the record that may hold the only copy of what the provider answered."""
    client, action = line.raw.get("client_id"), line.raw["action"]
    adopted = action == "updated" and any(adopts(thing) == client for thing in evidence.owner_of(after, line.time))
    mark = after if action == "registered" or adopted else before
    parts = mark.split("/")
    if len(parts) != 3 or parts[0] != "sallyport" or parts[1] not in evidence.instances():
        yield Violation("I2", f"client {client} {action} without a mark of ours", [line])
        return
    if after and action == "updated" and after.split("/")[-1] not in ("", parts[2]):
        yield Violation("I2", f"client {client} of {parts[2]} was given to {after}", [line])
    providers = {place["connection"] for thing in evidence.owner_of(mark, line.time)
                 for place in (thing.get("status") or {}).get("placements", []) if (place["system"], place["id"]) == ("OIDC", f"client/{parts[2]}")}
    if not providers:
        yield Violation("I2", f"client {client} {action} for {parts[2]}, which no ledger names", [line])
    elif not any(evidence.stood("secrets", registration_record(parts[2], provider), line.time) for provider in providers):
        yield Violation("I2", f"client {client} {action} for {parts[2]}, of which there is no record", [line])


def access_lists(evidence):
    for line, endpoint_id, name, before, after in evidence.acl_changes():
        known = {reference_of(e) for ledger in evidence.ledgers_at(line.time) if ledger.get("endpointId") == endpoint_id
                 for e in ledger.get("entries", [])}
        for who in {**raised(before, after), **lowered(before, after)}:
            if folded(who) not in known:
                yield Violation("I2", f"{who} on {name} changed, and no ledger of {endpoint_id} names it", [line])


def tags(evidence):
    for line in evidence.changes("databricks"):
        effect = line.raw.get("effect") or {}
        if effect.get("kind") != "serving-endpoint":
            continue
        if effect.get("action") != "tags":
            yield Violation("I2", f"serving endpoint {effect.get('endpoint')} {effect.get('action')}d: never ours", [line])
            continue
        before, after = effect.get("before") or {}, effect.get("after") or {}
        touched = {key for key in {*before, *after} if before.get(key) != after.get(key)} - {"sallyport-instance"}
        if touched:
            yield Violation("I2", f"foreign tags of {effect['endpoint']} changed: {sorted(touched)}", [line])
        elif before.get("sallyport-instance", "") not in {"", *evidence.instances()}:
            yield Violation("I2", f"{effect['endpoint']} was claimed by another: {before['sallyport-instance']}", [line])
        elif ("Databricks", f"serving-endpoints/{effect['endpoint']}") not in evidence.placements_at(line.time):
            yield Violation("I2", f"no ledger names serving endpoint {effect['endpoint']}", [line])
