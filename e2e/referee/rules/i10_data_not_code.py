# SPDX-License-Identifier: Apache-2.0
"""I10: a hostile value ends as data or is refused, never as code: not in a name, a path, or raw in a rule of the device."""
import re

from e2e.referee.evidence import Violation

NAME = re.compile(r"^[A-Za-z][A-Za-z0-9_]*$")
PATH = re.compile(r"^[A-Za-z0-9._~!$&'()*+,;=:@%/-]*$")


def judge(evidence):
    found = []
    for line, tenant, change in evidence.tenant_changes():
        for name in [tenant, *change.get("added", []), *change.get("replaced", [])]:
            if not NAME.match(name):
                found.append(Violation("I10", f"{name!r} became a name on the gateway", [line]))
    for line in evidence.lines:
        path = line.raw.get("path", "")
        decoded = path.replace("%2e", ".").replace("%2E", ".")
        if line.source != "kube" and (not PATH.match(path) or "/../" in decoded + "/"):
            found.append(Violation("I10", f"{path!r} was asked for: a value was not encoded", [line]))
    for value in evidence.hostile:
        if value in evidence.rules_in_place:
            found.append(Violation("I10", f"{value!r} stands raw in a rule of the gateway", []))
    return found
