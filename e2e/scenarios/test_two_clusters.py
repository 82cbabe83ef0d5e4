# SPDX-License-Identifier: Apache-2.0
"""Two clusters with the same namespaces and names share one BIG-IP, one identity provider and one workspace: neither sees
the other, and when one is emptied the other stays as it is, to the byte."""
import json

from e2e.harness.cluster import CUSTOM, OPERATOR_NAMESPACE, Cluster
from e2e.harness.kube import condition
from e2e.harness.manifests import TEAM, endpoint
from e2e.harness.process import wait_until
from e2e.harness.world import World
from e2e.scenarios.scenario import Scenario

CONNECTIONS = [("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")]


class TwoClusters(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def setUp(self):
        super().setUp()
        cluster = Cluster("second", own=True)
        cluster.__enter__()
        self.addCleanup(cluster.__exit__)
        self.other = World(cluster, beside=self.world)
        self.other.__enter__()
        self.addCleanup(self.other.__exit__)

        def apart(gateway, _, __):
            gateway["spec"]["addressPool"] = ["198.51.100.0/28"]
        self.other.declare_connections(apart)
        self.other.start_operator(**self.FLAGS)
        self.world.databricks.serve("fraud-two")

    def tearDown(self):
        """The referee judges each by what is its own."""
        self.judge(self.world, self.words_of(self.other))
        self.judge(self.other, self.words_of(self.world))

    def words_of(self, world):
        serving = "fraud-scoring" if world is self.world else "fraud-two"
        clients = [line["client_id"] for line in world.idp.journal()
                   if f"/{self.instance(world)}/" in ((line.get("effect") or {}).get("metadata") or {}).get("software_id", "")]
        return [f"sp_{self.instance(world)}_", world.databricks.endpoint(serving)["id"], f"serving-endpoints/{serving}", *clients]

    @staticmethod
    def instance(world):
        return world.kube.get("ConfigMap", "sallyport-instance", OPERATOR_NAMESPACE)["data"]["id"]

    def belongings(self, world, serving):
        """Everything of one installation, inside and outside, as text."""
        tenant = f"sp_{self.instance(world)}_"
        [unit] = world.bigip.state()["units"]

        def tenants(which):
            return {name: one for name, one in (unit[which].get("declaration") or {}).items() if name.startswith(tenant)}
        client = (world.endpoint()["status"].get("client") or {}).get("id")
        inside = [world.kube.list(kind) for kind in CUSTOM]
        inside += [world.kube.list(kind, namespace) for kind in ("Secret", "ConfigMap") for namespace in (OPERATOR_NAMESPACE, TEAM)]
        state = {"running": tenants("running"), "saved": tenants("saved"),
                 "objects": [o for o in unit["running"]["objects"] if tenant in o["fullPath"]],
                 "virtuals": [v for v in world.bigip.virtuals() if v["tenant"].startswith(tenant)],
                 "client": [c for c in world.idp.clients() if c["client_id"] == client],
                 "serving": world.databricks.endpoint(serving), "inside": inside}
        return json.dumps(state, sort_keys=True, indent=1)

    def test_emptying_one_leaves_the_other_byte_identical(self):
        self.world.declare_endpoint()
        self.other.declare_endpoint(endpoint(serving="fraud-two"))
        self.world.wait_ready()
        self.other.wait_ready()
        self.assertNotEqual(self.instance(self.world), self.instance(self.other))
        self.assertEqual(len(self.world.bigip.virtuals()), 2)
        self.assertEqual(len(self.world.idp.clients()), 2)
        wait_until("all is saved, and told", lambda: self.world.bigip.state()["units"][0]["saved"]["id"] ==
                   self.world.bigip.state()["units"][0]["running"]["id"] and all(
                       condition(world.kube.get(*connection))[0] == "True" and not world.kube.get(*connection)["status"].get("unsaved")
                       for world in (self.world, self.other) for connection in CONNECTIONS))
        before = self.belongings(self.world, "fraud-scoring")
        self.assertIn("CAN_QUERY", before)

        self.other.delete_endpoint()
        self.other.wait_gone()
        for connection in CONNECTIONS:
            self.other.kube.delete(*connection)
        wait_until("the connections are gone", lambda: not any(self.other.kube.get(*connection) for connection in CONNECTIONS))

        looks = len(self.looks())
        wait_until("the first has looked at everything again", lambda: len(self.looks()) >= looks + 6)
        self.assertEqual(self.belongings(self.world, "fraud-scoring"), before)
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        self.assertEqual(len(self.world.idp.clients()), 1)
        self.assertNotIn(f"sp_{self.instance(self.other)}_", json.dumps(self.world.bigip.state()))
        self.assertEqual(self.world.databricks.endpoint("fraud-two")["tags"], {"sallyport-namespace": "risk"})
        self.assertEqual(self.world.databricks.permissions("fraud-two"), {self.operator_itself(): "CAN_MANAGE"})

    def looks(self):
        return [line for line in self.world.databricks.journal() if line["method"] == "GET" and "/permissions/" in line["path"]]
