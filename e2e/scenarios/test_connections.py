# SPDX-License-Identifier: Apache-2.0
"""The platform team's objects: a connection in use stays, unless its system is declared gone for good."""
from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.kube import condition, secret
from e2e.harness.manifests import endpoint
from e2e.harness.process import TimedOut, wait_until
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
        self.wait_told_to_renew("F5Gateway", "edge", "bigip-edge", 30)
        self.world.declare_endpoint()
        self.world.kube.apply(secret("bigip-edge", OPERATOR_NAMESPACE, {"username": "sallyport", "password": self.world.bigip.password}))
        self.world.wait_ready(deadline=60)

    def wait_told_to_renew(self, kind, name, secret_name, deadline):
        def look():
            ready = condition(self.world.kube.get(kind, name))
            return ready[0] == "False" and f"renew Secret 'sallyport-system/{secret_name}'" in ready[2]
        try:
            wait_until(f"{kind} {name} says which Secret to renew", look, deadline)
        except TimedOut as late:
            raise AssertionError(f"{late}; it says {condition(self.world.kube.get(kind, name))}") from None

    def rotated(self, kind, name, secret_name, wrong, right, use):
        """The credential is changed at the system first: told, nothing is torn down, and the new one heals without a restart."""
        self.world.declare_endpoint()
        self.world.wait_ready()
        use()
        self.world.kube.apply(secret(secret_name, OPERATOR_NAMESPACE, wrong))
        self.wait_told_to_renew(kind, name, secret_name, 60)
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        self.assertEqual(condition(self.world.endpoint())[0], "True")
        self.world.kube.apply(secret(secret_name, OPERATOR_NAMESPACE, right))
        wait_until("healed", lambda: condition(self.world.kube.get(kind, name))[0] == "True", 60)
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}, "identity": {"requiredScopes": ["fraud:read"]}, "access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        wait_until("the edit arrives everywhere", lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW"
                   and self.world.idp.clients()[0]["scope"] == "fraud:read", 60)
        self.world.wait_ready(deadline=60)

    def test_a_password_of_the_gateway_that_was_changed(self):
        bigip, new = self.world.bigip, "planted-" + "n" * 24

        def use():
            bigip.control("POST", "/_sim/users", {"name": "sallyport", "password": new})
            bigip.control("POST", "/_sim/tokens", {})
        self.rotated("F5Gateway", "edge", "bigip-edge", {"username": "sallyport", "password": bigip.password + "x"},
                     {"username": "sallyport", "password": new}, use)

    def test_a_client_secret_of_the_workspace_that_was_changed(self):
        databricks, new = self.world.databricks, "planted-" + "n" * 24

        def use():
            databricks.control("PUT", "/_sim/client-secret", {"client_id": databricks.client_id, "secret": new})
            databricks.control("DELETE", "/_sim/tokens", {"principal": "service-principal:" + databricks.client_id})
        self.rotated("DatabricksWorkspace", "prod-eu", "dbx-prod", {"client_id": databricks.client_id, "client_secret": "wrong-" + "x" * 12},
                     {"client_id": databricks.client_id, "client_secret": new}, use)

    def test_an_initial_access_token_that_was_changed_concerns_new_clients_only(self):
        new = "planted-" + "n" * 32
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.idp.control("PUT", "/initial-access-token", {"token": new})
        self.world.declare_endpoint(endpoint("fraud-two"))
        told = self.world.wait_condition("Synced", "False", "fraud-two")
        self.assertIn("/reg: register client: HTTP 401", condition(told, "Synced")[2])
        self.assertIn("renew Secret 'sallyport-system/idp-registration'", condition(told, "Synced")[2])
        self.assertEqual(condition(self.world.endpoint())[0], "True")
        self.world.kube.apply(secret("idp-registration", OPERATOR_NAMESPACE, {"initial_access_token": new}))
        self.world.wait_ready("fraud-two", deadline=100)  # refused is tried again once a minute

    def test_a_missing_credential_is_named(self):
        self.world.kube.delete("Secret", "dbx-prod", OPERATOR_NAMESPACE)
        wait_until("told", lambda: condition(self.world.kube.get("DatabricksWorkspace", "prod-eu"))[1] == "SecretNotFound")
        self.assertIn("dbx-prod", condition(self.world.kube.get("DatabricksWorkspace", "prod-eu"))[2])
