# SPDX-License-Identifier: Apache-2.0
"""Every field of a ProtectedEndpoint's spec is edited once: what it governs outside changes, and nothing else does."""
from e2e.harness import manifests
from e2e.harness.certificates import self_signed
from e2e.harness.kube import data_of, secret
from e2e.harness.manifests import SCORING_BATCH, TEAM
from e2e.harness.process import wait_until
from e2e.kill_campaign.end_state import differences
from e2e.scenarios.scenario import Scenario

CHANGED = object()  # some other value than before

# Edited elsewhere: in test_moves.py and test_manners.py; and what only a gateway heeds that checks tokens itself, in e2e/traffic
# (test_operator.py, test_several_backends.py, and cacheWindow in test_changes.py).
ELSEWHERE = {"gatewayRef.name", "backends.workspaceRef.name", "backends.serving.endpoint", "backends.weight", "backends.priority",
             "identity.providerRef.name", "deletionPolicy", "management",
             "identity.requiredGroups", "identity.cacheWindow", "access.grants.until", "traffic.rateLimit.requestsPerSecond",
             "traffic.rateLimit.burst", "upstream.servicePrincipal.applicationId", "upstream.servicePrincipal.secretName"}


def grants(*entries):
    return {"access": {"grants": [{"principalType": kind, "principal": who, "level": level} for kind, who, level in entries]}}


def backend(**change):
    return {"backends": [{"name": "eu", "workspaceRef": {"name": "prod-eu"}, "serving": {"endpoint": "fraud-scoring"}, **change}]}


GROUP, MACHINE = ("Group", "risk-analysts"), ("ServicePrincipal", SCORING_BATCH)

# field, edit of spec, {pointer into what is outside: value afterwards}. Each starts from where the one before has ended.
EDITS = [
    ("host", {"host": "score.ml.example.com"}, {"/application/route/records/0/value": "score.ml.example.com", "/status/url": CHANGED}),
    ("tls.secretName", {"tls": {"secretName": "fraud-tls-2"}},
     {"/application/certificate/certificate": CHANGED, "/application/certificate/privateKey": CHANGED}),
    ("identity.audience", {"identity": {"audience": "https://risk.example.com"}}, {"/secret/audience": "https://risk.example.com"}),
    ("identity.requiredScopes", {"identity": {"requiredScopes": ["fraud:read", "fraud:score"]}}, {"/client/scope": "fraud:read fraud:score"}),
    ("identity.enforcement.accessProfile", {"identity": {"enforcement": {"accessProfile": "/Common/other_oauth"}}},
     {"/application/vs/profileAccess/bigip": "/Common/other_oauth"}),
    ("identity.enforcement.perRequestPolicy", {"identity": {"enforcement": {"perRequestPolicy": "/Common/other_api"}}},
     {"/application/vs/policyPerRequestAccess/bigip": "/Common/other_api"}),
    ("identity.enforcement.type", {"identity": {"enforcement": {"type": "Reference"}}}, {}),
    ("client.secretName", {"client": {"secretName": "fraud-client-2"}}, {"/secret name": "fraud-client-2"}),
    ("client.grantTypes", {"client": {"grantTypes": ["client_credentials"]}}, {}),
    ("access.mode", {"access": {"mode": "Additive"}}, {}),
    ("access.grants.level", grants((*GROUP, "CanView"), (*MACHINE, "CanQuery")), {"/grants/group:risk-analysts": "CAN_VIEW"}),
    ("access.grants.principal", grants((*GROUP, "CanView")), {f"/grants/service-principal:{SCORING_BATCH}": None}),
    ("access.grants.principalType", grants((*GROUP, "CanView"), (*MACHINE, "CanQuery")),
     {f"/grants/service-principal:{SCORING_BATCH}": "CAN_QUERY"}),
    ("upstream.type", {"upstream": {"type": "ByPolicy"}}, {}),
    ("backends.name", backend(name="west"), {"/status/backend": "west"}),
    ("traffic.timeouts.connect", {"traffic": {"timeouts": {"connect": "10s"}}}, {"/application/tcp_server/synRtoBase": CHANGED}),
    ("traffic.timeouts.response", {"traffic": {"timeouts": {"response": "200s"}}}, {"/application/tcp_server/idleTimeout": 200}),
    ("traffic.timeouts.idle", {"traffic": {"timeouts": {"idle": "400s"}}}, {"/application/tcp_client/idleTimeout": 400}),
    ("traffic.maxConcurrent", {"traffic": {"maxConcurrent": 7}}, {"/application/vs/maxConnections": 7}),
    ("traffic.loadBalancing", {"traffic": {"loadBalancing": "RoundRobin"}}, {"/pool/loadBalancingMode": "round-robin"}),
    ("security.allowedNetworks", {"security": {"allowedNetworks": ["10.30.0.0/16"]}}, {"/application/networks/records/0/key": "10.30.0.0/16"}),
    ("security.wafPolicy", {"security": {"wafPolicy": "/Common/ml_waf"}}, {"/application/vs/policyWAF": {"bigip": "/Common/ml_waf"}}),
    ("client.manage", {"client": {"manage": False}}, {"/client": None, "/secret": None, "/secret name": None, "/status/client": CHANGED}),
]


