# SPDX-License-Identifier: Apache-2.0
"""What the referee knows: every request and its effect in the order of time, and what was declared at which moment.
Nothing here comes from the operator's code or its own logs: names and marks are read by their written form."""
import dataclasses
import datetime
import fnmatch
import hashlib
import json

IN_FLIGHT = 5.0  # seconds that a change may have been on its way when what asked for it was edited
GRAIN = 0.001    # the OpenID provider's journal counts in milliseconds, and cuts off the rest


@dataclasses.dataclass
class Line:
    """A request: `time` in seconds since 1970, `source` bigip, databricks, idp or kube, `raw` as the journal has it."""
    time: float
    source: str
    raw: dict

    def __str__(self):
        return f"{self.source}: {json.dumps(self.raw)[:700]}"


@dataclasses.dataclass
class Violation:
    rule: str
    message: str
    lines: list

    def __str__(self):
        return "\n    ".join([f"{self.rule}: {self.message}", *map(str, self.lines)])


@dataclasses.dataclass
class Version:
    """An object as it was stored from `time` on; `thing` is None once it is gone."""
    time: float
    thing: dict
    line: Line


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def completed(answer, sent, before):
    """What is stored after a write whose answer was asked for as metadata only: parts that were sent replace those of before."""
    same_life = before.get("metadata", {}).get("uid") == answer["metadata"].get("uid")
    parts = {**(before if same_life else {}), **(sent if isinstance(sent, dict) else {})}
    return {**parts, "metadata": answer["metadata"]}


def registration_record(uid, connection):
    """The name of the Secret that holds the registration of an object's client at a provider."""
    key = f"{uid}.{hashlib.sha256(connection.encode()).hexdigest()[:10]}"
    return "sallyport-registration-" + hashlib.sha256(key.encode()).hexdigest()[:16]


class Evidence:
    """`texts`: what the operator said anywhere, by where; `planted`: secrets by what they are; `hostile`: values that
    must not end as code; `rules_in_place`: the iRules that were on a device, as one text; `processes`: who ran, with what
    each of them says that it sent; `handed_out`: what the Secrets say that applications were given, without its secrets."""

    def __init__(self, bigip=(), databricks=(), idp=(), kube=(), texts=None, planted=None, hostile=(), rules_in_place="",
                 processes=(), handed_out=()):
        self.lines = [Line(seconds(raw["time"]), source, raw)
                      for source, journal in (("bigip", bigip), ("databricks", databricks), ("idp", idp)) for raw in journal]
        self.lines += [Line(seconds(raw["stageTimestamp"]), "kube", raw) for raw in kube if raw["stage"] == "ResponseComplete"]
        self.lines.sort(key=lambda line: line.time)
        self.texts = texts or {}
        self.planted = planted or {}
        self.hostile = hostile
        self.rules_in_place = rules_in_place
        self.processes = processes
        self.handed_out = handed_out
        self._versions = {}
        for line in self.lines:
            self._remember(line)

    # --- the cluster, as the audit log tells it ---------------------------------------------------------------------

    def _remember(self, line):
        raw = line.raw
        reference = raw.get("objectRef") or {}
        good = (raw.get("responseStatus") or {}).get("code", 0) < 300
        if line.source != "kube" or not good or raw["verb"] not in ("create", "update", "patch", "delete", "deletecollection"):
            return
        if raw["verb"] == "deletecollection":
            self._remember_all_deleted(line, reference)
            return
        thing = raw.get("responseObject") or {}
        if thing.get("kind") == "Status":
            thing = {}  # the answer to a deletion: it is gone
        key = (reference.get("resource"), reference.get("namespace") or "", reference.get("name") or thing.get("metadata", {}).get("name"))
        versions = self._versions.setdefault(key, [])
        if thing.get("kind") == "PartialObjectMetadata":
            thing = completed(thing, raw.get("requestObject"), versions[-1].thing if versions else {})
        versions.append(Version(line.time, thing, line))

    def _remember_all_deleted(self, line, reference):
        """Of all objects of a kind in a namespace, as a namespace's end asks for it: what has finalizers waits for them. The
        answer lists whom it found; without it everybody is meant whom no selector leaves out."""
        found = line.raw.get("responseObject") or {}
        named = {item["metadata"]["name"] for item in found["items"]} if "items" in found else None
        if named is None and "elector=" in line.raw.get("requestURI", ""):
            return
        for (kind, namespace, name), versions in self._versions.items():
            thing = versions[-1].thing
            if (kind, namespace) != (reference.get("resource"), reference.get("namespace") or "") or (named is not None and name not in named):
                continue
            meta = thing.get("metadata") or {}
            if not meta.get("finalizers"):
                versions.append(Version(line.time, {}, line))
            elif not meta.get("deletionTimestamp"):
                since = {"deletionTimestamp": line.raw["stageTimestamp"]}
                versions.append(Version(line.time, {**thing, "metadata": {**meta, **since}}, line))

    def versions(self, resource):
        """All versions of all objects of a resource, in the order of time, as (namespace, name, version)."""
        found = [(key[1], key[2], v) for key, versions in self._versions.items() if key[0] == resource for v in versions]
        return sorted(found, key=lambda entry: entry[2].time)

    def at(self, resource, when, margin=0.0):
        """Every object of a resource as stored at `when`; with a margin also as stored up to so long before."""
        found = []
        for (kind, _, _), versions in self._versions.items():
            if kind != resource:
                continue
            earlier = [v for v in versions if v.time <= when]
            current = earlier[-1:] + [v for v in earlier[:-1] if margin and v.time >= when - margin]
            if margin and earlier:  # and what was stored when the margin began
                current += [v for v in earlier if v.time < when - margin][-1:]
            found += [v.thing for v in current if v.thing.get("metadata")]
        return found

    def stood(self, resource, name, when, margin=IN_FLIGHT):
        """Whether an object was stored at `when`, or shortly before. Also of Secrets, of which only writes are on record."""
        for (kind, _, known), versions in self._versions.items():
            if (kind, known) == (resource, name):
                earlier = [v for v in versions if v.time <= when + GRAIN]
                recent = earlier[-1:] + [v for v in earlier if v.time >= when - margin] + [v for v in earlier if v.time < when - margin][-1:]
                if any(not v.line.raw["verb"].startswith("delete") for v in recent):
                    return True
        return False

    def terms(self):
        """Of the Lease: (begun, ended unless renewed, holder, line). From the holder's own renewTime, not from when the API
        server stored it: belief counts from there."""
        found = []
        for _, _, version in self.versions("leases"):
            spec = version.thing.get("spec") or {}
            if spec.get("holderIdentity") and spec.get("renewTime"):
                begun = seconds(spec["renewTime"])
                found.append((begun, begun + spec.get("leaseDurationSeconds", 0), spec["holderIdentity"], version.line))
        return found

    def endpoints_at(self, when, margin=IN_FLIGHT):
        return [thing for thing in self.at("protectedendpoints", when, margin) if thing.get("spec")]

    def placements_at(self, when):
        """{(system, id)} of every ledger in status at that moment, and shortly before: shortening follows the deed."""
        return {(p["system"], p["id"]): thing for thing in self.endpoints_at(when)
                for p in (thing.get("status") or {}).get("placements", [])}

    def owner_of(self, mark, when):
        """What is declared of the object that a client's `software_id` names: its versions as of `when` and shortly before."""
        uid = mark.split("/")[-1]
        return [thing for thing in self.endpoints_at(when) if uid and thing["metadata"].get("uid") == uid]

    def instances(self):
        """Instance ids that this cluster made for itself."""
        return {value for _, name, v in self.versions("configmaps") if name == "sallyport-instance"
                for value in (v.thing.get("data") or {}).values()}

    def ledgers_at(self, when, margin=IN_FLIGHT):
        return [thing["spec"] for thing in self.at("accessledgers", when, margin) if thing.get("spec")]

    # --- the outside -------------------------------------------------------------------------------------------------

    def of(self, source):
        return [line for line in self.lines if line.source == source]

    def changes(self, *sources):
        """Requests that changed something outside, by whoever is not the control port."""
        return [line for line in self.lines if line.source in (sources or ("bigip", "databricks", "idp"))
                and line.raw.get("mutating") and line.raw.get("who") != "control"]

    def tenant_changes(self):
        """(line, tenant, what changed in it) of every declaration that took effect."""
        for line in self.changes("bigip"):
            effect = line.raw.get("effect") or {}
            if not effect.get("dryRun"):
                for tenant, change in (effect.get("tenants") or {}).items():
                    yield line, tenant, change

    def acl_changes(self):
        """(line, serving endpoint id, name, before, after) of every write to an access list."""
        for line in self.changes("databricks"):
            effect = line.raw.get("effect") or {}
            if effect.get("kind") == "acl" and effect.get("changed", True):
                yield line, effect["object"].rsplit("/", 1)[-1], effect.get("endpoint", ""), effect["before"], effect["after"]


