# SPDX-License-Identifier: Apache-2.0
"""I9: a refused read (403) is unknown, never "absent": nothing is made anew, changed or deleted on its word, and nothing that may
still stand outside is struck off the ledger: no place in status, no finalizer, no AccessLedger."""
import re

from e2e.harness.operator_process import ACCOUNT
from e2e.referee.evidence import IN_FLIGHT, Violation, moves_by_uid

LIST = "list of serving endpoints"
JUST_READ = 15.0  # seconds for which a serving endpoint that was read itself is known, whatever the list says
ANSWERS = {200, 204, 403, 404, 410}  # that say something of what was asked for; at a registration's address 401 does, too


def subject(line):
    """What a request is about, the same for a read and a write of it."""
    path = line.raw.get("path") or ""
    if line.source == "bigip":
        match = re.search(r"/appsvcs/declare/([^/]+)", path)
        return match and "tenant " + match[1]
    if line.source == "databricks":
        if re.search(r"/serving-endpoints/?$", path):
            return LIST
        match = re.search(r"/permissions/serving-endpoints/([^/]+)$", path)
        other = match or re.search(r"/serving-endpoints/([^/]+)", path)
        return other and ("access list " if match else "serving endpoint ") + other[1]
    match = re.search(r"/(?:reg|clients)/([^/]+)$", path)
    return match and "client " + match[1]


class Looks:
    """What the last looks came to, and what the journals say that stands outside, as of the line that was taken in last."""

    def __init__(self):
        self.last = {}       # {subject: line}: the last look
        self.absent = {}     # {subject: time}: when it was last said not to be there, and has not been seen or made since
        self.clients = {}    # {uid: ids that were registered, and not deleted}
        self.routes = set()  # applications that were added, and not removed
        self.ids = {}        # {serving endpoint: the id of its access list}

    def take_in(self, line):
        about = subject(line)
        refused = line.raw.get("status") == 403
        if about and (line.raw.get("method") == "GET" or refused and about.startswith("client ")):
            if line.raw["status"] in ANSWERS or line.raw["status"] == 401 and line.source == "idp":
                self.last[about] = line
                if line.raw["status"] not in (200, 403):
                    self.absent[about] = line.time
                elif not refused:
                    self.absent.pop(about, None)
        effect = line.raw.get("effect") or {}
        if line.source == "bigip" and not effect.get("dryRun"):
            for tenant, change in (effect.get("tenants") or {}).items():
                if change.get("added"):
                    self.absent.pop("tenant " + tenant, None)
                self.routes |= {f"{tenant}/{name}" for name in [*change.get("added", []), *change.get("replaced", [])]}
                self.routes -= {f"{tenant}/{name}" for name in change.get("removed", [])}
        if line.source == "databricks" and effect.get("kind") == "acl":
            self.ids[effect.get("endpoint", "")] = effect["object"].rsplit("/", 1)[-1]
        if line.raw.get("action") == "registered":
            mark = str((effect.get("metadata") or {}).get("software_id", ""))
            self.clients.setdefault(mark.split("/")[-1], set()).add(line.raw.get("client_id"))
        elif line.raw.get("action") == "deleted":
            for ids in self.clients.values():
                ids.discard(line.raw.get("client_id"))

    def refused(self, about):
        line = self.last.get(about)
        return line if line and line.raw["status"] == 403 else None

    def refused_endpoint(self, name, when):
        """Of a serving endpoint: by its own address, unless the list was read since; or by the list, unless it was read itself
        since or a moment ago, for others read the list too."""
        itself, listed = self.last.get("serving endpoint " + name), self.last.get(LIST)
        if not itself or not listed or listed.time < itself.time:
            return self.refused("serving endpoint " + name) if itself else self.refused(LIST)
        if itself.raw["status"] == 403:
            return itself if listed.raw["status"] == 403 else None
        return self.refused(LIST) if when - itself.time > JUST_READ else None


def judge(evidence):
    found, looks = [], Looks()
    moves, stored = moves_by_uid(evidence), by_line(evidence)
    for line in evidence.lines:
        for kind, before, version in stored.get(id(line), ()):
            found += (struck_off if kind == "protectedendpoints" else ledger_dropped)(evidence, looks, before, version)
        if line.source == "kube":
            continue
        if line.raw.get("mutating") and line.raw.get("who") != "control":
            found += changed(evidence, looks, line, moves)
        looks.take_in(line)
    return found


def by_line(evidence):
    """{id of a line: [(kind, object before, version)]} of what the operator wrote over something that was there."""
    found = {}
    for kind in ("protectedendpoints", "accessledgers"):
        last = {}
        for namespace, name, version in evidence.versions(kind):
            before, last[(namespace, name)] = last.get((namespace, name)), version.thing
            if before and version.line.raw["user"]["username"] == ACCOUNT:
                found.setdefault(id(version.line), []).append((kind, before, version))
    return found


# --- what was written outside --------------------------------------------------------------------------------------

