# SPDX-License-Identifier: Apache-2.0
"""I6: nothing is reachable before its checks: an application appears after its client and a look at the access list."""
from e2e.referee.evidence import Violation, serving_of


def judge(evidence):
    found = []
    for line, tenant, change in evidence.tenant_changes():
        known = evidence.placements_at(line.time)
        for application in change.get("added", []):
            thing = known.get(("F5", f"{tenant}/{application}"))
            if application == "Shared" or thing is None:
                continue  # without a ledger entry: I2
            uid = thing["metadata"]["uid"]
            managed = (thing["spec"].get("client") or {}).get("manage", True)
            registered = [l for l in evidence.of("idp") if l.time <= line.time and l.raw.get("action") == "registered"
                          and str(((l.raw.get("effect") or {}).get("metadata") or {}).get("software_id", "")).endswith("/" + uid)]
            if managed and not registered:
                found.append(Violation("I6", f"{tenant}/{application} is reachable before its client is registered", [line]))
            seen = [l for l in evidence.of("databricks") if l.time <= line.time and "/permissions/serving-endpoints/" in l.raw["path"]
                    and l.raw["status"] == 200]
            if serving_of(thing) and not seen:
                found.append(Violation("I6", f"{tenant}/{application} is reachable before its access list was looked at", [line]))
    return found
