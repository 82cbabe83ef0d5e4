# SPDX-License-Identifier: Apache-2.0
"""The platform team's objects: a connection in use stays, unless its system is declared gone for good."""
from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.kube import condition, secret
from e2e.harness.process import wait_until
from e2e.scenarios.scenario import Scenario


class Connections(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def test_a_connection_in_use_cannot_go_and_names_its_users(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.kube.delete("F5Gateway", "edge")
        wait_until("it says why", lambda: condition(self.world.kube.get("F5Gateway", "edge"))[1] == "InUse")
        self.assertIn("risk/fraud-scoring", condition(self.world.kube.get("F5Gateway", "edge"))[2])
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        self.world.delete_endpoint()
        self.world.wait_gone()
        wait_until("now it goes", lambda: self.world.kube.get("F5Gateway", "edge") is None)

    def test_force_release_frees_the_users_and_lists_what_is_left_behind(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.bigip.stop()  # gone for good
        self.world.delete_endpoint()
        wait_until("only the gateway is left", lambda: [p["system"] for p in self.world.endpoint()["status"]["placements"]] == ["F5"])
        self.world.kube.patch("F5Gateway", "edge", {"metadata": {"annotations": {"sallyport.dev/force-release": "edge"}}})
        self.world.wait_gone()
        orphans = self.world.kube.get("F5Gateway", "edge")["status"]["orphans"]
        self.assertEqual(len(orphans), 1)
        self.world.bigip.start()  # for the referee, who reads every system at the end

    def test_a_wrong_password_is_told_and_its_correction_heals(self):
        self.world.kube.apply(secret("bigip-edge", OPERATOR_NAMESPACE, {"username": "sallyport", "password": "wrong-" + "x" * 12}))
        wait_until("told", lambda: condition(self.world.kube.get("F5Gateway", "edge"))[0] == "False")
        self.world.declare_endpoint()
        self.world.kube.apply(secret("bigip-edge", OPERATOR_NAMESPACE, {"username": "sallyport", "password": self.world.bigip.password}))
        self.world.wait_ready(deadline=60)

    def test_a_missing_credential_is_named(self):
        self.world.kube.delete("Secret", "dbx-prod", OPERATOR_NAMESPACE)
        wait_until("told", lambda: condition(self.world.kube.get("DatabricksWorkspace", "prod-eu"))[1] == "SecretNotFound")
        self.assertIn("dbx-prod", condition(self.world.kube.get("DatabricksWorkspace", "prod-eu"))[2])
