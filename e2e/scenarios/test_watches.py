# SPDX-License-Identifier: Apache-2.0
"""What the operator knows comes by watches: they end, expire, are refused, and the API server goes away. What happened
meanwhile is seen afterwards, deletions too."""
import json

from e2e.harness.fault_proxy import answer
from e2e.harness.manifests import TEAM, endpoint
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario

EXPIRED = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Expired", "code": 410,
           "message": "too old resource version: 1 (2)"}


class Watches(Scenario):
    PROXIED = True

    def setUp(self):
        super().setUp()
        for name in ("fraud-a", "fraud-b"):
            self.world.declare_endpoint(endpoint(name))
        for name in ("fraud-a", "fraud-b"):
            self.world.wait_ready(name)
        self.told = set()

    def cut_off(self):
        """No watch comes through; meanwhile an object is edited, one is deleted, and a Secret of ours is taken away."""
        self.world.proxies["kube"].intercept = lambda method, target: b"" if "watch=true" in target else None
        self.world.proxies["kube"].drop_all()
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 7}}}, "fraud-a")
        self.world.delete_endpoint("fraud-b")
        self.world.kube.delete("Secret", "fraud-a-client", TEAM)

    def all_is_seen(self):
        self.world.wait_ready("fraud-a", deadline=60)
        self.world.wait_gone("fraud-b", deadline=60)
        wait_until("the team's Secret is back", lambda: self.world.kube.get("Secret", "fraud-a-client", TEAM))
        self.assertEqual([v["application"].split("_")[2] for v in self.world.bigip.virtuals()], ["a"])
        self.assertEqual(len(self.world.idp.clients()), 1)
        self.assertEqual(len(self.world.operators), 1, "no restart was needed")

    def answer_once_each(self, canned):
        """The next watch of each kind that asks to go on from a version gets this answer."""
        def intercept(_, target):
            kind = target.split("?")[0]
            if "watch=true" not in target or "sendInitialEvents" in target or kind in self.told:
                return None
            self.told.add(kind)
            return canned
        self.world.proxies["kube"].intercept = intercept

    def test_410_as_the_answer_to_a_watch_is_followed_by_a_list(self):
        self.cut_off()
        self.answer_once_each(answer(410, json.dumps(EXPIRED).encode()))
        self.all_is_seen()
        self.assertGreaterEqual(len(self.told), 5)

    def test_410_as_an_event_in_a_watch_is_followed_by_a_list(self):
        self.cut_off()
        self.answer_once_each(answer(200, json.dumps({"type": "ERROR", "object": EXPIRED}).encode() + b"\n"))
        self.all_is_seen()
        self.assertGreaterEqual(len(self.told), 5)

    def test_watches_that_break_go_on_where_they_were(self):
        self.cut_off()
        position = self.world.cluster.audit_position()
        self.world.proxies["kube"].intercept = None
        self.all_is_seen()
        anew = [line["requestURI"] for line in self.world.cluster.audit_lines(position)
                if line["verb"] in ("list", "watch") and "sendInitialEvents" in line["requestURI"]]
        self.assertEqual(anew, [], "nothing was listed anew")


class WithoutStreamedLists(Scenario):
    """An API server before 1.32, or with the feature gate WatchList off, refuses sendInitialEvents."""
    PROXIED = True
    START = False

    REFUSAL = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Invalid", "code": 422,
               "message": "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for "
                          "watch unless the WatchList feature gate is enabled"}

    def test_pages_are_read_instead(self):
        refused = []

        def intercept(_, target):
            if "sendInitialEvents=true" in target:
                refused.append(target)
                return answer(422, json.dumps(self.REFUSAL).encode())
            return None
        self.world.proxies["kube"].intercept = intercept
        self.world.declare_connections()
        self.world.start_operator()
        self.world.declare_endpoint()
        self.world.wait_ready()
        lists = [line["requestURI"] for line in self.world.audit_lines() if line["user"]["username"].startswith("system:serviceaccount:sallyport")
                 and line["verb"] == "list"]
        self.assertGreaterEqual(len(refused), 5)
        self.assertTrue(lists and all("limit=" in uri for uri in lists), lists)
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertNothingLeftOutside()


class ApiServer(Scenario):
    FLAGS = {"lease_duration": "30s", "renew_deadline": "25s", "retry_period": "1s"}

    def test_a_restart_of_the_api_server_is_lived_through(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))
        outside = self.world.outside_writes()
        self.world.cluster.api_server("stop")
        stays("it works on", self.world.operator.child.running, seconds=2)
        self.world.cluster.api_server("start")
        wait_until("the API server is back", lambda: self.world.endpoint())
        stays("a restart alone changes nothing outside", lambda: self.world.outside_writes() == outside, seconds=3)
        self.world.edit({"spec": {"traffic": {"maxConcurrent": 9}}})
        self.world.wait_ready(deadline=90)
        self.assertTrue(self.world.operator.child.running())
        self.assertEqual(len(self.world.operators), 1)
