# SPDX-License-Identifier: Apache-2.0
"""Child processes, and the outside systems: what they are, how they are changed behind the operator's back, and what
they themselves say is there."""
import base64
import ctypes
import json
import os
import pathlib
import secrets
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

ROOT = pathlib.Path(os.environ["SALLYPORT_ROOT"])
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback is reached through no proxy
PR_SET_PDEATHSIG = 1


class Trouble(Exception):
    """The demo cannot go on; the message says why."""


def call(method, url, body=None, headers=None):
    """JSON there and back; None for an empty answer."""
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    with DIRECT.open(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def poll(look, seconds, pause=0.1):
    """look() until it is truthy; returns (that or None, the last thing seen)."""
    end, last = time.monotonic() + seconds, None
    while True:
        try:
            last = look()
            if last:
                return last, last
        except (OSError, ValueError, KeyError, LookupError, Trouble) as trouble:  # it may still be coming
            last = trouble
        if time.monotonic() > end:
            return None, last
        time.sleep(pause)


def die_with_parent():
    """So that nothing stays behind even when this process is killed without a chance to tidy up."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A process of ours, in a session of its own: Ctrl-C reaches us, and we end it by its pid."""

    def __init__(self, name, arguments, folder, environment=None):
        self.name = name
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([str(a) for a in arguments], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**os.environ, **(environment or {})}, start_new_session=True,
                                            preexec_fn=die_with_parent)

    def running(self):
        return self.process.poll() is None

    def check(self):
        if not self.running():
            raise SystemExit(f"error: {self.name} ended with {self.process.returncode}:\n{self.log.read_text()[-1500:]}")

    def stop(self, grace=25):
        if not self.running():
            return
        os.kill(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(grace)
        except subprocess.TimeoutExpired:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait(5)


class System:
    """Writes a ready file with its addresses, and a journal of what was done to it."""

    def __init__(self, name, folder, arguments, environment=None):
        ready = folder / f"{name}.ready"
        self.journal = folder / f"{name}.jsonl"
        self.child = Child(name, [*arguments, "--ready-file", ready, "--journal", self.journal], folder, environment)
        self._ready = ready

    def wait(self):
        def look():
            self.child.check()
            return json.loads(self._ready.read_text())
        self.ready, last = poll(look, 30)
        if not self.ready:
            raise Trouble(f"{self.child.name} did not come up: {last}")
        self.url = self.ready.get("url") or self.ready["urls"][0]

    def changes(self):
        """How many requests have changed something, by the system's own journal."""
        lines = self.journal.read_text().splitlines() if self.journal.exists() else []
        return sum(1 for line in lines if json.loads(line)["mutating"])


class BigIp(System):
    USER = "sallyport"

    def __init__(self, folder):
        # On the command line it would be visible to others, so it is made by the simulator and read from its ready file.
        super().__init__("bigip", folder, [os.environ["SALLYPORT_SIM"], "bigip", "--user", self.USER])

    def wait(self):
        super().wait()
        self.password = self.ready["password"]
        # What the platform team keeps on the device, and endpoints only name.
        for component, path in (("apm profile access", "corp_oauth"), ("apm policy access-policy", "corp_oauth_api")):
            self.edit("put", component, f"/Common/{path}", {})

    def edit(self, op, component, path, properties=None):
        call("POST", self.url + "/_sim/edit", {"op": op, "component": component, "path": path, "properties": properties or {}})

    def virtuals(self):
        return call("GET", self.url + "/_sim/virtuals")

    def tenants(self):
        """Names of the operator's own tenants that any unit holds."""
        return [name for unit in call("GET", self.url + "/_sim/state")["units"]
                for name in unit["running"].get("declaration") or {} if name.startswith("sp_")]


class Databricks(System):
    SERVING = "fraud-scoring"

    def __init__(self, folder):
        self.client_id, self.client_secret = "0b9d3f3e-6a3c-4f2e-8f6e-2f8f5f0a1c11", secrets.token_hex(16)
        # The simulator takes it by its command line only; it is random, for this run, and opens nothing else.
        super().__init__("databricks", folder,
                         [os.environ["SALLYPORT_SIM"], "databricks", "--client", f"{self.client_id}:{self.client_secret}"])

    def access(self):
        """The serving endpoint's own access list: {reference: level}."""
        return call("GET", self.url + "/_sim/state")["serving_endpoints"][self.SERVING]["permissions"]

    def tags(self):
        """The serving endpoint's tags: {key: value}."""
        return call("GET", self.url + "/_sim/state")["serving_endpoints"][self.SERVING]["tags"]

    def take_away(self, reference):
        call("PATCH", f"{self.url}/_sim/serving-endpoints/{self.SERVING}/permissions", {reference: ""})


class Provider(System):
    def __init__(self, folder):
        self.initial_access_token = secrets.token_hex(24)
        super().__init__("provider", folder, [ROOT / "e2e/idp/oidc-provider/start", "--control-port", "0"],
                         {"IDP_INITIAL_ACCESS_TOKEN": self.initial_access_token})

    def clients(self):
        return call("GET", self.ready["control_url"] + "/clients")["clients"]

    def forget(self, client_id):
        call("DELETE", f"{self.ready['control_url']}/clients/{client_id}")

    def raw_token(self, client_id, client_secret, audience, scope):
        """What an application does with its Secret. Returns a token, or raises."""
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "resource": audience, "scope": scope,
                                       "client_id": client_id, "client_secret": client_secret})
        return call("POST", self.url + "/token", form.encode(), {"Content-Type": "application/x-www-form-urlencoded"})["access_token"]

    def token(self, client_id, client_secret, audience, scope):
        """The claims of such a token."""
        part = self.raw_token(client_id, client_secret, audience, scope).split(".")[1]
        return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
