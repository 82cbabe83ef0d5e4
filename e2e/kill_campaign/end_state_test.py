# SPDX-License-Identifier: Apache-2.0
"""The comparison itself: one byte that differs is found, wherever it is, unless a pointer of ignored.json names it."""
import copy
import re
import unittest

from e2e.kill_campaign.end_state import IGNORED, differences, in_order, renamed, without_ignored

STATE = {
    "kube": {
        "ProtectedEndpoint/risk/fraud-scoring": {
            "metadata": {"name": "fraud-scoring", "uid": "1111-2222", "resourceVersion": "77", "generation": 1},
            "status": {"conditions": {"Ready": {"status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z"}}}},
        "Secret/risk/fraud-client": {"data": {"client_id": "abc", "client_secret": "planted"}}},
    "bigip": {"units": [{"running": {"declaration": {"controls": {"archiveTimestamp": "2026"}, "sp_x": {"vs": {"rules": ["a", "b"]}}}}}]},
    "idp": [{"client_id": "abc", "scope": "fraud:score", "client_id_issued_at": 7}]}


def changed(*path, to):
    """STATE with one value exchanged."""
    state = copy.deepcopy(STATE)
    at = state
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = to
    return state


def apart(found):
    return [pointer for pointer, _, _ in differences(without_ignored(STATE), without_ignored(found))]


class Comparison(unittest.TestCase):
    def test_equal_states_have_no_differences(self):
        self.assertEqual(apart(copy.deepcopy(STATE)), [])

    def test_one_byte_anywhere_is_found_and_named_by_its_pointer(self):
        endpoint = ("kube", "ProtectedEndpoint/risk/fraud-scoring")
        for path, to, pointer in [
                ((*endpoint, "metadata", "generation"), 2, "/kube/ProtectedEndpoint~1risk~1fraud-scoring/metadata/generation"),
                ((*endpoint, "status", "conditions", "Ready", "status"), "true",
                 "/kube/ProtectedEndpoint~1risk~1fraud-scoring/status/conditions/Ready/status"),
                (("kube", "Secret/risk/fraud-client", "data", "client_id"), "abd", "/kube/Secret~1risk~1fraud-client/data/client_id"),
                (("idp", 0, "scope"), "fraud:scorE", "/idp/0/scope"),
                (("bigip", "units", 0, "running", "declaration", "sp_x", "vs", "rules"), ["b", "a"],
                 "/bigip/units/0/running/declaration/sp_x/vs/rules/0")]:
            with self.subTest(pointer=pointer):
                self.assertEqual(apart(changed(*path, to=to))[0], pointer)

    def test_what_is_missing_or_new_is_found(self):
        self.assertEqual(apart(changed("idp", to=[])), ["/idp"])
        self.assertEqual(apart(changed("kube", "Secret/risk/other", to={})), ["/kube/Secret~1risk~1other"])

    def test_what_is_listed_may_differ(self):
        self.assertEqual(apart(changed("kube", "ProtectedEndpoint/risk/fraud-scoring", "metadata", "resourceVersion", to="78")), [])
        self.assertEqual(apart(changed("kube", "Secret/risk/fraud-client", "data", "client_secret", to="other")), [])
        self.assertEqual(apart(changed("idp", 0, "client_id_issued_at", to=8)), [])

    def test_every_pointer_has_a_reason_and_names_a_leaf(self):
        for pointer, reason in IGNORED.items():
            self.assertRegex(reason, "^(time|version|generated secret|hash over|lost answers|the same)")
            self.assertNotRegex(pointer, r"/\*$", "a whole object would be left out")

    def test_generated_values_are_replaced_as_whole_words_and_have_to_agree(self):
        pairs = [(re.compile(r"(?<![0-9A-Za-z])44899(?![0-9A-Za-z])"), "<port>")]
        self.assertEqual(renamed({"url": "http://127.0.0.1:44899/x", "id": "421044899178232", "port": 44899}, pairs),
                         {"url": "http://127.0.0.1:<port>/x", "id": "421044899178232", "port": "<port>"})

    def test_lists_that_are_maps_are_compared_by_their_keys(self):
        one = {"metadata": {}, "status": {"conditions": [{"type": "A"}, {"type": "B"}]}}
        other = {"metadata": {}, "status": {"conditions": [{"type": "B"}, {"type": "A"}]}}
        self.assertEqual(in_order("ProtectedEndpoint", one), in_order("ProtectedEndpoint", other))


if __name__ == "__main__":
    unittest.main()
