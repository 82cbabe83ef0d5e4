# SPDX-License-Identifier: Apache-2.0
"""What people read of a cluster on a terminal: `status` as a table, and `plan` of one namespace among others."""
import json
import time

from e2e.harness import manifests
from e2e.harness.kube import condition
from e2e.harness.manifests import TEAM
from e2e.harness.process import wait_until
from e2e.referee.evidence import seconds
from e2e.scenarios.scenario import Scenario


class StatusTable(Scenario):
    def status(self, *more):
        """(exit code, rows of words)."""
        code, told = self.command("status", *more)
        return code, [line.split() for line in told.splitlines()], told

    def row(self, rows, *words):
        """The one row that begins with these words."""
        [found] = [row for row in rows if row[:len(words)] == list(words)]
        return found

    def test_what_is_well_is_a_row_and_what_is_not_is_told_in_full(self):
        world = self.world
        world.declare_endpoint()
        ready = world.wait_ready()
        bad = manifests.endpoint("fraud-bad")
        bad["spec"]["identity"]["enforcement"]["accessProfile"] = "/Common/nobody_allowed_this"
        world.declare_endpoint(bad)
        world.wait_condition("Ready", "False", "fraud-bad", reason="NotAllowed")
        wait_until("connections are told", lambda: all(
            condition(thing)[0] == "True" and thing["status"].get("users") for kind in (
                "F5Gateway", "IdentityProvider", "DatabricksWorkspace") for thing in world.kube.list(kind)))

        code, rows, told = self.status("--namespace", TEAM)
        self.assertEqual(code, 0)
        self.assertEqual(rows[0], ["NAMESPACE", "NAME", "READY", "REASON", "SYNCED", "HOST", "ADDRESS", "NEXT", "TRY"])
        self.assertEqual(self.row(rows, TEAM, "fraud-scoring")[2:], [
            "True", "Ready", "True", "fraud.ml.example.com", ready["status"]["virtualServer"]["address"], "-"])
        self.assertEqual(self.row(rows, TEAM, "fraud-bad")[2:4], ["False", "NotAllowed"])
        self.assertEqual(self.row(rows, "CONNECTION")[1:], ["NAME", "READY", "REASON", "USERS"])
        for kind, name in (("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")):
            self.assertEqual(self.row(rows, kind, name)[2:4], ["True", "Ready"], told)

        # In detail only the one that is not well, with the message that its condition has, to the letter.
        self.assertNotIn(f"ProtectedEndpoint {TEAM}/fraud-scoring\n", told)
        detail = told[told.index(f"ProtectedEndpoint {TEAM}/fraud-bad\n"):]
        message = condition(world.endpoint("fraud-bad"), "TokenPolicyAttached")[2]
        self.assertIn("spec.identity.enforcement.accessProfile", message)
        self.assertIn(message, detail)
        self.assertNotIn("\x1b", told, "no colours where no terminal is")

        # Asked by name, the one that is well tells its places.
        code, _, told = self.status("fraud-scoring", "--namespace", TEAM)
        self.assertEqual(code, 0)
        self.assertNotIn("fraud-bad", told)
        for placement in ready["status"]["placements"]:
            self.assertIn(placement["id"], told)
        self.assertIn(ready["status"]["url"], told)

    def test_what_cannot_be_reached_is_told_with_the_next_try(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        world.databricks.down()
        world.edit({"spec": {"access": {"grants": [{"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        world.wait_condition("Synced", "False", reason="Unavailable")
        code, rows, told = self.status("fraud-scoring", "--namespace", TEAM)
        self.assertEqual(code, 0)
        row = self.row(rows, TEAM, "fraud-scoring")
        self.assertEqual((row[2], row[4]), ("True", "False"), "it works, and the last write did not")
        self.assertIn("  next try ", told)
        self.assertIn(world.databricks.url, told[told.index("  next try "):])


class PlanOfANamespace(Scenario):
    def setUp(self):
        super().setUp()
        self.namespaces = ["risk-a", "risk-b"]
        for name in self.namespaces:
            self.world.kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {"ml-edge": "true"}}})
            self.addCleanup(wait_until, f"{name} is gone", lambda name=name: self.world.kube.get("Namespace", name) is None, 90)
        for name in self.namespaces:
            self.addCleanup(self.world.kube.delete, "Namespace", name)
        allow = self.world.kube.get("DatabricksWorkspace", "prod-eu")["spec"]["allow"]
        allow[0]["namespaces"]["matchNames"] += self.namespaces
        self.world.kube.patch("DatabricksWorkspace", "prod-eu", {"spec": {"allow": allow}})
        for name in self.namespaces:
            self.world.databricks.serve("fraud-" + name, name)

    def declare(self, namespace):
        return self.world.declare_endpoint(
            manifests.endpoint("fraud-one", "one.ml.example.com", namespace, serving="fraud-" + namespace))

    def plan(self, *more):
        """(exit code, {namespace: its endpoint's plan})."""
        code, told = self.command("plan", "--cluster", *more, "-o", "json")
        plan = json.loads(told)
        self.assertEqual(plan["problems"], [])
        return code, {endpoint["namespace"]: endpoint for endpoint in plan["endpoints"]}

    def test_a_host_that_an_older_one_elsewhere_has_is_a_conflict(self):
        """Whoever looks at one namespace sees what the operator would do there, with all others in its sight."""
        wait_until("connections are told", lambda: all(condition(thing)[0] == "True" for kind in (
            "F5Gateway", "IdentityProvider", "DatabricksWorkspace") for thing in self.world.kube.list(kind)))
        self.assertEqual(self.world.operator.child.stop(), 0)
        older = self.declare("risk-a")
        wait_until("it is older, by the API server's seconds",
                   lambda: time.time() >= seconds(older["metadata"]["creationTimestamp"]) + 1)
        self.declare("risk-b")

        code, endpoints = self.plan("-n", "risk-a")
        self.assertEqual((code, list(endpoints)), (2, ["risk-a"]))
        self.assertEqual(endpoints["risk-a"]["refused"], [])

        code, endpoints = self.plan("-n", "risk-b")
        self.assertEqual(list(endpoints), ["risk-b"])
        refused = endpoints["risk-b"]["refused"]
        self.assertTrue(any("risk-a/fraud-one" in each["message"] for each in refused), endpoints)
        self.assertEqual(code, 1)
        f5 = [item for item in endpoints["risk-b"]["items"] if item["system"] == "F5"]
        self.assertEqual([item["action"] for item in f5], ["nothing"] * len(f5))

        # And so the operator does.
        self.world.start_operator()
        wait_until("the older one is ready", lambda: condition(self.world.endpoint("fraud-one", "risk-a"))[0] == "True", 60)
        wait_until("the younger one is told", lambda: condition(
            self.world.endpoint("fraud-one", "risk-b"), "Conflicted")[0] == "True", 60)
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        for name in self.namespaces:
            self.world.delete_endpoint("fraud-one", name)
        wait_until("both are gone", lambda: not self.world.kube.list("ProtectedEndpoint"), 60)
