# SPDX-License-Identifier: Apache-2.0
import unittest

from e2e.bench.traffic import report, tools
from e2e.bench.traffic.contenders import sort_out


def result(contender, cpu, algorithm="RS256", per_second=1000, connections=8):
    return {"contender": contender, "algorithm": algorithm, "connections": connections, "per_second": per_second, "p50": "1ms", "p99": "2ms",
            "cpu_us_per_request": cpu, "memory_mib": None}


class Named:
    def __init__(self, name, needs=None):
        self.name, self.needs = name, needs


class Report(unittest.TestCase):
    def row(self, results, contender):
        return next(row for row in report.summarise(results) if row["contender"] == contender)

    def test_what_is_added_is_the_difference_of_the_medians_to_bare_nginx(self):
        results = [result("bare nginx", cpu) for cpu in (30, 20, 90)] + [result("sallyport RS256, checked", cpu) for cpu in (130, 100, 500)]

        self.assertEqual(self.row(results, "sallyport RS256, checked")["added_us_per_request"], 100)

    def test_ours_is_compared_with_a_rival_of_the_same_algorithm_and_as_many_connections(self):
        results = [result("bare nginx", 20), result("bare nginx", 30, connections=1),
                   result("njs RS256, checked", 220), result("njs ES256, checked", 420, "ES256"), result("njs ES256, checked", 830, "ES256", connections=1),
                   result("sallyport ES256, checked", 120, "ES256")]

        row = self.row(results, "sallyport ES256, checked")

        self.assertEqual(row["added_of"], {"njs": 0.25, "oauth2-proxy": None})

    def test_a_rival_is_compared_with_nobody(self):
        results = [result("bare nginx", 20), result("njs RS256, checked", 220)]

        self.assertEqual(self.row(results, "njs RS256, checked")["added_of"], {"njs": None, "oauth2-proxy": None})

    def test_requests_a_second_are_a_part_of_the_floor(self):
        results = [result("floor", 50, per_second=2000), result("apache RS256, checked", 100, per_second=500)]

        self.assertEqual(self.row(results, "apache RS256, checked")["of_floor"], 0.25)

    def test_the_table_says_who_was_left_out_and_why(self):
        text = report.table(report.summarise([result("bare nginx", 20)]), {"bare apache": "no network"})

        self.assertIn("| bare nginx | 8 | 1,000 | - | 1ms | 2ms | 20 | 0 | - | - | - |", text)
        self.assertIn("Left out: bare apache: no network", text)

    def test_who_lacks_a_program_is_left_out_and_the_others_stay(self):
        asked = []

        def missing():
            asked.append(1)
            raise tools.Missing("no network")

        taking_part, left_out = sort_out([Named("bare nginx"), Named("a", missing), Named("b", missing), Named("c", lambda: None)])

        self.assertEqual([contender.name for contender in taking_part], ["bare nginx", "c"])
        self.assertEqual(left_out, {"a": "no network", "b": "no network"})
        self.assertEqual(len(asked), 1)


if __name__ == "__main__":
    unittest.main()
