# SPDX-License-Identifier: Apache-2.0
"""The operator as a child process, signed in as its ServiceAccount."""
import contextlib
import http.client
import json
import pathlib
import re
import subprocess
import time

import yaml

from e2e.harness import web
from e2e.harness.process import Child, TimedOut, binary, wait_until

ACCOUNT = "system:serviceaccount:sallyport-system:sallyport"


def write_kubeconfig(path, server, ca, token):
    import base64
    config = {"apiVersion": "v1", "kind": "Config", "current-context": "e2e",
              "clusters": [{"name": "e2e", "cluster": {"server": server,
                            "certificate-authority-data": base64.b64encode(ca.encode()).decode()}}],
              "users": [{"name": "sallyport", "user": {"token": token}}],
              "contexts": [{"name": "e2e", "context": {"cluster": "e2e", "user": "sallyport"}}]}
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(config))


def verified(audit_log):
    """The report of `sallyport audit verify`, once more with its exit code."""
    done = subprocess.run([binary("SALLYPORT_BINARY", "sallyport"), "audit", "verify", audit_log, "-o", "json"],
                          capture_output=True, text=True, timeout=60)
    try:
        return {**json.loads(done.stdout), "exitCode": done.returncode}
    except ValueError:
        raise AssertionError(f"audit verify of {audit_log}: exit {done.returncode}: {done.stdout}{done.stderr}") from None


class Asked(Child):
    """A child that is looked at once more before it is asked to end. Not before it is killed: that is a power cut."""

    def __init__(self, name, arguments, folder, look):
        super().__init__(name, arguments, folder)
        self._look = look

    def stop(self, grace=30):
        self._look()
        return super().stop(grace)


class Operator:
    """One run of the operator. Its flags are short times, so that a test waits seconds where people wait minutes."""

    FLAGS = {"lease-duration": "5s", "renew-deadline": "3s", "retry-period": "500ms", "drift-interval": "10m", "grace": "5s",
             "log-format": "json", "listen": "127.0.0.1:0"}

    def __init__(self, name, folder, kubeconfig, audit_log, **flags):
        settings = {**self.FLAGS, **{key.replace("_", "-"): value for key, value in flags.items()}}
        arguments = [binary("SALLYPORT_BINARY", "sallyport"), "run", "--kubeconfig", kubeconfig, "--audit-log", audit_log]
        for key, value in settings.items():
            arguments += [f"--{key}", value]
        self.begun = time.time()
        self.child = Asked(name, arguments, folder, self.look_at_metrics)
        self.command_line = self.child.command_line()
        self.audit_log = audit_log
        self.metrics = []  # what the page said, each time that it was looked at

    def port(self):
        found = re.findall(r"serving metrics and probes.*?port\D*(\d+)", self.child.output())
        return int(found[-1]) if found else None

    def page(self, path):
        port = self.port()
        return web.request("GET", f"http://127.0.0.1:{port}{path}")[1] if port else ""

    def awake(self):
        """It runs, and nobody has sent it to sleep (SIGSTOP)."""
        with contextlib.suppress(OSError):
            return self.child.running() and pathlib.Path(f"/proc/{self.child.pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "T"
        return False

    def look_at_metrics(self):
        """For the referee, who searches the pages. False when there was none to see."""
        port = self.port() if self.awake() else None
        with contextlib.suppress(OSError, http.client.HTTPException):
            status, text = web.request("GET", f"http://127.0.0.1:{port}/metrics", timeout=5) if port else (0, "")
            if status == 200 and "# TYPE" in text:
                self.metrics.append(text)
                return True
        return False

    def leads(self):
        """It holds the lease and reconciles."""
        if not self.child.running():
            raise AssertionError(f"the operator ended with {self.child.process.returncode}: {self.child.output()[-3000:]}")
        return '"reconciling"' in self.child.output() or " reconciling " in self.child.output()

    def wait_until_leading(self, deadline=40):
        try:
            wait_until("the operator leads", self.leads, deadline)
        except TimedOut as late:
            raise AssertionError(f"{late}\n{self.child.output()[-2500:]}") from None
        return self