def changed(evidence, looks, line, moves):
    effect = line.raw.get("effect") or {}
    refusals = {}
    for about in {subject(line), *("tenant " + tenant for tenant in effect.get("tenants") or {})} - {None}:
        refusals[about] = looks.refused(about)
    if effect.get("endpoint"):
        refusals["serving endpoint " + effect["endpoint"]] = looks.refused_endpoint(effect["endpoint"], line.time)
    for about, refusal in refusals.items():
        # Whoever edits or deletes the object gives a reason of its own to delete its client.
        asked = refusal and line.raw.get("action") == "deleted" and declared_between(evidence, refusal.time, line.time)
        if refusal and not asked:
            yield Violation("I9", f"{about} changed although the last look at it was refused", [refusal, line])
    if line.raw.get("action") == "registered":
        uid = str((effect.get("metadata") or {}).get("software_id", "")).split("/")[-1]
        for client in looks.clients.get(uid, ()) if not moves.get(uid) else ():
            if refusal := looks.refused("client " + client):
                yield Violation("I9", f"a client was made anew for {uid} although the last look at {client} was refused", [refusal, line])


def declared_between(evidence, begun, ended):
    return any(begun <= line.time <= ended and line.raw["verb"] in ("create", "update", "patch", "delete", "deletecollection")
               and line.raw["user"]["username"] != ACCOUNT for line in evidence.of("kube"))


# --- what was struck off -------------------------------------------------------------------------------------------

def struck_off(evidence, looks, before, version):
    """Places that a write of the operator took out of status, or that it gave up with the finalizer."""
    meta, now = before.get("metadata") or {}, version.thing
    if not now.get("metadata") or now["metadata"].get("uid") != meta.get("uid") or kept_by_owner(before):
        return
    places = {(p["system"], p["connection"], p["id"]) for p in (before.get("status") or {}).get("placements", [])}
    left = {(p["system"], p["connection"], p["id"]) for p in (now.get("status") or {}).get("placements", [])}
    freed = any(one.startswith("sallyport.dev/") for one in set(meta.get("finalizers") or []) - set(now["metadata"].get("finalizers") or []))
    for system, connection, place in sorted(places if freed else places - left):
        if released(evidence, system, connection, version.time):
            continue
        for refusal in refusals_of(evidence, looks, before, (system, place), version.time):
            yield Violation("I9", f"{system} {place} was struck off although the last look at it was refused", [refusal, version.line])


def refusals_of(evidence, looks, thing, place, when):
    """The refused looks at what still stands at a place, as far as the journals know. None where it was gone a moment ago: what
    was seen then may be told now."""
    system, where = place
    uid = thing["metadata"].get("uid")
    if system == "F5" and where in looks.routes:
        subjects = {"tenant " + where.split("/")[0]: None}
    elif system == "OIDC":
        abandoned = ((thing.get("status") or {}).get("client") or {}).get("abandoned", [])
        subjects = {"client " + client: None for client in looks.clients.get(uid, set()) - set(abandoned)}
    elif system == "Databricks" and owns(evidence, uid, where.split("/", 1)[1], when):
        name = where.split("/", 1)[1]
        subjects = {"serving endpoint " + name: looks.refused_endpoint(name, when)}
        if name in looks.ids:
            subjects["access list " + looks.ids[name]] = None
    else:
        return []
    if any(looks.absent.get(about, 0.0) >= when - IN_FLIGHT for about in subjects):
        return []
    return [refusal for about, known in subjects.items() if (refusal := known or looks.refused(about))]


def owns(evidence, uid, name, when):
    """Whether a ledger says that an object has something on the access list of a serving endpoint: who never had, or has given
    it back, goes without a question."""
    return any(ledger.get("endpointName") == name and any(owner.get("uid") == uid for entry in ledger.get("entries", [])
                                                          for owner in entry.get("owners", []))
               for ledger in evidence.ledgers_at(when, margin=0.0))


def ledger_dropped(evidence, looks, before, version):
    spec = before.get("spec") or {}
    if version.thing.get("metadata") or not spec.get("endpointName") or released(evidence, "Databricks", spec.get("workspace"), version.time):
        return
    name = spec["endpointName"]
    refusal = looks.refused_endpoint(name, version.time)
    if refusal and looks.absent.get("serving endpoint " + name, 0.0) < version.time - IN_FLIGHT:
        yield Violation("I9", f"the ledger of {name} was dropped although the last look at it was refused", [refusal, version.line])


def kept_by_owner(thing):
    """Its owner wants it to stay outside, or may have said otherwise by an annotation."""
    spec, notes = thing.get("spec") or {}, thing["metadata"].get("annotations") or {}
    return (spec.get("deletionPolicy", "Delete") != "Delete" or spec.get("management", "Enforce") != "Enforce"
            or any(note.startswith("sallyport.dev/adopt") for note in notes))


def released(evidence, system, connection, when):
    """Whether the connection's owner declared its system gone for good."""
    resource = {"F5": "f5gateways", "OIDC": "identityproviders", "Databricks": "databricksworkspaces"}[system]
    return any("sallyport.dev/force-release" in (thing["metadata"].get("annotations") or {})
               for thing in evidence.at(resource, when, IN_FLIGHT) if thing["metadata"]["name"] == connection)
