# SPDX-License-Identifier: Apache-2.0
"""A hundred thousand requests on fresh connections while the gateway is reloaded again and again: none of them fails."""
import os
import re
import subprocess
import threading
import unittest

from e2e.bench.traffic import tools
from e2e.bench.traffic.stage import UPSTREAM, start_nginx
from e2e.harness.certificates import self_signed
from e2e.harness.nginx_gateway import free_port, nginx_program
from e2e.traffic.stage import PATH, Stage

REQUESTS = 100_000
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


if __name__ == "__main__":
    unittest.main()
