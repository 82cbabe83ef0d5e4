# SPDX-License-Identifier: Apache-2.0
"""Values that try to become code, and namespaces that try to reach further than they may."""
from e2e.harness import manifests, web
from e2e.harness.kube import condition
from e2e.harness.process import stays
from e2e.scenarios.scenario import Scenario

VALUES = ['a"b', "a}b", "$HOME", "[exec ls]", "a;b", "../../etc", "a\nb", "a b", "{{x}}"]
LEGAL_SCOPES = ["a}b", "$HOME", "a;b", "../../etc", "{{x}}"]  # RFC 6749 lets a scope hold almost anything


class Hostile(Scenario):
    HOSTILE = ("[exec ls]", "[exec;ls]", "../../etc", "$HOME")

    def test_hostile_values_are_refused_with_their_field(self):
        places = {
            "spec.host": lambda spec, value: spec.update(host=value),
            "servingEndpoint": lambda spec, value: spec["backends"][0]["serving"].update(endpoint=value),
            "accessProfile": lambda spec, value: spec["identity"]["enforcement"].update(accessProfile=value),
            "wafPolicy": lambda spec, value: spec["security"].update(wafPolicy=value),
            "requiredScopes": lambda spec, value: spec["identity"].update(requiredScopes=[value]),
            "allowedNetworks": lambda spec, value: spec["security"].update(allowedNetworks=[value]),
        }
        self.world.kube.apply(manifests.tls_secret(manifests.endpoint()))
        accepted = []
        for place, put in places.items():
            for value in VALUES:
                thing = manifests.endpoint()
                put(thing["spec"], value)
                with self.subTest(place=place, value=value):
                    try:
                        self.world.kube.apply(thing)
                    except web.Refused as refused:
                        self.assertEqual(refused.status, 422)
                        continue
                    accepted.append((place, value))
                    self.assertEqual(place, "requiredScopes", "it passed the API server")
                    self.refused_by_the_allow_list(value)
        self.assertEqual(accepted, [("requiredScopes", value) for value in LEGAL_SCOPES])

    def refused_by_the_allow_list(self, scope):
        """A legal scope that no allow list has: the object says so, opens nothing, and goes again."""
        told = self.world.wait_condition("Accepted", "False", reason="NotAllowed")
        self.assertIn("spec.identity.requiredScopes[0]", condition(told, "Accepted")[2])
        self.assertIn(scope, condition(told, "Accepted")[2])
        stays("no route and no client", lambda: self.world.bigip.virtuals() == [] and self.world.idp.clients() == [], seconds=1)
        self.world.delete_endpoint()
        self.world.wait_gone()

    def test_a_hostile_scope_that_is_allowed_ends_as_data_at_the_provider(self):
        allow = self.world.kube.get("IdentityProvider", "corporate")["spec"]["allow"]
        allow[0]["scopes"] = ["*"]
        self.world.kube.patch("IdentityProvider", "corporate", {"spec": {"allow": allow}})
        thing = manifests.endpoint()
        thing["spec"]["identity"]["requiredScopes"] = [*LEGAL_SCOPES, "[exec;ls]", "fraud:score"]
        self.world.declare_endpoint(thing)
        self.world.wait_ready()
        [client] = self.world.idp.clients()
        self.assertEqual(set(client["scope"].split(" ")), {*LEGAL_SCOPES, "[exec;ls]", "fraud:score"})
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertNothingLeftOutside()

    def test_a_host_that_is_not_the_team_s_is_refused(self):
        self.world.declare_endpoint(manifests.endpoint("fraud-a", host="www.example.com"))
        told = self.world.wait_condition("Accepted", "False", "fraud-a", reason="NotAllowed")
        self.assertIn("spec.host", condition(told, "Accepted")[2])
        stays("nothing is published", lambda: self.world.bigip.virtuals() == [], seconds=1)

    def test_a_principal_and_a_level_that_are_not_allowed_are_left_out(self):
        thing = manifests.endpoint()
        thing["spec"]["access"]["grants"] = [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanManage"},
            {"principalType": "Group", "principal": "users", "level": "CanQuery"}]
        self.world.declare_endpoint(thing)
        self.world.wait_condition("AccessGranted", "False", reason="NotAllowed")
        self.assertEqual(set(self.world.databricks.permissions()), {"user:bob@example.com", self.operator_itself()})

    def test_a_serving_endpoint_without_the_namespace_s_tag_is_not_touched(self):
        self.world.databricks.control("PUT", "/_sim/serving-endpoints/fraud-scoring/tags", {"sallyport-namespace": "other"})
        self.world.declare_endpoint()
        self.world.wait_condition("Synced", "False")
        self.assertNotIn("group:risk-analysts", self.world.databricks.permissions())
        self.assertEqual(self.world.bigip.virtuals(), [])