def leaves(schema, path=""):
    """Dotted paths of everything that can be set; lists of objects by their fields."""
    if schema.get("type") == "array":
        return leaves(schema["items"], path)
    if "properties" in schema:
        return [leaf for name, child in schema["properties"].items() for leaf in leaves(child, f"{path}.{name}".strip("."))]
    return [path]


class Edits(Scenario):
    def setUp(self):
        super().setUp()
        world = self.world
        world.bigip.has("/Common/other_oauth", "apm profile access")
        world.bigip.has("/Common/other_api", "apm policy access-policy")
        world.bigip.has("/Common/ml_waf", "asm policy")
        self.allow("F5Gateway", "edge", "references", ["/Common/other_oauth", "/Common/other_api", "/Common/ml_waf"])
        self.allow("IdentityProvider", "corporate", "audiences", ["https://risk.example.com"])
        certificate, key = self_signed.__wrapped__("score.ml.example.com")
        world.kube.apply(secret("fraud-tls-2", TEAM, {"tls.crt": certificate, "tls.key": key}, manifests.USABLE, "kubernetes.io/tls"))

    def allow(self, kind, name, what, more):
        spec = self.world.kube.get(kind, name)["spec"]
        spec["allow"][0][what] = [*spec["allow"][0].get(what, []), *more]
        self.world.kube.patch(kind, name, {"spec": {"allow": spec["allow"]}})

    def outside(self):
        """What the endpoint has made everywhere, by what it means: names that hold a hash are resolved."""
        world = self.world
        status = world.endpoint().get("status", {})
        [tenant] = world.bigip.declared().values()
        [application] = [app for name, app in tenant.items() if name.startswith("pe_")]
        application.pop("remark")
        pool = tenant["Shared"][application["vs"].pop("pool").rsplit("/", 1)[-1]]
        pool["monitors"] = [tenant["Shared"][m["use"]] for m in pool["monitors"]]
        for monitor in pool["monitors"]:
            monitor["clientTLS"] = tenant["Shared"][monitor["clientTLS"]["use"]]
        pool["members"][0].pop("fqdnPrefix")
        tls = tenant["Shared"][application["vs"].pop("clientTLS").rsplit("/", 1)[-1]]
        clients = world.idp.clients()
        made = [s for s in world.kube.list("Secret", TEAM) if "sallyport.dev/managed-by" in s["metadata"].get("labels", {})]
        return {"application": application, "pool": pool, "tls": tls, "client": clients[0] if clients else None,
                "clients": len(clients) <= 1, "secret": data_of(made[0]) if made else None,
                "secret name": made[0]["metadata"]["name"] if made else None, "secrets": len(made) <= 1,
                "grants": world.databricks.permissions(), "virtuals": len(world.bigip.virtuals()),
                "status": {"url": status.get("url"), "client": (status.get("client") or {}).get("id"),
                           "backend": (status.get("databricks") or [{}])[0].get("backend")}}

    def test_each_field_changes_what_it_governs_and_nothing_else(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        for field, edit, expected in EDITS:
            with self.subTest(field=field):
                before = self.outside()
                self.world.edit({"spec": edit})
                self.world.wait_ready()
                wait_until(f"{field} has its effect", lambda e=expected, b=before: all(
                    value is CHANGED or after == value for value, after in self.changes(b, e)), 20)
                found = {pointer: after for pointer, _, after in differences(before, self.outside())}
                self.assertEqual(set(found), set(expected), f"{field} changed {found}")

    def changes(self, before, expected):
        """[(value that is expected, value that is there)], of the pointers of `expected`."""
        found = {pointer: after for pointer, _, after in differences(before, self.outside())}
        return [(value, found.get(pointer, "as before")) for pointer, value in expected.items()]

    def test_every_field_of_the_definition_is_edited_somewhere(self):
        crd = self.world.kube.get("CustomResourceDefinition", "protectedendpoints.sallyport.dev")
        schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        self.assertEqual(set(leaves(schema)), {field for field, _, _ in EDITS} | ELSEWHERE)
