# SPDX-License-Identifier: Apache-2.0
"""What a request passes through: a real identity provider, a real nginx with agent and authorizer, and a Databricks that knows some of
the callers. The operator's part, the publication, is made by the harness."""
import base64
import json
import pathlib
import shutil
import tempfile
import unittest

from e2e.harness import web
from e2e.harness.certificates import Authority, self_signed
from e2e.harness.nginx_gateway import NginxGateway
from e2e.harness.process import wait_until
from e2e.harness.publication import Publication, SigningKey
from e2e.harness.systems import Databricks, IdentityProvider

HOST = "fraud.ml.example.com"
PATH = "/serving-endpoints/fraud-scoring/invocations"
AUDIENCE = "https://ml.example.com"
ENDPOINT = "fraud_scoring_0123456789"


class TokenIssuer(IdentityProvider):
    """Issues signed access tokens for our audience unless a client asks for another."""
    subject_claim = "sub"  # by which Databricks knows a client

    def arguments(self, ready_file):
        return [*super().arguments(ready_file), "--default-resource", AUDIENCE, "--token-ttl", "600"]

    def register(self, scope):
        return web.call("POST", self.direct + "/reg", {
            "redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"], "scope": scope,
            "token_endpoint_auth_method": "client_secret_basic"}, headers={"Authorization": f"Bearer {self.initial_access_token}"})

    def token(self, client, scope="fraud:score", resource=None):
        form = f"grant_type=client_credentials&scope={scope}" + (f"&resource={resource}" if resource else "")
        basic = base64.b64encode(f"{client['client_id']}:{client['client_secret']}".encode()).decode()
        return web.call("POST", self.direct + "/token", form, headers={
            "Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"})["access_token"]

    def jwks(self):
        return web.call("GET", self.direct + "/jwks")


class Workspace(Databricks):
    """A workspace that knows these callers: those that may query, and those that may not."""

    def __init__(self, folder, issuer, granted, known, name="databricks", subject_claim="sub"):
        super().__init__(folder, name)
        self.world = pathlib.Path(folder) / f"{name}.world.json"
        principals = [{"application_id": "$operator", "display_name": "operator"}]
        principals += [{"application_id": client["client_id"], "display_name": "caller"} for client in (*granted, *known)]
        self.world.write_text(json.dumps({
            "service_principals": principals,
            "groups": [{"display_name": "admins", "source": "system"}, {"display_name": "users", "source": "system"}],
            "serving_endpoints": [{"name": "fraud-scoring", "creator": "service-principal:$operator", "tags": {"sallyport-namespace": "risk"},
                                   "permissions": {f"service-principal:{client['client_id']}": "CAN_QUERY" for client in granted}}],
            "federation_policies": [{"issuer": issuer.direct, "audiences": [AUDIENCE], "subject_claim": subject_claim,
                                     "jwks_json": issuer.jwks()}]}))

    def arguments(self, ready_file):
        return [*super().arguments(ready_file), "--world", self.world]

    def invocations(self):
        return [line for line in self.journal() if line["path"].endswith("/invocations")]


class Stage(unittest.TestCase):
    """One stage for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="sallyport-traffic-"))
        cls.folder.chmod(0o711)  # nginx's workers have to get to the socket
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.authority = Authority(cls._made("authority"))
        cls.idp = TokenIssuer(cls._made("idp"))
        cls.addClassCleanup(cls.idp.stop)
        cls.idp.start()
        cls.granted, cls.known, cls.stranger = (cls.idp.register("fraud:score fraud:read") for _ in range(3))
        cls.databricks = cls.workspace("databricks", "localhost")
        cls.key = SigningKey(cls._made("keys"))
        cls.publication = Publication(cls._made("published"), cls.key)
        pem, secret = self_signed(HOST)
        cls.certificate = cls.publication.object(pem + secret)
        cls.trust = cls.publication.object(cls.authority.pem)
        cls.publication.put(cls.document())
        cls.publication.publish()
        cls.gateway = NginxGateway(cls._made("gateway"), cls.publication.folder, [cls.key.jwk], cls.folder / "authority/e2e-authority.crt")
        cls.addClassCleanup(cls.gateway.stop)
        cls.gateway.start()

    @classmethod
    def _made(cls, name):
        (cls.folder / name).mkdir(exist_ok=True)
        return cls.folder / name

    @classmethod
    def workspace(cls, name, host):
        workspace = Workspace(cls._made(name), cls.idp, [cls.granted], [cls.known], name)
        workspace.present(*cls.authority.issue(host))
        cls.addClassCleanup(workspace.stop)
        return workspace.start()

    @classmethod
    def backend(cls, workspace, host, name="eu", **more):
        return {"name": name, "host": host, "port": workspace.port, "path": PATH, "trust": cls.trust,
                "tokenEndpoint": f"https://{host}:{workspace.port}/oidc/v1/token", **more}

    @classmethod
    def document(cls, **more):
        document = {"id": ENDPOINT, "owner": "ProtectedEndpoint risk/fraud-scoring", "uid": "0b1c2d3e", "generation": 1,
                    "host": HOST, "path": PATH, "certificate": cls.certificate,
                    "backends": [cls.backend(cls.databricks, "localhost")],
                    "token": {"issuer": {"issuer": cls.idp.direct, "jwksUri": cls.idp.direct + "/jwks"},
                              "algorithms": ["ES256", "RS256"], "audience": AUDIENCE, "scopes": ["fraud:score"]},
                    "upstream": {"type": "TokenExchange"}, "traffic": {}}
        document.update(more)
        return document

    def publish(self, document):
        """Publishes a next generation of the endpoint, and waits until it is in place."""
        document["generation"] = self.publication.entries[document["id"]]["generation"] + 1 if document["id"] in self.publication.entries else 1
        self.publication.put(document)
        self.publication.publish()
        return self.gateway.installs(self.publication.serial)

    def ask(self, token=None, path=PATH, **more):
        return self.gateway.ask(HOST, path, token, **more)

    def eventually(self, what, look, deadline=10):
        return wait_until(what, look, deadline)
