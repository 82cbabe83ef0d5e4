# SPDX-License-Identifier: Apache-2.0
"""The mutating requests of a world by the journals' own account: the simulators', the provider's and the API server's.
Nothing here comes from the operator, and nothing from the proxies that end it: N is counted twice, and has to agree."""
from e2e.harness.fault_proxy import counts, name_of
from e2e.harness.operator_process import ACCOUNT

METHODS = {"create": "POST", "update": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETE"}


def changes(world):
    """Their names, in the order of time; what was asked for and refused is among them."""
    found = []
    for system in world.systems:
        found += [(line["time"], name_of(system.name, line["method"], line["path"])) for line in system.journal()
                  if line.get("who") != "control" and counts(line["method"], line["path"])]
    for line in world.audit_lines():
        method = METHODS.get(line["verb"])
        if method and line["user"]["username"] == ACCOUNT and line["stage"] == "ResponseComplete" and counts(method, line["requestURI"]):
            found.append((line["requestReceivedTimestamp"], name_of("kube", method, line["requestURI"])))
    return [name for _, name in sorted(found)]
