# SPDX-License-Identifier: Apache-2.0
"""Somebody changes by hand what was declared; at the next look it is as declared again, and nothing else is touched."""
from e2e.harness.manifests import TEAM
from e2e.harness.process import wait_until
from e2e.scenarios.scenario import Scenario


class Drift(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def setUp(self):
        super().setUp()
        self.world.declare_endpoint()
        self.world.wait_ready()

    def test_a_policy_taken_off_the_virtual_server_is_attached_again(self):
        path = self.world.bigip.virtuals()[0]["virtual"]
        self.world.bigip.edit(op="merge", component="ltm virtual", path=path, properties={"perFlowRequestAccessPolicy": ""})
        wait_until("both policies are attached", lambda: all(
            v["accessProfile"] and v["perRequestPolicy"] == "/Common/corp_oauth_api" for v in self.world.bigip.virtuals()))

    def test_a_virtual_server_deleted_by_hand_is_made_again(self):
        path = self.world.bigip.virtuals()[0]["virtual"]
        self.world.bigip.edit(op="delete", component="ltm virtual", path=path)
        self.assertEqual(self.world.bigip.virtuals(), [])
        wait_until("it is back", lambda: [v["virtual"] for v in self.world.bigip.virtuals()] == [path])

    def test_a_grant_taken_away_is_given_again_and_a_foreign_one_stays(self):
        databricks = self.world.databricks
        databricks.control("PATCH", "/_sim/serving-endpoints/fraud-scoring/permissions",
                           {"group:risk-analysts": "", "user:alice@example.com": "CAN_VIEW"})
        wait_until("the grant is back", lambda: databricks.permissions().get("group:risk-analysts") == "CAN_QUERY")
        self.assertEqual(databricks.permissions()["user:alice@example.com"], "CAN_VIEW")

    def test_a_client_changed_at_the_provider_is_put_right(self):
        idp = self.world.idp
        client = idp.clients()[0]["client_id"]
        idp.control("PATCH", f"/clients/{client}", {"scope": "fraud:score fraud:admin"})
        wait_until("the scope is as declared", lambda: idp.clients()[0]["scope"] == "fraud:score")
        self.assertEqual([c["client_id"] for c in idp.clients()], [client])

    def test_a_client_deleted_at_the_provider_is_made_anew(self):
        idp = self.world.idp
        client = idp.clients()[0]["client_id"]
        idp.control("DELETE", f"/clients/{client}")
        wait_until("there is a new one", lambda: [c for c in idp.clients() if c["client_id"] != client])
        new = idp.clients()[0]["client_id"]

        def consumer_has_it():
            from e2e.harness.kube import data_of
            return data_of(self.world.kube.get("Secret", "fraud-client", TEAM))["client_id"] == new
        wait_until("the team's Secret has the new client", consumer_has_it)

    def test_a_serving_endpoint_created_again_is_granted_again(self):
        databricks = self.world.databricks
        before = databricks.endpoint()["id"]
        databricks.control("POST", "/_sim/serving-endpoints/fraud-scoring/recreate")
        self.assertNotEqual(databricks.endpoint()["id"], before)
        databricks.control("PUT", "/_sim/serving-endpoints/fraud-scoring/tags", {"sallyport-namespace": "risk"})
        wait_until("the grants are on the new one", lambda: databricks.permissions().get("group:risk-analysts") == "CAN_QUERY")
        wait_until("status names the new one",
                   lambda: self.world.endpoint()["status"]["databricks"][0]["endpointId"] == databricks.endpoint()["id"])

    def test_the_teams_secret_is_written_again_when_deleted(self):
        self.world.kube.delete("Secret", "fraud-client", TEAM)
        wait_until("it is back", lambda: self.world.kube.get("Secret", "fraud-client", TEAM))
        self.assertEqual(len(self.world.idp.clients()), 1)
