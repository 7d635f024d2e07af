#!/usr/bin/python3 -B
"""The Debian package as far as it can be looked at without installing it (tests/fresh_machine/package does that): what is
in it, that its programs run, that its unit is sound, and that the dashboard asks for metrics that a server has."""

import glob
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.request

(DEB,) = glob.glob(os.path.abspath("analyzer/package/sandglass_*.deb"))
SANDGLASS = os.path.abspath("analyzer/serve/sandglass")
DASHBOARD = os.path.abspath("analyzer/package/grafana.json")


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(dir=os.environ.get("TEST_TMPDIR")))
        cls.root = cls.folder / "root"
        subprocess.run(["dpkg-deb", "-x", DEB, cls.root], check=True)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    def test_lintian_finds_no_error(self):
        # Of the rules, not of what Debian's archive asks of its own packages.
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", "--suppress-tags",
                               "bogus-mail-host,bogus-mail-host-in-debian-changelog", DEB], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_programs_run(self):
        for program in ("sandglass", "sandglass-collect"):
            done = subprocess.run([self.root / "usr/bin" / program, "--version"], capture_output=True, text=True, check=True)
            self.assertIn(subprocess.run(["dpkg-deb", "-f", DEB, "Version"], capture_output=True, text=True,
                                         check=True).stdout.strip(), done.stdout)

    def test_every_command_has_a_page(self):
        pages = self.root / "usr/share/man/man1"
        help_text = subprocess.run([SANDGLASS, "--help"], capture_output=True, text=True, check=True).stdout
        commands = re.findall(r"^  ([a-z]+)  +\S", help_text.split("Subcommands:")[1], re.M)
        self.assertGreater(len(commands), 15)
        overview = gzip.decompress((pages / "sandglass.1.gz").read_bytes()).decode()
        for command in commands:
            text = gzip.decompress((pages / f"sandglass-{command}.1.gz").read_bytes()).decode()
            self.assertTrue(re.search(r"sandglass\\?-" + command + r" \\- \S", text), command)
            self.assertIn(f"sandglass-{command}", overview)
        self.assertIn("policy_version: 1", gzip.decompress((pages / "sandglass-check.1.gz").read_bytes()).decode())

    def test_unit_is_sound(self):
        unit = self.folder / "sandglass.service"
        text = (self.root / "usr/lib/systemd/system/sandglass.service").read_text()
        # Verified as if installed here.
        unit.write_text(text.replace("/usr/bin/sandglass", SANDGLASS).replace("sandglass\nGroup=sandglass", "root\nGroup=root"))
        done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_dashboard_asks_for_what_a_server_tells(self):
        server = subprocess.Popen(
            [SANDGLASS, "serve", "--store", self.folder / "store", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().split()[-1]
            metrics = next(re.search(r"127\.0\.0\.1:\d+", line).group() for line in server.stderr if "metrics" in line)
            # Labels come with the first event.
            subprocess.run([SANDGLASS, "--server", address, "replay", "absent"], capture_output=True, check=False)
            self.submit(address)
            time.sleep(0.2)
            text = urllib.request.urlopen(f"http://{metrics}/metrics").read().decode()
        finally:
            server.terminate()
            server.communicate()
        told = {}
        for name, labels in re.findall(r"^(\w+)(?:\{([^}]*)\})? \S+$", text, re.M):
            told.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
        dashboard = json.loads(pathlib.Path(DASHBOARD).read_text())
        asked = 0
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                (metric,) = re.findall(r"\bsandglass_\w+", target["expr"])
                # A counter that has counted nothing has no labels yet.
                if metric in ("sandglass_calls_failed_total", "sandglass_ingest_credit_waits_total"):
                    continue
                self.assertIn(metric, told)
                asked += 1
                for label in re.findall(r"by \((\w+)\)", target["expr"]) + re.findall(r"{{(\w+)}}", target["legendFormat"]):
                    if label != "instance":
                        self.assertIn(label, told[metric], target["expr"])
        self.assertGreater(asked, 10)

    def submit(self, address):
        trace = {"traceEvents": [{"ph": "X", "cat": "cpu_op", "name": "aten::mm", "pid": 10, "tid": 11, "ts": 0, "dur": 50,
                                  "args": {"External id": 1, "Input Dims": [[64, 64], [64, 64]],
                                           "Input type": ["float", "float"]}}]}
        (self.folder / "run.json").write_text(json.dumps(trace, indent=1))
        subprocess.run([self.root / "usr/bin/sandglass-collect", "import", "run.json", "--to", address, "--work", "1", "step"],
                       cwd=self.folder, check=True, capture_output=True)


if __name__ == "__main__":
    unittest.main()
