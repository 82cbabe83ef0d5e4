# SPDX-License-Identifier: Apache-2.0
"""Ways around a rule: stories that break one where it is easily overlooked, and lawful ones that look much like them."""
import copy
import unittest

from e2e.referee.evidence import registration_record, seconds
from e2e.referee.processes import Deed, Process, deeds
from e2e.referee.story import APPLICATION, TENANT, UID, Told, at, secret, stored, virtual


class Evasion(Told):
    def version(self, second, change, **more):
        """The endpoint as stored from then on; by default by the operator."""
        line = copy.deepcopy([line for line in self.story.kube if line["objectRef"]["resource"] == "protectedendpoints"][-1])
        line.update(stageTimestamp=at(second), **more)
        change(line["responseObject"])
        self.story.kube.append(line)

    def asked(self, system, second, method, path, status, **effect):
        getattr(self.story, system).append({"time": at(second), "method": method, "path": path, "status": status,
                                            "mutating": bool(effect), "effect": effect})

    def changed_route(self, second, **change):
        self.story.bigip.append({**copy.deepcopy(self.story.bigip[0]), "time": at(second)})
        self.story.bigip[-1]["effect"]["tenants"][TENANT].update(added=[], replaced=[APPLICATION], **change)

    def client(self, second, action, **metadata):
        line = copy.deepcopy(self.story.idp[0])
        line.update(time=at(second), action=action, method={"updated": "PUT", "deleted": "DELETE"}[action], path="/reg/c1")
        line["effect"]["metadata"].update(metadata)
        if action == "deleted":
            line["effect"] = {}
        self.story.idp.append(line)

    def lease(self, second, holder, duration=30):
        self.story.kube.append(stored(second, "leases", "sallyport", {"spec": {
            "holderIdentity": holder, "renewTime": at(second), "leaseDurationSeconds": duration}}, "sallyport-system", "update"))


def without_place(system):
    def change(thing):
        thing["status"]["placements"] = [p for p in thing["status"]["placements"] if p["system"] != system]
    return change


class MarkAndLedger(Evasion):
    def test_a_deletion_does_not_hide_a_foreign_label(self):
        self.changed_route(5, removed=["Shared"], label="somebody's")
        self.assertCaught("I2")

    def test_no_place_outside_without_the_finalizer(self):
        self.version(14, lambda thing: thing["metadata"].update(finalizers=["somebody.example.com/other"]))
        self.assertCaught("I2")
        self.story.kube[-1]["user"] = {"username": "admin"}  # who takes it away by hand
        self.assertPasses()

    def test_an_update_needs_the_place_in_status(self):
        self.client(20, "updated")
        self.assertPasses()
        self.version(14, without_place("OIDC"))
        self.assertCaught("I2")

    def test_a_deletion_needs_the_place_in_status(self):
        self.client(20, "deleted")
        self.assertPasses()
        self.version(14, without_place("OIDC"))
        self.assertCaught("I2")

    def test_no_deed_without_the_record_that_holds_the_registration(self):
        for action in ("updated", "deleted"):
            with self.subTest(action=action):
                self.setUp()
                self.client(20, action)
                self.assertPasses()
                self.story.kube.append(secret(14, registration_record(UID, "corporate"), "sallyport-system", "delete"))
                self.assertCaught("I2")

    def test_registering_needs_the_record_of_the_intent(self):
        self.story.kube = [line for line in self.story.kube if line["objectRef"]["resource"] != "secrets"]
        self.assertCaught("I2")

    def test_a_client_does_not_pass_to_another_object(self):
        self.client(5, "updated", software_id="sallyport/abcdefgh/66666666-2222-3333-4444-555555555555")
        self.assertCaught("I2")


