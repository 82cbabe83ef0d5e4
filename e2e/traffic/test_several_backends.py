# SPDX-License-Identifier: Apache-2.0
"""One endpoint in two workspaces: access in each, requests to those that are open."""
import collections
import unittest

from e2e.harness.kube import secret
from e2e.harness.process import wait_until
from e2e.traffic.operated import ALLOWED, OURS, UPSTREAM, Operated
from e2e.traffic.stage import PATH, Workspace


class SeveralBackends(Operated):
    @classmethod
    def connections(cls):
        cls.other_region = Workspace(cls._made("databricks-us"), cls.idp, [], [cls.caller, cls.other, {"client_id": UPSTREAM}],
                                     "databricks-us", subject_claim=cls.idp.subject_claim)
        cls.other_region.present(*cls.authority.issue("127.0.0.1"))
        cls.addClassCleanup(cls.other_region.stop)
        cls.other_region.start()
        cls.workspace_object = {
            "apiVersion": "sallyport.dev/v1alpha1", "kind": "DatabricksWorkspace", "metadata": {"name": "prod-us"},
            "spec": {"host": f"https://127.0.0.1:{cls.other_region.port}", "caBundle": cls.authority.pem,
                     "auth": {"type": "OAuthM2M", "credentialsSecret": "dbx-prod-us"},
                     "allow": [{"name": "risk", **ALLOWED, "servingEndpoints": ["fraud-*"], "principals": ["*"],
                                "maxLevel": "CanQuery"}]}}
        return [*super().connections(), cls.workspace_object]

    @classmethod
    def credentials(cls):
        return [*super().credentials(), secret("dbx-prod-us", OURS, {
            "client_id": cls.other_region.client_id, "client_secret": cls.other_region.client_secret})]

    def an_endpoint(self, *args, **more):
        endpoint = super().an_endpoint(*args, **more)
        endpoint["spec"]["backends"].append({"name": "us", "workspaceRef": {"name": "prod-us"}, "serving": {"endpoint": "fraud-scoring"}})
        return endpoint

    def setUp(self):
        self.addCleanup(self.databricks.faults)
        self.addCleanup(self.other_region.faults)
        self.declared.apply(self.workspace_object)
        super().setUp()

    def asked(self, times=30):
        """How many requests each workspace was sent, of as many; all are answered."""
        before = [len(workspace.invocations()) for workspace in (self.databricks, self.other_region)]
        answers = collections.Counter(self.ask(self.token).status for _ in range(times))
        self.assertEqual(answers, {200: times})
        return tuple(len(workspace.invocations()) - old for workspace, old in zip((self.databricks, self.other_region), before))

    def tag(self, tags):
        self.other_region.control("PUT", "/_sim/serving-endpoints/fraud-scoring/tags", tags)

    def test_access_is_granted_and_requests_go_to_each_by_weight(self):
        self.endpoint["spec"]["backends"][0]["weight"] = 4
        self.declared.apply(self.endpoint)
        told = {one["backend"]: one for one in self.declared.status(self.endpoint)["databricks"]}
        self.assertEqual(sorted(told), ["eu", "us"])
        self.assertIn(f"://127.0.0.1:{self.other_region.port}{PATH}", told["us"]["invocationsUrl"])
        for workspace in (self.databricks, self.other_region):
            self.assertEqual(workspace.permissions()[f"service-principal:{self.caller['client_id']}"], "CAN_QUERY")
        eu, us = wait_until("most of them in eu", lambda: (lambda n: n if n[0] > n[1] > 0 and n[0] > 15 else None)(self.asked()))
        self.assertEqual(eu + us, 30)

    def test_requests_go_on_while_one_workspace_is_down_and_use_it_again_afterwards(self):
        self.endpoint["spec"]["backends"][1]["priority"] = 1
        self.declared.apply(self.endpoint)
        wait_until("all in eu", lambda: self.asked(10) == (10, 0))
        self.databricks.down()
        self.token = self.idp.token(self.caller)  # for which no token of that workspace is remembered
        self.assertEqual(collections.Counter(self.ask(self.token).status for _ in range(10)), {200: 10})
        self.assertEqual(self.ask("nonsense").status, 401)
        self.databricks.up()
        wait_until("all in eu again", lambda: self.asked(10) == (10, 0), 20)

    def test_a_workspace_whose_owner_takes_it_back_gets_no_more_requests_and_has_no_grants(self):
        taken_back = {**self.workspace_object, "spec": {**self.workspace_object["spec"], "allow": []}}
        self.declared.apply(taken_back)
        self.declared.becomes(self.endpoint, "Accepted", "False")
        wait_until("no access there", lambda: f"service-principal:{self.caller['client_id']}" not in self.other_region.permissions())
        wait_until("no request there", lambda: self.asked(10) == (10, 0))
        self.assertEqual(self.declared.condition(self.endpoint, "PartiallyApplied")["reason"], "SomeBackendsLeftOut")

    def test_a_serving_endpoint_that_no_longer_consents_is_left_out_until_it_does(self):
        self.tag({})
        told = self.declared.becomes(self.endpoint, "AccessGranted", "False")
        self.assertIn("spec.backends[1].serving.endpoint", told["message"])
        wait_until("no request there", lambda: self.asked(10) == (10, 0), 20)
        self.tag({"sallyport-namespace": "risk"})
        self.declared.becomes(self.endpoint, deadline=90)
        wait_until("requests there again", lambda: self.asked(10)[1] > 0, 20)

    def test_a_backend_that_is_taken_out_loses_requests_and_access(self):
        self.endpoint["spec"]["backends"].pop()
        self.declared.apply(self.endpoint)
        wait_until("no access there", lambda: f"service-principal:{self.caller['client_id']}" not in self.other_region.permissions())
        wait_until("no request there", lambda: self.asked(10) == (10, 0))
        wait_until("one in status", lambda: len(self.declared.status(self.endpoint)["databricks"]) == 1)


if __name__ == "__main__":
    unittest.main()
