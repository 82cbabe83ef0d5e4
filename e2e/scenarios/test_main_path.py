# SPDX-License-Identifier: Apache-2.0
"""The quickstart: a team writes one object, and later deletes it. And what the commands beside `run` say of it meanwhile."""
import json

from e2e.harness.kube import condition, data_of
from e2e.harness.manifests import SCORING_BATCH, TEAM
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class MainPath(Scenario):
    def test_one_object_opens_all_doors_and_its_deletion_closes_them(self):
        world = self.world

        # The application team applies one ProtectedEndpoint (and cert-manager has written its certificate).
        world.declare_endpoint()
        ready = world.wait_ready()

        # F5: one virtual server, on an address of the pool, with both policies attached.
        [virtual] = world.bigip.virtuals()
        self.assertEqual((virtual["accessProfile"], virtual["perRequestPolicy"]), ("/Common/corp_oauth", "/Common/corp_oauth_api"))
        self.assertEqual(virtual["address"], ready["status"]["virtualServer"]["address"])
        self.assertEqual(virtual["virtual"], ready["status"]["virtualServer"]["path"])

        # Identity: one client with the declared scope, whose credentials are in the team's Secret and work.
        [client] = world.idp.clients()
        self.assertEqual(client["scope"], "fraud:score")
        credentials = data_of(world.kube.get("Secret", "fraud-client", TEAM))
        self.assertEqual(credentials["client_id"], client["client_id"])
        self.assertEqual(credentials["issuer"], world.idp.url)
        self.assertNotIn("registration_access_token", credentials)

        # Databricks: exactly the declared people and machines, beside those who were there before.
        self.assertEqual(world.databricks.permissions(), {
            "user:bob@example.com": "CAN_VIEW", self.operator_itself(): "CAN_MANAGE",
            "group:risk-analysts": "CAN_QUERY", f"service-principal:{SCORING_BATCH}": "CAN_QUERY"})

        # Going down leaves nothing behind.
        world.delete_endpoint()
        world.wait_gone()
        self.assertNothingLeftOutside()
        self.assertIsNone(world.kube.get("Secret", "fraud-client", TEAM))
        self.assertEqual(world.kube.list("AccessLedger"), [])

    def test_converged_means_no_writes_of_any_kind(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        wait_until("the configuration is saved", lambda: world.bigip.state()["units"][0]["saved"]["id"] ==
                   world.bigip.state()["units"][0]["running"]["id"])
        wait_until("connections are told", lambda: all(
            condition(thing)[0] == "True" and thing["status"].get("users") == 1 and not thing["status"].get("unsaved") for kind in (
                "F5Gateway", "IdentityProvider", "DatabricksWorkspace") for thing in world.kube.list(kind)))
        before = self.everything_written()
        stays("nothing is written", lambda: self.everything_written() == before, seconds=6)

    def everything_written(self):
        inside = [line["requestURI"] for line in self.world.audit_lines()
                  if line["user"]["username"].startswith("system:serviceaccount:sallyport-system")
                  and line["verb"] in ("create", "update", "patch", "delete")
                  and line["objectRef"]["resource"] not in ("leases", "events")]
        return len(inside), self.world.outside_writes()

    def test_a_restart_writes_nothing_and_reads_no_secret(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        wait_until("the configuration is saved", lambda: any("/task/sys/config/" in m["path"] for m in world.bigip.mutations()))
        self.assertEqual(world.operator.child.stop(), 0)
        outside, position = world.outside_writes(), world.cluster.audit_position()

        world.start_operator()
        wait_until("it has looked at its connections", lambda: len(
            [line for line in world.bigip.journal() if line["path"].endswith("/appsvcs/info")]) >= 2)
        stays("nothing is written outside", lambda: world.outside_writes() == outside, seconds=4)

        mine = [line for line in world.cluster.audit_lines(position)
                if line["user"]["username"].startswith("system:serviceaccount:sallyport-system")]
        read = [line["requestURI"] for line in mine if line["verb"] == "get" and line["objectRef"]["resource"] == "secrets"]
        connections = {"bigip-edge", "idp-registration", "dbx-prod"}  # without these it could not even look
        self.assertEqual([uri for uri in read if uri.rsplit("/", 1)[-1] not in connections], [])
        written = [(line["requestURI"], line.get("requestObject")) for line in mine if line["verb"] in ("create", "update", "patch", "delete")
                   and line["objectRef"]["resource"] in ("protectedendpoints", "secrets", "accessledgers")]
        self.assertEqual(written, [])


class Commands(Scenario):
    """`plan --cluster` and `status`, asked with the operator's own rights: they read, and nothing else."""

    def ask(self, *arguments):
        """(exit code, the document on stdout)."""
        code, told = self.command(*arguments, "-o", "json")
        return code, json.loads(told)

    def plan(self, *more):
        """(exit code, {system: action} of the one endpoint)."""
        code, plan = self.ask("plan", "--cluster", *more)
        [endpoint] = plan["endpoints"]
        self.assertEqual((endpoint["namespace"], endpoint["name"]), (TEAM, "fraud-scoring"), plan)
        self.assertEqual(plan["summary"]["errors"], 0, plan)
        return code, {item["system"]: item["action"] for item in endpoint["items"]}

    def test_plan_and_status_tell_of_a_cluster_what_the_operator_would_do(self):
        world = self.world
        wait_until("connections are told", lambda: all(condition(thing)[0] == "True" for kind in (
            "F5Gateway", "IdentityProvider", "DatabricksWorkspace") for thing in world.kube.list(kind)))
        self.assertEqual(world.operator.child.stop(), 0)

        # Declared, and nobody has acted yet.
        world.declare_endpoint()
        before = world.outside_writes()
        code, actions = self.plan()
        self.assertEqual(code, 2)
        self.assertEqual(set(actions), {"OIDC", "Databricks", "F5"})
        self.assertNotIn("nothing", actions.values())
        self.assertEqual(world.outside_writes(), before, "a plan only reads")

        # All is as declared.
        world.start_operator()
        world.wait_ready()
        self.assertEqual(self.plan(), (0, {"OIDC": "nothing", "Databricks": "nothing", "F5": "nothing"}))
        code, told = self.ask("status", "--namespace", TEAM)
        self.assertEqual(code, 0)
        [endpoint] = [thing for thing in told["endpoints"] if thing["name"] == "fraud-scoring"]
        self.assertEqual((endpoint["kind"], endpoint["namespace"]), ("ProtectedEndpoint", TEAM))
        self.assertEqual(condition(endpoint)[0], "True")
        self.assertEqual({thing["name"] for thing in told["connections"]}, {"edge", "corporate", "prod-eu"})

        # Somebody has changed things by hand, and the operator will not look for minutes. What a device says of itself
        # does not show that: only a dry run does.
        wait_until("the configuration is saved", lambda: any("/task/sys/config/" in m["path"] for m in world.bigip.mutations()))
        before = world.outside_writes()
        world.bigip.edit(op="delete", component="ltm virtual", path=world.bigip.virtuals()[0]["virtual"])
        self.assertEqual(self.plan("--drift"), (2, {"OIDC": "nothing", "Databricks": "nothing", "F5": "change"}))
        world.databricks.control("PATCH", "/_sim/serving-endpoints/fraud-scoring/permissions", {"group:risk-analysts": ""})
        code, actions = self.plan()
        self.assertEqual((code, actions["OIDC"]), (2, "nothing"))
        self.assertIn(actions["Databricks"], ("create", "change"))
        self.assertEqual(world.outside_writes(), before, "a plan only reads")
