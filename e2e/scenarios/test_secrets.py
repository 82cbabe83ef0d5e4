# SPDX-License-Identifier: Apache-2.0
"""Secrets that go missing, or that the operator may not read any more, while an endpoint is live: what is out there stays as it
is to the byte, the objects say which Secret it is and what to do, and all goes on when the Secret is back."""
import json

from e2e.harness.cluster import OPERATOR_NAMESPACE
from e2e.harness.fault_proxy import answer
from e2e.harness.kube import condition, data_of, secret
from e2e.harness.manifests import SCORING_BATCH, TEAM
from e2e.harness.process import TimedOut, stays, wait_until
from e2e.scenarios.scenario import Scenario

EDIT = {"spec": {"traffic": {"maxConcurrent": 7}, "identity": {"requiredScopes": ["fraud:read"]}, "access": {"grants": [
    {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}}


class Live(Scenario):
    """An endpoint is up, and saved on the device."""
    FLAGS = {"drift_interval": "2s"}

    def setUp(self):
        super().setUp()
        self.world.declare_endpoint()
        self.world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in self.world.bigip.mutations()))

    def route(self):
        return self.world.bigip.virtuals(), self.world.bigip.declared()

    def clients(self):
        return self.world.idp.clients()

    def access(self):
        return self.world.databricks.endpoint()

    def max_connections(self):
        return [app["vs"]["maxConnections"] for tenant in self.world.bigip.declared().values()
                for name, app in tenant.items() if name.startswith("pe_")]

    def wait_told(self, kind, name, reason, *words):
        """The connection's Ready is False for this reason, in these words."""
        def look():
            ready = condition(self.world.kube.get(kind, name))
            return ready[:2] == ("False", reason) and all(word in ready[2] for word in words)
        try:
            wait_until(f"{kind} {name} says {reason}", look, 60)
        except TimedOut as late:
            raise AssertionError(f"{late}; it says {condition(self.world.kube.get(kind, name))}") from None


class MissingCredentials(Live):
    """Who holds credentials in memory goes on with them; who starts without them touches nothing of that system."""

    def goes_missing(self, kind, name, secret_name, system, look, arrived):
        """After a restart an edit waits for the one system whose credentials are gone, and arrives when they are back."""
        world = self.world
        was = world.kube.get("Secret", secret_name, OPERATOR_NAMESPACE)
        before, written = look(), len(system.mutations())
        world.kube.delete("Secret", secret_name, OPERATOR_NAMESPACE)
        words = f"there is no Secret '{OPERATOR_NAMESPACE}/{secret_name}'", "create it"
        self.wait_told(kind, name, "SecretNotFound", *words)
        self.assertEqual(condition(world.endpoint())[0], "True", "a route that works does not count as down")
        stays("it is as it was", lambda: look() == before, seconds=3)

        self.assertEqual(world.operator.child.stop(), 0)
        world.start_operator(**self.FLAGS)
        world.edit(EDIT)
        self.wait_endpoint_says(*words)
        self.assertEqual(condition(world.endpoint(), "RouteProgrammed")[0], "True")
        stays("it is as it was", lambda: look() == before and len(system.mutations()) == written, seconds=3)
        self.assertEqual(len(world.bigip.virtuals()), 1)

        world.kube.apply(secret(secret_name, OPERATOR_NAMESPACE, data_of(was)))
        wait_until("the edit arrives", arrived, 60)
        world.wait_ready(deadline=60)
        world.wait_condition("Synced", "True")
        wait_until("the connection is told", lambda: condition(world.kube.get(kind, name))[0] == "True", 60)

    def wait_endpoint_says(self, *words):
        def look():
            thing = self.world.endpoint()
            return any(all(word in c["message"] for word in words) for c in thing["status"]["conditions"])
        try:
            wait_until("the endpoint says what is missing", look, 20)
        except TimedOut as late:
            said = [f"{c['type']}={c['status']} {c['reason']}: {c['message']}" for c in self.world.endpoint()["status"]["conditions"]]
            raise AssertionError("\n  ".join([f"{late}; it says", *said])) from None

    def test_the_gateway_s_while_an_endpoint_is_live(self):
        self.goes_missing("F5Gateway", "edge", "bigip-edge", self.world.bigip, self.route, lambda: self.max_connections() == [7])

    def test_the_provider_s_while_an_endpoint_is_live(self):
        self.goes_missing("IdentityProvider", "corporate", "idp-registration", self.world.idp, self.clients,
                          lambda: [c["scope"] for c in self.clients()] == ["fraud:read"])

    def test_the_workspace_s_while_an_endpoint_is_live(self):
        self.goes_missing("DatabricksWorkspace", "prod-eu", "dbx-prod", self.world.databricks, self.access,
                          lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW")

    def test_of_all_three_systems_at_once_and_the_endpoint_is_deleted_meanwhile(self):
        world = self.world
        kept = {name: world.kube.get("Secret", name, OPERATOR_NAMESPACE) for name in ("bigip-edge", "idp-registration", "dbx-prod")}
        before = self.route(), self.clients(), self.access()
        self.assertEqual(world.operator.child.stop(), 0)
        for name in kept:
            world.kube.delete("Secret", name, OPERATOR_NAMESPACE)
        world.start_operator(**self.FLAGS)
        for kind, name in (("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")):
            self.wait_told(kind, name, "SecretNotFound", "create it")
        world.delete_endpoint()
        self.wait_endpoint_says("there is no Secret", "create it")
        wait_until("it is on its way", lambda: condition(world.endpoint())[:2] == ("False", "Deleting"))
        stays("nothing is touched", lambda: (self.route(), self.clients(), self.access()) == before, seconds=3)
        for name, was in kept.items():
            world.kube.apply(secret(name, OPERATOR_NAMESPACE, data_of(was)))
        world.wait_gone(deadline=90)
        self.assertNothingLeftOutside()


class Unreadable(Live):
    PROXIED = True

    def forbid(self, namespace, name):
        """The API server refuses to show this Secret's content, as it does whom no role allows to read it."""
        path = f"/api/v1/namespaces/{namespace}/secrets/{name}"
        body = json.dumps({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "reason": "Forbidden", "code": 403,
                           "message": f'secrets "{name}" is forbidden: User "system:serviceaccount:sallyport-system:sallyport" cannot get '
                           f'resource "secrets" in API group "" in the namespace "{namespace}"',
                           "details": {"name": name, "kind": "secrets"}}).encode()
        self.world.proxies["kube"].intercept = lambda method, target: (
            answer(403, body) if method == "GET" and target.split("?")[0] == path else None)

    def allow(self):
        self.world.proxies["kube"].intercept = None

    def test_a_certificate_that_may_not_be_read_holds_the_route_and_is_named(self):
        world = self.world
        before, written = self.route(), len(world.bigip.mutations())
        self.forbid(TEAM, "fraud-tls")
        world.edit(EDIT)
        told = world.wait_condition("Synced", "False", reason="Refused")
        self.assertIn(f"{TEAM}/fraud-tls", condition(told, "Synced")[2])
        self.assertEqual(condition(told, "RouteProgrammed")[0], "True", "it is still there")
        wait_until("what needs no certificate goes on", lambda: world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW"
                   and [c["scope"] for c in self.clients()] == ["fraud:read"])
        self.assertNotIn(f"service-principal:{SCORING_BATCH}", world.databricks.permissions())
        stays("the route is as it was", lambda: self.route() == before and len(world.bigip.mutations()) == written, seconds=3)

        self.allow()
        world.edit({"metadata": {"annotations": {"sallyport.dev/reconcile-at": "now"}}})  # who has acted need not wait a minute
        wait_until("the edit arrives", lambda: self.max_connections() == [7], 90)
        world.wait_ready(deadline=60)
        world.wait_condition("Synced", "True")

    def test_credentials_that_may_not_be_read_take_nothing_down_and_are_named(self):
        world = self.world
        before = self.route(), self.clients(), self.access()
        self.forbid(OPERATOR_NAMESPACE, "dbx-prod")
        self.world.kube.patch("Secret", "dbx-prod", {"metadata": {"annotations": {"changed": "yes"}}}, OPERATOR_NAMESPACE)
        wait_until("the connection says so", lambda: condition(world.kube.get("DatabricksWorkspace", "prod-eu"))[0] == "False"
                   and f"{OPERATOR_NAMESPACE}/dbx-prod" in condition(world.kube.get("DatabricksWorkspace", "prod-eu"))[2], 60)
        self.assertEqual(condition(world.endpoint())[0], "True", "a route that works does not count as down")
        stays("nothing is touched", lambda: (self.route(), self.clients(), self.access()) == before, seconds=3)
        self.allow()
        self.world.kube.patch("Secret", "dbx-prod", {"metadata": {"annotations": {"changed": "again"}}}, OPERATOR_NAMESPACE)
        wait_until("healed", lambda: condition(world.kube.get("DatabricksWorkspace", "prod-eu"))[0] == "True", 90)
        world.edit(EDIT)
        wait_until("an edit arrives", lambda: world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW", 60)
        world.wait_ready(deadline=60)
