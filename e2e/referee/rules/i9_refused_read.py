# SPDX-License-Identifier: Apache-2.0
"""I9: a refused read (403) is unknown, never "absent": nothing is made anew or deleted on its word."""
import re

from e2e.referee.evidence import Violation


def subject(line):
    """What a request is about, the same for a read and a write of it."""
    path = line.raw["path"]
    if line.source == "bigip":
        match = re.search(r"/appsvcs/declare/([^/]+)", path)
        return match and "tenant " + match[1]
    if line.source == "databricks":
        match = re.search(r"/permissions/serving-endpoints/([^/]+)$", path) or re.search(r"/serving-endpoints/([^/]+)", path)
        return match and ("access list " if "/permissions/" in path else "serving endpoint ") + match[1]
    return "clients"


def judge(evidence):
    refused, found = {}, []
    for line in evidence.lines:
        if line.source == "kube" or not subject(line):
            continue
        about = (line.source, subject(line))
        if line.raw["method"] == "GET" and "/.well-known/" not in line.raw["path"]:
            refused[about] = line if line.raw["status"] == 403 else None
        elif line.raw.get("mutating") and line.raw.get("who") != "control" and refused.get(about):
            found.append(Violation("I9", f"{about[1]} changed although the last look at it was refused", [refused[about], line]))
    return found
