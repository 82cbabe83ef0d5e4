# SPDX-License-Identifier: Apache-2.0
"""All outside systems behind https with a private authority's certificates: who is trusted, who is not, and what is said then."""
import ssl
import urllib.parse

from e2e.harness import web
from e2e.harness.certificates import Authority, fingerprint
from e2e.harness.kube import condition, data_of
from e2e.harness.manifests import SCORING_BATCH, TEAM
from e2e.harness.process import TimedOut, stays, wait_until
from e2e.scenarios.scenario import Scenario

CONNECTIONS = [("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")]


class Secured(Scenario):
    SECURE = True
    FLAGS = {"drift_interval": "2s"}

    def trust(self, pem, *kinds):
        """The platform team writes this caBundle into the connections (of some kinds)."""
        for kind, name in CONNECTIONS:
            if not kinds or kind in kinds:
                spec = {"bigip": {"caBundle": pem}} if kind == "F5Gateway" else {"caBundle": pem}
                self.world.kube.patch(kind, name, {"spec": spec})

    def another_authority(self):
        folder = self.world.folder / "another"
        folder.mkdir(exist_ok=True)
        return Authority(folder)

    def wait_connection(self, kind, name, status, *words):
        """Its Ready, of the spec as it is now, with all the words."""
        def look():
            thing = self.world.kube.get(kind, name)
            ready = condition(thing)
            told = thing.get("status", {}).get("observedGeneration") == thing["metadata"]["generation"]
            return told and ready[0] == status and all(word in ready[2] for word in words) and ready
        try:
            return wait_until(f"{kind} {name} is Ready={status} and says {words}", look, 60)
        except TimedOut as late:
            raise AssertionError(f"{late}; it says {condition(self.world.kube.get(kind, name))}") from None

    def wait_connections_ready(self):
        for kind, name in CONNECTIONS:
            self.wait_connection(kind, name, "True")

    def outside(self):
        world = self.world
        return world.bigip.virtuals(), world.bigip.declared(), world.idp.clients(), world.databricks.endpoint()


class Tls(Secured):
    def test_the_main_path_over_https(self):
        world = self.world
        self.assertTrue(all(system.url.startswith("https://") for system in world.systems))
        world.declare_endpoint()
        world.wait_ready()
        self.assertEqual(len(world.bigip.virtuals()), 1)
        self.assertEqual(world.databricks.permissions(), {
            "user:bob@example.com": "CAN_VIEW", self.operator_itself(): "CAN_MANAGE",
            "group:risk-analysts": "CAN_QUERY", f"service-principal:{SCORING_BATCH}": "CAN_QUERY"})
        credentials = data_of(world.kube.get("Secret", "fraud-client", TEAM))
        self.assertEqual(credentials["issuer"], world.idp.url)
        asked = {"grant_type": "client_credentials", "scope": "fraud:score", "resource": credentials["audience"],
                 "client_id": credentials["client_id"], "client_secret": credentials["client_secret"]}
        token = web.call("POST", credentials["token_url"], urllib.parse.urlencode(asked), headers={
            "Content-Type": "application/x-www-form-urlencoded"}, context=ssl.create_default_context(cadata=world.authority.pem))
        self.assertEqual(token["scope"], "fraud:score")
        self.wait_connections_ready()
        world.delete_endpoint()
        world.wait_gone()
        self.assertNothingLeftOutside()

    def test_a_gateway_known_by_its_pinned_certificate_alone(self):
        world = self.world
        shown = fingerprint(world.authority.issue("127.0.0.1")[0].read_text())
        pin = {"spec": {"bigip": {"caBundle": None, "pinnedSHA256": "0" * 64}}}
        world.kube.patch("F5Gateway", "edge", pin)
        self.wait_connection("F5Gateway", "edge", "False", "not the pinned one", shown)
        world.declare_endpoint()
        world.wait_condition("AccessGranted", "True")
        stays("no route", lambda: world.bigip.virtuals() == [], seconds=2)
        pin["spec"]["bigip"]["pinnedSHA256"] = shown
        world.kube.patch("F5Gateway", "edge", pin)
        world.wait_ready(deadline=60)
        self.wait_connection("F5Gateway", "edge", "True")
        world.delete_endpoint()
        world.wait_gone()
        self.assertNothingLeftOutside()

    def test_another_authority_s_bundle_takes_nothing_down_and_its_correction_heals(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in world.bigip.mutations()))
        before, written = self.outside(), world.outside_writes()
        self.trust(self.another_authority().pem)
        for kind, name in CONNECTIONS:
            self.wait_connection(kind, name, "False", "TLS: unknown CA", "see that", "CA")
        world.edit({"spec": {"traffic": {"maxConcurrent": 7}, "identity": {"requiredScopes": ["fraud:read"]}, "access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        told = world.wait_condition("Synced", "False")
        self.assertIn("TLS: unknown CA", condition(told, "Synced")[2])
        self.assertEqual(condition(told)[0], "True", "a route that works does not count as down")
        stays("nothing is touched", lambda: self.outside() == before, seconds=3)
        self.assertEqual(world.outside_writes(), written)

        self.trust(world.authority.pem)
        wait_until("the edit arrives everywhere", lambda: world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW"
                   and world.idp.clients()[0]["scope"] == "fraud:read"
                   and [app["vs"]["maxConnections"] for tenant in world.bigip.declared().values()
                        for name, app in tenant.items() if name.startswith("pe_")] == [7], 90)
        world.wait_ready(deadline=60)
        self.wait_connections_ready()
        self.assertEqual(world.idp.clients()[0]["client_id"], before[2][0]["client_id"])


class Strangers(Secured):
    """Systems that show what their connections do not expect, from the beginning."""
    START = False

    def restart(self, host):
        """The systems come up anew, with certificates for this host."""
        for system in self.world.systems:
            system.stop()
            system.present(*self.world.authority.issue(host))
            system.start()

    def nothing_happens(self, *words):
        """Each connection says why, the endpoint too, and nobody is asked to change anything."""
        world = self.world
        world.start_operator(**self.FLAGS)
        for kind, name in CONNECTIONS:
            self.wait_connection(kind, name, "False", *words, "see that")
        world.declare_endpoint()
        told = wait_until("the endpoint says why", lambda: [thing for thing in [world.endpoint()] if all(
            word in condition(thing)[2] for word in words)])[0]
        self.assertNotEqual(condition(told)[0], "True")
        stays("nothing is written", lambda: sum(world.outside_writes().values()) == 0, seconds=2)

    def test_an_unknown_authority_is_named(self):
        stranger = self.another_authority().pem

        def distrust(gateway, provider, workspace):
            for part in (gateway["spec"]["bigip"], provider["spec"], workspace["spec"]):
                part["caBundle"] = stranger
        self.world.declare_connections(distrust)
        self.nothing_happens("TLS: unknown CA", "the certificate's SHA-256 is " + fingerprint(
            self.world.authority.issue("127.0.0.1")[0].read_text()))
        self.trust(self.world.authority.pem)
        self.world.wait_ready(deadline=60)
        self.wait_connections_ready()

    def test_a_certificate_for_another_name_is_named(self):
        self.restart("other.example.com")
        self.world.declare_connections()
        self.nothing_happens("TLS: certificate is for another name: wanted 127.0.0.1, it has other.example.com")
        self.restart("127.0.0.1")
        self.world.wait_ready(deadline=60)
        self.wait_connections_ready()
