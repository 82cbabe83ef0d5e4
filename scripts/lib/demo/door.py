# SPDX-License-Identifier: Apache-2.0
"""An NGINX gateway with real requests through it: Debian's nginx, our agent and authorizer, and a workspace that knows some of the
callers. The pieces are those of the end-to-end tests."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types

import yaml
from declared import OPERATOR_NAMESPACE, TEAM, secret, self_signed
from parts import ROOT, call, poll

sys.path.insert(0, str(ROOT))
os.environ.setdefault("SALLYPORT_BINARY", os.environ["SALLYPORT_PROGRAM"])
from e2e.harness.certificates import Authority  # noqa: E402
from e2e.harness.nginx_gateway import NginxGateway, nginx_program  # noqa: E402
from e2e.traffic.stage import Workspace  # noqa: E402

EXAMPLES = ROOT / "examples/nginx"
HOST, PATH = "live.ml.example.com", "/serving-endpoints/fraud-scoring/invocations"
AUDIENCE, SCOPES = "https://ml.example.com", "fraud:score fraud:read"
GATEWAY, WORKSPACE, ENDPOINT = "door", "live", "fraud-live"


class Door:
    def __init__(self, folder, provider):
        self.folder, self.provider = folder / "door", provider
        self.published = self.folder / "published"
        self.folder.mkdir()
        # Of its own, for nginx's workers have to get to the authorizer's socket: nobody else is to get to the demo's folder.
        self.room = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-door-"))
        self.gateway = None
        self.granted, self.known, self.stranger = (self._register() for _ in range(3))
        (self.folder / "authority").mkdir()
        self.authority = Authority(self.folder / "authority")
        issuer = types.SimpleNamespace(direct=provider.ready["issuer"], jwks=lambda: call("GET", provider.url + "/jwks"))
        self.workspace = Workspace(self.folder, issuer, [], [self.granted, self.known], WORKSPACE)
        self.workspace.present(*self.authority.issue("localhost"))
        self.workspace.start()

    def _register(self):
        """A caller with credentials of its own, as any application of the company has."""
        return call("POST", self.provider.url + "/reg", {
            "redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"], "scope": SCOPES,
            "token_endpoint_auth_method": "client_secret_basic"}, {"Authorization": f"Bearer {self.provider.initial_access_token}"})

    def token(self, caller, scope="fraud:score", audience=AUDIENCE):
        return self.provider.raw_token(caller["client_id"], caller["client_secret"], audience, scope)

    def write(self, folder):
        """A copy of examples/nginx with this run's addresses, and the Secrets that it names; the files, in order."""
        text = (EXAMPLES / "20-connections.yaml").read_text()
        connections = list(yaml.safe_load_all(text.replace("/var/lib/sallyport/door", str(self.published))
                                              .replace("https://live.example.com", f"https://localhost:{self.workspace.port}")))
        connections[1]["spec"]["caBundle"] = self.authority.pem
        (endpoint,) = yaml.safe_load_all((EXAMPLES / "30-endpoint.yaml").read_text())
        endpoint["spec"]["access"]["grants"][0]["principal"] = self.granted["client_id"]
        secrets = [secret(OPERATOR_NAMESPACE, "dbx-live",
                          {"client_id": self.workspace.client_id, "client_secret": self.workspace.client_secret}),
                   secret(TEAM, "live-tls", self_signed(HOST, self.folder), "kubernetes.io/tls",
                          {"sallyport.dev/usable-by": "ProtectedEndpoint"})]
        files = []
        for name, things in (("40-door-secrets.yaml", secrets), ("50-door.yaml", connections), ("60-live.yaml", [endpoint])):
            path = folder / name
            path.touch(mode=0o600)
            path.write_text(yaml.safe_dump_all(things, sort_keys=False))
            files.append(path)
        return files

    def keys(self):
        """What whoever enrols an agent copies to it."""
        path = self.published / "keys.json"
        return yaml.safe_load(path.read_text())["keys"] if path.exists() else None

    def open(self):
        self.room.chmod(0o711)
        self.gateway = NginxGateway(self.room, self.published, self.keys(), self.folder / "authority/e2e-authority.crt",
                                    reports=self.published / "reports")
        self.gateway.start()

    def ask(self, token=None):
        """(what F5 said, what Databricks said, the status that the caller sees)."""
        before = len(self.workspace.invocations())
        answer = self.gateway.ask(HOST, PATH, token)
        asked = poll(lambda: len(self.workspace.invocations()) > before, 1)[0] if answer.status in (200, 403) else False
        said = "let in" if asked else answer.json().get("reason") or answer.json().get("error", "")
        return said, str(answer.status) if asked else "was not asked", answer.status

    def serves(self):
        return bool(self.gateway.report()["endpoints"])

    def permissions(self):
        return self.workspace.permissions()

    def stop(self):
        if self.gateway:
            self.gateway.stop()
        self.workspace.stop()
        shutil.rmtree(self.room, ignore_errors=True)


def nginx_version():
    done = subprocess.run([nginx_program(), "-v"], capture_output=True, text=True, timeout=10)
    return done.stderr.strip().removeprefix("nginx version: ")
