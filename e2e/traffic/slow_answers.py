# SPDX-License-Identifier: Apache-2.0
"""Answers that take as long as a serving endpoint may take, and longer. Five minutes, nearly all of them spent waiting."""
import concurrent.futures
import threading
import time
import unittest

from e2e.harness.nginx_gateway import Answer
from e2e.harness.recorder import Recorder
from e2e.traffic.stage import HOST, PATH, Stage

ALLOWED, TOO_LONG = 290, 310  # seconds; a serving endpoint may take 297, the gateway waits 300


class SlowAnswers(Stage):
    def ask_patiently(self, body):
        connection = self.gateway.connect(HOST, TOO_LONG + 60)
        try:
            began = time.monotonic()
            connection.request("POST", PATH, body, {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
            return Answer(connection.getresponse()), time.monotonic() - began
        finally:
            connection.close()

    def test_a_model_may_take_its_time_and_is_waited_for_no_longer_than_it_may(self):
        recorder = Recorder(*self.authority.issue("localhost"))
        self.addCleanup(recorder.stop)
        never = threading.Event()

        def think(handler):
            patient = int(handler.headers["Content-Length"]) == len(b'{"inputs": [1]}')
            never.wait(ALLOWED if patient else TOO_LONG)
            handler.answer({"predictions": [0.5]})
        recorder.how = think
        self.publish(self.document(backends=[self.backend(recorder, "localhost")]))
        self.token = self.idp.token(self.granted)
        with concurrent.futures.ThreadPoolExecutor() as callers:
            allowed, too_long = callers.submit(self.ask_patiently, b'{"inputs": [1]}'), callers.submit(self.ask_patiently, b'{"inputs": [1, 2, 3]}')
            answer, seconds = allowed.result()
            self.assertEqual((answer.status, answer.json()), (200, {"predictions": [0.5]}))
            self.assertGreaterEqual(seconds, ALLOWED)
            answer, seconds = too_long.result()
            self.assertEqual((answer.status, answer.json()["error"]), (504, "backend_timeout"))
            self.assertLess(seconds, TOO_LONG)
        self.assertEqual(len(recorder.seen), 2, "nothing is sent twice")


if __name__ == "__main__":
    unittest.main()
