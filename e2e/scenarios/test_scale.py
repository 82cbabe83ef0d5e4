# SPDX-License-Identifier: Apache-2.0
"""Many endpoints in one namespace: they share tenants and writes, and a bad one costs the others nothing."""
from e2e.harness import manifests
from e2e.harness.kube import condition
from e2e.harness.manifests import TEAM
from e2e.harness.process import wait_until
from e2e.scenarios.scenario import Scenario

REFERENCES = ["/Common/corp_oauth", "/Common/corp_oauth_api"]


class Many(Scenario):
    def allow(self, **change):
        spec = self.world.kube.get("F5Gateway", "edge")["spec"]
        spec["allow"][0].update(change.pop("allow", {}))
        self.world.kube.patch("F5Gateway", "edge", {"spec": {**spec, **change}})

    def declare(self, names, change=lambda name, thing: None):
        """All with one certificate: a team has a wildcard."""
        self.world.kube.apply(manifests.tls_secret(manifests.endpoint("fraud-all", host="all.ml.example.com")))
        for name in names:
            thing = manifests.endpoint(name)
            thing["spec"]["tls"]["secretName"] = "fraud-all-tls"
            change(name, thing)
            self.world.declare_endpoint(thing, tls=False)

    def ready(self, names):
        told = {t["metadata"]["name"]: t for t in self.world.kube.list("ProtectedEndpoint", TEAM)}
        return [name for name in names if condition(told.get(name))[0] == "True"]

    def applications(self):
        return {tenant: [name for name in declared if name.startswith("pe_")] for tenant, declared in self.world.bigip.declared().items()}

    def test_one_rejected_among_twenty_costs_the_others_nothing(self):
        self.allow(allow={"references": [*REFERENCES, "/Common/missing"]}, addressPool=["192.0.2.0/26"])
        names = [f"fraud-{i:02d}" for i in range(20)]

        def spoil(name, thing):
            if name == "fraud-07":
                thing["spec"]["identity"]["enforcement"]["accessProfile"] = "/Common/missing"
        self.declare(names, spoil)
        good = [name for name in names if name != "fraud-07"]
        wait_until("nineteen are ready", lambda: self.assertEqual(self.ready(names), good) or True, 90)
        told = self.world.wait_condition("RouteProgrammed", "False", "fraud-07")
        self.assertEqual(condition(told, "RouteProgrammed")[1], condition(told, "TokenPolicyAttached")[1])
        self.assertIn("spec.identity.enforcement.accessProfile", condition(told, "RouteProgrammed")[2])
        self.assertIn("/Common/missing", condition(told, "RouteProgrammed")[2])
        self.assertEqual(len(self.world.bigip.virtuals()), 19)
        self.world.edit({"spec": {"identity": {"enforcement": {"accessProfile": "/Common/corp_oauth"}}}}, "fraud-07")
        self.world.wait_ready("fraud-07")
        self.assertEqual(len(self.world.bigip.virtuals()), 20)

    def test_250_endpoints_in_one_namespace_come_and_go(self):
        self.allow(addressPool=["192.0.2.0/24", "198.51.100.0/25"])
        names = [f"fraud-{i:03d}" for i in range(250)]
        for name in names:
            self.world.databricks.serve(name)

        def own(name, thing):
            thing["spec"]["backends"][0]["serving"]["endpoint"] = name
        self.declare(names, own)
        wait_until("all are ready", lambda: self.assertEqual(len(self.ready(names)), 250) or True, 600, pause=1)

        # Tenants of at most a hundred, an address each, a client each, exactly the declared grants.
        applications = self.applications()
        self.assertEqual(sum(map(len, applications.values())), 250)
        self.assertLessEqual(max(map(len, applications.values())), 100)
        self.assertEqual(len({v["address"] for v in self.world.bigip.virtuals()}), 250)
        self.assertEqual(len(self.world.idp.clients()), 250)
        serving = self.world.databricks.state()["serving_endpoints"]
        self.assertEqual([name for name in names if serving[name]["permissions"].get("group:risk-analysts") != "CAN_QUERY"], [])
        posts = [m for m in self.world.bigip.mutations() if "/appsvcs/declare" in m["path"]]
        self.assertLess(len(posts), 80, "applications are written in batches")

        for name in names:
            self.world.delete_endpoint(name)
        wait_until("all are gone", lambda: self.assertEqual(len(self.world.kube.list("ProtectedEndpoint", TEAM)), 0) or True, 600, pause=1)
        self.assertEqual(self.world.bigip.declared(), {})
        self.assertEqual(self.world.idp.clients(), [])
        serving = self.world.databricks.state()["serving_endpoints"]
        itself = {self.operator_itself(): "CAN_MANAGE"}
        self.assertEqual([name for name in names if serving[name]["permissions"] not in ({}, itself)], [])
        self.assertEqual([name for name in names if serving[name]["tags"] != {"sallyport-namespace": "risk"}], [])
        self.assertEqual(self.world.kube.list("AccessLedger"), [])
