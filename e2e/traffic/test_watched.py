# SPDX-License-Identifier: Apache-2.0
"""What breaks requests though nobody changed anything: certificates, the issuer, limits. And why somebody is refused, told by `sallyport
explain`."""
import json
import subprocess
import unittest

from e2e.harness.certificates import Authority
from e2e.harness.kube import secret
from e2e.harness.manifests import USABLE
from e2e.harness.process import binary
from e2e.traffic.operated import HOST, PATH, TEAM, Operated


class Watched(Operated):
    def of_issuer(self, **keys):
        """The connection to the issuer, with other key settings."""
        provider = next(c for c in self.connections() if c["kind"] == "IdentityProvider")
        provider["spec"]["keys"] = keys
        return provider

    def condition(self, kind):
        return self.declared.condition(self.endpoint, kind)

    def tls(self, certificate, key):
        return secret("fraud-tls", TEAM, {"tls.crt": certificate, "tls.key": key}, USABLE, "kubernetes.io/tls")

    def tearDown(self):
        self.declared.apply(*self.connections(), *self.credentials())

    # --- certificates -------------------------------------------------------------------------------------------------

    def test_both_certificates_are_known_with_their_ends(self):
        self.declared.becomes(self.endpoint, "TrustChainValid")
        status = self.declared.status(self.endpoint)
        self.assertRegex(status["virtualServer"]["certificate"]["validUntil"], r"^20\d\d-")
        self.assertRegex(status["databricks"][0]["certificate"]["validUntil"], r"^20\d\d-")

    def test_a_leaf_that_expires_is_told_the_moment_it_does(self):
        self.declared.apply(self.tls(*self.authority.issue_for(HOST, 14)))
        self.declared.becomes(self.endpoint, "TrustChainValid", "True", "ExpiresSoon")
        self.declared.becomes(self.endpoint, "TrustChainValid", "False", "Expired")
        self.assertEqual(self.declared.becomes(self.endpoint, "Ready", "False")["reason"], "Expired")
        self.declared.apply(self.tls(*self.authority.issue_for(HOST, 3600 * 24 * 90)))
        self.declared.becomes(self.endpoint, "TrustChainValid", "True", "Valid")
        self.declared.becomes(self.endpoint)

    def test_a_certificate_for_another_host_is_told(self):
        self.declared.apply(self.tls(*self.authority.issue_for("other.ml.example.com", 3600)))
        told = self.declared.becomes(self.endpoint, "TrustChainValid", "False", "Untrusted")
        self.assertIn(f"the certificate is not for {HOST}", told["message"])

    def test_a_workspace_whose_authority_was_replaced_is_told_of_until_the_bundle_follows(self):
        def serve(authority):
            self.databricks.stop()
            self.databricks.present(*authority.issue("localhost"))
            self.databricks.start()
        successor = Authority(self._made("successor"), "successor")
        serve(successor)
        self.addCleanup(lambda: self.declared.becomes(self.endpoint))
        self.addCleanup(serve, self.authority)
        told = self.declared.becomes(self.endpoint, "TrustChainValid", "False", "Untrusted")
        self.assertIn("unknown CA", told["message"])
        self.assertIn("spec.caBundle", told["message"])
        workspace = next(c for c in self.connections() if c["kind"] == "DatabricksWorkspace")
        workspace["spec"]["caBundle"] += successor.pem
        self.declared.apply(workspace)
        self.declared.becomes(self.endpoint, "TrustChainValid", "True")

    # --- the issuer ---------------------------------------------------------------------------------------------------

    def test_keys_that_cannot_be_read_are_believed_for_as_long_as_the_spec_says(self):
        self.declared.becomes(self.endpoint, "IdentityConfigCurrent", "True", "Current")
        self.addCleanup(lambda: self.declared.becomes(self.endpoint))
        self.declared.apply(self.of_issuer(refresh="5s", staleAfter="12s"))
        self.idp.faults({"match": {"path": "/jwks"}, "action": "status", "status": 503, "times": 0})
        self.addCleanup(self.idp.faults)
        told = self.declared.becomes(self.endpoint, "IdentityConfigCurrent", "True", "Stale")
        self.assertIn("tokens are checked by the keys that are known until", told["message"])
        self.declared.becomes(self.endpoint, "IdentityConfigCurrent", "False", "KeysUnreachable")
        self.declared.becomes(self.endpoint, "Ready", "False", "KeysUnreachable")

    def test_an_issuer_that_is_another_is_told_at_once(self):
        issuer = {"issuer": "https://elsewhere.example.com", "token_endpoint": self.idp.direct + "/token",
                  "jwks_uri": self.idp.direct + "/jwks"}
        self.addCleanup(lambda: self.declared.becomes(self.endpoint))
        self.idp.faults({"match": {"path": "/.well-known/*"}, "action": "status", "status": 200, "body": issuer, "times": 0})
        self.addCleanup(self.idp.faults)
        told = self.declared.becomes(self.endpoint, "IdentityConfigCurrent", "False", "IssuerChanged")
        self.assertIn("character by character", told["message"])

    # --- limits -------------------------------------------------------------------------------------------------------

    def test_a_time_out_that_is_shorter_than_the_model_is_told_and_leaves_the_endpoint_ready(self):
        self.endpoint["spec"]["traffic"] = {"timeouts": {"response": "60s"}}
        self.declared.apply(self.endpoint)
        self.declared.becomes(self.endpoint, "TrafficWithinLimits", "False", "ResponseTimeoutTooShort")
        self.declared.becomes(self.endpoint)

    # --- why? ---------------------------------------------------------------------------------------------------------

    def explain(self, *more):
        asked = subprocess.run([
            str(part) for part in (
                binary("SALLYPORT_BINARY", "sallyport"), "explain", f"{TEAM}/fraud-scoring", "--file", self.declared.manifests, "--state",
                self.declared.state, "--connect-to", f"127.0.0.1:{self.gateway.port}", "-o", "json", *more)],
            capture_output=True, text=True, timeout=60, check=False)
        self.assertIn(asked.returncode, (0, 1), asked.stderr)
        told = json.loads(asked.stdout)
        self.assertEqual(asked.returncode, 1 if told["refusedBy"] else 0)
        return told

    def explain_token(self, token):
        path = self.folder / "token"
        path.write_text(token)
        told = self.explain("--token-file", path)
        self.assertNotIn(token[-40:], json.dumps(told))
        return told

    @staticmethod
    def link(told, name):
        return next(link for link in told["chain"] if link["link"] == name)

    def test_explain_finds_nothing_where_the_request_passes(self):
        told = self.explain_token(self.token)
        self.assertIsNone(told["refusedBy"], told)
        for name in ("object", "certificate", "gateway", "issuer", "permission", "token", "exchange", "caller", "limits"):
            self.assertIn(self.link(told, name)["standing"], ("passes", "unknown"), self.link(told, name))

    def test_explain_names_the_link_at_which_each_caller_is_refused(self):
        for client, scope, refused_by in ((self.caller, "fraud:read", "token"), (self.stranger, "fraud:score", "exchange"),
                                          (self.other, "fraud:score", "caller")):
            told = self.explain_token(self.idp.token(client, scope=scope))
            self.assertEqual(told["refusedBy"], refused_by, told)
            self.assertNotEqual(self.link(told, refused_by)["mend"], "")

    def test_explain_says_what_becomes_of_a_request(self):
        path = self.folder / "request"
        path.write_text(f"POST {PATH} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {self.token}\r\nX-Forwarded-User: root\r\n\r\n{{}}")
        told = self.explain("--request", path)
        self.assertIsNone(told["refusedBy"], told)
        self.assertIn("X-Forwarded-User is stripped", self.link(told, "request")["details"])

    def test_doctor_looks_at_every_connection(self):
        asked = subprocess.run([
            str(part) for part in (binary("SALLYPORT_BINARY", "sallyport"), "doctor", "--file", self.declared.manifests, "--state",
                                   self.declared.state, "-o", "json")], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(asked.returncode, 0, asked.stdout + asked.stderr)
        self.assertEqual([(one["kind"], one["usable"]) for one in json.loads(asked.stdout)],
                         [("F5Gateway", True), ("IdentityProvider", True), ("DatabricksWorkspace", True)])
        self.assertNotIn("planted-", asked.stdout)


if __name__ == "__main__":
    unittest.main()
