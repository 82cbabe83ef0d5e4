# SPDX-License-Identifier: Apache-2.0
"""Outside systems that are down, slow to forgive, or split: what can go on goes on, and all ends as declared."""
from e2e.harness import manifests
from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.kube import condition, data_of
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class Outages(Scenario):
    FLAGS = {"drift_interval": "3s"}

    def survives(self, system, deadline=60):
        system.down()
        self.world.declare_endpoint()
        wait_until("the object is greeted", lambda: condition(self.world.endpoint())[0] in ("Unknown", "False"))
        stays("not ready", lambda: condition(self.world.endpoint())[0] != "True", seconds=2)
        system.up()
        self.world.wait_ready(deadline=deadline)

    def test_a_gateway_that_is_down_at_first_is_programmed_later(self):
        self.survives(self.world.bigip)

    def test_a_provider_that_is_down_at_first_registers_later(self):
        # After two lost answers the next registration waits a minute, lest it leave orphans without end.
        self.survives(self.world.idp, deadline=120)

    def test_a_workspace_that_is_down_at_first_grants_later(self):
        self.survives(self.world.databricks)

    def goes_down_and_comes_back(self, system, edit, arrived):
        """Converged; then one system is silent: what works stays up, an edit waits, and arrives when the system is back."""
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        others = [(s, len(s.mutations())) for s in world.systems if s is not system]
        system.down()
        world.edit({"spec": edit})
        world.wait_condition("Synced", "False", reason="Unavailable")
        self.assertEqual(condition(world.endpoint())[0], "True", "a route that works does not count as down")
        stays("the edit waits", lambda: not arrived(), seconds=1)
        system.up()
        wait_until("the edit arrives", arrived, 60)
        world.wait_ready(deadline=60)
        if system is not world.bigip:  # the gateway saves its configuration in its own time
            self.assertEqual([(s.name, len(s.mutations())) for s, _ in others if s is not world.bigip],
                             [(s.name, count) for s, count in others if s is not world.bigip], "nobody else was written to")

    def test_a_gateway_goes_down_and_comes_back(self):
        self.goes_down_and_comes_back(self.world.bigip, {"traffic": {"maxConcurrent": 7}}, lambda: [
            app["vs"]["maxConnections"] for tenant in self.world.bigip.declared().values() for name, app in tenant.items()
            if name.startswith("pe_")] == [7])

    def test_a_provider_goes_down_and_comes_back(self):
        self.goes_down_and_comes_back(self.world.idp, {"identity": {"requiredScopes": ["fraud:read"]}},
                                      lambda: [c["scope"] for c in self.world.idp.clients()] == ["fraud:read"])

    def test_a_workspace_goes_down_and_comes_back(self):
        edit = {"access": {"grants": [{"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}
        self.goes_down_and_comes_back(self.world.databricks, edit,
                                      lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW")

    def deleted_while_down(self, system, doors):
        """No revocation waits for another system: every other door closes at once, and the object stays until this one has."""
        self.world.declare_endpoint()
        self.world.wait_ready()
        system.down()
        self.world.delete_endpoint()
        for what, closed in doors.items():
            wait_until(f"{what} is closed", closed, 30)  # longer than the referee's own bound, which judges the same (I6)
        stays("it stays until all is taken away", self.world.endpoint, seconds=2)
        system.up()
        self.world.wait_gone(deadline=60)
        self.assertNothingLeftOutside()

    def doors(self):
        return {"the route": lambda: self.world.bigip.virtuals() == [], "the client": lambda: self.world.idp.clients() == [],
                "the access": lambda: "group:risk-analysts" not in self.world.databricks.permissions()}

    def test_deleted_while_the_gateway_is_down(self):
        doors = self.doors()
        del doors["the route"]
        self.deleted_while_down(self.world.bigip, doors)

    def test_deleted_while_the_provider_is_down(self):
        doors = self.doors()
        del doors["the client"]
        self.deleted_while_down(self.world.idp, doors)

    def test_deleted_while_the_workspace_is_down(self):
        doors = self.doors()
        del doors["the access"]
        self.deleted_while_down(self.world.databricks, doors)

    def test_a_token_of_the_gateway_that_has_expired_is_renewed(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.bigip.control("POST", "/_sim/tokens", {})  # all of them end now
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_ready()
        wait_until("signed in again", lambda: len([l for l in self.world.bigip.journal() if l["path"].endswith("/authn/login")]) >= 2)

    def test_a_refused_read_deletes_and_makes_nothing(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        before = self.world.outside_writes()["databricks"]
        self.world.databricks.faults({"match": {"method": "GET", "path": "/api/2.0/*"}, "action": "status", "status": 403, "times": 0,
                                      "body": {"error_code": "PERMISSION_DENIED", "message": "no"}})
        self.world.edit({"spec": {"access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        self.world.wait_condition("Synced", "False")
        self.assertEqual(self.world.outside_writes()["databricks"], before)
        self.world.databricks.up()
        # Refused is tried again once a minute: a person has to act outside. Whoever has acted need not wait so long.
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/reconcile-at": "now"}}})
        wait_until("the edit arrives", lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW", 60)

    def test_a_refused_read_of_the_gateway_deletes_and_makes_nothing(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        before = self.world.outside_writes()["bigip"]
        self.world.bigip.faults({"match": {"method": "GET", "path": "/mgmt/shared/appsvcs/declare/*"}, "action": "status",
                                 "status": 403, "times": 0, "body": {"code": 403, "message": "Authorization failed"}})
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_condition("Synced", "False")
        self.assertEqual(self.world.outside_writes()["bigip"], before)
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        self.world.bigip.up()
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/reconcile-at": "now"}}})
        self.world.wait_condition("Synced", "True", deadline=90)

    def test_a_provider_that_claims_another_issuer_is_not_believed(self):
        known = self.world.kube.get("IdentityProvider", "corporate")
        spec = {**known["spec"], "issuer": f"http://localhost:{self.world.idp.port}"}
        self.world.kube.apply({"apiVersion": known["apiVersion"], "kind": "IdentityProvider", "metadata": {"name": "impostor"}, "spec": spec})
        told = wait_until("told", lambda: [c for c in [condition(self.world.kube.get("IdentityProvider", "impostor"))] if c[0] == "False"])[0]
        self.assertIn("issuer", told[2])
        endpoint = manifests.endpoint()
        endpoint["spec"]["identity"]["providerRef"] = {"name": "impostor"}
        self.world.declare_endpoint(endpoint)
        wait_until("the object is greeted", lambda: condition(self.world.endpoint())[0] in ("Unknown", "False"))
        stays("no client, no route", lambda: self.world.idp.clients() == [] and self.world.bigip.virtuals() == [], seconds=2)
        self.world.edit({"spec": {"identity": {"providerRef": {"name": "corporate"}}}})
        self.world.wait_ready(deadline=60)

    def test_a_page_of_html_for_an_answer_changes_nothing(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        before = self.world.outside_writes()
        for system in self.world.systems:
            system.faults({"match": {"method": "GET", "path": "*"}, "action": "html", "status": 200, "times": 0})
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/reconcile-at": "now"}}})
        self.world.wait_condition("Synced", "False")
        stays("nothing is written", lambda: self.world.outside_writes() == before, seconds=4)
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        for system in self.world.systems:
            system.up()
        self.world.wait_condition("Synced", "True", deadline=90)

    def test_an_answer_that_was_lost_leaves_at_most_one_counted_orphan(self):
        self.world.idp.faults({"match": {"method": "POST", "path": "/reg"}, "action": "drop_after"})
        self.world.declare_endpoint()
        ready = self.world.wait_ready(deadline=60)
        live = ready["status"]["client"]["id"]
        orphans = [c for c in self.world.idp.clients() if c["client_id"] != live]
        self.assertLessEqual(len(orphans), 1)
        self.assertEqual(ready["status"]["client"].get("lostRegistrations", 0), 1)

    def test_a_registration_record_that_somebody_deleted_leaves_a_client_that_is_named_and_counted(self):
        world = self.world
        world.declare_endpoint()
        former = [world.wait_ready()["status"]["client"]["id"]]
        for loss in (1, 2):
            [record] = [s["metadata"]["name"] for s in world.kube.list("Secret", OPERATOR_NAMESPACE)
                        if s["metadata"]["name"].startswith("sallyport-registration")]
            world.kube.delete("Secret", record, OPERATOR_NAMESPACE)
            wait_until("another client", lambda: world.endpoint()["status"]["client"]["id"] not in former, 30)
            client = world.endpoint()["status"]["client"]
            self.assertEqual(sorted(client["abandoned"]), sorted(former))
            self.assertEqual(client["lostRegistrations"], loss)
            former.append(client["id"])
        self.assertEqual(sorted(c["client_id"] for c in world.idp.clients()), sorted(former))
        handed_out = world.kube.get("Secret", client["secretName"], world.endpoint()["metadata"]["namespace"])
        self.assertEqual(data_of(handed_out)["client_id"], former[-1])

    def test_the_api_server_goes_away_and_comes_back(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        outside = self.world.outside_writes()
        self.world.cluster.api_server("stop")
        wait_until("it left, for its lease cannot be renewed", lambda: not self.world.operator.child.running(), 20)
        self.assertEqual({**outside, "bigip": 0}, {**self.world.outside_writes(), "bigip": 0})
        self.world.cluster.api_server("start")
        self.world.start_operator()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 9}}})
        self.world.wait_ready()


class TwoUnits(Scenario):
    UNITS = 2
    FLAGS = {"drift_interval": "2s"}

    def test_a_pair_is_written_at_its_active_unit_and_brought_in_sync(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("in sync and saved", lambda: self.world.bigip.state()["inSync"])

    def test_two_active_units_stop_all_writes_and_say_so(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("saved", lambda: self.world.bigip.state()["inSync"])
        self.world.bigip.failover(states=["ACTIVE", "ACTIVE"])
        wait_until("the gateway says so", lambda: condition(self.world.kube.get("F5Gateway", "edge"))[0] == "False")
        before = self.world.outside_writes()["bigip"]
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_condition("Synced", "False")
        stays("no writes", lambda: self.world.outside_writes()["bigip"] == before, seconds=2)
        self.world.bigip.failover(active=1)
        self.world.wait_condition("Synced", "True", deadline=60)
        self.world.wait_ready()

    def test_after_a_failover_the_other_unit_is_written(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("saved", lambda: self.world.bigip.state()["inSync"])
        self.world.bigip.failover(active=1)
        self.world.delete_endpoint()
        self.world.wait_gone(deadline=60)
        last = [line for line in self.world.bigip.mutations() if "/appsvcs/declare/" in line["path"]][-1]
        self.assertEqual(last["unit"], 1)
