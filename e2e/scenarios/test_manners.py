# SPDX-License-Identifier: Apache-2.0
"""The team's own words: pause, Observe, UpsertOnly, Orphan, adoption."""
import copy

from e2e.harness import manifests
from e2e.harness.kube import condition, data_of
from e2e.harness.manifests import TEAM
from e2e.harness.process import stays, wait_until
from e2e.scenarios.scenario import Scenario


class Manners(Scenario):
    def declared(self, change):
        thing = manifests.endpoint()
        change(thing)
        return self.world.declare_endpoint(thing)

    def test_pause_stops_outside_writes_and_keeps_reporting(self):
        self.world.declare_endpoint()
        self.world.wait_ready()
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/paused": "true"}}})
        self.world.wait_condition("Paused", "True")
        before = self.world.bigip.virtuals(), self.world.databricks.permissions(), self.world.idp.clients()
        self.world.edit({"spec": {"access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}, "traffic": {"maxConcurrent": 7}}})
        self.world.wait_condition("Synced", "False", reason="Paused")
        stays("nothing moves", lambda: before == (
            self.world.bigip.virtuals(), self.world.databricks.permissions(), self.world.idp.clients()), seconds=2)
        self.world.edit({"metadata": {"annotations": {"sallyport.dev/paused": None}}})
        wait_until("the edit arrives", lambda: self.world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW")
        self.world.wait_ready()

    def test_observe_writes_nothing_outside(self):
        self.declared(lambda thing: thing["spec"].update(management="Observe"))
        self.world.wait_condition("Accepted", "True")
        stays("nothing is written", lambda: sum(self.world.outside_writes().values()) == 0, seconds=3)
        self.world.delete_endpoint()
        self.world.wait_gone()

    def test_observe_by_an_edit_stops_outside_writes_and_enforce_catches_up(self):
        world = self.world
        world.declare_endpoint()
        world.wait_ready()
        wait_until("all is saved", lambda: any("/task/sys/config/" in m["path"] for m in world.bigip.mutations()))
        world.edit({"spec": {"management": "Observe"}})
        world.wait_condition("Accepted", "True")
        before = world.outside_writes()
        world.edit({"spec": {"traffic": {"maxConcurrent": 7}, "access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanView"}]}}})
        world.wait_condition("Accepted", "True")
        stays("nothing is written", lambda: world.outside_writes() == before, seconds=3)
        self.assertEqual(len(world.bigip.virtuals()), 1)
        world.edit({"spec": {"management": "Enforce"}})
        wait_until("the edit arrives", lambda: world.databricks.permissions()["group:risk-analysts"] == "CAN_VIEW")
        wait_until("everywhere", lambda: [app["vs"]["maxConnections"] for tenant in world.bigip.declared().values()
                                          for name, app in tenant.items() if name.startswith("pe_")] == [7])
        world.wait_ready()
        world.delete_endpoint()
        world.wait_gone()
        self.assertNothingLeftOutside()

    def test_upsert_only_repairs_and_takes_nothing_away(self):
        self.declared(lambda thing: thing["spec"].update(management="UpsertOnly"))
        self.world.wait_ready()
        self.world.edit({"spec": {"access": {"grants": [
            {"principalType": "Group", "principal": "risk-analysts", "level": "CanQuery"}]}, "client": {"manage": False}}})
        self.world.wait_ready()
        stays("all is still there", lambda: len(self.world.idp.clients()) == 1 and len(self.world.bigip.virtuals()) == 1
              and f"service-principal:{manifests.SCORING_BATCH}" in self.world.databricks.permissions(), seconds=2)

    def allow_orphans(self):
        for kind, name in (("F5Gateway", "edge"), ("IdentityProvider", "corporate"), ("DatabricksWorkspace", "prod-eu")):
            connection = self.world.kube.get(kind, name)
            allow = copy.deepcopy(connection["spec"]["allow"])
            allow[0]["orphan"] = True
            self.world.kube.patch(kind, name, {"spec": {"allow": allow}})

    def test_orphan_by_an_edit_leaves_everything(self):
        self.allow_orphans()
        self.declared(lambda thing: thing["spec"].update(deletionPolicy="Delete"))
        self.world.wait_ready()
        self.world.edit({"spec": {"deletionPolicy": "Orphan"}})
        self.world.wait_ready()
        before = self.world.bigip.virtuals(), self.world.idp.clients(), self.world.databricks.permissions()
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertEqual(len(before[0]), 1)
        stays("all is still there", lambda: before == (
            self.world.bigip.virtuals(), self.world.idp.clients(), self.world.databricks.permissions()), seconds=2)

    def test_orphan_needs_permission_and_then_leaves_everything(self):
        self.allow_orphans()
        self.declared(lambda thing: thing["spec"].update(deletionPolicy="Orphan"))
        self.world.wait_ready()
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertEqual(len(self.world.bigip.virtuals()), 1)
        clients = self.world.idp.clients()
        self.assertEqual(len(clients), 1)
        self.assertIn("group:risk-analysts", self.world.databricks.permissions())
        # A client that stays is of no use to anybody without its secret.
        stays("the application keeps its credentials", lambda: data_of(
            self.world.kube.get("Secret", "fraud-client", TEAM) or {}).get("client_id") == clients[0]["client_id"], seconds=5)
        meta = self.world.kube.get("Secret", "fraud-client", TEAM)["metadata"]
        self.assertFalse(meta.get("ownerReferences") or (meta.get("labels") or {}).get("sallyport.dev/managed-by"), meta)

    def test_orphan_without_permission_is_refused_and_deletion_removes_everything(self):
        self.declared(lambda thing: thing["spec"].update(deletionPolicy="Orphan"))
        told = self.world.wait_condition("Accepted", "False", reason="NotAllowed")
        self.assertIn("spec.deletionPolicy", condition(told, "Accepted")[2])
        self.world.delete_endpoint()
        self.world.wait_gone()
        self.assertNothingLeftOutside()

    def test_adoption_is_refused_unless_the_provider_s_owner_allows_it(self):
        self.declared(lambda thing: thing["metadata"].update(annotations={"sallyport.dev/adopt-client": "somebody-elses"}))
        told = self.world.wait_condition("Accepted", "False", reason="NotAllowed")
        self.assertIn("adopt-client", condition(told, "Accepted")[2])
        self.assertEqual(self.world.idp.clients(), [])
        self.assertEqual(self.world.bigip.virtuals(), [])
