# SPDX-License-Identifier: Apache-2.0
"""Holds what the operator asked of the API server against the rights that the chart gives it: none missing, none spare."""
from e2e.harness.operator_process import ACCOUNT

# Given, and not to be seen in every full run.
ELSEWHERE = {
    ("sallyport.dev", "protectedendpoints/finalizers", "update"): "where OwnerReferencesPermissionEnforcement is switched on",
    ("authentication.k8s.io", "tokenreviews", "create"): "where agents enrol: e2e/traffic/slow_delivery.py",
    ("", "pods", "get"): "likewise, once an agent has been silent for two minutes",
    ("sallyport.dev", "accessledgers", "create"): "the API server asks for it when an apply (a patch) makes the object",
    **{("sallyport.dev", kind, "get"): "after a conflict, to write anew" for kind in
       ("protectedendpoints", "f5gateways", "identityproviders", "databricksworkspaces")},
}


def given(rules):
    """{(group, resource, verb)} of the rules bound to the operator, as rendered; aggregated roles are other people's."""
    bound = {(o["roleRef"]["kind"], o["roleRef"]["name"]) for o in rules if o["kind"] in ("ClusterRoleBinding", "RoleBinding")}
    return {(group, resource, verb) for o in rules if (o["kind"], o["metadata"]["name"]) in bound for rule in o["rules"]
            for group in rule["apiGroups"] for resource in rule["resources"] for verb in rule["verbs"]}


def asked(lines):
    """{(group, resource, verb)} that the operator asked for, and was not refused."""
    return {of(line) for line in lines if by_operator(line) and line.get("responseStatus", {}).get("code") != 403}


def of(line):
    reference = line["objectRef"]
    resource = "/".join(filter(None, [reference["resource"], reference.get("subresource")]))
    return reference.get("apiGroup", ""), resource, line["verb"]


def by_operator(line):
    return line["user"]["username"] == ACCOUNT and "objectRef" in line  # of a watch, its start


def refused(lines):
    """What the operator asked for and was never given. A refusal between successes is no missing right: an API server that
    has just started knows no roles yet, and of a namespace that is being deleted everybody is refused."""
    given_once = asked(lines)
    return sorted({f"{line['verb']} {line['requestURI']}" for line in lines
                   if by_operator(line) and line.get("responseStatus", {}).get("code") == 403 and of(line) not in given_once
                   and "because it is being terminated" not in line["responseStatus"].get("message", "")})


def spare(rules, used):
    """Rights that nothing made use of."""
    return sorted(" ".join(right) for right in given(rules) - used - set(ELSEWHERE))
