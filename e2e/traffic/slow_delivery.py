# SPDX-License-Identifier: Apache-2.0
"""What an operator hands out to agents that enrolled, to whom, and what is served while it does not."""
import json
import shutil
import signal
import subprocess
import unittest

from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.process import ROOT, stays, wait_until
from e2e.traffic.delivered import AGENTS, Delivered


class Delivery(Delivered):
    def manifest(self, certificate=None):
        return self.call("GET", "/gateways/edge/manifest", certificate)[0]

    def shown(self):
        return self.kept()["certificate"], self.kept()["key"]

    def pod(self, name):
        return self.kube.get("Pod", name, AGENTS)

    def list_agents(self, *accounts):
        self.kube.patch("F5Gateway", "edge", {"spec": {"nginx": {"agents": [{"namespace": AGENTS, "serviceAccount": a} for a in accounts]}}})

    def test_one_that_enrolled_serves_what_is_published_and_tells_so(self):
        self.assertEqual(self.ask().status, 401)
        self.assertEqual(self.ask(self.token).status, 200)
        wait_until("an endpoint that is Ready", self.is_ready)
        report = json.loads((self.publications / "edge/reports/edge.edge-0.json").read_text())
        self.assertTrue(report["running"])
        self.assertEqual((self.gateway.installed / "enrolled.json").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.manifest(self.shown()), 200)

    def test_nobody_is_handed_anything_without_a_certificate(self):
        for path in ("/gateways/edge/manifest", "/gateways/edge/objects/" + "0" * 64, "/gateways/nowhere/manifest", "/"):
            self.assertEqual(self.call("GET", path)[0], 401, path)

    def test_nobody_enrols_but_a_listed_accounts_pod(self):
        mine, theirs = self.pod("edge-0"), self.pod("stranger-0")
        token_of = self.kube.token_of
        for token, status, word in ((token_of(AGENTS, "stranger", "sallyport", theirs), 403, "not listed"),
                                    (token_of(AGENTS, "agent", "sallyport"), 403, "not bound to a pod"),
                                    (token_of(AGENTS, "agent", None, mine), 401, ""),
                                    (token_of(AGENTS, "agent", "elsewhere", mine), 401, ""),
                                    ("a.b.c", 401, "")):
            answer = self.enrol(token)
            self.assertEqual(answer[0], status, answer[1])
            self.assertIn(word, answer[1])
        good = token_of(AGENTS, "agent", "sallyport", mine)
        self.assertEqual(self.enrol(good, "nowhere")[:2], self.enrol(token_of(AGENTS, "stranger", "sallyport", theirs))[:2])
        status, text, key = self.enrol(good)
        self.assertEqual(status, 200, text)
        self.assertEqual(self.manifest((json.loads(text)["certificate"], key)), 200)

    def test_a_pod_that_is_gone_enrols_no_more(self):
        pod = {**{k: v for k, v in self.pod("edge-0").items() if k in ("apiVersion", "kind", "spec")},
               "metadata": {"name": "edge-1", "namespace": AGENTS}}
        self.kube.apply(pod)
        token = self.kube.token_of(AGENTS, "agent", "sallyport", self.pod("edge-1"))
        self.assertEqual(self.enrol(token)[0], 200)
        self.kube.call("DELETE", self.kube.path("Pod", AGENTS, "edge-1") + "?gracePeriodSeconds=0")
        wait_until("a token that died with its pod", lambda: self.enrol(token)[0] == 401, 20, 2)

    def test_who_is_taken_off_the_list_is_refused_at_once_and_goes_on_serving(self):
        self.list_agents("stranger")
        self.addCleanup(self.list_agents, "agent")
        wait_until("a refusal", lambda: self.manifest(self.shown()) == 403, 5)
        wait_until("the agent's word of it", lambda: "not listed" in self.trouble(), 10)
        self.assertEqual(self.ask(self.token).status, 200)
        self.list_agents("agent")
        wait_until("all well", lambda: not self.trouble(), 10)

    def test_a_grant_that_is_taken_away_is_refused_within_seconds(self):
        self.grant(self.other)
        wait_until("a refusal", lambda: self.ask(self.token).status == 403, 10)
        other = self.idp.token(self.other)
        wait_until("the other's way", lambda: self.ask(other).status == 200, 20)

    def test_an_operator_that_is_gone_keeps_nobody_out_not_even_after_restarts(self):
        self.operators[-1].child.stop(15)
        wait_until("the agent's word of it", lambda: self.trouble(), 15)
        self.assertEqual(self.ask(self.token).status, 200)
        for child in (self.gateway.agent, self.gateway.authorizer, self.gateway.nginx):
            child.stop(5)
        self.gateway.start()
        self.assertEqual(self.ask(self.token).status, 200)
        self.start_operator()
        wait_until("all well", lambda: not self.trouble(), 20)

    def test_what_went_with_the_operators_pod_is_made_anew(self):
        before = self.gateway.report()["serial"]
        self.operators[-1].child.stop(15)
        shutil.rmtree(self.publications / "edge")
        self.start_operator()
        wait_until("another manifest", lambda: self.gateway.report()["serial"] > before, 40)
        stays("an open door", lambda: self.ask(self.token).status == 200, 3)
        wait_until("an endpoint that is Ready", self.is_ready, 40)

    def test_an_operator_that_does_not_answer_holds_up_nothing(self):
        self.operators[-1].child.signal(signal.SIGSTOP)
        self.addCleanup(self.operators[-1].child.kill)
        wait_until("the agent's word of it", lambda: self.trouble(), 15)
        stays("an open door", lambda: self.ask(self.token).status == 200, 3)
        self.gateway.nginx.stop(5)
        wait_until("nginx seen to be gone", lambda: not self.gateway.report()["running"], 30)
        self.gateway.start_nginx()
        wait_until("nginx seen to run", lambda: self.gateway.report()["running"], 30)

    def test_an_api_server_that_is_gone_keeps_nobody_out(self):
        self.cluster.api_server("stop")
        try:
            wait_until("an operator that left with its lease", lambda: not self.operators[-1].child.running(), 40)
            self.assertEqual(self.ask(self.token).status, 200)
        finally:
            self.cluster.api_server("start")
        wait_until("the API server", lambda: self.kube.get("F5Gateway", "edge"), 40)

    def test_a_certificate_is_renewed_before_it_ends(self):
        self.gateway.agent.stop(5)
        kept = {**self.kept(), "certificate": self.issued_by_hand(seconds=75)}
        (self.gateway.installed / "enrolled.json").write_text(json.dumps(kept))
        self.gateway.start_agent()
        wait_until("the agent by this certificate", lambda: not self.trouble(), 15)
        self.assertEqual(self.kept()["key"], kept["key"])
        wait_until("another key", lambda: self.kept()["key"] != kept["key"], 60)
        self.assertEqual(self.manifest(self.shown()), 200)
        wait_until("all well", lambda: not self.trouble(), 10)

    def test_an_authority_that_was_lost_is_made_anew_and_followed(self):
        before = self.kept()["authorities"]
        self.kube.delete("Secret", "sallyport-agents-ca", OPERATOR_NAMESPACE)
        wait_until("another authority", lambda: (self.kube.get("Secret", "sallyport-agents-ca", OPERATOR_NAMESPACE) or {}).get("data"), 20)
        wait_until("an agent that does not know it", lambda: "CA" in self.trouble(), 20)
        self.assertEqual(self.ask(self.token).status, 200)

        def followed():
            self.mount()
            return self.kept()["authorities"] != before and not self.trouble()
        wait_until("one that does", followed, 30, 1)

    def test_a_next_authority_is_handed_out_before_it_is_used(self):
        before = self.kept()["authorities"]
        pem = self.authority.pem  # of somebody else; only its certificate counts before it is used
        following = {"next.crt": pem, "next.key": (self.folder / "authority/e2e-authority.key").read_text()}
        self.kube.patch("Secret", "sallyport-agents-ca", {"stringData": following}, OPERATOR_NAMESPACE)
        self.addCleanup(self.kube.patch, "Secret", "sallyport-agents-ca", {"data": {"next.crt": None, "next.key": None}}, OPERATOR_NAMESPACE)
        token = self.kube.token_of(AGENTS, "agent", "sallyport", self.pod("edge-0"))

        def handed_out():
            status, text, _ = self.enrol(token)
            return status == 200 and pem.strip() in json.loads(text)["authorities"]
        wait_until("a bundle with both", handed_out, 20, 2)
        self.assertEqual(self.kept()["authorities"], before)
        wait_until("all well", lambda: not self.trouble(), 10)

    def test_the_example_is_taken_by_the_api_server(self):
        done = subprocess.run(["kubectl", "--kubeconfig", self.cluster.folder / "kubeconfig", "apply", "--dry-run=server",
                               "--validate=strict", "-f", ROOT / "examples/nginx-gateway"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_no_key_or_token_is_in_a_log_or_an_event(self):
        said = "".join(operator.child.output() for operator in self.operators) + self.gateway.agent.output()
        said += json.dumps(self.kube.list("Event")) + json.dumps(self.kube.list("F5Gateway"))
        for secret in ((self.mounted / "token").read_text(), "PRIVATE KEY", self.kept()["key"].split("\n")[1]):
            self.assertNotIn(secret, said)


if __name__ == "__main__":
    unittest.main()
