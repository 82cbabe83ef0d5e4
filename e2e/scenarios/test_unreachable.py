# SPDX-License-Identifier: Apache-2.0
"""What people read while a system of a live endpoint cannot be reached: which one, why, and when it is tried again."""
import datetime

from e2e.harness.kube import condition
from e2e.harness.process import TimedOut, wait_until
from e2e.referee.evidence import seconds
from e2e.scenarios.test_secrets import EDIT, Live

SYSTEMS = {"bigip": ("F5Gateway", "edge"), "idp": ("IdentityProvider", "corporate"), "databricks": ("DatabricksWorkspace", "prod-eu")}

LONGEST_PAUSE = 7 * 60  # five minutes between tries, a fifth more by chance, and what the machine takes


def now():
    return datetime.datetime.now(datetime.timezone.utc).timestamp()


class Unreachable(Live):
    def cannot_be_reached(self, system, words):
        """Nobody listens there any more; an edit waits. Both objects name the system, and nothing is said when it is back."""
        world, asked = self.world, now()
        system.stop()
        try:
            world.edit(EDIT)
            told = world.wait_condition("Synced", "False", reason="Unavailable")
            self.wait_connection(*SYSTEMS[system.name], system.url, words, "see that it runs", "address", "network")
        finally:
            system.start()  # for the referee, too, who reads every system
        self.assertEqual(condition(told)[0], "True", "a route that works does not count as down")
        self.assertIn(system.url, condition(told, "Synced")[2])
        self.assertIn(words, condition(told, "Synced")[2])
        retry = told["status"]["retry"]
        self.assertIn(system.url, retry["reason"])
        self.assertLess(abs(seconds(retry["at"]) - asked), LONGEST_PAUSE)

        world.wait_ready(deadline=90)
        back = world.wait_condition("Synced", "True")
        self.assertNotIn("retry", back["status"])
        wait_until("the connection is told", lambda: condition(world.kube.get(*SYSTEMS[system.name]))[0] == "True", 60)

    def wait_connection(self, kind, name, *words):
        def look():
            ready = condition(self.world.kube.get(kind, name))
            return ready[:2] == ("False", "Unavailable") and all(word in ready[2] for word in words)
        try:
            wait_until(f"{kind} {name} says {words}", look, 60)
        except TimedOut as late:
            raise AssertionError(f"{late}; it says {condition(self.world.kube.get(kind, name))}") from None

    def test_a_gateway_that_cannot_be_reached_is_told_with_its_address(self):
        self.cannot_be_reached(self.world.bigip, "connection refused")

    def test_a_provider_that_cannot_be_reached_is_told_with_its_address(self):
        self.cannot_be_reached(self.world.idp, "connection refused")

    def test_a_workspace_that_breaks_connections_is_told_with_its_address(self):
        world = self.world
        world.databricks.down()
        world.edit(EDIT)
        told = world.wait_condition("Synced", "False", reason="Unavailable")
        self.assertIn(f"{world.databricks.url}/api/2.0/", condition(told, "Synced")[2])
        self.assertIn("closed the connection", told["status"]["retry"]["reason"])
        self.wait_connection("DatabricksWorkspace", "prod-eu", world.databricks.url, "closed the connection", "see that it runs")
        world.databricks.up()
        world.wait_ready(deadline=90)
        self.assertNotIn("retry", world.wait_condition("Synced", "True")["status"])
