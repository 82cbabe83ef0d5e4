# SPDX-License-Identifier: Apache-2.0
"""The proxy itself: it has to strike exactly where it says, or the campaign proves nothing."""
import http.client
import http.server
import threading
import unittest

from e2e.harness.fault_proxy import AFTER_ANSWER, AFTER_EFFECT, BEFORE, FaultProxy, Gate, answer, counts, name_of


class Upstream(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    effects = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.effects.append(body)
        self.send_response(201)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_GET(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"5\r\nhello\r\n0\r\n\r\n")

    def log_message(self, *_):
        pass


class Proxy(unittest.TestCase):
    def setUp(self):
        Upstream.effects = []
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.gate = Gate()
        self.proxy = FaultProxy("x", self.gate, f"http://127.0.0.1:{server.server_port}")
        self.addCleanup(self.proxy.close)
        self.killed = []

    def send(self, method, body=b""):
        """The answer's body, or None when the connection broke."""
        connection = http.client.HTTPConnection("127.0.0.1", self.proxy.port, timeout=5)
        try:
            connection.request(method, "/thing", body=body)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def arm(self, occurrence, point):
        self.gate.arm("x POST /thing", occurrence, point, lambda: self.killed.append(list(Upstream.effects)))

    def test_passes_everything_on_while_nothing_is_planned(self):
        self.assertEqual(self.send("GET"), b"hello")
        self.assertEqual(self.send("POST", b"a"), b"ok")
        self.assertEqual(self.gate.count(), 1)

    def test_strikes_before_the_effect(self):
        self.arm(2, BEFORE)
        self.assertEqual(self.send("POST", b"a"), b"ok")
        self.assertIsNone(self.send("POST", b"b"))
        self.assertEqual(self.killed, [[b"a"]])
        self.assertEqual(Upstream.effects, [b"a"])

    def test_strikes_after_the_effect_and_loses_the_answer(self):
        self.arm(1, AFTER_EFFECT)
        self.assertIsNone(self.send("POST", b"a"))
        self.assertEqual(self.killed, [[b"a"]])

    def test_strikes_after_the_answer_and_lets_nothing_more_through(self):
        self.arm(1, AFTER_ANSWER)
        self.assertEqual(self.send("POST", b"a"), b"ok")
        self.assertIsNone(self.send("POST", b"b"))
        self.assertTrue(self.gate.struck.wait(5))
        self.assertEqual(Upstream.effects, [b"a"])

    def test_answers_in_the_upstream_s_place_what_it_is_told_to(self):
        self.proxy.intercept = lambda method, target: answer(410, b"gone") if method == "GET" else b"" if method == "PUT" else None
        self.assertEqual(self.send("GET"), b"gone")
        self.assertIsNone(self.send("PUT", b"x"))
        self.assertEqual(self.send("POST", b"a"), b"ok")
        self.assertEqual(Upstream.effects, [b"a"])

    def test_counts_what_changes_something(self):
        self.assertTrue(counts("PATCH", "/api/2.0/permissions/serving-endpoints/1"))
        self.assertFalse(counts("POST", "/oidc/v1/token"))
        self.assertFalse(counts("PUT", "/apis/coordination.k8s.io/v1/namespaces/x/leases/sallyport"))
        self.assertFalse(counts("GET", "/reg/1"))

    def test_calls_a_request_by_the_same_name_in_every_world(self):
        self.assertEqual(name_of("idp", "DELETE", "/reg/aB-1"), "idp DELETE /reg/ID")
        self.assertEqual(name_of("bigip", "PATCH", "/mgmt/shared/appsvcs/declare/sp_abcdefgh_0123456789_1?async=true"),
                         "bigip PATCH /mgmt/shared/appsvcs/declare/sp_ID_1")
        self.assertEqual(name_of("kube", "PATCH", "/apis/x/accessledgers/al-0123456789abcdef?force=true"),
                         "kube PATCH /apis/x/accessledgers/al-ID")


if __name__ == "__main__":
    unittest.main()