class Lease(Evasion):
    """The first holds the lease until second 10, and the second takes it in second 15."""

    def setUp(self):
        super().setUp()
        self.story.kube[5]["responseObject"]["spec"]["leaseDurationSeconds"] = 10
        self.lease(15, "b")
        self.changed_route(20)
        self.path = self.story.bigip[-1]["path"]
        self.first, self.second = Process("operator-1", "a", []), Process("operator-2", "b", [])
        self.story.more = {"processes": [self.first, self.second]}

    def deed(self, begun, ended, **more):
        return Deed(self.moment(begun), self.moment(ended), "POST", self.path, **more)

    def moment(self, second):
        return seconds(at(second))

    def test_a_leader_that_wakes_in_another_s_term_is_caught(self):
        self.first.deeds.append(self.deed(9, 21))
        self.assertCaught("I5")

    def test_the_other_s_own_write_passes(self):
        self.second.deeds.append(self.deed(19, 21))
        self.first.deeds.append(self.deed(9, 10))
        self.assertPasses()

    def test_the_id_of_a_task_tells_two_of_the_same_apart(self):
        self.story.bigip[-1]["effect"]["task"] = "task-1"
        self.first.deeds.append(self.deed(9, 21, outside_id="task-1"))
        self.second.deeds.append(self.deed(19, 21, outside_id="task-2"))
        self.assertCaught("I5")
        self.first.deeds[0].outside_id, self.second.deeds[0].outside_id = "task-2", "task-1"
        self.assertPasses()

    def test_a_lease_that_was_given_back_is_held_no_longer(self):
        self.story.kube = [line for line in self.story.kube if line["stageTimestamp"] != at(15)]
        self.story.kube[5]["responseObject"]["spec"]["leaseDurationSeconds"] = 30
        self.first.deeds.append(self.deed(19, 21))
        self.assertPasses()
        self.lease(18, "")
        self.assertCaught("I5")

    def test_of_whom_nobody_knows_the_identity_nothing_is_said(self):
        self.first.deeds.append(self.deed(9, 21))
        self.first.identity = ""
        self.assertPasses()

    def test_a_trail_tells_what_was_sent_and_by_whom(self):
        trail = "\n".join([
            '{"seq":1,"time":"%s","phase":"intent","method":"POST","url":"https://a.example.com/reg"}' % at(1),
            '{"seq":2,"time":"%s","phase":"result","intent":1,"result":"not_sent"}' % at(1),
            '{"seq":3,"time":"%s","phase":"intent","method":"POST","url":"https://a.example.com/reg"}' % at(2),
            '{"seq":4,"time":"%s","phase":"result","intent":3,"result":"accepted","outsideId":"t"}' % at(3),
            '{"seq":5,"time":"%s","phase":"result","intent":3,"result":"ok","outsideId":"t"}' % at(9),
            '{"seq":6,"time":"%s","phase":"intent","method":"PUT","url":"https://a.example.com/reg/1"}' % at(20), '{"seq":7,"object":{}'])
        self.assertEqual(deeds(trail, until=self.moment(10)), [Deed(self.moment(2), self.moment(3), "POST", "/reg", "t")])
        self.assertEqual(deeds(trail, self.moment(10)), [Deed(self.moment(20), float("inf"), "PUT", "/reg/1", "")])


class Order(Evasion):
    def test_i6_is_judged_of_the_end_of_a_namespace(self):
        end = stored(10, "protectedendpoints", None, {}, "risk", "deletecollection", "system:serviceaccount:kube-system:namespace-controller")
        end["responseObject"] = {"kind": "ProtectedEndpointList", "items": [self.story.kube[6]["responseObject"]]}
        self.story.kube.append(end)
        self.lease(20, "a")
        for second in (11, 35):
            self.story.idp.append({"time": at(second), "method": "GET", "path": "/x", "status": 0, "mutating": False, "fault": "drop_before"})
        self.assertCaught("I6")
        end["objectRef"]["namespace"] = "another"
        self.assertPasses()

    def test_what_has_no_finalizer_is_gone_with_the_collection(self):
        self.story.kube[6]["responseObject"]["metadata"]["finalizers"] = []
        self.story.kube[6]["user"] = {"username": "admin"}
        end = stored(3, "protectedendpoints", None, {}, "risk", "deletecollection", "admin")
        del end["responseObject"]
        self.story.kube.append(end)
        for line in [*self.story.bigip, *self.story.idp, *self.story.databricks]:
            line["time"] = at(20)
        self.assertCaught("I2")
        end["requestURI"] += "?labelSelector=a%3Db"
        self.assertEqual([rule for rule in self.story.broken_rules() if rule == "I2"], [])


class Generations(Evasion):
    def edited(self, second, change):
        self.version(second, change, user={"username": "admin"})

    def granted(self, second, before, after):
        self.story.databricks.append(copy.deepcopy(self.story.databricks[1]))
        self.story.databricks[-1]["time"] = at(second)
        self.story.databricks[-1]["effect"].update(before={"group:risk-analysts": before}, after={"group:risk-analysts": after})

    def test_a_level_that_goes_back_to_an_earlier_spec_s(self):
        self.edited(10, lambda thing: thing["spec"]["access"]["grants"][0].update(level="CanView"))
        self.granted(11, "CAN_QUERY", "CAN_VIEW")
        self.assertPasses()
        self.granted(20, "CAN_VIEW", "CAN_QUERY")
        self.assertCaught("I7")
        self.edited(18, lambda thing: thing["spec"]["access"]["grants"][0].update(level="CanQuery"))  # as it is wanted again
        self.assertPasses()

    def test_policies_that_go_back_to_an_earlier_spec_s(self):
        for connection in self.story.kube[1:4]:
            connection["responseObject"]["spec"]["allow"][0]["references"] = ["/Common/oauth", "/Common/api", "/Common/strict"]
        self.edited(10, lambda thing: thing["spec"]["identity"]["enforcement"].update(accessProfile="/Common/strict"))
        self.changed_route(11, virtuals=[virtual(accessProfile="/Common/strict")])
        self.changed_route(12, virtuals=[virtual(accessProfile="/Common/strict")])
        self.assertPasses()
        self.changed_route(13, virtuals=[virtual()])
        self.assertCaught("I7")

    def test_scopes_that_go_back_to_an_earlier_spec_s(self):
        self.edited(10, lambda thing: thing["spec"]["identity"].update(requiredScopes=["fraud:read"]))
        self.client(11, "updated", scope="fraud:read")
        self.assertPasses()
        self.client(13, "updated", scope="fraud:score")
        self.assertCaught("I7")


