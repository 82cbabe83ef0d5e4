# SPDX-License-Identifier: Apache-2.0
"""The operator with a real Keycloak: its own words, its own state. Needs one that runs (SALLYPORT_KEYCLOAK_ENV) or that
scripts/setup has put in place."""
import json

from e2e.harness.keycloak import Keycloak, server_of_module
from e2e.harness.kube import condition, data_of
from e2e.harness.manifests import SCORING_BATCH, TEAM, endpoint
from e2e.harness.process import stays, wait_until
from e2e.harness.web import Refused
from e2e.scenarios import test_two_clusters
from e2e.scenarios.scenario import Scenario

_server = None


def setUpModule():
    global _server
    _server = server_of_module()


def credentials(world):
    return data_of(world.kube.get("Secret", "fraud-client", TEAM))


class OnKeycloak(Scenario):
    FLAGS = {"drift_interval": "2s"}

    def provider(self, folder):
        return Keycloak(folder, _server)

    def client(self):
        [client] = self.world.idp.clients()
        return client

    def test_one_object_opens_all_doors_and_its_deletion_closes_them(self):
        world = self.world
        world.declare_endpoint()
        ready = world.wait_ready(deadline=60)

        # In Keycloak's own state: a machine's client with one audience and one scope, and no other flow.
        client = self.client()
        self.assertEqual(client["clientId"], ready["status"]["client"]["id"])
        self.assertEqual([client[flag] for flag in ("enabled", "serviceAccountsEnabled", "publicClient", "standardFlowEnabled",
                                                    "implicitFlowEnabled", "directAccessGrantsEnabled", "fullScopeAllowed")],
                         [True, True, False, False, False, False, False])
        [mapper] = client["protocolMappers"]
        self.assertEqual((mapper["protocolMapper"], mapper["config"]["included.custom.audience"], mapper["config"]["access.token.claim"]),
                         ("oidc-audience-mapper", "https://ml.example.com", "true"))
        self.assertEqual(set(client["defaultClientScopes"]) - {"basic", "service_account"}, {"fraud:score"})
        self.assertEqual(client["optionalClientScopes"], [])
        self.assertEqual(world.idp.scopes(), {"fraud:score"})
        self.assertEqual(client["attributes"]["sallyport-uid"], ready["metadata"]["uid"])

        # What the application was given works there.
        given = credentials(world)
        self.assertEqual((given["client_id"], given["issuer"]), (client["clientId"], world.idp.url))
        claims = world.idp.claims(given)
        self.assertEqual((claims["aud"], claims["scope"], claims["azp"]), ("https://ml.example.com", "fraud:score", client["clientId"]))

        self.assertEqual(len(world.bigip.virtuals()), 1)
        self.assertEqual(world.databricks.permissions(), {
            "user:bob@example.com": "CAN_VIEW", self.operator_itself(): "CAN_MANAGE",
            "group:risk-analysts": "CAN_QUERY", f"service-principal:{SCORING_BATCH}": "CAN_QUERY"})

        world.delete_endpoint()
        world.wait_gone(deadline=60)
        self.assertNothingLeftOutside()
        self.assertEqual(world.idp.scopes(), set())
        self.assertIsNone(world.kube.get("Secret", "fraud-client", TEAM))
        with self.assertRaises(Refused, msg="the credentials are of no use any more"):
            world.idp.claims(given)

    def test_what_somebody_changes_by_hand_is_put_right(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready(deadline=60)
        given, before = credentials(world), self.client()
        row = before["id"]
        mapper = before["protocolMappers"][0]["id"]
        world.idp.admin("DELETE", f"/clients/{row}/protocol-mappers/models/{mapper}")
        world.idp.admin("PUT", f"/clients/{row}", {"publicClient": True, "standardFlowEnabled": True})
        world.idp.admin("POST", f"/clients/{row}/client-secret")
        email = next(scope["id"] for scope in world.idp.admin("GET", "/client-scopes") if scope["name"] == "email")
        world.idp.admin("PUT", f"/clients/{row}/default-client-scopes/{email}")

        def repaired():
            now = self.client()
            return all(now[name] == before[name] for name in ("publicClient", "standardFlowEnabled", "secret")) and sorted(
                now["defaultClientScopes"]) == sorted(before["defaultClientScopes"]) and len(now.get("protocolMappers", [])) == 1
        wait_until("the client is as declared", repaired, 60)
        self.assertEqual(credentials(world), given, "the application keeps what it has")
        self.assertEqual(world.idp.claims(given)["aud"], "https://ml.example.com")

        world.idp.admin("DELETE", f"/clients/{row}")
        wait_until("the client is there again", lambda: world.idp.clients(), 60)
        wait_until("the application's credentials work", lambda: world.idp.claims(credentials(world))["scope"] == "fraud:score", 60)
        world.wait_ready(deadline=60)

    def test_an_edit_and_a_restart_keep_the_client(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready(deadline=60)
        given = credentials(world)
        world.edit({"spec": {"identity": {"requiredScopes": ["fraud:read", "fraud:score"]}}})
        wait_until("the token follows", lambda: set(world.idp.claims(given)["scope"].split()) == {"fraud:read", "fraud:score"}, 60)
        world.wait_ready(deadline=60)
        self.assertEqual(world.operator.child.stop(), 0)
        written = len(world.idp.mutations())
        world.start_operator(**self.FLAGS)
        world.wait_ready(deadline=60)
        stays("nothing is written", lambda: len(world.idp.mutations()) == written, seconds=4)
        self.assertEqual(credentials(world), given)


class TwoClustersOnOneRealm(test_two_clusters.TwoClusters):
    def provider(self, folder):
        return Keycloak(folder, _server)

    def belongings(self, world, serving):
        return super().belongings(world, serving) + json.dumps(sorted(world.idp.scopes()))

    def test_a_scope_that_the_first_one_made_outlives_it_while_the_other_needs_it(self):
        self.world.declare_endpoint()
        self.world.wait_ready(deadline=60)  # and so the realm's scope is its own
        self.other.declare_endpoint(endpoint(serving="fraud-two"))
        self.other.wait_ready(deadline=60)
        [before] = [c for c in self.world.idp.clients() if c["clientId"] == credentials(self.other)["client_id"]]
        self.world.delete_endpoint()
        self.world.wait_gone(deadline=60)
        self.assertEqual(self.world.idp.clients(), [before])
        self.assertEqual(self.world.idp.claims(credentials(self.other))["scope"], "fraud:score")
        self.assertEqual(condition(self.other.wait_ready(deadline=60))[0], "True")
