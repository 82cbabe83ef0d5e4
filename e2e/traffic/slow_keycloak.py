# SPDX-License-Identifier: Apache-2.0
"""Requests with tokens of a real Keycloak: whom F5 lets in, and whom Databricks does. Needs one that runs (SALLYPORT_KEYCLOAK_ENV) or that
scripts/setup has put in place."""
import unittest

from e2e.harness import web
from e2e.harness.keycloak import Keycloak, server_of_module
from e2e.harness.process import wait_until
from e2e.traffic.operated import Operated
from e2e.traffic.stage import AUDIENCE

_server = None


def setUpModule():
    global _server
    _server = server_of_module()


class Realm(Keycloak):
    """A realm whose clients are known to Databricks by their ids: their subjects are accounts of the realm."""
    subject_claim = "azp"

    def start(self):
        super().start()
        for name in ("fraud:score", "fraud:read"):
            self.admin("POST", "/client-scopes", {"name": name, "protocol": "openid-connect", "attributes": {"include.in.token.scope": "true"}})
        return self

    def register(self, scope, audience=AUDIENCE):
        client = {"client_id": f"caller-{len(self.clients())}", "client_secret": "planted-of-a-caller"}
        mapper = {"name": "audience", "protocol": "openid-connect", "protocolMapper": "oidc-audience-mapper",
                  "config": {"included.custom.audience": audience, "access.token.claim": "true"}}
        self.admin("POST", "/clients", {
            "clientId": client["client_id"], "secret": client["client_secret"], "publicClient": False, "protocol": "openid-connect",
            "serviceAccountsEnabled": True, "standardFlowEnabled": False, "directAccessGrantsEnabled": False, "fullScopeAllowed": False,
            "defaultClientScopes": ["basic", *scope.split()], "protocolMappers": [mapper]})
        return client

    def token(self, client):
        return self.server.form(f"/realms/{self.realm}/protocol/openid-connect/token", grant_type="client_credentials",
                                client_id=client["client_id"], client_secret=client["client_secret"])["access_token"]

    def jwks(self):
        return web.call("GET", self.url + "/protocol/openid-connect/certs")


class KeycloakTraffic(Operated):
    @classmethod
    def issuer(cls, folder):
        return Realm(folder, _server)

    def test_each_guard_refuses_whom_it_has_to(self):
        self.assertEqual(self.ask().status, 401)
        self.assertEqual(self.ask(self.token).status, 200)
        self.assertEqual(self.ask(self.idp.token(self.other)).status, 403)  # known to Databricks, and not granted there
        self.assertEqual(self.ask(self.idp.token(self.stranger)).json()["reason"], "exchange_refused")
        narrow, elsewhere = self.idp.register("fraud:read"), self.idp.register("fraud:score", "https://elsewhere.example.com")
        self.assertEqual(self.ask(self.idp.token(narrow)).json()["reason"], "scope_missing")
        self.assertEqual(self.ask(self.idp.token(elsewhere)).json()["reason"], "audience_wrong")

    def test_keys_that_are_replaced_in_mid_traffic_keep_nobody_out(self):
        before = self.token
        self.idp.admin("POST", "/components", {
            "name": "next", "providerId": "rsa-generated", "providerType": "org.keycloak.keys.KeyProvider",
            "config": {"priority": ["200"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"], "keySize": ["2048"]}})
        [made] = [c["id"] for c in self.idp.admin("GET", "/components?type=org.keycloak.keys.KeyProvider") if c["name"] == "next"]
        self.addCleanup(self.idp.admin, "DELETE", f"/components/{made}")
        after = self.idp.token(self.caller)
        self.assertNotEqual(before.split(".")[0], after.split(".")[0], "signed with the new key")
        self.assertEqual(self.ask(before).status, 200)
        wait_until("the new key known", lambda: self.ask(after).status in (200, 403))  # Databricks' policy has the former keys alone
        self.assertNotEqual(self.ask(after).json().get("reason"), "key_unknown")

    def test_the_client_that_was_registered_for_it_gets_as_far_as_databricks_lets_it(self):
        client = self.declared.secret_of_team("fraud-scoring-client")
        answer = self.ask(self.idp.token(client))
        self.assertEqual((answer.status, answer.json()["reason"]), (403, "exchange_refused"))


if __name__ == "__main__":
    unittest.main()
