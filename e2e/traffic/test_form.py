# SPDX-License-Identifier: Apache-2.0
"""Requests that mean to be understood in two ways, and large ones."""
from e2e.traffic.stage import HOST, PATH, Stage


class Form(Stage):
    def status_of(self, request):
        answer = self.gateway.raw(HOST, request)
        return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else 0

    def request(self, target=PATH, headers=b"", body=b'{"inputs": [1]}', host=HOST, length=True):
        framing = b"Content-Length: %d\r\n" % len(body) if length else b""
        return (b"POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nConnection: close\r\n%s%s\r\n%s" % (
            target.encode(), host.encode(), framing, headers, body))

    def setUp(self):
        self.bearer = b"Authorization: Bearer " + self.idp.token(self.granted).encode() + b"\r\n"
        self.before = len(self.databricks.invocations())

    def nothing_arrived(self):
        self.assertEqual(len(self.databricks.invocations()), self.before)

    def test_only_the_exact_path_leads_anywhere(self):
        self.assertEqual(self.status_of(self.request(headers=self.bearer)), 200)
        self.before += 1
        for target in ("/", "/serving-endpoints/fraud-scoring/invocations/", "//serving-endpoints/fraud-scoring/invocations",
                       "/serving-endpoints//fraud-scoring/invocations", "/a/../serving-endpoints/fraud-scoring/invocations",
                       "/a/%2e%2e/serving-endpoints/fraud-scoring/invocations", "/serving-endpoints/fraud-scoring%2Finvocations",
                       "/serving-endpoints/fraud-scoring/invocations;x=1", "/serving-endpoints/fraud-scoring/invocations%00",
                       "/serving-endpoints/%66raud-scoring/invocations", "/Serving-Endpoints/fraud-scoring/invocations",
                       "/serving-endpoints/churn/invocations", "/api/2.0/serving-endpoints", "/authorize/0",
                       "/serving-endpoints/fraud-scoring/invocations#x", "/generation"):
            with self.subTest(target):
                self.assertIn(self.status_of(self.request(target, self.bearer)), (400, 404))
        self.nothing_arrived()

    def test_a_token_in_the_query_is_no_token_and_stands_in_no_log(self):
        token = self.idp.token(self.granted)
        self.assertEqual(self.status_of(self.request(PATH + "?access_token=" + token)), 404)
        self.assertEqual(self.status_of(self.request(PATH + "?access_token=" + token, self.bearer)), 404)
        self.assertEqual(self.status_of(self.request(PATH + "?access_token=" + token, b"Content-Length: 99999999\r\n", length=False)), 404)
        self.assertNotIn(token[:40], self.gateway.log_path.read_text())
        self.assertNotIn(token[:40], (self.gateway.folder / "nginx-error.log").read_text())
        self.nothing_arrived()

    def test_two_tokens_are_one_too_many(self):
        self.assertEqual(self.status_of(self.request(headers=self.bearer + self.bearer)), 400)
        self.assertEqual(self.status_of(self.request(headers=b"Authorization: Bearer x\r\n" + self.bearer)), 400)
        self.assertEqual(self.status_of(self.request(headers=self.bearer[:-2] + b", Bearer x\r\n")), 401)
        self.nothing_arrived()

    def test_framing_that_two_readers_could_read_differently_is_refused(self):
        for headers in (b"Transfer-Encoding: chunked\r\n", b"Content-Length: 3\r\n", b"Transfer-Encoding: xchunked\r\n",
                        b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
                        b"X-A: b\r\n c: d\r\n", b"Host: other.example.com\r\n", b"X-A : b\r\n"):
            with self.subTest(headers):
                self.assertIn(self.status_of(self.request(headers=self.bearer + headers)), (400, 501))
        self.nothing_arrived()

    def test_a_second_request_is_not_smuggled_behind_the_first(self):
        inner = self.request("/api/2.0/serving-endpoints")
        self.assertEqual(self.gateway.raw(HOST, self.request(headers=self.bearer) + inner).count(b"HTTP/1.1 "), 1)

    def test_another_name_is_not_served_here(self):
        answer = self.gateway.raw(HOST, self.request(headers=self.bearer, host="other.example.com"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 404 "), answer[:100])
        self.assertIn(b'{"error":"not_found"', answer)
        with self.assertRaises(OSError):
            self.gateway.connect("other.example.com")
        self.nothing_arrived()

    def test_the_name_in_tls_and_the_host_are_one(self):
        self.publication.put(self.document(id="other_1", host="other.ml.example.com"))
        self.addCleanup(self.publication.remove, "other_1")
        self.publication.publish()
        self.gateway.installs(self.publication.serial)
        answer = self.gateway.raw(HOST, self.request(headers=self.bearer, host="other.ml.example.com"))
        self.assertTrue(answer.startswith(b"HTTP/1.1 421 "), answer[:100])
        self.assertIn(b'{"error":"misdirected"', answer)
        self.nothing_arrived()

    def test_other_methods_are_refused(self):
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS"):
            with self.subTest(method):
                self.assertEqual(self.ask(self.idp.token(self.granted), method=method).status, 405)
        self.nothing_arrived()

    def test_a_body_of_16_mb_gets_through_whole_and_no_byte_more(self):
        room = 16 * 1024 * 1024
        frame = b'{"inputs": ["%s"]}'
        body = frame % (b"x" * (room - len(frame) + 2))
        self.assertEqual(len(body), room)
        answer = self.ask(self.idp.token(self.granted), body=body)
        self.assertEqual(answer.status, 200, answer.body[:200])
        self.before += 1
        answer = self.ask(self.idp.token(self.granted), body=body + b" ")
        self.assertEqual((answer.status, answer.json()["error"]), (413, "too_large"))
        self.nothing_arrived()

    def test_chunked_bodies_arrive(self):
        token = self.idp.token(self.granted)
        connection = self.gateway.connect(HOST)
        connection.request("POST", PATH, iter([b'{"inp', b'uts": [1, 2]}']), {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json"}, encode_chunked=True)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, b'{"predictions":[0.5,0.5]}'))
        connection.close()
