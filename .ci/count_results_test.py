#!/usr/bin/python3 -B
"""count_results.py on records as Bazel 4.2 writes them, one case a test."""

import contextlib
import io
import json
import os
import tempfile
import unittest

import count_results

CASES = {
    "pass": '<testcase name="a" status="run" result="completed"/>',
    "fail": '<testcase name="b" status="run" result="completed"><failure message="no"/></testcase>',
    "error": '<testcase name="c" status="run"><error message="exited with error code 1"/></testcase>',
    "skip": '<testcase name="d" status="run" result="skipped"><skipped message=""/></testcase>',
    "disabled": '<testcase name="e" status="notrun" result="suppressed"/>',
}


def lines_of(targets, bazel_rc, lint_rc, extra=(), readers=()):
    """Prints and exit code for `targets`: (label, status, names of cases or None for no XML, shard)."""
    with tempfile.TemporaryDirectory() as folder:
        events = [json.dumps(event) for event in extra]
        for number, (label, status, cases, shard) in enumerate(targets):
            output = []
            if cases is not None:
                path = os.path.join(folder, "a b%d.xml" % number)
                with open(path, "w", encoding="utf-8") as file:
                    file.write("<testsuites><testsuite>%s</testsuite></testsuites>" % "".join(CASES[c] for c in cases))
                output = [{"name": "test.log", "uri": "file:///none"},
                          {"name": "test.xml", "uri": "file://" + path.replace(" ", "%20")}]
            identity = {"label": label, "run": 1, "attempt": 1, "shard": shard}
            events.append(json.dumps({"id": {"testResult": identity},
                                      "testResult": {"status": status, "testActionOutput": output}}))
        path = os.path.join(folder, "events.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(events))
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            code = count_results.main(["", path, str(bazel_rc), str(lint_rc), *readers])
    return printed.getvalue().splitlines(), code


def run(targets, bazel_rc, lint_rc, extra=()):
    lines, code = lines_of(targets, bazel_rc, lint_rc, extra)
    return lines[-1], code


class CountTest(unittest.TestCase):
    def test_table(self):
        a = ("//a:t", "PASSED", ["pass", "pass"], 1)
        for targets, bazel_rc, lint_rc, line, code in (
            # Two cases and lint.
            ([a], 0, 0, "3 passed, 0 failed", 0),
            ([a, ("//b:t", "PASSED", ["pass", "skip"], 1)], 0, 0, "4 passed, 0 failed, 1 skipped", 0),
            ([("//b:t", "PASSED", ["skip"], 1)], 0, 0, "1 passed, 0 failed, 1 skipped", 0),
            # Each shard of one target counts.
            ([a, ("//a:t", "PASSED", ["pass"], 2)], 0, 0, "4 passed, 0 failed", 0),
            # A later attempt takes the place of the one before.
            ([("//a:t", "FAILED", ["fail"], 1), a], 0, 0, "3 passed, 0 failed", 0),
            ([a, ("//b:t", "FAILED", ["pass", "fail"], 1)], 3, 0, "4 passed, 1 failed", 1),
            ([("//b:t", "FAILED", ["error"], 1)], 3, 0, "1 passed, 1 failed", 1),
            # A crash: the XML knows of no fault.
            ([("//b:t", "FAILED", ["pass"], 1)], 3, 0, "2 passed, 1 failed", 1),
            ([("//b:t", "TIMEOUT", None, 1)], 3, 0, "1 passed, 1 failed", 1),
            ([("//b:t", "PASSED", None, 1)], 0, 0, "2 passed, 0 failed", 0),
            # A disabled case must not go unseen.
            ([("//a:t", "PASSED", ["pass", "disabled"], 1)], 0, 0, "2 passed, 0 failed, 1 skipped", 0),
            ([a], 0, 1, "2 passed, 1 failed", 1),
            # The build failed, though every test that could run passed.
            ([a], 1, 0, "3 passed, 1 failed", 1),
            ([a], 1, 1, "2 passed, 2 failed", 1),
            # Nothing ran: no success, whatever the exit code.
            ([], 0, 0, "1 passed, 1 failed", 1),
            ([], 37, 1, "0 passed, 2 failed", 1),
        ):
            self.assertEqual(run(targets, bazel_rc, lint_rc), (line, code))

    def test_a_target_that_did_not_build_fails(self):
        def configured(label, **more):
            kind = {"targetKind": "cc_test rule", **more}
            return {"id": {"targetConfigured": {"label": label}}, "configured": kind}

        extra = [configured("//a:t", testSize="SMALL"), configured("//c:t", testSize="SMALL"), configured("//c:lib")]
        self.assertEqual(run([("//a:t", "PASSED", ["pass"], 1)], 1, 0, extra), ("2 passed, 1 failed", 1))

    def test_tests_that_want_data_are_told_apart(self):
        targets = [("//a:t", "PASSED", ["pass", "skip", "skip"], 1), ("//b:t", "FAILED", ["pass", "fail"], 1)]
        lines, _ = lines_of(targets, 3, 0, readers=["//a:t", "//b:t", "//c:t"])
        self.assertEqual(lines[:3], ["run: shared data: //a:t: 1 cases ran, 2 skipped",
                                     "run: shared data: //b:t: 2 cases ran, 0 skipped",
                                     "run: shared data: //c:t: no result"])
        self.assertEqual(lines[-1], "3 passed, 2 failed, 2 skipped")

    def test_a_broken_record_is_no_success(self):
        self.assertEqual(run([], 0, 0, [["no event"]])[1], 1)


if __name__ == "__main__":
    unittest.main()
