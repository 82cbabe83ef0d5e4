# SPDX-License-Identifier: Apache-2.0
"""The story that the referee's tests tell: a main path that breaks no rule, in which each of them changes one thing."""
import unittest

from e2e.harness.operator_process import ACCOUNT as OPERATOR
from e2e.referee.evidence import Evidence, registration_record
from e2e.referee.referee import judge_evidence

UID = "11111111-2222-3333-4444-555555555555"
TENANT, APPLICATION = "sp_abcdefgh_0123456789_1", "pe_fraud_0123456789ab"


def at(second):
    return f"2026-01-01T00:00:{second:02d}.000000Z"


def stored(second, resource, name, thing, namespace="", verb="patch", user=OPERATOR):
    return {"stage": "ResponseComplete", "stageTimestamp": at(second), "verb": verb, "user": {"username": user},
            "objectRef": {"resource": resource, "namespace": namespace, "name": name}, "responseStatus": {"code": 200},
            "requestURI": f"/{resource}/{name}", "responseObject": {"metadata": {"name": name, "namespace": namespace}, **thing}}


def secret(second, name, namespace, verb="patch"):
    """A write of a Secret, of which the audit log has nothing but that it happened."""
    line = stored(second, "secrets", name, {}, namespace, verb)
    del line["responseObject"]
    return line


def virtual(**change):
    return {"virtual": f"/{TENANT}/{APPLICATION}/vs", "application": APPLICATION, "port": 443, "enabled": True,
            "accessProfile": "/Common/oauth", "perRequestPolicy": "/Common/api", **change}


class Story:
    """A main path that breaks no rule. Tests change one thing in it."""

    def __init__(self):
        self.endpoint = {
            "metadata": {"name": "fraud", "namespace": "risk", "uid": UID, "finalizers": ["sallyport.dev/finalizer"]},
            "spec": {"host": "fraud.ml.example.com", "gatewayRef": {"name": "edge"},
                     "backends": [{"workspaceRef": {"name": "prod"}, "serving": {"endpoint": "fraud"}}],
                     "identity": {"providerRef": {"name": "corporate"}, "requiredScopes": ["fraud:score"],
                                  "enforcement": {"accessProfile": "/Common/oauth", "perRequestPolicy": "/Common/api"}},
                     "access": {"grants": [{"principalType": "Group", "principal": "risk-analysts", "level": "CanQuery"}]}},
            "status": {"observedGeneration": 1, "placements": [
                {"system": "F5", "connection": "edge", "id": f"{TENANT}/{APPLICATION}", "generation": 1},
                {"system": "OIDC", "connection": "corporate", "id": f"client/{UID}", "generation": 1},
                {"system": "Databricks", "connection": "prod", "id": "serving-endpoints/fraud", "generation": 1}]}}
        allow = [{"namespaces": {"matchLabels": {"ml-edge": "true"}}, "hosts": ["*.ml.example.com"], "scopes": ["fraud:*"],
                  "audiences": ["https://ml.example.com"], "grantTypes": ["client_credentials"],
                  "references": ["/Common/oauth", "/Common/api"], "servingEndpoints": ["fraud"], "principals": ["risk-*"],
                  "maxLevel": "CanQuery"}]
        self.kube = [
            stored(0, "namespaces", "risk", {"metadata": {"name": "risk", "labels": {"ml-edge": "true"}}}, user="admin"),
            stored(0, "f5gateways", "edge", {"spec": {"allow": allow}}, user="admin"),
            stored(0, "identityproviders", "corporate", {"spec": {"allow": allow}}, user="admin"),
            stored(0, "databricksworkspaces", "prod", {"spec": {"allow": allow}}, user="admin"),
            stored(0, "configmaps", "sallyport-instance", {"data": {"id": "abcdefgh"}}, "sallyport-system", "create"),
            stored(0, "leases", "sallyport", {"spec": {"holderIdentity": "a", "renewTime": at(0), "leaseDurationSeconds": 30}},
                   "sallyport-system", "update"),
            stored(1, "protectedendpoints", "fraud", self.endpoint, "risk"),
            secret(2, registration_record(UID, "corporate"), "sallyport-system"),
            stored(2, "accessledgers", "al-1", {"spec": {"endpointId": "77", "entries": [
                {"principalType": "Group", "principal": "risk-analysts", "applied": "CanQuery"}]}}, "sallyport-system")]
        self.databricks = [
            {"time": at(2), "method": "GET", "path": "/api/2.0/permissions/serving-endpoints/77", "status": 200, "mutating": False},
            {"time": at(3), "method": "PATCH", "path": "/api/2.0/permissions/serving-endpoints/77", "status": 200, "mutating": True,
             "effect": {"kind": "acl", "object": "/serving-endpoints/77", "endpoint": "fraud", "changed": True,
                        "before": {}, "after": {"group:risk-analysts": "CAN_QUERY"}}}]
        self.idp = [{"time": at(3), "method": "POST", "path": "/reg", "status": 201, "mutating": True, "action": "registered",
                     "client_id": "c1", "who": "c1",
                     "effect": {"metadata": {"software_id": f"sallyport/abcdefgh/{UID}", "scope": "fraud:score",
                                              "grant_types": ["client_credentials"]}}}]
        self.bigip = [{"time": at(4), "method": "POST", "path": f"/mgmt/shared/appsvcs/declare/{TENANT}", "status": 202, "mutating": True,
                       "effect": {"dryRun": False, "tenants": {TENANT: {
                           "added": ["Shared", APPLICATION], "replaced": [], "removed": [], "label": "sallyport:abcdefgh",
                           "virtuals": [virtual()]}}}}]
        self.more = {}

    @property
    def tenant(self):
        return self.bigip[0]["effect"]["tenants"][TENANT]

    def broken_rules(self):
        evidence = Evidence(self.bigip, self.databricks, self.idp, self.kube, **self.more)
        return sorted({violation.rule for violation in judge_evidence(evidence)}, key=lambda rule: int(rule[1:]))


class Told(unittest.TestCase):
    def setUp(self):
        self.story = Story()

    def assertCaught(self, rule):
        self.assertIn(rule, self.story.broken_rules())

    def assertPasses(self):
        self.assertEqual(self.story.broken_rules(), [])
