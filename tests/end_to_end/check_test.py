#!/usr/bin/python3 -B
"""`sandglass check` as a CI job sees it: each exit code, and each output read back by a reader that is not ours; and
the examples for CI systems, whose steps are run as they stand."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml
from junitparser import JUnitXml

SANDGLASS = os.path.abspath("analyzer/serve/sandglass")
EXAMPLES = pathlib.Path("tests/end_to_end/ci_examples").absolute()

LIMITS = """
policy_version: 1 title: "Limits" silicon_classes: "h100-sxm"
rules { name: "time" metric: METRIC_SECONDS unit: "us/step" fail { at_most: %s } warn { at_most: %s } }
"""
HOLDS = LIMITS % (2e9, 1e9)
WARNS = LIMITS % (1e9, 1)
FAILS = LIMITS % (1, 0.5)


def kineto(path, rows, name="aten::mm", operators=1):
    """A trace of products of [rows, 1024] and [1024, 1024] with a kernel each."""
    events = []
    for index in range(operators):
        start = 1000 * index
        shapes = {"Input Dims": [[rows, 1024], [1024, 1024]], "Input type": ["float", "float"]}
        events.append(
            {"ph": "X", "cat": "cpu_op", "name": name, "pid": 10, "tid": 11, "ts": start, "dur": 50,
             "args": {"External id": index + 1, **shapes}}
        )
        events.append(
            {"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 10, "tid": 11, "ts": start + 20,
             "dur": 5, "args": {"correlation": index + 1}}
        )
        events.append(
            {"ph": "X", "cat": "kernel", "name": "gemm", "pid": 0, "tid": 7, "ts": start + 60, "dur": 20,
             "args": {"correlation": index + 1, "device": 0, "stream": 7}}
        )
    pathlib.Path(path).write_text(json.dumps({"traceEvents": events}, indent=1))


class Folder(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.folder)
        kineto(self.folder / "run.pt.trace.json", 4096)

    def check(self, *arguments, policy=None, trace="run.pt.trace.json", steps="1"):
        if policy is not None:
            (self.folder / "policy").write_text(policy)
        command = [SANDGLASS, "check", "--policy", "policy", *arguments, "--work", steps, "step", trace]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)


class ExitCodes(Folder):
    def test_0_all_holds(self):
        done = self.check(policy=HOLDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("passed: 1 passed\n", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_0_warns(self):
        done = self.check(policy=WARNS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("warned: 1 warned\n", done.stdout)

    def test_1_errors_are_one_line(self):
        for policy, trace, said in (
            ("policy_version: 1 rules { nam: 1 }", "run.pt.trace.json", "policy:1:"),
            (FAILS, "absent", "are for trace files, and none was given"),
            (FAILS.replace("h100-sxm", "h1000"), "run.pt.trace.json", 'no silicon class "h1000"'),
        ):
            done = self.check(policy=policy, trace=trace)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertIn(said, done.stderr)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_1_baseline_of_other_options(self):
        policy = HOLDS
        self.assertEqual(self.check("--json", "a.json", policy=policy).returncode, 0)
        done = self.check("--baseline", "a.json", "--precision", "bf16", policy=policy)
        self.assertEqual(done.returncode, 1)
        self.assertIn("a.json: was made under other options (", done.stderr)
        self.assertIn("make the baseline anew", done.stderr)

    def test_2_a_rule_fails(self):
        done = self.check("--format", "json", policy=FAILS)
        self.assertEqual(done.returncode, 2)
        self.assertEqual(json.loads(done.stdout)["outcome"], "CHECK_OUTCOME_FAILED")
        self.assertIn("sandglass: denied: 1 failed\n", done.stderr)

    def test_2_unpriced_is_not_free(self):
        policy = HOLDS + (
            'rules { name: "money" metric: METRIC_USD unit: "USD/step" fail { at_most: 1e9 } }'
        )
        self.assertEqual(self.check(policy=policy).returncode, 0)
        done = self.check("--price-region", "the moon", policy=policy)
        self.assertEqual(done.returncode, 2, done.stdout)
        self.assertIn("unpriced", done.stdout)

    def test_3_too_little_is_known(self):
        kineto(self.folder / "run.pt.trace.json", 4096, name="mine::secret")
        done = self.check(policy=HOLDS)
        self.assertEqual(done.returncode, 3, done.stdout)
        done = self.check("--coverage-floor", "0.9", policy=HOLDS)
        self.assertEqual(done.returncode, 3, done.stdout)

    def test_3_a_rule_holds_on_nothing(self):
        policy = HOLDS.replace("metric:", 'traces: "nightly/*" metric:')
        self.assertEqual(self.check(policy=policy).returncode, 3)

    def test_3_strict_on_a_file_that_was_cut_off(self):
        path = self.folder / "run.pt.trace.json"
        path.write_text(path.read_text()[:-10])
        policy = HOLDS
        self.assertEqual(self.check(policy=policy).returncode, 0)
        done = self.check("--strict", policy=policy)
        self.assertEqual(done.returncode, 3, done.stdout)


class Manners(Folder):
    def test_quiet_tells_errors_alone(self):
        kineto(self.folder / "run.pt.trace.json", 4096, operators=3000)
        (self.folder / "policy").write_text(FAILS)
        words = ["check", "--policy", "policy", "--work", "1", "step", "--format", "json", "run.pt.trace.json"]
        told = subprocess.run([SANDGLASS, "--store", "absent", *words], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertIn("sandglass: note: run.pt.trace.json is a file here", told.stderr)
        quiet = subprocess.run([SANDGLASS, "-q", "--store", "absent", *words], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(quiet.stderr, "sandglass: denied: 1 failed\n")
        self.assertEqual(quiet.returncode, 2)

    def test_json_is_an_object_a_line(self):
        (self.folder / "policy").write_text(FAILS)
        for words, levels in (
            (["--store", "absent", "check", "--policy", "policy", "--work", "1", "step", "--format", "json",
              "run.pt.trace.json"], ["note", "denied"]),
            (["replay", "absent"], ["error"]),
        ):
            done = subprocess.run([SANDGLASS, "--log-format", "json", *words], cwd=self.folder, capture_output=True, text=True,
                                  check=False)
            lines = [json.loads(line) for line in done.stderr.splitlines()]
            self.assertEqual([line["level"] for line in lines], levels)
            self.assertTrue(all(line["message"] for line in lines))


class Outputs(Folder):
    POLICY = (
        FAILS
        + 'rules { name: "fits" metric: METRIC_DEVICES fail { at_most: 1 } }'
        + 'rules { name: "change" metric: METRIC_JOULES unit: "J/step" fail { increase_percent: 5 } }'
        + 'rules { name: "gone" metric: METRIC_DEVICES traces: "x" fail { at_most: 1 } }'
    )

    def test_junit_is_read_by_another_reader(self):
        self.check("--junit", "check.xml", policy=self.POLICY)
        xml = JUnitXml.fromfile(str(self.folder / "check.xml"))
        self.assertEqual((xml.tests, xml.failures, xml.errors, xml.skipped), (4, 1, 1, 1))
        results = {}
        for suite in xml:
            for case in suite:
                results[case.name] = [type(result).__name__ for result in case.result]
        self.assertEqual(
            results,
            {"time on nvidia-h100-sxm": ["Failure"], "fits on nvidia-h100-sxm": [],
             "change on nvidia-h100-sxm": ["Skipped"], "gone": ["Error"]},
        )

    def test_markdown_is_rendered_by_another_program(self):
        self.check("--markdown", "check.md", policy=self.POLICY)
        html = subprocess.run(
            ["cmark-gfm", "--extension", "table", "--unsafe", str(self.folder / "check.md")],
            capture_output=True, text=True, check=True,
        ).stdout
        self.assertIn("<strong>failed</strong>", html)
        rows = re.findall(r"<tr>\n(.*?)</tr>", html, re.S)
        cells = [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.S) for row in rows]
        self.assertIn("time", cells[1])
        self.assertIn("at most 1 us/step", cells[1])
        # What held is folded, and its table is one still.
        folded = html[html.index("<details>"):html.index("</details>")]
        self.assertIn("<td>fits</td>", folded)

    def test_markdown_only_where_it_is_worse(self):
        policy = HOLDS
        self.check("--json", "a.json", policy=policy)
        (self.folder / "check.md").write_text("of yesterday")
        same = self.check("--baseline", "a.json", "--markdown", "check.md", "--markdown-when", "worse", policy=policy)
        self.assertEqual(same.returncode, 0, same.stderr)
        self.assertFalse((self.folder / "check.md").exists())
        kineto(self.folder / "run.pt.trace.json", 4096, operators=3)
        self.check("--baseline", "a.json", "--markdown", "check.md", "--markdown-when", "worse", policy=policy)
        self.assertIn("aten::mm", (self.folder / "check.md").read_text())

    def test_changes_name_the_operators(self):
        policy = HOLDS + (
            'rules { name: "change" metric: METRIC_JOULES unit: "J/step" fail { increase_percent: 5 } }'
        )
        self.check("--json", "a.json", policy=policy)
        kineto(self.folder / "run.pt.trace.json", 4096, operators=3)
        done = self.check("--baseline", "a.json", "--format", "json", policy=policy)
        self.assertEqual(done.returncode, 2, done.stderr)
        report = json.loads(done.stdout)
        (change,) = report["changes"]
        self.assertEqual((change["name"], change["count_before"], change["count_after"]), ("aten::mm", 1, 3))
        self.assertAlmostEqual(change["device_s_after"] / change["device_s_before"], 3, 9)
        finding = next(f for f in report["findings"] if f["rule"] == "change")
        self.assertGreater(finding["change_percent"], 150)

    def test_what_is_compared_is_a_unit_of_work(self):
        policy = HOLDS + (
            'rules { name: "change" metric: METRIC_JOULES unit: "J/step" fail { increase_percent: 1 decrease_percent: 1 } }'
        )
        kineto(self.folder / "run.pt.trace.json", 4096, operators=20)
        self.check("--json", "a.json", policy=policy)
        kineto(self.folder / "run.pt.trace.json", 4096, operators=40)
        done = self.check("--baseline", "a.json", "--format", "json", policy=policy, steps="2")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertNotIn("changes", json.loads(done.stdout))

    def test_files_of_one_name_are_told_apart(self):
        for folder in ("d1", "d2"):
            (self.folder / folder).mkdir()
            shutil.copy(self.folder / "run.pt.trace.json", self.folder / folder)
        (self.folder / "policy").write_text(HOLDS)
        done = subprocess.run(
            [SANDGLASS, "check", "--policy", "policy", "--work", "1", "step", "--format", "json", "d1/run.pt.trace.json",
             "d2/run.pt.trace.json"], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([trace["trace_name"] for trace in json.loads(done.stdout)["traces"]], ["d1/run", "d2/run"])

    def test_a_link_leads_to_the_file(self):
        (self.folder / "real.json").write_text("old")
        (self.folder / "link.json").symlink_to("real.json")
        self.check("--json", "link.json", policy=HOLDS)
        self.assertTrue((self.folder / "link.json").is_symlink())
        self.assertIn("report_version", (self.folder / "real.json").read_text())
        done = self.check("--json", "x", "--junit", "x", policy=HOLDS)
        self.assertEqual(done.returncode, 1)
        self.assertIn("x is named twice", done.stderr)

    def test_same_question_same_bytes(self):
        for name in ("a.json", "b.json"):
            self.check("--json", name, policy=self.POLICY)
        # A file is a new trace each time.
        texts = [re.sub(r'"trace_id": "[^"]*"', "", (self.folder / n).read_text()) for n in ("a.json", "b.json")]
        self.assertEqual(texts[0], texts[1])

    def test_outputs_that_cannot_be_written_are_errors(self):
        for where in ("absent/check.json", "."):
            done = self.check("--json", where, policy=HOLDS)
            self.assertEqual(done.returncode, 1, where)
            self.assertIn(where, done.stderr)


class Examples(Folder):
    """Steps of the examples run as they stand: on the main branch, then for a change that costs more."""

    def setUp(self):
        super().setUp()
        shutil.copy(EXAMPLES / "silicon.policy", self.folder)
        (self.folder / "bin").mkdir()
        (self.folder / "bin" / "sandglass").symlink_to(SANDGLASS)
        (self.folder / "trace_one_step.py").write_text("")

    def run_steps(self, script, **environment):
        variables = {**os.environ, "PATH": f"{self.folder}/bin:{os.environ['PATH']}", **environment}
        return subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script], cwd=self.folder, env=variables, capture_output=True, text=True,
            check=False,
        )

    def hold(self, on_main, on_change):
        """`on_main` and `on_change` run the steps of a job there."""
        done = on_main()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertTrue((self.folder / "baseline.json").exists())
        done = on_change()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        kineto(self.folder / "run.pt.trace.json", 4096, operators=3)
        done = on_change()
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("time does not grow", (self.folder / "check.md").read_text())
        self.assertGreater(JUnitXml.fromfile(str(self.folder / "check.xml")).failures, 0)

    def test_github(self):
        job = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text())["jobs"]["check"]
        steps = {step["name"]: step["run"] for step in job["steps"] if "run" in step}
        summary = str(self.folder / "summary")

        def script(*names):
            return self.run_steps("\n".join(steps[name] for name in names), GITHUB_STEP_SUMMARY=summary)

        self.hold(
            lambda: script("Trace one step", "Check", "Show it on the job's page", "New baseline"),
            lambda: script("Trace one step", "Check", "Show it on the job's page"),
        )
        self.assertIn("What this change does on silicon", pathlib.Path(summary).read_text())

    def test_gitlab(self):
        script = "\n".join(yaml.safe_load((EXAMPLES / "gitlab-ci.yml").read_text())["silicon"]["script"])
        self.hold(
            lambda: self.run_steps(script, CI_COMMIT_BRANCH="main", CI_DEFAULT_BRANCH="main"),
            lambda: self.run_steps(script, CI_COMMIT_BRANCH="change", CI_DEFAULT_BRANCH="main"),
        )


if __name__ == "__main__":
    unittest.main()
