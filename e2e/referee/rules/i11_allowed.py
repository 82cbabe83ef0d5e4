# SPDX-License-Identifier: Apache-2.0
"""I11: a namespace reaches only what its connection's owner allowed it."""
from e2e.harness.operator_process import ACCOUNT
from e2e.referee.evidence import DECLARED, Violation, adopts, folded, grants_of, raised, rank, serving_of, wild

EVERYBODY = {"users", "account users", "admins"}  # groups that no wildcard covers


def entries_for(connection, namespace, evidence, when):
    """The allow entries of a connection that cover a namespace, as its labels are."""
    labels = {}
    for thing in evidence.at("namespaces", when, 5.0):
        if thing["metadata"]["name"] == namespace:
            labels = {**labels, **thing["metadata"].get("labels", {})}
    for entry in (connection.get("spec") or {}).get("allow", []):
        selector = entry.get("namespaces") or {}
        names, wanted = selector.get("matchNames"), selector.get("matchLabels")
        if (names or wanted) and (not names or namespace in names) and all(labels.get(k) == v for k, v in (wanted or {}).items()):
            yield entry


def allowed(evidence, resource, name, namespace, when, covers):
    return any(covers(entry) for connection in evidence.at(resource, when, 5.0) if connection["metadata"]["name"] == name
               for entry in entries_for(connection, namespace, evidence, when))


def judge(evidence):
    return [*gateway(evidence), *principals(evidence), *clients(evidence), *audiences(evidence)]


def gateway(evidence):
    for line, tenant, change in evidence.tenant_changes():
        known = evidence.placements_at(line.time)
        fresh = {*change.get("added", []), *change.get("replaced", [])}
        for virtual in change.get("virtuals", []):
            thing = known.get(("F5", f"{tenant}/{virtual['application']}"))
            if virtual["application"] not in fresh or thing is None:
                continue
            named = [virtual.get(k) for k in ("accessProfile", "perRequestPolicy", "wafPolicy") if virtual.get(k)]

            def covers(entry, thing=thing, named=named):
                return wild(entry.get("hosts"), thing["spec"]["host"]) and all(n in entry.get("references", []) for n in named)
            if not allowed(evidence, "f5gateways", thing["spec"]["gatewayRef"]["name"], thing["metadata"]["namespace"], line.time, covers):
                yield Violation("I11", f"{thing['spec']['host']} with {named} is not allowed to namespace {thing['metadata']['namespace']}", [line])


def principals(evidence):
    for line, _, name, before, after in evidence.acl_changes():
        for who, level in raised(before, after).items():
            for thing in evidence.endpoints_at(line.time):
                if name not in serving_of(thing) or folded(who) not in grants_of(thing):
                    continue

                def covers(entry, who=who, level=level):
                    return (wild(entry.get("servingEndpoints"), name) and covers_principal(entry.get("principals"), who)
                            and rank(level) <= rank(DECLARED.get(entry.get("maxLevel", "CanQuery"))))
                workspace = thing["spec"]["backends"][0]["workspaceRef"]["name"]
                if allowed(evidence, "databricksworkspaces", workspace, thing["metadata"]["namespace"], line.time, covers):
                    break
            else:
                if any(folded(who) in grants_of(t) and name in serving_of(t) for t in evidence.endpoints_at(line.time)):
                    yield Violation("I11", f"{level} of {who} on {name} is not allowed to any namespace that names it", [line])


def covers_principal(patterns, who):
    kind, name = who.split(":", 1)
    if kind == "group" and name.lower() in EVERYBODY:
        return name.lower() in [pattern.lower() for pattern in patterns or []]
    return wild(patterns, name)


def allowed_to_any(evidence, owners, when, covers):
    """To the namespace of an object as it was declared then, or shortly before, by the provider that it names."""
    return any(allowed(evidence, "identityproviders", thing["spec"]["identity"]["providerRef"]["name"], thing["metadata"]["namespace"], when, covers)
               for thing in owners)


def clients(evidence):
    made, had = set(), {}
    for line in evidence.of("idp"):
        if line.raw.get("action") not in ("registered", "updated"):
            continue
        metadata, client = (line.raw.get("effect") or {}).get("metadata") or {}, line.raw.get("client_id")
        scopes = set(metadata.get("scope", "").split())
        if line.raw.get("who") == "control":
            had[client] = scopes if "scope" in metadata else had.get(client, set())
            continue
        if line.raw["action"] == "registered":
            made.add(client)
        owners = owners_of_client(evidence, line, metadata)
        namespaces = sorted({thing["metadata"]["namespace"] for thing in owners})
        if client not in made and not allowed_to_any(evidence, owners, line.time, lambda entry: client in entry.get("adopt", [])):
            yield Violation("I11", f"client {client}, which was there before, is not allowed to {namespaces}", [line])
        taken_over = had.get(client, set()) if any(adopts(thing) == client for thing in owners) else set()
        for scope in sorted(scopes - taken_over):
            if not allowed_to_any(evidence, owners, line.time, lambda entry: wild(entry.get("scopes"), scope)):
                yield Violation("I11", f"scope {scope} of client {client} is not allowed to {namespaces}", [line])
        for grant_type in metadata.get("grant_types", []):
            if not allowed_to_any(evidence, owners, line.time, lambda entry: grant_type in entry.get("grantTypes", [])):
                yield Violation("I11", f"grant type {grant_type} of client {client} is not allowed to {namespaces}", [line])


def owners_of_client(evidence, line, metadata):
    """By its mark; a provider that keeps none is asked by the id that status tells, sooner or later. What is nobody's may have
    nothing but what is allowed to somebody."""
    if owners := evidence.owner_of(metadata.get("software_id", ""), line.time):
        return owners
    told = {(version.thing.get("metadata") or {}).get("uid") for _, _, version in evidence.versions("protectedendpoints")
            if ((version.thing.get("status") or {}).get("client") or {}).get("id") == line.raw.get("client_id")}
    known = evidence.endpoints_at(line.time)
    return [thing for thing in known if thing["metadata"].get("uid") in told] or known


def audiences(evidence):
    """A plain provider's client has no audience: an application asks for the one that its Secret names. Judged when that was
    last written."""
    for given in evidence.handed_out:
        written = [version for namespace, name, version in evidence.versions("secrets")
                   if (namespace, name) == (given["namespace"], given["name"]) and not version.line.raw["verb"].startswith("delete")
                   and version.line.raw["user"]["username"] == ACCOUNT]
        if not written or not given["audience"]:
            continue
        owners = evidence.owner_of(given["uid"], written[-1].time)
        if not allowed_to_any(evidence, owners, written[-1].time, lambda entry: given["audience"] in entry.get("audiences", [])):
            yield Violation("I11", f"audience {given['audience']} in {given['namespace']}/{given['name']} is not allowed to {given['namespace']}",
                            [written[-1].line])