class Secrets(Evasion):
    def test_a_page_or_a_command_line_that_nobody_could_read_is_not_clean(self):
        for where in ("metrics page of operator-1", "command line of operator-1"):
            with self.subTest(where=where):
                self.story.more = {"texts": {where: ""}}
                self.assertCaught("I8")
                self.story.more = {"texts": {where: "something", "audit log of operator-1": ""}}
                self.assertPasses()


class DataNotCode(Evasion):
    def test_names_of_objects_on_the_device(self):
        for change in ({"pool": f"/{TENANT}/Shared/sp_pool;drop"}, {"rules": [f'/{TENANT}/{APPLICATION}/a"b']},
                       {"virtual": f"/{TENANT}/../vs"}, {"wafPolicy": "/Common/[exec ls]"}):
            with self.subTest(change=change):
                self.story.tenant["virtuals"] = [virtual(**change)]
                self.assertCaught("I10")
        self.story.tenant["virtuals"] = [virtual(pool=f"/{TENANT}/Shared/sp_pool_443_0123456789", rules=[f"/{TENANT}/{APPLICATION}/guard"])]
        self.assertPasses()

    def test_addresses_that_were_not_encoded(self):
        for path, query in (("/a/%2e./b", ""), ("/a/%2e%2E%2fb", ""), ("/a%zz", ""), ("/a", "x=[exec]"), ("/a{b}", "")):
            with self.subTest(path=path, query=query):
                self.asked("databricks", 5, "GET", path, 404)
                self.story.databricks[-1]["query"] = query
                self.assertCaught("I10")
                self.story.databricks.pop()
        self.asked("databricks", 5, "GET", "/a%5Bb%5D/..c", 404)
        self.story.databricks[-1]["query"] = "$select=name,address&x=%7B"
        self.assertPasses()

    def test_a_scope_that_nobody_declared(self):
        self.story.idp[0]["effect"]["metadata"]["scope"] = "fraud:score fraud:more"
        self.assertCaught("I10")

    def test_rules_have_to_be_looked_at_where_values_were_planted(self):
        self.story.tenant["virtuals"] = [virtual(rules=[f"/{TENANT}/{APPLICATION}/guard"])]
        self.story.more = {"hostile": ["[exec ls]"], "rules_in_place": ""}
        self.assertCaught("I10")
        self.story.more["rules_in_place"] = "when HTTP_REQUEST { }"
        self.assertPasses()


class Allowed(Evasion):
    def test_scopes_of_a_client_whose_mark_the_provider_dropped(self):
        self.story.idp[0]["effect"]["metadata"].update(software_id="", scope="admin:all")
        self.assertCaught("I11")

    def test_a_grant_type_that_is_not_allowed(self):
        self.story.idp[0]["effect"]["metadata"]["grant_types"] = ["client_credentials", "authorization_code"]
        self.assertCaught("I11")

    def test_an_audience_that_is_not_allowed(self):
        given = {"namespace": "risk", "name": "fraud-client", "uid": UID, "audience": "https://ml.example.com"}
        self.story.kube.append(secret(5, "fraud-client", "risk"))
        self.story.more = {"handed_out": [given]}
        self.assertPasses()
        given["audience"] = "https://pay.example.com"
        self.assertCaught("I11")

    def test_everybody_is_covered_by_name_only(self):
        for entry in (self.story.endpoint["spec"]["access"]["grants"][0], self.story.kube[-1]["responseObject"]["spec"]["entries"][0]):
            entry["principal"] = "users"
        self.story.databricks[1]["effect"]["after"] = {"group:users": "CAN_QUERY"}
        patterns = self.story.kube[3]["responseObject"]["spec"]["allow"][0]
        patterns["principals"] = ["*"]
        self.assertCaught("I11")
        patterns["principals"] = ["users"]
        self.assertPasses()

    def test_a_client_that_was_there_before_is_taken_over_only_with_leave(self):
        self.client(5, "updated", scope="fraud:score old:scope")
        self.story.idp[0].update(who="control")
        self.story.idp[0]["effect"]["metadata"] = {"scope": "old:scope"}
        self.story.endpoint["metadata"]["annotations"] = {"sallyport.dev/adopt-client": "c1"}
        self.story.bigip = []
        self.assertCaught("I11")
        self.story.kube[2]["responseObject"]["spec"]["allow"][0]["adopt"] = ["c1"]
        self.assertPasses()
        del self.story.endpoint["metadata"]["annotations"]
        self.assertCaught("I2")


if __name__ == "__main__":
    unittest.main()
