# SPDX-License-Identifier: Apache-2.0
"""The audit trail of operators that follow each other is one chain: through stops, and through a death in the middle of a write."""
import json

from e2e.harness.fault_proxy import AFTER_EFFECT
from e2e.harness.operator_process import verified
from e2e.harness.process import wait_until
from e2e.scenarios.scenario import Scenario


class Audit(Scenario):
    PROXIED = True

    def trail(self):
        return self.world.operator.audit_log

    def lines(self):
        return [json.loads(line) for line in self.trail().read_text().splitlines()]

    def test_a_chain_goes_on_through_a_stop_and_a_death_and_shows_what_was_begun(self):
        world = self.world
        self.assertEqual(world.operator.child.stop(), 0)
        world.gate.arm("idp POST /reg", 1, AFTER_EFFECT, lambda: world.operator.child.kill())
        world.start_operator()
        world.declare_endpoint()
        wait_until("it died in the middle of registering", world.gate.struck.is_set)
        world.gate.disarm()
        [open_intent] = verified(self.trail())["open"]
        self.assertEqual((open_intent["object"], open_intent["action"], open_intent["accepted"]),
                         ("ProtectedEndpoint risk/fraud-scoring", "create", False))

        world.start_operator()
        world.wait_ready(deadline=60)
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in world.bigip.mutations()))
        self.assertEqual(world.operator.child.stop(), 0)
        world.start_operator()
        world.delete_endpoint()
        world.wait_gone(deadline=60)
        self.assertEqual(world.operator.child.stop(), 0)

        self.assertEqual({operator.audit_log for operator in world.operators}, {self.trail()}, "all of them wrote to one file")
        told = verified(self.trail())
        self.assertEqual((told["ok"], told["exitCode"]), (True, 0), "an open intent is no break")
        self.assertIn(open_intent["seq"], [intent["seq"] for intent in told["open"]], "what became of it nobody can know")
        lines = self.lines()
        self.assertEqual([line["seq"] for line in lines], list(range(1, len(lines) + 1)))
        self.assertEqual(told["intents"] + told["results"] + told["recoveries"], len(lines))
        self.each_write_has_its_intent(lines)

    def each_write_has_its_intent(self, lines):
        """What the provider and the workspace were asked to change is what was intended, and nothing else."""
        asked = {(method, target.split("?")[0]) for system, method, target in self.world.gate.log if system in ("idp", "databricks")}
        intended = {(line["method"], "/" + line["url"].split("/", 3)[3]) for line in lines
                    if line["phase"] == "intent" and line["url"].startswith((self.world.idp.url, self.world.databricks.url))}
        self.assertEqual(asked, intended)

    def test_a_line_that_was_changed_or_taken_away_breaks_the_chain(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.operator.child.stop()
        whole = self.trail().read_text().splitlines(keepends=True)
        self.assertGreater(len(whole), 4)
        copy = self.world.folder / "copy.audit"
        for what, lines in {"changed": [*whole[:1], whole[1].replace("risk", "rusk"), *whole[2:]], "taken away": [whole[0], *whole[2:]],
                            "twice": [*whole[:2], *whole[1:]]}.items():
            copy.write_text("".join(lines))
            told = verified(copy)
            self.assertEqual((told["ok"], told["exitCode"]), (False, 1), what)
            self.assertIn(told["broken"]["line"], (2, 3), what)
