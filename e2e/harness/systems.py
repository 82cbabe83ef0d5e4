# SPDX-License-Identifier: Apache-2.0
"""The outside systems: simulated BIG-IP and Databricks, a real OpenID provider. Read and moved behind the operator's back."""
import json
import os
import pathlib
import secrets
import ssl
import urllib.parse

from e2e.harness import web
from e2e.harness.process import ROOT, Child, binary, wait_until


def read_lines(path):
    """Whole lines of a journal; the last one may still be being written."""
    if not os.path.exists(path):
        return []
    with open(path, "rb") as file:
        return [json.loads(line) for line in file if line.endswith(b"\n")]


class System:
    """A child that writes a ready file and a journal. `url` is where the operator is sent; `direct` is the child's own."""

    def __init__(self, name, folder):
        self.name = name
        self.folder = pathlib.Path(folder)
        self.journal_path = self.folder / f"{name}.jsonl"
        self.child = None
        self.port = 0
        self.direct = ""
        self.url = ""
        self.tls = []         # arguments by which the child serves https
        self.context = None   # for the harness's own requests

    def present(self, certificate, key):
        """Serves https with this certificate from the next start on. The harness itself looks at no certificate."""
        self.tls = ["--tls-cert", certificate, "--tls-key", key]
        self.context = ssl.create_default_context()
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE

    def arguments(self, ready_file):
        raise NotImplementedError

    def environment(self):
        return {}

    def start(self):
        ready_file = self.folder / f"{self.name}.ready"
        ready_file.unlink(missing_ok=True)
        self.child = Child(self.name, self.arguments(ready_file), self.folder, self.environment())
        wait_until(f"{self.name} ready", lambda: not self.child.running() or ready_file.exists() and ready_file.read_text().endswith("\n"))
        if not self.child.running():
            raise RuntimeError(f"{self.name} ended at once: {self.child.output()[-2000:]}")
        self.read_ready(json.loads(ready_file.read_text()))
        self.url = self.url or self.direct
        return self

    def read_ready(self, ready):
        self.ready = ready
        self.direct = ready["url"] if "url" in ready else ready["urls"][0]
        self.port = urllib.parse.urlsplit(self.direct).port

    def stop(self):
        if self.child:
            self.child.stop(5)

    def journal(self):
        return read_lines(self.journal_path)

    def mutations(self):
        return [line for line in self.journal() if line["mutating"]]

    def control(self, method, path, body=None):
        return web.call(method, self.direct + path, body, context=self.context)

    def faults(self, *rules):
        """Rules as in e2e/simulators/faults.hpp; none: all is well again."""
        if rules:
            self.control("PUT", "/_sim/faults", list(rules))
        else:
            self.control("DELETE", "/_sim/faults")

    def down(self):
        """Nobody answers, though the state stays."""
        self.faults({"match": {"path": "*"}, "action": "drop_before", "times": 0})

    def up(self):
        self.faults()


class BigIp(System):
    def __init__(self, folder, units=1, name="bigip"):
        super().__init__(name, folder)
        self.units = units
        self.password = "planted-" + secrets.token_hex(12)

    def arguments(self, ready_file):
        return [binary("SALLYPORT_SIM", "sallyport-sim"), "bigip", "--units", self.units, "--user", "sallyport", "--password",
                self.password, "--port", self.port, "--journal", self.journal_path, "--ready-file", ready_file, *self.tls]

    def start(self):
        super().start()
        self.has("/Common/corp_oauth", "apm profile access")
        self.has("/Common/corp_oauth_api", "apm policy access-policy")
        return self

    def has(self, path, component):
        """The device's owner made an object that endpoints may refer to."""
        self.edit(op="put", component=component, path=path, properties={})

    def virtuals(self):
        """The virtual servers that a client could reach on the first unit."""
        answer = self.control("GET", "/_sim/virtuals")
        return answer["virtuals"] if isinstance(answer, dict) else answer

    def state(self):
        return self.control("GET", "/_sim/state")

    def rules(self):
        """The texts of the iRules on its units, but for those that it came with."""
        return {thing["apiAnonymous"] for unit in self.state()["units"] for thing in unit["running"]["objects"]
                if thing["component"] == "ltm rule" and not thing["fullPath"].startswith("/Common/")}

    def declared(self):
        """What runs on the first unit of ours: {tenant: its declaration}."""
        stored = self.state()["units"][0]["running"].get("declaration") or {}
        return {name: tenant for name, tenant in stored.items() if name.startswith("sp_")}

    def edit(self, **edit):
        self.control("POST", "/_sim/edit", edit)

    def failover(self, **how):
        self.control("POST", "/_sim/failover", how)


class Databricks(System):
    def __init__(self, folder, name="databricks"):
        super().__init__(name, folder)
        self.client_id = "0b9d3f3e-6a3c-4f2e-8f6e-2f8f5f0a1c11"
        self.client_secret = "planted-" + secrets.token_hex(12)

    def arguments(self, ready_file):
        return [binary("SALLYPORT_SIM", "sallyport-sim"), "databricks", "--client", f"{self.client_id}:{self.client_secret}",
                "--port", self.port, "--journal", self.journal_path, "--ready-file", ready_file, *self.tls]

    def state(self):
        return self.control("GET", "/_sim/state")

    def endpoint(self, name="fraud-scoring"):
        return self.state()["serving_endpoints"].get(name)

    def serve(self, name, namespace="risk"):
        """A model is served under this name, and its owner lets a namespace have it."""
        self.control("POST", "/_sim/serving-endpoints", {
            "name": name, "creator": "service-principal:" + self.client_id, "tags": {"sallyport-namespace": namespace}})

    def permissions(self, name="fraud-scoring"):
        """The direct entries of the endpoint's access list: {reference: level}."""
        return self.endpoint(name)["permissions"]


class IdentityProvider(System):
    type = "DynamicRegistration"

    def __init__(self, folder, issuer=None):
        super().__init__("idp", folder)
        self.issuer = issuer
        self.initial_access_token = "planted-" + secrets.token_hex(16)

    def arguments(self, ready_file):
        more = ["--issuer", self.issuer] if self.issuer else []
        return [ROOT / "e2e/idp/oidc-provider/start", "--ready-file", ready_file, "--journal", self.journal_path, "--state",
                self.folder / "idp.state", "--control-port", 0, "--port", self.port, *self.tls, *more]

    def credentials(self):
        """What the operator is given to register clients with."""
        return {"initial_access_token": self.initial_access_token}

    def planted(self):
        return {"initial access token": self.initial_access_token}

    def environment(self):
        return {"IDP_INITIAL_ACCESS_TOKEN": self.initial_access_token}

    def control(self, method, path, body=None):
        return web.call(method, self.ready["control_url"] + path, body)

    def faults(self, *rules):
        if rules:
            self.control("PUT", "/faults", list(rules))
        else:
            self.control("DELETE", "/faults")

    def down(self):
        self.faults({"match": {"path": "*"}, "action": "drop_before", "times": 0})

    def clients(self):
        return self.control("GET", "/clients")["clients"]
