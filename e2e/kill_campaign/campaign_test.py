# SPDX-License-Identifier: Apache-2.0
"""What a kill may leave behind at a provider that cannot be asked twice, by what had been let through until then."""
import unittest
from unittest import mock

from e2e.harness.fault_proxy import AFTER_ANSWER, AFTER_EFFECT, BEFORE
from e2e.kill_campaign import campaign
from e2e.kill_campaign.campaign import Run, lost_at_the_strike

SECRETS = "/api/v1/namespaces/sallyport-system/secrets"
INTENT = ("kube", "POST", SECRETS + "?fieldManager=sallyport")
REGISTER = ("idp", "POST", "/reg")
ANSWER = ("kube", "PUT", SECRETS + "/sallyport-registration-0123456789abcdef?fieldManager=sallyport")
STATUS = ("kube", "PATCH", "/apis/sallyport.dev/v1alpha1/namespaces/risk/protectedendpoints/fraud-scoring/status")
GONE = ("kube", "DELETE", SECRETS + "/sallyport-registration-0123456789abcdef")
HANDED_OUT = ("kube", "POST", "/api/v1/namespaces/risk/secrets")


class Lost(unittest.TestCase):
    def may_be_lost(self, *log, point=AFTER_EFFECT, later=()):
        """(unusable clients, counted) at a kill at the last of these."""
        return lost_at_the_strike([*log, *later], len(log), point)

    def test_an_answer_that_was_recorded_long_before_is_not_lost(self):
        self.assertEqual(self.may_be_lost(STATUS, INTENT, REGISTER, ANSWER, HANDED_OUT, STATUS), (0, 0))

    def test_an_answer_that_was_not_recorded_is(self):
        for point in (AFTER_EFFECT, AFTER_ANSWER):
            self.assertEqual(self.may_be_lost(STATUS, INTENT, REGISTER, point=point), (1, 1))
        self.assertEqual(self.may_be_lost(INTENT, REGISTER, STATUS, HANDED_OUT, GONE), (1, 1))
        self.assertEqual(self.may_be_lost(ANSWER, REGISTER, STATUS), (1, 1))  # an intent over a record that was there

    def test_a_record_that_never_left_holds_nothing(self):
        self.assertEqual(self.may_be_lost(INTENT, REGISTER, ANSWER, point=BEFORE), (1, 1))
        self.assertEqual(self.may_be_lost(INTENT, REGISTER, ANSWER), (0, 0))

    def test_a_registration_that_never_left_makes_no_client_but_is_counted(self):
        self.assertEqual(self.may_be_lost(INTENT, REGISTER, point=BEFORE), (0, 1))
        self.assertEqual(self.may_be_lost(INTENT, STATUS), (0, 1))
        self.assertEqual(self.may_be_lost(INTENT, point=BEFORE), (0, 0))

    def test_what_the_next_process_records_does_not_count(self):
        self.assertEqual(self.may_be_lost(INTENT, REGISTER, later=[INTENT, REGISTER, ANSWER]), (1, 1))


class Judged(unittest.TestCase):
    """A run, going up, that was killed at a status write, after the answer had been recorded."""

    def problems(self, log, unusable, told):
        run = Run(None, {}, "kube PATCH status", 1, AFTER_EFFECT)
        run.struck, run.unusable = True, ["client"] * unusable
        run.world = mock.Mock()
        run.world.gate.log, run.world.gate.struck_at = log, len(log)
        with mock.patch.object(campaign, "lost_as_told", lambda _: told), \
                mock.patch.object(campaign, "wait_until", lambda _, look, __: look() or self.too_late()):
            run.judge_lost("up")
        return run.problems

    def too_late(self):
        raise campaign.TimedOut("too late")

    def test_a_needless_registration_is_caught_though_it_is_counted(self):
        self.assertTrue(self.problems([INTENT, REGISTER, ANSWER, STATUS], 1, {"status": 1}))

    def test_a_loss_that_was_none_may_not_be_counted(self):
        self.assertTrue(self.problems([INTENT, REGISTER, ANSWER, STATUS], 0, {"status": 0, "the record": 1}))
        self.assertEqual(self.problems([INTENT, REGISTER, ANSWER, STATUS], 0, {"status": 0, "the record": 0}), [])

    def test_a_lost_answer_passes_when_it_is_counted_everywhere(self):
        self.assertEqual(self.problems([INTENT, REGISTER, STATUS], 1, {"status": 1, "the record": 1}), [])
        self.assertTrue(self.problems([INTENT, REGISTER, STATUS], 1, {"status": 1, "the record": 0}))
        self.assertTrue(self.problems([INTENT, REGISTER, STATUS], 2, {"status": 2, "the record": 2}))


if __name__ == "__main__":
    unittest.main()
