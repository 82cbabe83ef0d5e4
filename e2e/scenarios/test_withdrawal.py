# SPDX-License-Identifier: Apache-2.0
"""What is no longer allowed is withdrawn; what is only missing, or broken, is held as it is."""
from e2e.harness import manifests
from e2e.harness.cluster import OPERATOR_NAMESPACE
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

    def test_a_certificate_that_cannot_be_read_holds_the_route_and_names_the_field(self):
        before = self.world.bigip.declared()
        broken = manifests.secret("fraud-tls", TEAM, {"tls.crt": "not a certificate", "tls.key": "nor a key"}, manifests.USABLE, "kubernetes.io/tls")
        self.world.kube.apply(broken)
        told = self.world.wait_condition("Synced", "False")
        self.assertIn("spec.tls.secretName", condition(told, "Synced")[2])
        stays("the route as it was", lambda: self.world.bigip.declared() == before, seconds=2)
        self.world.kube.apply(manifests.tls_secret(manifests.endpoint()))
        self.world.wait_condition("Synced", "True")
        self.world.wait_ready()

    def test_a_namespace_that_is_deleted_takes_everything_outside_with_it(self):
        self.world.kube.delete("Namespace", TEAM)
        wait_until("the namespace is gone", lambda: self.world.kube.get("Namespace", TEAM) is None, 90)
        self.assertNothingLeftOutside()
        self.assertEqual(self.world.kube.list("AccessLedger"), [])
        left = [s["metadata"]["name"] for s in self.world.kube.list("Secret", OPERATOR_NAMESPACE)]
        self.assertEqual([name for name in left if name.startswith("sallyport-registration")], [])

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


class Consent(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def tag(self, namespace):
        """The serving endpoint's owner says which namespace may have it; other tags stay."""
        databricks = self.world.databricks
        databricks.control("PUT", "/_sim/serving-endpoints/fraud-scoring/tags",
                           {**databricks.endpoint()["tags"], "sallyport-namespace": namespace})

    def test_consent_taken_back_closes_the_route_and_given_again_opens_it(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        granted = world.databricks.permissions()
        self.tag("other")
        wait_until("the grants are revoked", lambda: world.databricks.permissions() == {
            "user:bob@example.com": "CAN_VIEW", self.operator_itself(): "CAN_MANAGE"}, 60)
        wait_until("the route is gone", lambda: world.bigip.virtuals() == [])
        told = world.wait_condition("RouteProgrammed", "False", reason="NoConsent")
        self.assertNotEqual(condition(told)[0], "True")
        self.tag(TEAM)
        # Refused is tried again once a minute: a person had to act outside.
        wait_until("the grants are back", lambda: world.databricks.permissions() == granted, 100)
        wait_until("the route is back", lambda: len(world.bigip.virtuals()) == 1, 100)
        world.wait_ready(deadline=100)
