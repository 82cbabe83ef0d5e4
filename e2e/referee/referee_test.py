# SPDX-License-Identifier: Apache-2.0
"""The referee's own tests: for each rule a journal that breaks it is caught, and the same story told well passes."""
import base64
import copy
import unittest

from e2e.referee.referee import RULES
from e2e.referee.story import APPLICATION, TENANT, Told, at, stored, virtual


class Referee(Told):
    def test_there_is_a_rule_for_each_number(self):
        self.assertEqual([rule.__name__.rsplit(".", 1)[1].split("_")[0] for rule in RULES], [f"i{n}" for n in range(1, 12)])

    def test_the_good_story_passes(self):
        self.assertEqual(self.story.broken_rules(), [])

    def test_i1_catches_a_virtual_server_without_policy(self):
        self.story.tenant["virtuals"] = [virtual(perRequestPolicy="")]
        self.assertCaught("I1")

    def test_i1_catches_the_second_virtual_server_on_port_80(self):
        self.story.tenant["virtuals"].append(virtual(port=80, accessProfile="", perRequestPolicy=""))
        self.assertCaught("I1")

    def test_i2_catches_a_foreign_tenant(self):
        self.story.bigip[0]["effect"]["tenants"]["sp_zzzzzzzz_0123456789_1"] = {"added": [], "removed": ["x"], "virtuals": []}
        self.assertCaught("I2")

    def test_i2_catches_an_application_that_no_ledger_names(self):
        self.story.endpoint["status"]["placements"][0]["id"] = f"{TENANT}/other"
        self.assertCaught("I2")

    def test_reads_what_was_sent_where_the_answer_is_metadata_only(self):
        line = next(line for line in self.story.kube if line["objectRef"]["resource"] == "protectedendpoints")
        whole = line["responseObject"]
        self.story.kube.insert(0, stored(0, "protectedendpoints", "fraud", {"metadata": whole["metadata"], "spec": whole["spec"]},
                                         "risk", user="admin"))
        line["responseObject"] = {"kind": "PartialObjectMetadata", "metadata": whole["metadata"]}
        line["requestObject"] = {"status": whole["status"]}
        self.assertEqual(self.story.broken_rules(), [])
        line["requestObject"] = {"status": {**whole["status"], "placements": []}}
        self.assertCaught("I2")

    def test_i2_catches_a_grant_before_its_ledger(self):
        self.story.kube[-1]["stageTimestamp"] = at(5)
        self.assertCaught("I2")

    def test_i2_catches_the_deletion_of_a_foreign_client(self):
        self.story.idp.append({**self.story.idp[0], "time": at(5), "client_id": "foreign", "action": "deleted", "who": "foreign", "effect": {}})
        self.assertCaught("I2")

    def test_i2_catches_a_foreign_tag(self):
        self.story.databricks.append({"time": at(5), "method": "PATCH", "path": "/api/2.0/serving-endpoints/fraud/tags", "status": 200,
                                      "mutating": True, "effect": {"kind": "serving-endpoint", "endpoint": "fraud", "action": "tags",
                                                                   "before": {"team": "x"}, "after": {}}})
        self.assertCaught("I2")

    def test_i3_catches_two_live_clients(self):
        self.story.idp.append({**self.story.idp[0], "time": at(5), "client_id": "c2", "who": "c2"})
        self.assertCaught("I3")

    def test_i3_lets_a_counted_orphan_pass(self):
        self.story.idp.append({**self.story.idp[0], "time": at(5), "client_id": "c2", "who": "c2"})
        self.story.endpoint["status"]["client"] = {"lostRegistrations": 1}
        self.assertEqual(self.story.broken_rules(), [])

    def test_i3_catches_a_second_client_that_was_tidied_up_later(self):
        self.story.idp.append({**self.story.idp[0], "time": at(5), "client_id": "c2", "who": "c2"})
        self.story.idp.append({**self.story.idp[0], "time": at(6), "action": "deleted", "effect": {}})
        self.assertCaught("I3")

    def test_i3_lets_a_move_to_another_provider_open_the_new_one_first(self):
        moved = copy.deepcopy(self.story.kube[6])
        moved["stageTimestamp"] = at(4)
        moved["responseObject"]["spec"]["identity"]["providerRef"]["name"] = "other"
        other = copy.deepcopy(self.story.kube[2])
        other["objectRef"]["name"] = other["responseObject"]["metadata"]["name"] = "other"
        self.story.kube += [other, moved]
        self.story.idp.append({**self.story.idp[0], "time": at(5), "client_id": "c2", "who": "c2"})
        self.story.idp.append({**self.story.idp[0], "time": at(6), "action": "deleted", "effect": {}})
        self.assertEqual(self.story.broken_rules(), [])
        self.story.idp.pop()
        self.assertCaught("I3")

    def test_i4_catches_a_principal_that_nobody_names(self):
        self.story.databricks[1]["effect"]["after"]["group:risk-friends"] = "CAN_QUERY"
        self.assertCaught("I4")

    def test_i4_catches_a_level_that_nobody_names(self):
        self.story.databricks[1]["effect"]["after"]["group:risk-analysts"] = "CAN_MANAGE"
        self.assertCaught("I4")

    def test_i4_lets_somebody_have_back_what_was_there_before(self):
        entry = self.story.kube[-1]["responseObject"]["spec"]["entries"]
        entry.append({"principalType": "User", "principal": "Bob@example.com", "before": "CanView", "applied": "CanQuery"})
        self.story.databricks[1]["effect"]["after"]["user:bob@example.com"] = "CAN_VIEW"
        self.assertEqual([rule for rule in self.story.broken_rules() if rule == "I4"], [])

    def test_i5_catches_a_write_after_the_lease_has_run_out(self):
        self.story.kube[5]["responseObject"]["spec"]["leaseDurationSeconds"] = 3
        self.assertCaught("I5")

    def test_i6_catches_a_route_before_its_client(self):
        self.story.idp[0]["time"] = at(6)
        self.assertCaught("I6")

    def test_i6_catches_a_route_before_its_access_list(self):
        for line in self.story.databricks:
            line["time"] = at(6)
        self.assertCaught("I6")

    def test_i6_catches_a_route_after_a_look_at_another_s_access_list(self):
        for line in self.story.databricks:
            line["time"] = at(6)
        self.story.databricks.insert(0, {**self.story.databricks[0], "time": at(2), "path": "/api/2.0/permissions/serving-endpoints/78"})
        self.assertCaught("I6")

    def delete(self, route_at, client_at, failing):
        """The endpoint is deleted in second 10; `failing` is a system that answers nobody from then on."""
        gone = copy.deepcopy(self.story.kube[6])
        gone["verb"], gone["stageTimestamp"] = "delete", at(10)
        gone["responseObject"]["metadata"]["deletionTimestamp"] = at(10)
        renewed = copy.deepcopy(self.story.kube[5])
        renewed["stageTimestamp"] = renewed["responseObject"]["spec"]["renewTime"] = at(20)
        self.story.kube += [gone, renewed]
        if route_at:
            self.story.bigip.append({**self.story.bigip[0], "time": at(route_at), "effect": {"dryRun": False, "tenants": {
                TENANT: {"added": [], "replaced": [], "removed": [APPLICATION], "label": "sallyport:abcdefgh", "virtuals": []}}}})
        if client_at:
            self.story.idp.append({**self.story.idp[0], "time": at(client_at), "action": "deleted", "effect": {}})
        for second in (11, 35):
            getattr(self.story, failing).append({"time": at(second), "method": "GET", "path": "/mgmt/x", "status": 0, "mutating": False,
                                                 "fault": "drop_before"})

    def test_i6_catches_a_route_that_waits_for_a_client_to_go(self):
        self.delete(route_at=0, client_at=0, failing="idp")
        self.assertCaught("I6")

    def test_i6_catches_a_client_that_waits_for_a_route_to_go(self):
        self.delete(route_at=0, client_at=0, failing="bigip")
        self.assertCaught("I6")

    def test_i6_catches_a_route_that_goes_much_later(self):
        self.delete(route_at=34, client_at=0, failing="idp")
        self.assertCaught("I6")

    def test_i6_lets_the_failing_system_itself_be_late(self):
        self.delete(route_at=12, client_at=0, failing="idp")
        self.assertEqual(self.story.broken_rules(), [])

    def test_i6_lets_things_stay_whose_owner_keeps_them_or_whose_lease_was_lost(self):
        self.story.endpoint["spec"]["deletionPolicy"] = "Orphan"
        self.delete(route_at=0, client_at=0, failing="idp")
        self.assertEqual(self.story.broken_rules(), [])
        del self.story.endpoint["spec"]["deletionPolicy"]
        self.story.kube[-2]["responseObject"]["spec"].pop("deletionPolicy")
        self.assertCaught("I6")
        self.story.kube.pop()  # nobody renewed it
        self.story.kube[5]["responseObject"]["spec"]["leaseDurationSeconds"] = 25
        self.assertEqual(self.story.broken_rules(), [])

    def test_i7_catches_an_older_generation(self):
        newer, older = copy.deepcopy(self.story.kube[6]), copy.deepcopy(self.story.kube[6])
        newer["responseObject"]["status"]["placements"][0]["generation"] = 3
        newer["stageTimestamp"], older["stageTimestamp"] = at(7), at(8)
        self.story.kube += [newer, older]
        self.assertCaught("I7")

    def test_i8_catches_a_secret_in_a_text(self):
        self.story.more = {"planted": {"password": "correct-horse-battery"}, "texts": {"log": "login with correct-horse-battery failed"}}
        self.assertCaught("I8")

    def test_i8_catches_a_secret_in_base64(self):
        self.story.more = {"planted": {"password": "correct-horse-battery"}, "texts": {"event": "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"}}
        self.assertCaught("I8")

    def test_i8_catches_a_secret_in_a_basic_header_wherever_it_begins(self):
        for user in ("a", "ab", "abc"):
            with self.subTest(user=user):
                header = base64.b64encode(f"{user}:correct-horse-battery".encode()).decode()
                self.story.more = {"planted": {"password": "correct-horse-battery"}, "texts": {"log": f"sent Basic {header}"}}
                self.assertCaught("I8")

    def test_i8_catches_a_secret_that_a_system_wrote_down(self):
        self.story.more = {"planted": {"password": "correct-horse-battery"}}
        self.story.bigip[0]["query"] = "password=correct-horse-battery"
        self.assertCaught("I8")

    def test_i8_lets_a_clean_text_pass(self):
        self.story.more = {"planted": {"password": "correct-horse-battery"}, "texts": {"log": "login failed"}}
        self.assertEqual(self.story.broken_rules(), [])

    def test_i9_catches_a_deletion_after_a_refused_look(self):
        self.story.databricks[0]["status"] = 403
        self.assertCaught("I9")

    def test_i10_catches_a_path_that_climbs(self):
        self.story.databricks.append({"time": at(5), "method": "GET", "path": "/api/2.0/serving-endpoints/../secrets", "status": 404})
        self.assertCaught("I10")

    def test_i10_catches_a_hostile_value_in_a_rule(self):
        self.story.more = {"hostile": ["]; exec {"], "rules_in_place": "when HTTP_REQUEST { x ]; exec { } }"}
        self.assertCaught("I10")

    def test_i10_catches_a_hostile_name(self):
        self.story.tenant["added"].append('pe_";drop')
        self.assertCaught("I10")

    def test_i11_catches_a_host_that_is_not_allowed(self):
        self.story.endpoint["spec"]["host"] = "www.example.com"
        self.assertCaught("I11")

    def test_i11_catches_a_reference_that_is_not_allowed(self):
        self.story.tenant["virtuals"] = [virtual(accessProfile="/Common/weak")]
        self.assertCaught("I11")

    def test_i11_catches_a_namespace_without_the_label(self):
        self.story.kube[0]["responseObject"]["metadata"]["labels"] = {}
        self.assertCaught("I11")

    def test_i11_catches_a_principal_that_is_not_allowed(self):
        for entry in (self.story.endpoint["spec"]["access"]["grants"][0], self.story.kube[-1]["responseObject"]["spec"]["entries"][0]):
            entry["principal"] = "everybody"
        self.story.databricks[1]["effect"]["after"] = {"group:everybody": "CAN_QUERY"}
        self.assertCaught("I11")

    def test_i11_catches_a_scope_that_is_not_allowed(self):
        self.story.idp[0]["effect"]["metadata"]["scope"] = "fraud:score admin:all"
        self.assertCaught("I11")


if __name__ == "__main__":
    unittest.main()
