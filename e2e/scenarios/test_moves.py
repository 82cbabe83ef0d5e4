# SPDX-License-Identifier: Apache-2.0
"""Moving house: to another gateway, provider, workspace or serving endpoint. The new place opens before the old one closes,
and nothing stays behind."""
from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.kube import data_of, secret
from e2e.harness.manifests import TEAM
from e2e.harness.process import wait_until
from e2e.harness.systems import BigIp, Databricks
from e2e.scenarios.scenario import Scenario


class Moves(Scenario):
    def setUp(self):
        super().setUp()
        self.world.declare_endpoint()
        self.world.wait_ready()

    def second(self, kind, name, like, change):
        """Another connection like the first, with a spec that `change` edits."""
        thing = self.world.kube.get(kind, like)
        change(thing["spec"])
        self.world.kube.apply({"apiVersion": thing["apiVersion"], "kind": kind, "metadata": {"name": name}, "spec": thing["spec"]})

    def three_places_are_left(self):
        wait_until("one place a system is left", lambda: len(self.world.endpoint()["status"]["placements"]) == 3)
        return self.world.wait_ready()

    def ends_clean(self):
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertNothingLeftOutside()

    def test_to_another_address_pool_of_the_same_device(self):
        [before] = self.world.bigip.virtuals()
        self.second("F5Gateway", "edge-2", "edge", lambda spec: spec.update(addressPool=["198.51.100.0/28"]))
        self.world.edit({"spec": {"gatewayRef": {"name": "edge-2"}}})
        wait_until("it lives there, and only there", lambda: [v["address"].startswith("198.51.100.") for v in self.world.bigip.virtuals()] == [True])
        self.three_places_are_left()
        [after] = self.world.bigip.virtuals()
        self.assertNotEqual(after["virtual"], before["virtual"])
        self.ends_clean()

    def test_to_another_device(self):
        other = self.world.start_another(lambda folder: BigIp(folder, name="bigip-2"))
        self.world.kube.apply(secret("bigip-2", OPERATOR_NAMESPACE, {"username": "sallyport", "password": other.password}))
        self.second("F5Gateway", "edge-2", "edge", lambda spec: spec["bigip"].update(units=[other.url], credentialsSecret="bigip-2"))
        seen = []

        def moved():
            seen.append((len(self.world.bigip.virtuals()), len(other.virtuals())))
            return seen[-1] == (0, 1)
        self.world.edit({"spec": {"gatewayRef": {"name": "edge-2"}}})
        wait_until("it lives there, and only there", moved, pause=0.02)
        self.assertNotIn((0, 0), seen, "it was nowhere for a while")
        ready = self.three_places_are_left()
        self.assertEqual(ready["status"]["virtualServer"]["path"], other.virtuals()[0]["virtual"])
        self.assertEqual(self.world.bigip.declared(), {}, "the first device has nothing of ours any more")
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertEqual(other.virtuals(), [])

    def test_to_another_workspace(self):
        other = self.world.start_another(lambda folder: Databricks(folder, name="databricks-2"))
        self.world.kube.apply(secret("dbx-2", OPERATOR_NAMESPACE, {"client_id": other.client_id, "client_secret": other.client_secret}))
        self.second("DatabricksWorkspace", "prod-us", "prod-eu",
                    lambda spec: (spec.update(host=other.url), spec["auth"].update(credentialsSecret="dbx-2")))
        self.world.edit({"spec": {"backends": [{"name": "eu", "workspaceRef": {"name": "prod-us"}, "serving": {"endpoint": "fraud-scoring"}}]}})
        wait_until("granted there", lambda: other.permissions().get("group:risk-analysts") == "CAN_QUERY")
        wait_until("revoked here", lambda: "group:risk-analysts" not in self.world.databricks.permissions())
        ready = self.three_places_are_left()
        self.assertIn(f":{other.port}/", ready["status"]["databricks"][0]["invocationsUrl"])
        [tenant] = self.world.bigip.declared().values()
        [port] = {m["servicePort"] for name, pool in tenant["Shared"].items() if name.startswith("sp_pool") for m in pool["members"]}
        self.assertEqual(port, other.port, "the route goes to the new workspace, and no pool of the old one is left")
        self.ends_clean()
        self.assertNotIn("group:risk-analysts", other.permissions())

    def test_to_another_serving_endpoint(self):
        self.world.databricks.serve("fraud-two")
        self.world.edit({"spec": {"backends": [{"name": "eu", "workspaceRef": {"name": "prod-eu"}, "serving": {"endpoint": "fraud-two"}}]}})
        wait_until("granted there", lambda: self.world.databricks.permissions("fraud-two").get("group:risk-analysts") == "CAN_QUERY")
        wait_until("revoked here", lambda: "group:risk-analysts" not in self.world.databricks.permissions())
        self.three_places_are_left()
        self.ends_clean()

    def test_to_another_identity_provider(self):
        [before] = self.world.idp.clients()
        self.second("IdentityProvider", "corporate-2", "corporate", lambda spec: None)
        self.world.edit({"spec": {"identity": {"providerRef": {"name": "corporate-2"}}}})
        wait_until("one client, and another one", lambda: [c["client_id"] != before["client_id"] for c in self.world.idp.clients()] == [True])
        self.three_places_are_left()
        [after] = self.world.idp.clients()
        self.assertEqual(data_of(self.world.kube.get("Secret", "fraud-client", TEAM))["client_id"], after["client_id"])
        self.ends_clean()
