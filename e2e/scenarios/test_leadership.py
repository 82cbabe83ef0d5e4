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

    def test_a_standby_writes_nothing(self):
        stays("it does not lead", lambda: not self.second.leads(), seconds=4)
        self.assertFalse(self.second.audit_log.exists() and self.second.audit_log.read_text())

    def test_a_killed_leader_is_replaced(self):
        self.first.child.kill()
        self.second.wait_until_leading()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_ready()

    def test_a_leader_that_ends_hands_over_at_once(self):
        self.assertEqual(self.first.child.stop(), 0)
        self.second.wait_until_leading(deadline=5)

    def test_a_leader_that_slept_writes_nothing_after_it_wakes(self):
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        os.kill(self.first.child.pid, signal.SIGSTOP)
        self.second.wait_until_leading()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}})
        self.world.wait_ready()
        before = self.first.audit_log.read_text()
        os.kill(self.first.child.pid, signal.SIGCONT)
        wait_until("it leaves by itself", lambda: not self.first.child.running())
        self.assertNotEqual(self.first.child.process.returncode, 0)
        self.assertEqual(self.first.audit_log.read_text(), before)
        self.assertTrue(self.second.child.running())
