# SPDX-License-Identifier: Apache-2.0
"""What scenarios have in common: a cluster for the whole program, a fresh world for each, and the referee at the end."""
import os
import subprocess
import unittest

from e2e.harness import rights
from e2e.harness.cluster import Cluster
from e2e.harness.process import binary
from e2e.harness.systems import IdentityProvider
from e2e.harness.world import World
from e2e.referee.referee import judge

_cluster = None
_used = set()


def shared_cluster():
    global _cluster
    if _cluster is None:
        cluster = Cluster("scenarios")
        cluster.__enter__()
        _cluster = cluster
    return _cluster


def close_shared_cluster():
    global _cluster
    if _cluster is not None:
        _cluster.__exit__()
        _cluster = None


def spare_rights():
    """What the chart gives the operator, and no scenario so far made it use."""
    return rights.spare(_cluster.rules, _used) if _cluster else []


class Scenario(unittest.TestCase):
    """self.world is up, with connections declared and the operator leading, unless a class says otherwise."""

    UNITS = 1              # devices of the gateway
    PROXIED = False        # proxies between the operator and everything it talks to
    SECURE = False         # the outside systems speak https, with certificates of a private authority
    START = True           # declare the connections and start the operator before the scenario begins
    FLAGS = {}             # of the operator, as keyword arguments
    HOSTILE = ()           # values that must not end as code; the referee looks for them
    maxDiff = None

    def setUp(self):
        self.world = World(shared_cluster(), units=self.UNITS, proxied=self.PROXIED, secure=self.SECURE, provider=self.provider)
        self.world.__enter__()
        self.addCleanup(self.world.__exit__)
        if self.START:
            self.world.declare_connections()
            self.world.start_operator(**self.FLAGS)

    def provider(self, folder):
        """The identity provider of the world."""
        return IdentityProvider(folder)

    def tearDown(self):
        self.judge(self.world)

    def judge(self, world, foreign=()):
        lines = world.audit_lines()
        _used.update(rights.asked(lines))
        self.assertEqual(rights.refused(lines), [], "the chart's rights are not enough")
        violations = judge(world, self.HOSTILE, foreign)
        if violations:
            self.fail("the referee found:\n" + "\n".join(map(str, violations)))
        for file, report in world.audit_trails().items():
            self.assertEqual((report["ok"], report["exitCode"]), (True, 0), f"the chain of {file.name} is broken: {report}")

    def command(self, *arguments):
        """(exit code, stdout) of a command that is asked of the cluster, with the operator's own rights. It tells no secret."""
        own = {name: value for name, value in os.environ.items() if not name.startswith("SALLYPORT_") and name != "KUBECONFIG"}
        command = [binary("SALLYPORT_BINARY", "sallyport"), *arguments, "--kubeconfig", str(self.world.kubeconfig)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=180, env=own)
        for what, secret in self.world.planted.items():
            self.assertNotIn(secret, done.stdout + done.stderr, f"{what} was told")
        self.assertTrue(done.stdout.strip(), f"{arguments} said nothing: {done.stderr[-2000:]}")
        return done.returncode, done.stdout

    # --- looking ----------------------------------------------------------------------------------------------------

    def assertNothingLeftOutside(self):
        """After a deletion: no virtual server, no client, and an access list as it was before us."""
        world = self.world
        self.assertEqual(world.bigip.virtuals(), [])
        self.assertEqual(world.idp.clients(), [])
        self.assertEqual(world.databricks.permissions(), {"user:bob@example.com": "CAN_VIEW", self.operator_itself(): "CAN_MANAGE"})
        self.assertEqual(world.databricks.endpoint()["tags"], {"sallyport-namespace": "risk"})

    def operator_itself(self):
        return "service-principal:" + self.world.databricks.client_id
