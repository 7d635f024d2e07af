#!/usr/bin/python3 -B
"""FAULTS.md lists all faults once, and names tests that are there and belong to their number."""

import os
import re
import unittest

FOLDER = os.path.join("tests", "faults")
FAULTS = 41


def read(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


class FaultListTest(unittest.TestCase):
    def setUp(self):
        lines = [line for line in read("FAULTS.md").splitlines() if re.match(r"\| \d", line)]
        self.rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]

    def test_every_fault_has_one_row(self):
        self.assertEqual([int(row[0]) for row in self.rows], list(range(1, FAULTS + 1)))
        for row in self.rows:
            self.assertEqual(len(row), 4, row)
            self.assertTrue(all(row), row)

    def test_the_tests_that_are_named_are_there(self):
        named = 0
        for number, _, _, tests in self.rows:
            for part in tests.split("; "):
                match = re.match(r"(\w+_test\.cc): ", part)
                for name in re.findall(r"Fault\w+", part):
                    self.assertTrue(match, "row %s names no file for %s" % (number, name))
                    self.assertEqual(int(name[5:7]), int(number), name)
                    self.assertTrue(", %s)" % name in read(match.group(1)), "%s is not in its file" % name)
                    named += 1
        self.assertGreater(named, 20)

    def test_every_test_of_a_named_file_is_in_its_row(self):
        text = "\n".join(row[3] for row in self.rows)
        for file in set(re.findall(r"\w+_test\.cc(?=: Fault)", text)):
            for name in re.findall(r"TEST(?:_F|_P)?\(\w+, (Fault\w+)\)", read(file)):
                self.assertRegex(self.rows[int(name[5:7]) - 1][3], r"\b%s\b" % name)


if __name__ == "__main__":
    unittest.main()
