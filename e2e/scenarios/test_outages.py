# SPDX-License-Identifier: Apache-2.0
"""Outside systems that are down, slow to forgive, or split: what can go on goes on, and all ends as declared."""
from e2e.harness.kube import condition
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class Outages(Scenario):
    FLAGS = {"drift_interval": "3s"}

    def survives(self, system):
        system.down()
        self.world.declare_endpoint()
        wait_until("the object is greeted", lambda: condition(self.world.endpoint())[0] in ("Unknown", "False"))
        stays("not ready", lambda: condition(self.world.endpoint())[0] != "True", seconds=2)
        system.up()
        self.world.wait_ready(deadline=60)

    def test_a_gateway_that_is_down_at_first_is_programmed_later(self):
        self.survives(self.world.bigip)

    def test_a_provider_that_is_down_at_first_registers_later(self):
        self.survives(self.world.idp)

    def test_a_workspace_that_is_down_at_first_grants_later(self):
        self.survives(self.world.databricks)

    def test_no_revocation_waits_for_another_system(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.databricks.down()
        self.world.delete_endpoint()
        wait_until("the route is closed", lambda: self.world.bigip.virtuals() == [])
        wait_until("the client is gone", lambda: self.world.idp.clients() == [])
        self.assertIsNotNone(self.world.endpoint(), "it must stay until the grants are gone")
        self.world.databricks.up()
        self.world.wait_gone(deadline=60)
        self.assertNothingLeftOutside()

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

    def test_an_answer_that_was_lost_leaves_at_most_one_counted_orphan(self):
        self.world.idp.faults({"match": {"method": "POST", "path": "/reg"}, "action": "drop_after"})
        self.world.declare_endpoint()
        ready = self.world.wait_ready(deadline=60)
        live = ready["status"]["client"]["id"]
        orphans = [c for c in self.world.idp.clients() if c["client_id"] != live]
        self.assertLessEqual(len(orphans), 1)
        self.assertEqual(ready["status"]["client"].get("lostRegistrations", 0), 1)

    def test_the_api_server_goes_away_and_comes_back(self):
        import subprocess
        from e2e.harness.process import ROOT
        self.world.declare_endpoint()
        self.world.wait_ready()
        outside = self.world.outside_writes()
        folder = self.world.cluster.folder
        subprocess.run([ROOT / "scripts/cluster", "stop", "kube-apiserver", "--dir", folder], check=True, capture_output=True)
        wait_until("it left, for its lease cannot be renewed", lambda: not self.world.operator.child.running(), 20)
        self.assertEqual({**outside, "bigip": 0}, {**self.world.outside_writes(), "bigip": 0})
        subprocess.run([ROOT / "scripts/cluster", "start", "kube-apiserver", "--dir", folder], check=True, capture_output=True)
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
