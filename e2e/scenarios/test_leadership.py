# SPDX-License-Identifier: Apache-2.0
"""Two operators: one writes, and never both."""
import os
import signal

from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class Leadership(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def setUp(self):
        super().setUp()
        self.first = self.world.operator
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.second = self.world.start_operator(wait=False, **self.FLAGS)

    def declarations(self):
        return [line for line in self.world.bigip.journal() if line["method"] in ("POST", "PATCH") and "/appsvcs/declare" in line["path"]]

    def test_a_standby_writes_nothing(self):
        stays("it does not lead", lambda: not self.second.leads(), seconds=4)
        self.assertFalse(self.second.audit_log.exists() and self.second.audit_log.read_text())

    def test_a_killed_leader_is_replaced(self):
        self.first.child.kill()
        self.second.wait_until_leading()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_ready()

    def test_a_leader_that_slept_in_the_middle_of_its_work_writes_nothing_after_it_wakes(self):
        # The gateway is busy, so that the first has a write on its mind when it falls asleep.
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        asked = len(self.declarations())
        self.world.bigip.control("POST", "/_sim/lock", {"seconds": 120})
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}, "access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        wait_until("it has begun", lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW")
        wait_until("it has asked", lambda: len(self.declarations()) > asked)
        os.kill(self.first.child.pid, signal.SIGSTOP)
        self.second.wait_until_leading()
        before = self.first.audit_log.read_text()
        asked = len(self.declarations())
        wait_until("the second has asked, too", lambda: len(self.declarations()) > asked)
        self.world.bigip.control("POST", "/_sim/lock", {"seconds": 0})
        os.kill(self.first.child.pid, signal.SIGCONT)
        wait_until("it leaves by itself", lambda: not self.first.child.running())
        self.assertNotEqual(self.first.child.process.returncode, 0)
        self.assertEqual(self.first.audit_log.read_text(), before)
        self.world.wait_ready(deadline=60)

    def test_a_leader_that_slept_writes_nothing_after_it_wakes(self):
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        os.kill(self.first.child.pid, signal.SIGSTOP)
        self.second.wait_until_leading()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_ready()
        wait_until("all is saved", lambda: self.world.bigip.state()["units"][0]["saved"]["id"] ==
                   self.world.bigip.state()["units"][0]["running"]["id"])
        before, outside = self.first.audit_log.read_text(), self.world.outside_writes()
        os.kill(self.first.child.pid, signal.SIGCONT)
        wait_until("it leaves by itself", lambda: not self.first.child.running())
        self.assertNotEqual(self.first.child.process.returncode, 0)
        self.assertEqual(self.first.audit_log.read_text(), before)
        self.assertEqual(self.world.outside_writes(), outside)
        self.assertTrue(self.second.child.running())


class Handover(Scenario):
    FLAGS = {"lease_duration": "30s", "renew_deadline": "20s"}

    def test_a_leader_that_ends_hands_over_at_once(self):
        """Long before its lease would have run out: only a released one can be taken so soon."""
        first = self.world.operator
        second = self.world.start_operator(wait=False, **self.FLAGS)
        stays("the second waits", lambda: not second.leads(), seconds=3)
        self.assertEqual(first.child.stop(), 0)
        second.wait_until_leading(deadline=10)


class LapsedLease(Scenario):
    FLAGS = {"drift_interval": "1s"}

    def test_what_drifts_after_the_lease_has_lapsed_is_not_repaired(self):
        """Nobody can renew a lease while the API server is away; then nobody may write outside either."""
        self.world.declare_endpoint()
        self.world.wait_ready()
        granted = self.world.databricks.permissions()
        self.world.cluster.api_server("stop")
        try:
            stays("the lease runs out", lambda: True, seconds=7)
            self.world.databricks.control("PATCH", "/_sim/serving-endpoints/fraud-scoring/permissions", {"group:risk-analysts": ""})
            del granted["group:risk-analysts"]
            stays("nobody repairs it", lambda: self.world.databricks.permissions() == granted, seconds=5)
        finally:
            self.world.cluster.api_server("start")  # before the referee looks, who reads the cluster too
