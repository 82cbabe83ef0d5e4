# SPDX-License-Identifier: Apache-2.0
"""I11: a namespace reaches only what its connection's owner allowed it."""
from e2e.referee.evidence import DECLARED, Violation, folded, grants_of, raised, rank, serving_of, wild


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
    return [*gateway(evidence), *principals(evidence), *scopes(evidence)]


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
                    return (wild(entry.get("servingEndpoints"), name) and wild(entry.get("principals"), who.split(":", 1)[1])
                            and rank(level) <= rank(DECLARED.get(entry.get("maxLevel", "CanQuery"))))
                workspace = thing["spec"]["backends"][0]["workspaceRef"]["name"]
                if allowed(evidence, "databricksworkspaces", workspace, thing["metadata"]["namespace"], line.time, covers):
                    break
            else:
                if any(folded(who) in grants_of(t) and name in serving_of(t) for t in evidence.endpoints_at(line.time)):
                    yield Violation("I11", f"{level} of {who} on {name} is not allowed to any namespace that names it", [line])


def scopes(evidence):
    for line in evidence.of("idp"):
        if line.raw.get("action") not in ("registered", "updated") or line.raw.get("who") == "control":
            continue
        metadata = (line.raw.get("effect") or {}).get("metadata") or {}
        uid = str(metadata.get("software_id", "")).split("/")[-1]
        for thing in [t for t in evidence.endpoints_at(line.time) if t["metadata"].get("uid") == uid][:1]:
            wanted = [s for s in metadata.get("scope", "").split(" ") if s]
            provider = thing["spec"]["identity"]["providerRef"]["name"]
            for scope in wanted:
                if not allowed(evidence, "identityproviders", provider, thing["metadata"]["namespace"], line.time,
                               lambda entry, scope=scope: wild(entry.get("scopes"), scope)):
                    yield Violation("I11", f"scope {scope} is not allowed to namespace {thing['metadata']['namespace']}", [line])
