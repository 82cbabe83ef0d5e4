# SPDX-License-Identifier: Apache-2.0
"""What goes upstream, where it goes, and what comes back."""
import collections
import concurrent.futures
import hashlib
import threading

from e2e.harness.nginx_gateway import free_port
from e2e.harness.recorder import Recorder
from e2e.traffic.stage import HOST, PATH, Stage


class Backends(Stage):
    def recorder(self, host="localhost"):
        recorder = Recorder(*self.authority.issue(host))
        self.addCleanup(recorder.stop)
        return recorder

    def setUp(self):
        self.token = self.idp.token(self.granted)

    def serve(self, *backends, **more):
        self.publish(self.document(backends=list(backends), **more))

    def test_a_client_chooses_no_header_that_counts_upstream(self):
        recorder = self.recorder()
        self.serve(self.backend(recorder, "localhost"))
        answer = self.ask(self.token, headers={
            "X-Forwarded-User": "admin", "X-Forwarded-For": "1.2.3.4", "X-Databricks-Workspace-Id": "1", "Cookie": "a=b",
            "X-Sallyport-Authorization": "Bearer x", "X-Request-Id": "mine", "X-Real-IP": "1.2.3.4", "Proxy-Authorization": "Basic x",
            "Connection": "x-hop", "X-Hop": "1", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        self.assertEqual(answer.status, 200, answer.body)
        sent = recorder.seen[-1].headers
        self.assertEqual(sorted(sent), ["accept-encoding", "authorization", "content-length", "content-type", "host", "traceparent", "x-request-id"])
        self.assertEqual(sent["authorization"], f"Bearer recorder-{recorder.tokens}", "never the caller's own")
        self.assertEqual(sent["host"], f"localhost:{recorder.port}")
        self.assertEqual(sent["x-request-id"], answer.headers["X-Request-Id"])

    def test_each_backend_gets_its_own_name_path_and_token_by_weight(self):
        one, two = self.recorder("localhost"), self.recorder("127.0.0.1")
        self.serve(self.backend(one, "localhost", "one", weight=3), self.backend(two, "127.0.0.1", "two", path="/other/invocations"))
        for _ in range(60):
            self.assertEqual(self.ask(self.token).status, 200)
        self.assertEqual(len(one.seen) + len(two.seen), 60)
        self.assertGreater(len(two.seen), 3)
        self.assertGreater(len(one.seen), len(two.seen))
        self.assertEqual({seen.path for seen in two.seen}, {"/other/invocations"})
        self.assertEqual({seen.headers["host"] for seen in two.seen}, {f"127.0.0.1:{two.port}"})
        self.assertEqual((one.tokens, two.tokens), (1, 1), "remembered for the window")

    def test_a_backend_that_cannot_be_reached_is_passed_over_with_the_body_whole(self):
        there = self.recorder()
        gone = collections.namedtuple("Gone", "port")(free_port())
        self.serve(self.backend(gone, "127.0.0.1", "gone", tokenEndpoint=f"https://localhost:{there.port}/oidc/v1/token"),
                   self.backend(there, "localhost", "there", priority=1))
        body = b'{"inputs": ["' + b"x" * 3_000_000 + b'"]}'
        answer = self.ask(self.token, body=body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(there.seen[-1].sha256, hashlib.sha256(body).hexdigest())

    def test_a_workspace_that_gives_no_token_is_passed_over_and_one_that_refuses_is_not(self):
        gone = collections.namedtuple("Gone", "port")(free_port())
        there = self.recorder()
        for order in ({"priority": 0}, {"priority": 2}):
            self.serve(self.backend(gone, "127.0.0.1", "gone", **order), self.backend(there, "localhost", "there", priority=1))
            self.assertEqual(self.ask(self.token).status, 200)
        self.assertEqual(len(there.seen), 2)
        self.serve(self.backend(gone, "127.0.0.1", "gone"), self.backend(gone, "localhost", "there", priority=1))
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["error"]), (503, "unavailable"))
        self.serve(self.backend(self.databricks, "localhost", "strict"), self.backend(there, "localhost", "there", priority=1))
        answer = self.ask(self.idp.token(self.stranger))
        self.assertEqual((answer.status, answer.json()["reason"]), (403, "exchange_refused"))
        self.assertEqual(len(there.seen), 2, "a refusal is an answer")

    def test_a_backend_under_a_wrong_name_is_never_sent_a_request(self):
        wrong = self.recorder("other.example.com")
        there = self.recorder()
        self.serve(self.backend(wrong, "127.0.0.1", "wrong", tokenEndpoint=f"https://localhost:{there.port}/oidc/v1/token"),
                   self.backend(there, "localhost", "there", priority=1))
        self.assertEqual(self.ask(self.token).status, 200)
        self.assertEqual((len(wrong.seen), len(there.seen)), (0, 1))

    def test_a_request_that_was_sent_is_never_sent_again(self):
        first, second = self.recorder("localhost"), self.recorder("127.0.0.1")
        first.how = lambda handler: handler.hang_up()
        self.serve(self.backend(first, "localhost", "first"), self.backend(second, "127.0.0.1", "second", priority=1))
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["error"]), (502, "backend_unreachable"))
        self.assertEqual((len(first.seen), len(second.seen)), (1, 0))

    def test_a_backends_own_error_is_the_answer(self):
        first, second = self.recorder("localhost"), self.recorder("127.0.0.1")
        first.how = lambda handler: handler.answer({"error_code": "TEMPORARILY_UNAVAILABLE"}, 503, {"Retry-After": "9"})
        self.serve(self.backend(first, "localhost", "first"), self.backend(second, "127.0.0.1", "second", priority=1))
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json(), answer.headers["Retry-After"]), (503, {"error_code": "TEMPORARILY_UNAVAILABLE"}, "9"))
        self.assertEqual(len(second.seen), 0)

    def test_no_backend_at_all_is_told_in_time(self):
        gone = collections.namedtuple("Gone", "port")(free_port())
        there = self.recorder()
        self.serve(self.backend(gone, "127.0.0.1", "gone", tokenEndpoint=f"https://localhost:{there.port}/oidc/v1/token"))
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["error"]), (502, "backend_unreachable"))

    def held(self):
        """Something that a backend waits for; let go at the end of the test at the latest."""
        event = threading.Event()
        self.addCleanup(event.set)
        return event

    def test_an_answer_that_takes_longer_than_allowed_is_a_504(self):
        slow, go = self.recorder(), self.held()
        slow.how = lambda handler: go.wait()
        self.serve(self.backend(slow, "localhost"), traffic={"responseTimeout": "1s"})
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["error"]), (504, "backend_timeout"))

    def test_a_stream_arrives_line_by_line(self):
        streaming, more = self.recorder(), [self.held() for _ in range(3)]
        streaming.how = lambda handler: handler.stream([b"data: %d\n\n" % i for i in range(4)], more)
        self.serve(self.backend(streaming, "localhost"))
        connection = self.gateway.connect(HOST)
        connection.request("POST", PATH, b'{"inputs": [1], "stream": true}', {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        for number in range(4):
            self.assertEqual(answer.readline() + answer.readline(), b"data: %d\n\n" % number)
            if number < 3:
                more[number].set()  # only now is the next one made
        connection.close()

    def test_a_backend_cannot_send_nginx_anywhere(self):
        hostile = self.recorder()
        hostile.how = lambda handler: handler.answer({"mine": True}, 200, {"X-Accel-Redirect": "/authorize/backend_0", "Set-Cookie": "a=b"})
        self.serve(self.backend(hostile, "localhost"))
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()), (200, {"mine": True}))
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertFalse([name for name in answer.headers if "sallyport" in name.lower()])

    def test_more_at_once_than_allowed_are_turned_away(self):
        slow, go = self.recorder(), self.held()
        slow.how = lambda handler: (go.wait(), handler.answer({}))
        self.serve(self.backend(slow, "localhost"), traffic={"maxConcurrent": 1})
        held = self.gateway.connect(HOST)
        held.request("POST", PATH, b"{}", {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
        self.eventually("the first under way", lambda: slow.seen)
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["reason"], answer.headers["Retry-After"]), (429, "concurrency", "1"))
        self.assertEqual(self.ask().status, 401, "whoever has no token takes no place")
        go.set()
        self.assertEqual(held.getresponse().status, 200)
        held.close()

    def test_more_often_than_allowed_is_turned_away_for_each_caller_alone(self):
        recorder = self.recorder()
        self.serve(self.backend(recorder, "localhost"), traffic={"rateLimit": {"requestsPerSecond": 1, "burst": 3}})
        with concurrent.futures.ThreadPoolExecutor(24) as clients:
            answers = list(clients.map(lambda _: self.ask(self.token), range(24)))
        limited = [answer for answer in answers if answer.status == 429]
        self.assertTrue(limited)
        self.assertEqual({answer.json()["reason"] for answer in limited}, {"rate_limited"})
        self.assertGreaterEqual(int(limited[0].headers["Retry-After"]), 1)
        self.assertGreaterEqual([answer.status for answer in answers].count(200), 3)
        self.assertEqual(self.ask(self.idp.token(self.known)).status, 200)