LEVELS = ["", "CAN_VIEW", "CAN_QUERY", "CAN_MANAGE"]
DECLARED = {"CanView": "CAN_VIEW", "CanQuery": "CAN_QUERY", "CanManage": "CAN_MANAGE", "": "", "None": ""}
KINDS = {"Group": "group", "User": "user", "ServicePrincipal": "service-principal"}


def rank(level):
    return LEVELS.index(level or "")


def reference_of(entry):
    """`group:risk-analysts`, of an entry of a spec or a ledger. Names of groups compare with case, others without."""
    name = entry["principal"] if entry["principalType"] == "Group" else entry["principal"].lower()
    return f"{KINDS[entry['principalType']]}:{name}"


def folded(reference):
    return reference if reference.startswith("group:") else reference.lower()


def raised(before, after):
    """Entries that somebody has more of afterwards: {reference: level}."""
    return {who: level for who, level in after.items() if rank(level) > rank(before.get(who))}


def lowered(before, after):
    return {who: level for who, level in before.items() if rank(level) > rank(after.get(who))}


def grants_of(thing):
    """{reference: level} of a ProtectedEndpoint's spec."""
    entries = ((thing["spec"].get("access") or {}).get("grants")) or []
    return {reference_of(e): DECLARED[e.get("level", "CanQuery")] for e in entries}


def serving_of(thing):
    return [b["serving"]["endpoint"] for b in thing["spec"].get("backends", []) if b.get("serving")]


def moves_by_uid(evidence):
    """How many providers an object has named, but for the first: by name, and by issuer where a connection's was changed."""
    issuers = {}
    for _, name, version in evidence.versions("identityproviders"):
        if issuer := (version.thing.get("spec") or {}).get("issuer"):
            issuers.setdefault(name, set()).add(issuer)
    named = {}
    for _, _, version in evidence.versions("protectedendpoints"):
        provider = (((version.thing.get("spec") or {}).get("identity") or {}).get("providerRef") or {}).get("name")
        if provider:
            named.setdefault((version.thing.get("metadata") or {}).get("uid"), set()).add(provider)
    return {uid: sum(max(1, len(issuers.get(name, ()))) for name in names) - 1 for uid, names in named.items()}


def adopts(thing):
    """The id of the client that an object takes over, or nothing."""
    return (thing["metadata"].get("annotations") or {}).get("sallyport.dev/adopt-client", "")


def wild(patterns, text):
    return any(fnmatch.fnmatchcase(text.lower(), p.lower().replace("[", "[[]")) for p in patterns or [])
