# SPDX-License-Identifier: Apache-2.0
"""Who is let in, who is refused where, and what they are told."""
from e2e.traffic.stage import AUDIENCE, ENDPOINT, HOST, PATH, Stage


class Matrix(Stage):
    def refused(self, answer, status, reason):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.headers["Content-Type"], "application/json")
        body = answer.json()
        self.assertEqual(body["reason"], reason)
        self.assertEqual(body["request_id"], answer.headers["X-Request-Id"])
        return body

    def test_the_right_token_is_let_in_as_the_caller(self):
        answer = self.ask(self.idp.token(self.granted))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json(), {"predictions": [0.5]})
        self.assertTrue(answer.headers["x-databricks-request-id"])
        self.assertIn(self.granted["client_id"], self.databricks.invocations()[-1]["who"])

    def test_no_token_is_told_where_to_get_one(self):
        before = len(self.databricks.invocations())
        answer = self.ask()
        self.refused(answer, 401, "token_missing")
        challenges = answer.headers.get_all("WWW-Authenticate")
        self.assertEqual(challenges, [f'Bearer resource_metadata="https://{HOST}/.well-known/oauth-protected-resource{PATH}"'])
        self.assertEqual(len(self.databricks.invocations()), before, "nothing reached the workspace")

    def test_what_a_token_is_for_can_be_read(self):
        answer = self.ask(path="/.well-known/oauth-protected-resource" + PATH, method="GET")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.json(), {"resource": f"https://{HOST}{PATH}", "authorization_servers": [self.idp.direct],
                                         "bearer_methods_supported": ["header"], "scopes_supported": ["fraud:score"]})

    def test_a_token_for_another_audience_is_refused_by_f5(self):
        answer = self.ask(self.idp.token(self.granted, resource="https://other.example.com"))
        self.refused(answer, 401, "audience_wrong")
        self.assertIn('error="invalid_token"', answer.headers["WWW-Authenticate"])
        self.assertIn(AUDIENCE, answer.headers["WWW-Authenticate"])

    def test_a_token_without_the_scope_is_refused_by_f5(self):
        answer = self.ask(self.idp.token(self.granted, scope="fraud:read"))
        self.refused(answer, 403, "scope_missing")
        self.assertIn('error="insufficient_scope"', answer.headers["WWW-Authenticate"])
        self.assertIn('scope="fraud:score"', answer.headers["WWW-Authenticate"])

    def test_a_changed_token_is_refused_by_f5(self):
        token = self.idp.token(self.granted)
        changed = token[:-3] + ("A" if token[-3] != "A" else "B") + token[-2:]
        self.refused(self.ask(changed), 401, "signature_invalid")
        self.refused(self.ask("x.y.z"), 401, "malformed")

    def test_a_caller_whom_databricks_knows_and_has_not_granted_is_refused_by_databricks(self):
        answer = self.ask(self.idp.token(self.known))
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.json()["error_code"], "PERMISSION_DENIED", "in Databricks' own words")

    def test_a_caller_whom_databricks_does_not_know_gets_no_token_of_it(self):
        answer = self.ask(self.idp.token(self.stranger))
        self.refused(answer, 403, "exchange_refused")

    def test_the_decision_log_says_who_was_refused_why_and_no_token(self):
        token = self.idp.token(self.granted, scope="fraud:read")
        answer = self.ask(token)
        line = self.eventually("the line of the refusal", lambda: [
            line for line in self.gateway.decisions() if line["request_id"] == answer.headers["X-Request-Id"]])[0]
        self.assertEqual(line["decision"], "refused")
        self.assertEqual(line["rule"], "scope_missing")
        self.assertEqual(line["endpoint"], ENDPOINT)
        self.assertEqual((line["issuer"], line["subject"]), (self.idp.direct, self.granted["client_id"]))
        self.assertNotIn(token[:40], self.gateway.log_path.read_text())
        self.assertNotIn(token[:40], (self.gateway.folder / "nginx-error.log").read_text())

    def test_a_refusal_by_databricks_stands_in_the_log_with_its_request_id(self):
        answer = self.ask(self.idp.token(self.known))
        line = self.eventually("the line of the refusal", lambda: [
            line for line in self.gateway.decisions() if line["request_id"] == answer.headers["X-Request-Id"]])[0]
        self.assertEqual((line["decision"], line["status"]), ("allowed", 403))
        self.assertEqual(line["databricks_request_id"], answer.headers["x-databricks-request-id"])
