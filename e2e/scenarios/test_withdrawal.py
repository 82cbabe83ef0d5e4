# SPDX-License-Identifier: Apache-2.0
"""What is no longer allowed is withdrawn; what is only missing, or broken, is held as it is."""
from e2e.harness import manifests
from e2e.harness.kube import condition
from e2e.harness.manifests import TEAM
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class Withdrawal(Scenario):
    def setUp(self):
        super().setUp()
        self.world.declare_endpoint()
        self.world.wait_ready()

    def test_a_missing_certificate_holds_the_route(self):
        self.world.kube.delete("Secret", "fraud-tls", TEAM)
        told = self.world.wait_condition("ResolvedRefs", "False", reason="SecretNotFound")
        self.assertIn("risk/fraud-tls", condition(told, "ResolvedRefs")[2])
        stays("the virtual server", lambda: len(self.world.bigip.virtuals()) == 1, seconds=2)

    def test_a_certificate_without_its_label_withdraws_the_route(self):
        thing = manifests.endpoint()
        self.world.kube.patch("Secret", "fraud-tls", {"metadata": {"labels": {"sallyport.dev/usable-by": None}}}, TEAM)
        wait_until("the route is gone", lambda: self.world.bigip.virtuals() == [])
        self.world.wait_condition("ResolvedRefs", "False", reason="SecretNotUsable")
        # and back, with the label
        self.world.kube.apply(manifests.tls_secret(thing))
        wait_until("the route is back", lambda: len(self.world.bigip.virtuals()) == 1)
        self.world.wait_ready()

    def test_a_namespace_that_is_no_longer_allowed_is_withdrawn_even_when_paused(self):
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/paused": "true"}}})
        self.world.wait_condition("Paused", "True")
        self.world.kube.patch("Namespace", TEAM, {"metadata": {"labels": {"ml-edge": None}}})
        wait_until("the route is gone", lambda: self.world.bigip.virtuals() == [])
        wait_until("the client is gone", lambda: self.world.idp.clients() == [])
        told = self.world.endpoint()
        self.assertNotEqual(condition(told)[0], "True")

    def test_a_principal_that_is_unknown_does_not_block_the_others(self):
        grants = [{"principalType": "Group", "principal": "risk-analysts", "level": "CanQuery"},
                  {"principalType": "Group", "principal": "risk-nobody", "level": "CanQuery"}]
        self.world.edit({"spec": {"access": {"grants": grants}}})
        told = self.world.wait_condition("AccessGranted", "False", reason="PartiallyGranted")
        self.assertIn("risk-nobody", condition(told, "AccessGranted")[2])
        self.assertEqual(self.world.databricks.permissions()["group:risk-analysts"], "CAN_QUERY")
        self.assertEqual(len(self.world.bigip.virtuals()), 1)

    def test_a_grant_taken_out_of_the_spec_is_revoked(self):
        self.world.edit({"spec": {"access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanQuery"}]}}})
        wait_until("only the group is left", lambda: f"service-principal:{manifests.SCORING_BATCH}" not in self.world.databricks.permissions())
        self.assertEqual(self.world.databricks.permissions()["group:risk-analysts"], "CAN_QUERY")
        self.world.wait_ready()
