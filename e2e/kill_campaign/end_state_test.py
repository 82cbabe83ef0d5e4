# SPDX-License-Identifier: Apache-2.0
"""The comparison itself: one byte that differs is found, wherever it is, unless a pointer of ignored.json names it."""
import copy
import re
import unittest

from e2e.kill_campaign.end_state import (
    IGNORED, MATCHED, WHOLE, bigip_part, differences, in_order, kube_objects, renamed, without_ignored)

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
            self.assertRegex(reason, "^(time|version|number of|generated secret|hash over|lost answers|the same)")
            self.assertNotRegex(pointer, r"/\*$", "a whole object would be left out")

    def test_an_object_that_is_left_out_whole_has_a_reason_and_is_none_of_ours(self):
        for name, reason in WHOLE.items():
            self.assertGreater(len(reason), 10, name)
            self.assertNotRegex(name, "^(Secret|ProtectedEndpoint|F5Gateway|IdentityProvider|DatabricksWorkspace|AccessLedger)/")

    def test_only_what_is_listed_is_left_out_of_a_cluster(self):
        def thing(name, namespace="risk"):
            return {"metadata": {"name": name, "namespace": namespace}}

        class Kube:
            def list(self, kind, namespace=None):
                return {"ConfigMap": [thing("kube-root-ca.crt"), thing("mine")], "Secret": [thing("kube-root-ca.crt")],
                        "Lease": [thing("sallyport")]}.get(kind, []) if namespace == "risk" else []
        world = type("World", (), {"kube": Kube()})()
        self.assertEqual([(kind, found["metadata"]["name"]) for kind, found in kube_objects(world)],
                         [("Secret", "kube-root-ca.crt"), ("ConfigMap", "mine")])

    def test_only_what_is_listed_is_left_out_of_a_device(self):
        running = {"id": 7, "declaration": {"class": "ADC"}, "objects": [{"component": "ltm rule", "fullPath": "/Common/a"}]}
        unit = {"host": "a", "tokens": 2, "records": 9, "running": running, "saved": {"id": 6, "declaration": {}}, "new": "kept"}
        bigip = type("BigIp", (), {"state": lambda _: {"units": [unit], "inSync": True}, "virtuals": lambda _: []})()
        world = type("World", (), {"bigip": bigip})()
        [kept] = without_ignored({"bigip": bigip_part(world)})["bigip"]["units"]
        self.assertEqual(kept, {"host": "a", "new": "kept", "running": {
            "declaration": {"class": "ADC"}, "objects": {"ltm rule /Common/a": running["objects"][0]}},
            "saved": {"declaration": {}, "is what runs": False}})

    def test_remembers_which_pointers_have_left_something_out(self):
        MATCHED.clear()
        without_ignored(STATE)
        self.assertIn("/idp/*/client_id_issued_at", MATCHED)
        self.assertNotIn("/bigip/units/*/tokens", MATCHED)

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
