# SPDX-License-Identifier: Apache-2.0
"""I2: nothing outside is changed or deleted without our mark and a ledger entry (access lists: without a ledger entry)."""
from e2e.referee.evidence import Violation, folded, lowered, raised, reference_of


def judge(evidence):
    return [*gateway(evidence), *clients(evidence), *access_lists(evidence), *tags(evidence)]


def gateway(evidence):
    ours = evidence.instances()
    for line, tenant, change in evidence.tenant_changes():
        if not any(tenant.startswith(f"sp_{instance}_") for instance in ours):
            yield Violation("I2", f"tenant {tenant} is none of ours {sorted(ours)}", [line])
            continue
        if change.get("label") not in {f"sallyport:{instance}" for instance in ours} and not change.get("removed"):
            yield Violation("I2", f"tenant {tenant} carries no mark of ours: {change.get('label')!r}", [line])
        known = evidence.placements_at(line.time)
        for application in [*change.get("added", []), *change.get("replaced", []), *change.get("removed", [])]:
            if application != "Shared" and ("F5", f"{tenant}/{application}") not in known:
                yield Violation("I2", f"no ledger names {tenant}/{application}", [line])


def clients(evidence):
    marks = {}
    ours = evidence.instances()
    for line in evidence.of("idp"):
        raw = line.raw
        metadata = (raw.get("effect") or {}).get("metadata") or {}
        if raw.get("action") == "registered":
            marks[raw["client_id"]] = metadata.get("software_id", "")
        if raw.get("action") not in ("registered", "updated", "deleted") or raw.get("who") == "control":
            continue
        parts = marks.get(raw.get("client_id"), "").split("/")
        if len(parts) != 3 or parts[0] != "sallyport" or parts[1] not in ours:
            yield Violation("I2", f"client {raw.get('client_id')} {raw['action']} without a mark of ours", [line])
        elif raw["action"] == "registered" and ("OIDC", f"client/{parts[2]}") not in evidence.placements_at(line.time):
            yield Violation("I2", f"client registered for {parts[2]}, which no ledger names", [line])


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
