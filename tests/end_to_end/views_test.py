#!/usr/bin/python3 -B
"""`sandglass profile` and `sandglass timeline`: two views of one replay, which agree with each other and with it."""

import csv
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

SANDGLASS = os.path.abspath("analyzer/serve/sandglass")
FACTS = ["--work", "1", "step", "--device", "nvidia-h100-sxm"]


def kineto(path, names):
    """A trace of one operator on [4096, 4096] a name, without kernels."""
    events = []
    for index, name in enumerate(names):
        shapes = {"Input Dims": [[4096, 4096], [4096, 4096]], "Input type": ["float", "float"]}
        events.append({"ph": "X", "cat": "cpu_op", "name": name, "pid": 10, "tid": 11, "ts": 100 * index, "dur": 50,
                       "args": {"External id": index + 1, **shapes}})
    pathlib.Path(path).write_text(json.dumps({"traceEvents": events}, indent=1))


class Views(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        self.addCleanup(shutil.rmtree, self.folder)
        kineto(self.folder / "run.json", ["aten::mm", "aten::add", "aten::mul", "aten::mm"])

    def run_words(self, *words, code=0):
        done = subprocess.run([SANDGLASS, *words], cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout if code == 0 else done.stderr

    def profile(self, *words):
        return json.loads(self.run_words("profile", "run.json", *FACTS, "--format", "json", *words))

    def test_they_add_up_to_the_replay(self):
        for silicon in ("h100-sxm", "tpu-v6e", "trainium2"):
            replay = json.loads(self.run_words("replay", "run.json", *FACTS, "--on", silicon, "--format", "json"))
            by_class = sum(totals["device_s"] for totals in replay["classes"][0]["operator_classes"])
            profile = self.profile("--on", silicon)
            self.assertAlmostEqual(profile["kernels_s"] / by_class, 1, 12)
            self.run_words("timeline", "run.json", *FACTS, "--on", silicon, "-o", "timeline.json")
            timeline = json.loads((self.folder / "timeline.json").read_text())
            kernels = [event for event in timeline["traceEvents"] if event["ph"] == "X"]
            self.assertAlmostEqual(sum(event["dur"] for event in kernels) * 1e-6 / by_class, 1, 5)
            ends = [event["ts"] + event["dur"] for event in kernels]
            for end, following in zip(ends, kernels[1:]):
                self.assertLessEqual(end, following["ts"] + 1e-6)
            self.assertLessEqual(ends[-1] * 1e-6, timeline["otherData"]["wall_s"] * (1 + 1e-6))

    def test_profile_as_csv_and_text(self):
        rows = list(csv.DictReader(io.StringIO(
            self.run_words("profile", "run.json", *FACTS, "--on", "h100-sxm", "--by", "name", "--format", "csv"))))
        profile = self.profile("--on", "h100-sxm", "--by", "name")
        self.assertEqual([row["operator"] for row in rows], [" + ".join(k["names"]) for k in profile["kernels"]])
        self.assertEqual(float(rows[0]["device_s"]), profile["kernels"][0]["device_s"])
        self.assertEqual((rows[0]["operator"], rows[0]["count"]), ("aten::mm", "2"))
        text = self.run_words("profile", "run.json", *FACTS, "--on", "h100-sxm", "--top", "1")
        self.assertIn("peaks: ", text)
        self.assertIn("and 2 more, ", text)

    def test_what_cannot_run_has_no_timeline(self):
        error = self.run_words("timeline", "run.json", *FACTS, "--on", "anton3", "-o", "timeline.json", code=1)
        self.assertIn("deshaw-anton3 has no timeline of run: unsupported, aten::mm: ", error)
        self.assertEqual([path.name for path in self.folder.iterdir()], ["run.json"])

    def test_errors_are_one_line_and_leave_what_was_there(self):
        (self.folder / "timeline.json").write_text("of yesterday")
        for words, said in (
            (["timeline", "run.json", *FACTS, "--on", "h1000"], 'no silicon class "h1000"'),
            (["timeline", "run.json", *FACTS], "--on is required"),
            (["profile", "run.json", *FACTS, "--on", "h100-sxm", "--top", "0"], "--top"),
        ):
            error = self.run_words(*words, *(["-o", "timeline.json"] if words[0] == "timeline" else []), code=1)
            self.assertIn(said, error)
            self.assertEqual(error.count("\n"), 1, error)
        self.assertEqual((self.folder / "timeline.json").read_text(), "of yesterday")
        error = self.run_words("timeline", "run.json", *FACTS, "--on", "h100-sxm", "-o", "absent/timeline.json", code=1)
        self.assertIn("absent/timeline.json: cannot be written: No such file or directory", error)


if __name__ == "__main__":
    unittest.main()
