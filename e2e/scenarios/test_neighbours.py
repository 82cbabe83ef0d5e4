# SPDX-License-Identifier: Apache-2.0
"""Several endpoints: a bad one does not hold up the others, and two cannot have one host."""
import time

from e2e.harness import manifests
from e2e.harness.kube import condition
from e2e.harness.process import stays, wait_until
from e2e.referee.evidence import seconds
from e2e.scenarios.scenario import Scenario


class Neighbours(Scenario):
    def test_one_bad_object_does_not_block_the_others_and_says_which_field(self):
        bad = manifests.endpoint("fraud-bad")
        bad["spec"]["identity"]["enforcement"]["accessProfile"] = "/Common/nobody_allowed_this"
        self.world.declare_endpoint(bad)
        for name in ("fraud-a", "fraud-b"):
            self.world.declare_endpoint(manifests.endpoint(name))
        self.world.wait_ready("fraud-a")
        self.world.wait_ready("fraud-b")
        told = self.world.wait_condition("TokenPolicyAttached", "False", "fraud-bad")
        self.assertIn("spec.identity.enforcement.accessProfile", condition(told)[2])
        self.assertEqual(len(self.world.bigip.virtuals()), 2)

    def test_what_the_device_refuses_is_quarantined(self):
        # The owner allows a policy that does not exist on the device: only the device can tell.
        self.world.kube.patch("F5Gateway", "edge", {"spec": {"allow": [{
            "name": "risk-teams", "namespaces": {"matchLabels": {"ml-edge": "true"}}, "hosts": ["*.ml.example.com"],
            "references": ["/Common/corp_oauth", "/Common/corp_oauth_api", "/Common/missing"]}]}})
        bad = manifests.endpoint("fraud-bad")
        bad["spec"]["identity"]["enforcement"]["accessProfile"] = "/Common/missing"
        self.world.declare_endpoint(bad)
        self.world.declare_endpoint(manifests.endpoint("fraud-a"))
        self.world.wait_ready("fraud-a")
        told = self.world.wait_condition("RouteProgrammed", "False", "fraud-bad")
        self.assertIn("/Common/missing", condition(told, "RouteProgrammed")[2])
        self.world.edit({"spec": {"identity": {"enforcement": {"accessProfile": "/Common/corp_oauth"}}}}, "fraud-bad")
        self.world.wait_ready("fraud-bad")

    def test_the_older_one_has_the_host_until_it_goes(self):
        self.world.declare_endpoint(manifests.endpoint("fraud-a", host="one.ml.example.com"))
        self.world.wait_ready("fraud-a")
        self.world.declare_endpoint(manifests.endpoint("fraud-b", host="one.ml.example.com"))
        told = self.world.wait_condition("Conflicted", "True", "fraud-b")
        self.assertIn("fraud-a", condition(told, "Conflicted")[2])
        stays("one virtual server", lambda: len(self.world.bigip.virtuals()) == 1, seconds=1)
        self.world.delete_endpoint("fraud-a")
        self.world.wait_gone("fraud-a")
        self.world.wait_ready("fraud-b")

    def test_an_older_one_without_rights_takes_no_host_from_a_live_one(self):
        world = self.world
        world.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "strangers"}})
        self.addCleanup(lambda: wait_until("strangers is gone", lambda: world.kube.get("Namespace", "strangers") is None, 90))
        self.addCleanup(world.kube.delete, "Namespace", "strangers")
        squatter = world.declare_endpoint(manifests.endpoint("squatter", namespace="strangers"))
        self.wait_refused_again(squatter["metadata"]["generation"])
        wait_until("it is older, by the API server's seconds",
                   lambda: time.time() >= seconds(squatter["metadata"]["creationTimestamp"]) + 1)

        world.declare_endpoint()
        host = world.wait_ready()["spec"]["host"]
        before = self.outside()
        claim = world.edit({"spec": {"host": host}}, "squatter", "strangers")
        self.wait_refused_again(claim["metadata"]["generation"])
        stays("nothing of the live one changes", lambda: self.outside() == before, seconds=2)
        world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})  # whoever is looked at anew has its host still
        live = world.wait_ready()
        self.assertNotEqual(condition(live, "Conflicted")[0], "True")
        self.assertEqual([v["virtual"] for v in world.bigip.virtuals()], [v["virtual"] for v in before[0]])
        world.delete_endpoint("squatter", "strangers")
        wait_until("the squatter is gone", lambda: world.endpoint("squatter", "strangers") is None)
        self.assertEqual(condition(world.wait_ready())[0], "True")

    def wait_refused_again(self, generation):
        def look():
            thing = self.world.endpoint("squatter", "strangers")
            return (thing.get("status", {}).get("observedGeneration") == generation
                    and condition(thing, "Accepted")[:2] == ("False", "NotAllowed"))
        wait_until("the squatter is told that it may not", look)

    def outside(self):
        return self.world.bigip.virtuals(), self.world.bigip.declared(), self.world.idp.clients(), self.world.databricks.permissions()

    def test_two_endpoints_on_one_serving_endpoint_share_its_access_list(self):
        both = [manifests.endpoint("fraud-a"), manifests.endpoint("fraud-b")]
        for thing in both:
            self.world.declare_endpoint(thing)
        for thing in both:
            self.world.wait_ready(thing["metadata"]["name"])
        self.world.delete_endpoint("fraud-a")
        self.world.wait_gone("fraud-a")
        self.assertEqual(self.world.databricks.permissions()["group:risk-analysts"], "CAN_QUERY")  # fraud-b still wants it
        self.world.delete_endpoint("fraud-b")
        self.world.wait_gone("fraud-b")
        wait_until("the list is as before", lambda: "group:risk-analysts" not in self.world.databricks.permissions())
