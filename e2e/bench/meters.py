# SPDX-License-Identifier: Apache-2.0
"""What is read off while the operator works: its process, the systems' journals, the API server's audit log."""
import json
import os
import pathlib
import re
import time

from e2e.harness.operator_process import ACCOUNT

TICKS = os.sysconf("SC_CLK_TCK")


class Process:
    """A process as the kernel counts it; readable until it is waited for."""

    def __init__(self, pid):
        self._folder = pathlib.Path(f"/proc/{pid}")

    def cpu_seconds(self):
        fields = (self._folder / "stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mib(self):
        """(resident now, highest ever)."""
        text = (self._folder / "status").read_text()
        return tuple(round(int(re.search(field + r":\s+(\d+) kB", text).group(1)) / 1024, 1) for field in ("VmRSS", "VmHWM"))

    def threads(self):
        return len(os.listdir(self._folder / "task"))


class Position:
    """Where all journals end now, so that what comes later can be counted apart."""

    def __init__(self, stage):
        self.audit = stage.cluster.audit_position()
        self.journals = {system.name: os.path.getsize(system.journal_path) if system.journal_path.exists() else 0
                         for system in stage.systems}


def lines_since(path, position):
    if not path.exists():
        return
    with open(path, "rb") as file:
        file.seek(position)
        for line in file:
            if line.endswith(b"\n"):
                yield line


def api_calls(stage, since):
    """The operator's own requests, by what they are: {"patch protectedendpoints/status": 3, ...}."""
    found, mark = {}, ACCOUNT.encode()
    for line in lines_since(stage.cluster.folder / "audit.log", since.audit):
        if mark not in line:
            continue
        entry = json.loads(line)
        if entry["user"]["username"] != ACCOUNT:
            continue
        reference = entry.get("objectRef", {})
        resource = reference.get("resource", entry["requestURI"])
        if reference.get("subresource"):
            resource += "/" + reference["subresource"]
        found[f"{entry['verb']} {resource}"] = found.get(f"{entry['verb']} {resource}", 0) + 1
    return dict(sorted(found.items()))


def but_leases(calls):
    return {what: count for what, count in calls.items() if not what.endswith(" leases")}


def but_leases_and_events(calls):
    """What the work itself takes: events only tell people of it."""
    return {what: count for what, count in but_leases(calls).items() if not what.endswith(" events")}


WRITES = ("create", "update", "patch", "delete")


def writes_among(calls):
    return {what: count for what, count in calls.items() if what.split()[0] in WRITES}


NUMBERED = [(re.compile(pattern), text) for pattern, text in [
    (r"/declare/[^/]+$", "/declare/TENANT"), (r"/appsvcs/task/[^/]+$", "/appsvcs/task/ID"),
    (r"/task/sys/config/\d+", "/task/sys/config/ID"), (r"/authz/tokens/.*", "/authz/tokens/ID"), (r"^/reg/.*", "/reg/ID"),
    (r"/permissions/serving-endpoints/[^/]+", "/permissions/serving-endpoints/ID"),
    (r"/serving-endpoints/fraud-[^/]+", "/serving-endpoints/NAME")]]


class Outside:
    """What the systems' own journals say of the requests since a position."""

    def __init__(self, stage, since):
        self.requests, self.throttled = {}, 0
        self.as3_posts = self.writes = self.saves = 0
        self.declared = set()  # applications that some declaration has added or replaced: (tenant, name)
        for system in stage.systems:
            for line in lines_since(system.journal_path, since.journals[system.name]):
                self._count(system.name.split("-")[0], json.loads(line))

    def _count(self, system, entry):
        path = entry["path"]
        for pattern, text in NUMBERED:
            path = pattern.sub(text, path)
        what = f"{system} {entry['method']} {path}"
        self.requests[what] = self.requests.get(what, 0) + 1
        self.throttled += entry["status"] == 429
        effect = entry.get("effect") or {}
        for tenant, change in (effect.get("tenants") or {}).items() if not effect.get("dryRun") else ():
            self.declared |= {(tenant, name) for name in (*change.get("added", []), *change.get("replaced", [])) if name != "Shared"}
        if not entry["mutating"] or "/authn/" in path or "/authz/" in path:
            return
        if "/declare" in path:
            self.as3_posts += 1
        elif "/task/" in path:
            self.saves += 1
        else:
            self.writes += 1


TABLE = "application/json;as=Table;g=meta.k8s.io;v=v1"


def ready_count(stage):
    """How many endpoints say Ready=True, asked for as a table, which costs the API server least."""
    count, token = 0, ""
    while True:
        path = stage.kube.path("ProtectedEndpoint") + "?includeObject=None&limit=2000" + (f"&continue={token}" if token else "")
        page = stage.loader.get(path, TABLE)
        column = next(i for i, column in enumerate(page["columnDefinitions"]) if column["name"] == "Ready")
        count += sum(row["cells"][column] == "True" for row in page.get("rows") or [])
        token = page["metadata"].get("continue")
        if not token:
            return count


def wait_converged(stage, tell, deadline):
    """Seconds until every endpoint says Ready=True."""
    began, last = time.monotonic(), -1
    while True:
        now = ready_count(stage)
        waited = time.monotonic() - began
        if now == stage.size:
            return waited
        if not stage.operators[-1].child.running():
            raise RuntimeError("the operator ended: " + stage.operators[-1].child.output()[-3000:])
        if waited > deadline:
            raise RuntimeError(f"{now} of {stage.size} ready after {waited:.0f} s")
        if now != last:
            tell(f"{now} of {stage.size} ready after {waited:.0f} s")
        last = now
        time.sleep(min(5, max(0.5, stage.size / 1000)))
