# SPDX-License-Identifier: Apache-2.0
"""An operator that follows a directory of manifests, and publishes what a real nginx serves: tokens are a real identity provider's, and who
may do what stands in the workspace's own access list."""
import json
import os
import pathlib
import secrets
import shutil
import tempfile
import unittest

import yaml

from e2e.harness.certificates import Authority, self_signed
from e2e.harness.kube import secret
from e2e.harness.manifests import USABLE
from e2e.harness.nginx_gateway import NginxGateway
from e2e.harness.process import Child, binary, wait_until
from e2e.harness.publication import SigningKey
from e2e.traffic.stage import AUDIENCE, HOST, PATH, TokenIssuer, Workspace

OURS, TEAM = "sallyport-system", "risk"
ALLOWED = {"namespaces": {"matchNames": [TEAM]}}
UPSTREAM, UPSTREAM_SECRET = "6f1c2b7e-0d7f-4f58-9e4f-2f8f5f0a1c11", "planted-" + secrets.token_hex(12)


class Declared:
    """A directory of manifests, one object a file, and the operator that follows it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.manifests, self.state = self.folder / "manifests", self.folder / "state"
        self.manifests.mkdir()
        self.operator, self.runs = None, 0

    def start(self):
        self.runs += 1
        self.operator = Child(f"operator-{self.runs}", [
            binary("SALLYPORT_BINARY", "sallyport"), "run", "--manifests", self.manifests, "--state", self.state, "--audit-log",
            self.folder / "audit.log", "--no-audit-stdout", "--drift-interval", "5s", "--grace", "5s"], self.folder)

    def apply(self, *things):
        for thing in things:
            name = f"{thing['kind']}-{thing['metadata']['name']}.yaml".lower()
            beside = self.manifests / f".{name}"
            beside.touch(mode=0o600)
            beside.write_text(yaml.safe_dump(thing))
            os.replace(beside, self.manifests / name)

    def delete(self, thing):
        (self.manifests / f"{thing['kind']}-{thing['metadata']['name']}.yaml".lower()).unlink()

    def status(self, thing):
        path = self.manifests / f"{thing['kind']}-{thing['metadata']['name']}.status.yaml".lower()
        return (yaml.safe_load(path.read_text()) or {}).get("status", {}) if path.exists() else {}

    def condition(self, thing, kind="Ready"):
        return next((c for c in self.status(thing).get("conditions", []) if c["type"] == kind), {})

    def becomes(self, thing, kind="Ready", status="True", reason=None, deadline=30):
        def look():
            now = self.condition(thing, kind)
            return now if now.get("status") == status and reason in (None, now.get("reason")) else None
        try:
            return wait_until(f"{thing['metadata']['name']}: {kind}={status}", look, deadline)
        except AssertionError as late:
            raise AssertionError(f"{late}\n{yaml.safe_dump(self.status(thing))}\n{self.operator.output()[-3000:]}") from None

    def secret_of_team(self, name):
        found = self.state / "secrets" / TEAM / name
        return {f.name: f.read_text() for f in found.iterdir() if not f.name.startswith(".")}


class Operated(unittest.TestCase):
    """Each test has an endpoint that is Ready, and what it needs, to itself as far as it changes it."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-operated-"))
        cls.folder.chmod(0o711)
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls._made("authority"))
        cls.idp = cls.issuer(cls._made("idp"))
        cls.addClassCleanup(cls.idp.stop)
        cls.idp.start()
        cls.caller, cls.other, cls.stranger = (cls.idp.register("fraud:score fraud:read") for _ in range(3))
        cls.databricks = Workspace(cls._made("databricks"), cls.idp, [], [cls.caller, cls.other, {"client_id": UPSTREAM}],
                                   subject_claim=cls.idp.subject_claim)
        cls.databricks.present(*cls.authority.issue("localhost"))
        cls.addClassCleanup(cls.databricks.stop)
        cls.databricks.start()
        cls.databricks.control("PUT", "/_sim/client-secret", {"client_id": UPSTREAM, "secret": UPSTREAM_SECRET})
        cls.published = cls.folder / "published"
        cls.key = SigningKey(cls._made("keys"))
        cls.declared = Declared(cls._made("operator"))
        cls.declared.apply(*cls.connections(), *cls.credentials())
        cls.declared.start()
        cls.addClassCleanup(lambda: cls.declared.operator.stop(10))
        wait_until("the operator's keys", (cls.published / "keys.json").exists)
        keys = json.loads((cls.published / "keys.json").read_text())["keys"]
        cls.gateway = NginxGateway(cls._made("gateway"), cls.published, keys, cls.folder / "authority/e2e-authority.crt",
                                   reports=cls.published / "reports")
        cls.addClassCleanup(cls.gateway.stop)
        cls.gateway.start()

    @classmethod
    def issuer(cls, folder):
        return TokenIssuer(folder)

    def setUp(self):
        self.endpoint = self.an_endpoint()
        self.endpoint["metadata"]["annotations"] = {"sallyport.dev/reconcile-at": self.id()}
        self.declared.apply(self.endpoint)
        wait_until("a look at what this test begins with",
                   lambda: self.declared.status(self.endpoint).get("lastHandledReconcileAt") == self.id()[:253])
        self.declared.becomes(self.endpoint)
        self.token = self.idp.token(self.caller)
        wait_until("an open door", lambda: self.ask(self.token).status == 200)

    @classmethod
    def _made(cls, name):
        (cls.folder / name).mkdir(exist_ok=True)
        return cls.folder / name

    @classmethod
    def connections(cls):
        def connection(kind, name, spec):
            return {"apiVersion": "sallyport.dev/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}
        cls.gateway_object = connection("F5Gateway", "edge", {
            "type": "NGINX",
            "nginx": {"directory": str(cls.published), "address": "edge.example.com", "signingKeySecret": "edge-signing"},
            "allow": [{"name": "risk", **ALLOWED, "hosts": ["*.ml.example.com"]}]})
        return [
            cls.gateway_object,
            connection("IdentityProvider", "corporate", {
                "issuer": cls.idp.direct, "type": cls.idp.type, "registration": {"credentialsSecret": "idp-registration"},
                "tokens": {"audience": AUDIENCE},
                "allow": [{"name": "risk", **ALLOWED, "scopes": ["fraud:*"], "audiences": [AUDIENCE],
                           "grantTypes": ["client_credentials"]}]}),
            connection("DatabricksWorkspace", "prod-eu", {
                "host": f"https://localhost:{cls.databricks.port}", "caBundle": cls.authority.pem,
                "auth": {"type": "OAuthM2M", "credentialsSecret": "dbx-prod"},
                "allow": [{"name": "risk", **ALLOWED, "servingEndpoints": ["fraud-*"], "principals": ["*"], "maxLevel": "CanQuery"}]})]

    @classmethod
    def credentials(cls):
        certificate, key = self_signed(HOST)
        return [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": TEAM}},
            cls.signing_keys({"signing.key": cls.key}),
            secret("idp-registration", OURS, cls.idp.credentials()),
            secret("dbx-prod", OURS, {"client_id": cls.databricks.client_id, "client_secret": cls.databricks.client_secret}),
            secret("fraud-tls", TEAM, {"tls.crt": certificate, "tls.key": key}, USABLE, "kubernetes.io/tls")]

    @staticmethod
    def signing_keys(keys):
        return secret("edge-signing", OURS, {name: key.path.read_text() for name, key in keys.items()})

    def an_endpoint(self, name="fraud-scoring", host=HOST, **identity):
        return {"apiVersion": "sallyport.dev/v1alpha1", "kind": "ProtectedEndpoint", "metadata": {"name": name, "namespace": TEAM},
                "spec": {"host": host, "gatewayRef": {"name": "edge"}, "tls": {"secretName": "fraud-tls"},
                         "backends": [{"name": "eu", "workspaceRef": {"name": "prod-eu"}, "serving": {"endpoint": "fraud-scoring"}}],
                         "identity": {"providerRef": {"name": "corporate"}, "requiredScopes": ["fraud:score"],
                                      "enforcement": {"type": "Generated"}, **identity},
                         "access": {"grants": [self.grant(self.caller)]}}}

    @staticmethod
    def grant(client, **more):
        return {"principalType": "ServicePrincipal", "principal": client["client_id"], "level": "CanQuery", **more}

    def ask(self, token=None, **more):
        return self.gateway.ask(HOST, PATH, token, **more)

    def refused(self, token, status, reason=None, deadline=15):
        def look():
            answer = self.ask(token)
            return answer if answer.status == status and reason in (None, answer.json().get("reason")) else None
        return wait_until(f"{status} {reason or ''}", look, deadline)

    def permissions(self):
        return self.databricks.permissions()
