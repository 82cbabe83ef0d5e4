# SPDX-License-Identifier: Apache-2.0
"""I9 in all its shades: what may follow a read that was refused, and what not."""
import unittest

from e2e.referee.evasion_test import Evasion, without_place
from e2e.referee.story import APPLICATION, TENANT, UID, at, stored

ENDPOINTS, ENDPOINT, ACCESS = "/api/2.0/serving-endpoints", "/api/2.0/serving-endpoints/fraud", "/api/2.0/permissions/serving-endpoints/77"
DECLARED, CLIENT = f"/mgmt/shared/appsvcs/declare/{TENANT}", "/reg/c1"
PLACES = [("F5", "bigip", DECLARED), ("OIDC", "idp", CLIENT), ("Databricks", "databricks", ENDPOINT), ("Databricks", "databricks", ACCESS)]


class RefusedRead(Evasion):
    def setUp(self):
        super().setUp()
        ledger = self.story.kube[-1]["responseObject"]["spec"]
        ledger.update(endpointName="fraud", workspace="prod")
        ledger["entries"][0]["owners"] = [{"uid": UID, "level": "CanQuery"}]

    def edited(self, second, change):
        self.version(second, change, user={"username": "admin"})

    # --- written outside ---

    def test_a_serving_endpoint_that_is_refused_is_no_other_subject_than_its_access_list(self):
        self.asked("databricks", 2, "GET", ENDPOINT, 403)
        self.assertCaught("I9")
        self.asked("databricks", 2, "GET", ENDPOINT, 200)
        self.assertPasses()

    def test_a_refused_list_counts_until_the_endpoint_itself_is_read(self):
        self.asked("databricks", 2, "GET", ENDPOINTS, 403)
        self.assertCaught("I9")
        self.asked("databricks", 2, "GET", ENDPOINT, 200)
        self.assertPasses()

    def test_a_list_that_somebody_is_refused_does_not_take_back_what_was_just_read(self):
        self.asked("databricks", 2, "GET", ENDPOINT, 200)
        self.asked("databricks", 2, "GET", ENDPOINTS, 403)
        self.assertPasses()

    def test_a_list_that_is_read_again_shows_the_endpoint(self):
        self.asked("databricks", 2, "GET", ENDPOINT, 403)
        self.asked("databricks", 2, "GET", ENDPOINTS, 200)
        self.assertPasses()

    def test_one_client_that_is_read_says_nothing_of_another(self):
        self.client(20, "updated")
        self.asked("idp", 18, "GET", CLIENT, 403)
        self.asked("idp", 19, "GET", "/reg/c2", 200)
        self.assertCaught("I9")
        self.asked("idp", 19, "GET", CLIENT, 200)
        self.assertPasses()

    def test_no_answer_at_all_does_not_clear_a_refusal(self):
        self.client(20, "updated")
        self.asked("idp", 18, "GET", CLIENT, 403)
        self.asked("idp", 19, "GET", CLIENT, 503)
        self.assertCaught("I9")

    def test_a_client_is_not_made_anew_on_the_word_of_a_refusal(self):
        self.asked("idp", 18, "GET", CLIENT, 403)
        self.story.endpoint["status"]["client"] = {"lostRegistrations": 1}
        self.story.idp.append({**self.story.idp[0], "time": at(20), "client_id": "c2", "who": "c2"})
        self.assertCaught("I9")
        self.asked("idp", 19, "GET", CLIENT, 401)
        self.assertPasses()

    def test_a_client_is_deleted_after_a_refusal_only_because_somebody_asked_for_it(self):
        self.asked("idp", 18, "GET", CLIENT, 403)
        self.client(20, "deleted")
        self.assertCaught("I9")
        self.edited(19, lambda thing: thing["metadata"].update(deletionTimestamp=at(19)))
        self.assertPasses()

    # --- struck off ---

    def test_a_place_is_not_struck_off_on_the_word_of_a_refusal(self):
        for system, journal, path in PLACES:
            with self.subTest(path=path):
                self.setUp()
                self.version(20, without_place(system))
                self.assertPasses()
                self.asked(journal, 18, "GET", path, 403)
                self.assertCaught("I9")
                self.asked(journal, 19, "GET", path, 200)
                self.assertPasses()

    def test_a_refused_deletion_of_a_client_is_no_end_of_it(self):
        self.asked("idp", 18, "DELETE", CLIENT, 403)
        self.version(20, without_place("OIDC"))
        self.assertCaught("I9")

    def test_the_finalizer_is_not_given_up_on_the_word_of_a_refusal(self):
        self.story.endpoint["metadata"]["finalizers"] = ["sallyport.dev/finalizer"]
        self.asked("bigip", 18, "GET", DECLARED, 403)
        self.version(20, lambda thing: thing["metadata"].update(finalizers=["somebody.example.com/other"]))
        self.assertCaught("I9")
        self.story.kube[-1]["user"] = {"username": "admin"}  # who takes it away by hand knows why
        self.assertPasses()

    def test_what_was_seen_to_be_gone_may_be_struck_off_though_others_are_refused_then(self):
        for system, journal, path in PLACES[:3]:
            with self.subTest(path=path):
                self.setUp()
                self.asked(journal, 17, "GET", path, 404)
                self.asked(journal, 18, "GET", path, 403)
                self.version(20, without_place(system))
                self.assertPasses()

    def test_what_was_not_there_before_it_was_made_is_not_gone(self):
        self.asked("bigip", 3, "GET", DECLARED, 404)
        self.asked("bigip", 5, "GET", DECLARED, 403)
        self.version(6, without_place("F5"))
        self.assertCaught("I9")

    def test_what_was_taken_away_may_be_struck_off(self):
        self.changed_route(17, removed=[APPLICATION])
        self.story.bigip[-1]["effect"]["tenants"][TENANT].update(replaced=[], virtuals=[])
        self.asked("bigip", 18, "GET", DECLARED, 403)
        self.version(20, without_place("F5"))
        self.assertPasses()

    def test_who_has_nothing_on_a_list_goes_without_a_question(self):
        self.asked("databricks", 18, "GET", ENDPOINT, 403)
        self.version(20, without_place("Databricks"))
        self.story.kube[-2]["responseObject"]["spec"]["entries"][0]["owners"] = []
        self.assertPasses()

    def test_what_its_owner_keeps_or_gave_up_may_be_struck_off(self):
        self.asked("bigip", 18, "GET", DECLARED, 403)
        self.version(20, without_place("F5"))
        self.story.endpoint["spec"]["deletionPolicy"] = "Orphan"
        self.assertPasses()
        del self.story.endpoint["spec"]["deletionPolicy"]
        self.assertCaught("I9")
        self.story.kube[1]["responseObject"]["metadata"]["annotations"] = {"sallyport.dev/force-release": "edge"}
        self.assertPasses()

    def test_an_access_ledger_is_not_dropped_on_the_word_of_a_refusal(self):
        for path in (ENDPOINT, ENDPOINTS):
            with self.subTest(path=path):
                self.setUp()
                self.story.kube.append(stored(20, "accessledgers", "al-1", {"kind": "Status"}, "sallyport-system", "delete"))
                self.assertPasses()
                self.asked("databricks", 18, "GET", path, 403)
                self.assertCaught("I9")
                self.asked("databricks", 19, "GET", ENDPOINT, 200)
                self.assertPasses()


if __name__ == "__main__":
    unittest.main()
