# SPDX-License-Identifier: Apache-2.0
"""What the operator publishes, seen from outside."""
import datetime
import json
import unittest

from e2e.harness.kube import secret
from e2e.harness.manifests import USABLE
from e2e.harness.process import wait_until
from e2e.harness.publication import SigningKey
from e2e.traffic.operated import TEAM, UPSTREAM, UPSTREAM_SECRET, Operated


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


class Operator(Operated):
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

    def test_one_principal_goes_upstream_for_those_whom_a_grant_names(self):
        self.declared.apply(secret("fraud-upstream", TEAM, {"client_id": UPSTREAM, "client_secret": UPSTREAM_SECRET}, USABLE))
        self.endpoint["spec"]["upstream"] = {"type": "ServicePrincipal", "servicePrincipal": {
            "applicationId": UPSTREAM, "secretName": "fraud-upstream"}}
        self.declared.apply(self.endpoint)
        told = self.refused(self.idp.token(self.stranger), 403, "not_granted")
        self.assertNotIn(UPSTREAM_SECRET, told.body.decode())
        wait_until("the one principal's way", lambda: self.ask(self.token).status == 200)
        self.assertEqual(self.permissions()[f"service-principal:{UPSTREAM}"], "CAN_QUERY")
        self.assertIn(UPSTREAM, self.databricks.invocations()[-1]["who"])
        wait_until("status says so", lambda: "one principal for all callers" in self.declared.condition(
            self.endpoint, "TokenPolicyAttached").get("message", ""))
        self.endpoint["spec"].pop("upstream")
        self.declared.apply(self.endpoint)
        self.refused(self.idp.token(self.stranger), 403, "exchange_refused")
        wait_until("an access list without it", lambda: f"service-principal:{UPSTREAM}" not in self.permissions(), 15)

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
        wait_until("its present generation published", lambda: [entry["generation"] for entry in self.manifest()["endpoints"]] == [
            self.declared.status(self.endpoint)["observedGeneration"]])
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

    def manifest(self):
        return json.loads((self.published / "manifest").read_text().split("\n", 1)[1])

    def serial(self):
        return self.manifest()["serial"]

    def test_every_change_stands_in_the_audit_trail(self):
        lines = [json.loads(line) for line in (self.declared.folder / "audit.log").read_text().splitlines()]
        targets = {line["target"] for line in lines if line.get("target", "").startswith("nginx edge: pe_fraud_scoring")}
        self.assertEqual(len([t for t in targets if " object " not in t]), 1)
        self.assertNotIn("PRIVATE KEY", (self.declared.folder / "audit.log").read_text())


if __name__ == "__main__":
    unittest.main()
