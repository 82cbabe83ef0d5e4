# SPDX-License-Identifier: Apache-2.0
"""What happens to requests while things change, break and come back."""
import datetime
import socket
import threading

from e2e.harness.certificates import self_signed
from e2e.harness.publication import SigningKey
from e2e.traffic.stage import ENDPOINT, HOST, PATH, Stage


class Changes(Stage):
    def setUp(self):
        self.token = self.idp.token(self.granted)
        self.publish(self.document())
        self.eventually("an open door", lambda: self.ask(self.token).status == 200)

    def grants(self, **more):
        return {"grants": [{"principalType": "ServicePrincipal", "principal": self.granted["client_id"], **more}]}

    def test_a_grant_that_was_taken_away_is_refused_though_the_decision_was_remembered(self):
        credentials = self.publication.object(
            '{"client_id": "%s", "client_secret": "%s"}' % (self.databricks.client_id, self.databricks.client_secret))
        one_principal = {"upstream": {"type": "ServicePrincipal", "credentials": credentials}, "cacheWindow": "10m"}
        self.publish(self.document(**one_principal, **self.grants()))
        self.assertEqual(self.ask(self.token).status, 200)
        self.publication.put(self.document(**one_principal, generation=99, grants=[
            {"principalType": "ServicePrincipal", "principal": "somebody-else"}]))
        self.publication.publish()
        self.eventually("the refusal", lambda: self.ask(self.token).status == 403)
        self.assertEqual(self.ask(self.token).json()["reason"], "not_granted")

    def test_a_grant_ends_to_the_second_while_the_operator_is_gone(self):
        now = lambda: datetime.datetime.now(datetime.timezone.utc)  # noqa: E731
        end = now().replace(microsecond=0) + datetime.timedelta(seconds=6)
        self.publish(self.document(**self.grants(until=end.strftime("%Y-%m-%dT%H:%M:%SZ"))))
        while True:
            before, answer, after = now(), self.ask(self.token), now()
            if after < end:
                self.assertEqual(answer.status, 200)
            if before >= end:
                break
        self.assertEqual((answer.status, answer.json()["reason"]), (403, "grant_ended"))

    def test_what_is_too_old_lets_nobody_in(self):
        self.publication.use_for = datetime.timedelta(seconds=3)
        self.addCleanup(setattr, self.publication, "use_for", datetime.timedelta(hours=24))
        self.publish(self.document())
        answer = self.eventually("the end of what is installed", lambda: next(
            (a for a in [self.ask(self.token)] if a.status == 503), None))
        self.assertEqual(answer.json()["reason"], "policy_expired")

    def test_one_bad_endpoint_keeps_no_other_out(self):
        pem, _ = self_signed("other.ml.example.com")
        _, key = self_signed(HOST)
        bad = self.document(id="bad_1", host="bad.ml.example.com", certificate=self.publication.object(pem + key))
        good = self.document(id="good_1", host="good.ml.example.com")
        for document in (bad, good):
            self.publication.put(document)
            self.addCleanup(self.publication.remove, document["id"])
        self.publication.publish()
        report = self.gateway.installs(self.publication.serial)
        states = {endpoint["id"]: endpoint for endpoint in report["endpoints"]}
        self.assertEqual(states["good_1"]["state"], "Live")
        self.assertEqual(states["bad_1"]["state"], "LeftOut")
        self.assertIn("key values mismatch", states["bad_1"]["why"])
        self.assertEqual(self.gateway.ask("good.ml.example.com", PATH, self.token).status, 200)
        self.assertEqual(self.ask(self.token).status, 200)

    def test_a_stranger_publishes_in_vain(self):
        theirs = SigningKey(self._made("strangers"))
        mine, self.publication.key = self.publication.key, theirs
        try:
            self.publication.put(self.document(generation=1000, token={**self.document()["token"], "scopes": []}))
            self.publication.publish()
        finally:
            self.publication.key = mine
        self.eventually("the complaint", lambda: "not trusted" in self.gateway.report().get("trouble", ""))
        self.assertEqual(self.ask(self.idp.token(self.granted, scope="fraud:read")).status, 403)
        self.assertEqual(self.ask(self.token).status, 200)

    def test_the_signing_key_rotates(self):
        following = SigningKey(self._made("following"), "following")
        self.publication.publish([self.key.jwk, following.jwk])
        self.gateway.installs(self.publication.serial)
        self.publication.key = following
        self.addCleanup(self.rotate_back)
        self.publish(self.document(token={**self.document()["token"], "scopes": ["fraud:admin"]}))
        self.eventually("the new policy", lambda: self.ask(self.token).status == 403)

    def rotate_back(self):
        self.publication.publish([self.publication.key.jwk, self.key.jwk])
        self.gateway.installs(self.publication.serial)
        self.publication.key = self.key
        self.publish(self.document())

    def test_a_rotation_is_remembered_across_restarts(self):
        following = SigningKey(self._made("remembered"), "following")
        self.publication.publish([self.key.jwk, following.jwk])
        self.gateway.installs(self.publication.serial)
        self.publication.key = following
        self.addCleanup(self.rotate_back)
        self.publish(self.document())
        self.restart_agent()
        self.restart_authorizer()
        self.eventually("answers again", lambda: self.ask(self.token).status == 200)
        self.publish(self.document(token={**self.document()["token"], "scopes": ["fraud:admin"]}))
        self.eventually("the new policy", lambda: self.ask(self.token).status == 403)

    def test_what_was_published_before_is_not_taken_again(self):
        manifest = self.publication.folder / "manifest"
        former = manifest.read_bytes()
        self.publish(self.document(token={**self.document()["token"], "scopes": ["fraud:admin"]}))
        self.eventually("the new policy", lambda: self.ask(self.token).status == 403)
        (self.gateway.installed / "manifest").write_bytes(former)
        self.restart_authorizer()
        self.eventually("the authorizer", lambda: self.ask(self.token).status == 403)

    def test_an_address_in_use_keeps_nobody_else_from_going_live(self):
        taken = socket.socket()
        self.addCleanup(taken.close)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        self.gateway.agent.stop()
        self.addCleanup(self.restart_agent)
        port, self.gateway.listen = self.gateway.port, "127.0.0.1"
        self.addCleanup(setattr, self.gateway, "listen", None)
        for document in (self.document(id="bad_2", host="bad.ml.example.com", port=taken.getsockname()[1]),
                         self.document(id="good_2", host="good.ml.example.com", port=port)):
            self.publication.put(document)
            self.addCleanup(self.publication.remove, document["id"])
        self.publication.put(self.document(port=port, generation=self.publication.entries[ENDPOINT]["generation"] + 1))
        self.publication.publish()
        self.gateway.start_agent()
        states = self.eventually("the good one live", lambda: self.live_without("bad_2"), 60)
        self.assertIn("does not run with it", states["bad_2"]["why"])
        self.assertEqual(self.gateway.ask("good.ml.example.com", PATH, self.token).status, 200)

    def live_without(self, bad):
        report = self.gateway.report()
        states = {endpoint["id"]: endpoint for endpoint in report["endpoints"]}
        return report["running"] and states[bad]["state"] == "LeftOut" and states["good_2"]["state"] == "Live" and states

    def test_everything_goes_on_across_restarts_while_nothing_is_published(self):
        (self.publication.folder / "manifest").rename(self.publication.folder / "hidden")
        self.addCleanup((self.publication.folder / "hidden").rename, self.publication.folder / "manifest")
        for restart in (self.restart_agent, self.restart_authorizer, self.restart_nginx):
            restart()
            self.eventually("answers again", lambda: self.ask(self.token).status == 200)

    def restart_agent(self):
        self.gateway.agent.kill()
        self.gateway.start_agent()
        self.eventually("a report", lambda: self.gateway.report()["running"])

    def restart_authorizer(self):
        self.gateway.authorizer.kill()
        answer = self.ask(self.token)
        self.assertEqual((answer.status, answer.json()["reason"]), (503, "authorizer_unavailable"), "closed, not open")
        self.gateway.start_authorizer()

    def restart_nginx(self):
        self.gateway.nginx.stop()
        self.gateway.start_nginx()

    def test_a_dead_issuer_ends_nothing_at_once(self):
        self.idp.down()
        self.addCleanup(self.idp.up)
        for _ in range(5):
            self.assertEqual(self.ask(self.token).status, 200, "keys are believed for a day")

    def test_a_dead_workspace_is_told_apart_from_a_refusal(self):
        fresh = self.idp.token(self.granted)
        self.databricks.down()
        self.addCleanup(self.databricks.up)
        answer = self.ask(fresh)
        self.assertEqual((answer.status, answer.json()["reason"]), (503, "upstream_unavailable"))

    def test_reloads_under_load_lose_no_request(self):
        stop, failures, answered = threading.Event(), [], [0]

        def client():
            while not stop.is_set():
                try:
                    answer = self.ask(self.token)
                    answered[0] += 1
                    if answer.status != 200:
                        failures.append((answer.status, answer.body))
                except OSError as trouble:
                    failures.append(repr(trouble))

        clients = [threading.Thread(target=client) for _ in range(4)]
        for thread in clients:
            thread.start()
        try:
            for size in range(3):
                self.publish(self.document(traffic={"maxBodyBytes": 1_000_000 + size}))
        finally:
            stop.set()
            for thread in clients:
                thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(answered[0], 0)
