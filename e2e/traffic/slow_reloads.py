# SPDX-License-Identifier: Apache-2.0
"""Requests while the gateway is reloaded again and again: on fresh connections none of a hundred thousand fails, and connections that are
kept break no more often than those of an nginx without us, never in the middle of an answer."""
import collections
import http.client
import os
import re
import signal
import ssl
import subprocess
import threading
import unittest

from e2e.bench.traffic import tools
from e2e.bench.traffic.stage import UPSTREAM, start_nginx
from e2e.harness.certificates import self_signed
from e2e.harness.nginx_gateway import free_port, nginx_program
from e2e.traffic.stage import PATH, Stage

REQUESTS = 100_000
KEPT_CLIENTS, KEPT_RELOADS = 4, 25
# What stands beside us: the same door and the same way on, and nobody who is asked.
PLAIN = """listen 127.0.0.1:{port} ssl; ssl_certificate {certificate}; ssl_certificate_key {key};
location / {{ proxy_pass https://127.0.0.1:{upstream}; }}"""
HOST = "localhost"  # wrk takes the name in TLS from the address
ASK = """
wrk.method = "POST"
wrk.body = '{{"inputs": [1]}}'
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer {token}"
wrk.headers["Connection"] = "close"
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("counted requests=%d connect=%d read=%d write=%d timeout=%d status=%d\\n",
    summary.requests, e.connect, e.read, e.write, e.timeout, e.status))
end
"""


class Reloads(Stage):
    def reload_again_and_again(self, until):
        """Each document differs, so that each is a generation; the agent reloads no sooner than 2 s after the last time."""
        limit = 1000
        while not until.is_set():
            limit += 1
            self.publish(self.local(limit))

    def local(self, limit):
        certificate, key = self_signed(HOST)
        backend = {**self.backend(self.databricks, "localhost"), "host": "127.0.0.1", "port": self.port}
        return self.document(id="local_1", host=HOST, certificate=self.publication.object(certificate + key), cacheWindow="60s",
                             traffic={"maxConcurrent": limit}, backends=[backend])

    def setUp(self):
        """The simulated workspace keeps a journal of each request: here one makes tokens, and an nginx answers."""
        self.port = free_port()
        certificate, key = self.authority.issue("127.0.0.1")
        upstream = start_nginx("upstream", nginx_program(), self._made("upstream"), UPSTREAM.format(
            port=self.port, certificate=certificate, key=key, answer='{"predictions": [0.5]}'))
        self.addCleanup(upstream.stop, 5)

    def test_no_fresh_connection_fails_while_the_gateway_is_reloaded(self):
        self.publish(self.local(1000))
        before = self.publication.entries["local_1"]["generation"]
        script = self.folder / "ask.lua"
        script.write_text(ASK.format(token=self.idp.token(self.granted)))
        there, done, seen = tools.ensure(), threading.Event(), dict.fromkeys(("requests", "connect", "read", "write", "timeout", "status"), 0)
        reloader = threading.Thread(target=self.reload_again_and_again, args=(done,))
        reloader.start()
        try:
            for _ in range(60):
                said = subprocess.run([there / "usr/bin/wrk", "--threads", "1", "--connections", "8", "--duration", "10s", "--script", script,
                                       f"https://{HOST}:{self.gateway.port}{PATH}"], check=True, capture_output=True, text=True, timeout=120,
                                      env={**os.environ, "LD_LIBRARY_PATH": str(next(there.glob("usr/lib/*-linux-gnu")))}).stdout
                for name, number in re.findall(r"(\w+)=(\d+)", said.split("counted ")[1]):
                    seen[name] += int(number)
                if seen["requests"] >= REQUESTS:
                    break
        finally:
            done.set()
            reloader.join()
        reloads = self.publication.entries["local_1"]["generation"] - before
        print(f"{seen['requests']} requests, {reloads} reloads")
        self.assertGreaterEqual(seen["requests"], REQUESTS)
        self.assertGreater(reloads, 10)
        self.assertEqual([seen[name] for name in ("connect", "read", "write", "timeout", "status")], [0] * 5)

    def plain_nginx(self):
        port = free_port()
        certificate, key = self.authority.issue("127.0.0.1")
        nginx = start_nginx("plain", nginx_program(), self._made("plain"), PLAIN.format(
            port=port, upstream=self.port, certificate=certificate, key=key))
        self.addCleanup(nginx.stop, 5)
        return port, nginx

    def test_kept_connections_break_no_more_often_than_those_of_an_nginx_alone(self):
        self.publish(self.local(1000))
        port, plain_nginx = self.plain_nginx()
        doors = {"plain": KeptClient(port, {}),
                 "ours": KeptClient(self.gateway.port, {"Authorization": f"Bearer {self.idp.token(self.granted)}"})}
        done, totals, lock, reloads = threading.Event(), {name: collections.Counter() for name in doors}, threading.Lock(), 0

        def ask_both():
            clients, seen = {name: door.another() for name, door in doors.items()}, {name: collections.Counter() for name in doors}
            while not done.is_set():
                for name, client in clients.items():  # in turn: both meet the same reloads with as many requests
                    seen[name][client.ask()] += 1
            for client in clients.values():
                client.close()
            with lock:
                for name, counter in seen.items():
                    totals[name].update(counter)
                    totals[name]["requests"] += sum(counter.values())
        threads = [threading.Thread(target=ask_both) for _ in range(KEPT_CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            while reloads < KEPT_RELOADS:
                plain_nginx.signal(signal.SIGHUP)
                self.publish(self.local(2000 + reloads))
                reloads += 1
        finally:
            done.set()
            for thread in threads:
                thread.join()
        print(f"{reloads} reloads of each; " + "; ".join(f"{name}: {dict(counter)}" for name, counter in totals.items()))
        ours, plain = totals["ours"], totals["plain"]
        self.assertEqual(set(ours) - {"requests", "answered", "broken before an answer"}, set(), "answers that were cut short, or refused")
        self.assertGreater(ours["answered"], 1000)
        chance = 3 * (plain["broken before an answer"] + 1) ** 0.5
        self.assertLessEqual(ours["broken before an answer"], plain["broken before an answer"] + chance)


class KeptClient:
    """Asks again and again on one connection, as long as it is kept."""

    def __init__(self, port, headers):
        self.port, self.headers, self.connection = port, headers, None
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def another(self):
        return KeptClient(self.port, self.headers)

    def ask(self):
        """What became of one request."""
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(HOST, self.port, timeout=30, context=self.context)
            self.connection.connect()
        try:
            self.connection.request("POST", PATH, b'{"inputs": [1]}', {"Content-Type": "application/json", **self.headers})
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError, ssl.SSLError, http.client.CannotSendRequest):
            self.close()
            return "broken before an answer"
        try:
            response.read()
        except (http.client.IncompleteRead, ConnectionError, ssl.SSLError):
            self.close()
            return "broken in an answer"
        if response.will_close:
            self.close()
        return "answered" if response.status == 200 else f"status {response.status}"

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


if __name__ == "__main__":
    unittest.main()
