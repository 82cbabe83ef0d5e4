# SPDX-License-Identifier: Apache-2.0
"""All of it: the operator publishes what people declare in a directory of manifests, a real nginx serves it, tokens are a real identity
provider's, and who may do what stands in the workspace's own access list."""
import datetime
import json
import os
import pathlib
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


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


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
        cls.idp = TokenIssuer(cls._made("idp"))
        cls.addClassCleanup(cls.idp.stop)
        cls.idp.start()
        cls.caller, cls.other, cls.stranger = (cls.idp.register("fraud:score fraud:read") for _ in range(3))
        cls.databricks = Workspace(cls._made("databricks"), cls.idp, [], [cls.caller, cls.other])
        cls.databricks.present(*cls.authority.issue("localhost"))
        cls.addClassCleanup(cls.databricks.stop)
        cls.databricks.start()
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

    def setUp(self):
        self.endpoint = self.an_endpoint()
        self.declared.apply(self.endpoint)
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
                "issuer": cls.idp.direct, "type": "DynamicRegistration", "registration": {"credentialsSecret": "idp-registration"},
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

    # --- what is shown ------------------------------------------------------------------------------------------------

    def test_one_object_opens_the_door_to_those_whom_both_guards_let_in(self):
        self.assertEqual(self.ask().status, 401)
        self.assertEqual(self.ask(self.token).status, 200)
        self.assertEqual(self.ask(self.idp.token(self.caller, scope="fraud:read")).json()["reason"], "scope_missing")
        self.assertEqual(self.ask(self.idp.token(self.other)).status, 403)  # known to Databricks, and not granted there
        self.assertEqual(self.ask(self.idp.token(self.stranger)).json()["reason"], "exchange_refused")
        status = self.declared.status(self.endpoint)
        self.assertEqual(status["virtualServer"]["address"], "edge.example.com")
        self.assertEqual(self.declared.condition(self.endpoint, "TokenPolicyAttached")["reason"], "Enforced")

    def test_the_client_that_was_registered_for_it_gets_as_far_as_databricks_lets_it(self):
        client = self.declared.secret_of_team("fraud-scoring-client")
        answer = self.ask(self.idp.token(client))
        self.assertEqual((answer.status, answer.json()["reason"]), (403, "exchange_refused"))

    def test_a_grant_that_is_taken_away_is_refused_by_databricks_at_once(self):
        self.assertEqual(self.ask(self.token).status, 200)
        self.endpoint["spec"]["access"]["grants"] = [self.grant(self.other)]
        self.declared.apply(self.endpoint)
        self.refused(self.token, 403)
        self.assertNotIn(f"service-principal:{self.caller['client_id']}", self.permissions())
        wait_until("the other's way", lambda: self.ask(self.idp.token(self.other)).status == 200)

    def test_a_grant_ends_by_itself_on_both_sides(self):
        self.endpoint["spec"]["access"]["grants"] = [self.grant(self.caller, until=in_seconds(8))]
        self.declared.apply(self.endpoint)
        wait_until("the way in", lambda: self.ask(self.token).status == 200)
        self.refused(self.token, 403, "grant_ended")
        wait_until("an access list without it",
                   lambda: f"service-principal:{self.caller['client_id']}" not in self.permissions(), 15)

    def test_what_identity_says_reaches_the_door(self):
        for identity, reason in (({"requiredScopes": ["fraud:read"]}, "scope_missing"),
                                 ({"requiredGroups": ["risk-analysts"]}, "group_missing")):
            self.declared.apply(self.an_endpoint(**identity))
            self.refused(self.token, 403, reason)

    def test_a_caller_who_asks_too_often_is_told_when_to_come_back(self):
        self.endpoint["spec"]["traffic"] = {"rateLimit": {"requestsPerSecond": 1, "burst": 2}}
        self.declared.apply(self.endpoint)

        def limited():
            answers = [self.ask(self.token) for _ in range(4)]
            return next((answer for answer in answers if answer.status == 429), None)
        self.assertIn("Retry-After", wait_until("429", limited).headers)

    def test_what_cannot_be_installed_is_told_and_keeps_nobody_out(self):
        bad = self.an_endpoint("unreachable", "unreachable.ml.example.com")
        bad["spec"]["tls"]["secretName"] = "missing-tls"
        self.declared.apply(bad)
        self.addCleanup(self.declared.delete, bad)
        self.declared.becomes(bad, "ResolvedRefs", "False", "SecretNotFound")
        self.assertEqual(self.ask(self.token).status, 200)

    def test_an_endpoint_that_goes_is_gone_from_the_gateway_before_the_object_is(self):
        self.declared.delete(self.endpoint)
        wait_until("no status", lambda: not self.declared.status(self.endpoint), 30)
        self.assertEqual(self.gateway.report()["endpoints"], [])
        with self.assertRaises(OSError):  # nobody has this name any more
            self.ask(self.token)
        self.assertEqual([c for c in self.idp.clients() if "sallyport" in c.get("client_name", "")], [])

    def test_a_restart_of_the_operator_publishes_nothing_anew(self):
        before = (self.published / "manifest").read_bytes()
        self.declared.operator.stop(10)
        self.assertEqual(self.ask(self.token).status, 200)
        self.declared.start()
        wait_until("the operator", lambda: "reconciling" in self.declared.operator.output())
        self.declared.becomes(self.endpoint)
        self.assertEqual((self.published / "manifest").read_bytes(), before)

    def announced(self):
        return [key["kid"] for key in json.loads((self.published / "keys.json").read_text())["keys"]]

    def test_the_signing_key_changes_hands_without_anybody_noticing(self):
        following = SigningKey(self._made("keys"), "following")
        self.declared.apply(self.signing_keys({"signing.key": self.key, "next.key": following}))
        wait_until("the next key announced", lambda: self.announced() == [self.key.id, following.id])
        self.gateway.installs(self.serial())
        self.declared.apply(self.signing_keys({"signing.key": following, "previous.key": self.key}))
        wait_until("the next key in use", lambda: self.announced() == [following.id])
        self.assertEqual((self.published / "manifest").read_text().split(" ")[1], following.id)
        self.assertNotIn("trouble", self.gateway.installs(self.serial()))
        self.assertEqual(self.ask(self.token).status, 200)
        type(self).key = following

    def serial(self):
        return json.loads((self.published / "manifest").read_text().split("\n", 1)[1])["serial"]

    def test_every_change_stands_in_the_audit_trail(self):
        lines = [json.loads(line) for line in (self.declared.folder / "audit.log").read_text().splitlines()]
        targets = {line["target"] for line in lines if line.get("target", "").startswith("nginx edge: pe_fraud_scoring")}
        self.assertEqual(len([t for t in targets if " object " not in t]), 1)
        self.assertNotIn("PRIVATE KEY", (self.declared.folder / "audit.log").read_text())


if __name__ == "__main__":
    unittest.main()
