"""What compare does with numbers, without an engine: python -m unittest bench.test_bench."""
import tempfile
import unittest
from pathlib import Path

import numpy as np

from bench import machine, report
from bench.__main__ import merge, parse_arguments
from bench.rounds import difference


def row(network="net", threads=1, **contenders):
    results = {name: {"minimum_ms": time, "median_ms": 2 * time} if isinstance(time, float) else {"problem": time}
               for name, time in contenders.items()}
    return {"network": network, "threads": threads, "contenders": results, "fma_gflops": 118.2, "others": 0.25,
            "stolen": 0.0}


class Machine(unittest.TestCase):
    def test_time_of_all_cores_without_waiting(self):
        text = "cpu  300 10 90 4000 50 5 5 20 0 0\ncpu0 1 2 3\n"
        self.assertEqual(machine.parse_stat(text), (410 / machine.TICKS, 20 / machine.TICKS))

    def test_old_systems_do_not_tell_what_was_stolen(self):
        self.assertEqual(machine.parse_stat("cpu  1 0 0 1 0 0 0\n")[1], 0)

    def test_a_process_whose_name_has_brackets(self):
        fields = "S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0".split()
        self.assertEqual(machine.parse_process("7 (a) b) " + " ".join(fields)), 300 / machine.TICKS)


class Answers(unittest.TestCase):
    def test_largest_difference_over_largest_value(self):
        self.assertAlmostEqual(difference([np.array([1.0, 2.5])], [np.array([1.0, 2.0])]), 0.25)

    def test_a_batch_of_one_may_be_missing(self):
        self.assertEqual(difference([np.ones((3, 4))], [np.ones((1, 3, 4))]), 0)

    def test_other_sizes_and_nan_are_wrong(self):
        self.assertEqual(difference([np.ones(3)], [np.ones(4)]), float("inf"))
        self.assertEqual(difference([np.ones(3)], [np.ones(3), np.ones(3)]), float("inf"))
        self.assertEqual(difference([np.full(3, np.nan)], [np.ones(3)]), float("inf"))


class Report(unittest.TestCase):
    def test_ratios_are_minimum_over_minimum(self):
        text = report.table([row(kiln=2.0, ncnn=3.0)])
        self.assertRegex(text, r"\| net +\| 1 +\| 2\.000 \(4\.000\) \| 3\.000 \(6\.000\) \| 1\.50 +\| 118 +\| 0\.25 +\|")

    def test_wrong_answers_have_no_speed(self):
        rows = [row(kiln=2.0, ncnn=1.0)]
        rows[0]["contenders"]["ncnn"]["problem"] = "its answers differ by 0.5"
        self.assertIsNone(report.ratio(rows[0], "ncnn"))
        text = report.table(rows)
        self.assertNotIn("1.000", text)
        self.assertIn("net, 1 threads, ncnn: its answers differ by 0.5", text)

    def test_who_cannot_run_says_why(self):
        text = report.table([row(kiln=2.0, openvino="no operator X")])
        self.assertRegex(text, r"\| 2\.000 \(4\.000\) \| - +\| - +\|")
        self.assertIn("OpenVINO: no operator X", text)

    def test_a_kept_row_is_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.json"
            path.write_text('{"rows": [{"network": "a", "threads": 1}, {"network": "b", "threads": 1, "old": 1}]}')
            rows = merge(path, {"network": "b", "threads": 1})
            self.assertEqual(rows, [{"network": "a", "threads": 1}, {"network": "b", "threads": 1}])
            self.assertEqual(len(merge(path, {"network": "b", "threads": 2})), 3)


class Arguments(unittest.TestCase):
    def test_defaults(self):
        arguments = parse_arguments([])
        self.assertEqual((arguments.models, arguments.threads, arguments.names[0]), ([], "1,2", "kiln"))

    def test_unknown_contender(self):
        with self.assertRaises(SystemExit) as caught:
            parse_arguments(["--with=kiln,nobody"])
        self.assertEqual(caught.exception.code, 2)


if __name__ == "__main__":
    unittest.main()
