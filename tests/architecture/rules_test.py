#!/usr/bin/python3 -B
"""Each rule of rules.py on small trees made for it: a clean tree passes, and one planted fault is found."""

import os
import tempfile
import unittest

import rules
import tree

# A small house that breaks no rule.
CLEAN = {
    ".gitignore": "/bazel-*\n/compile_commands.json\n",
    "BUILD.bazel": 'alias(name = "demo", actual = "//analyzer/demo")\n',
    "WORKSPACE": "",
    "README.md": "",
    "third_party/BUILD.bazel": "".join('cc_library(name = "%s")\n' % n for n in ("absl", "torch", "gtest_main")),
    "proto/BUILD.bazel": 'load("//third_party/bazel:proto.bzl", "cc_proto")\ncc_proto(name = "trace", src = "trace.proto")\n',
    "storage/BUILD.bazel": 'cc_library(name = "store", hdrs = ["store.h"], srcs = ["store.cc"], '
    'deps = ["//proto:trace", "//third_party:absl"])\n',
    "storage/store.h": '#include <string>\n#include <unistd.h>\n#include "proto/trace.pb.h"\n',
    "storage/store.cc": '#include "storage/store.h"\n#include "absl/status/status.h"\n',
    "collectors/BUILD.bazel": 'cc_library(name = "sink", hdrs = ["sink.h"])\n',
    "collectors/sink.h": "",
    "collectors/main/BUILD.bazel": 'cc_binary(name = "main", srcs = ["main.cc"], '
    'deps = ["//collectors:sink", "//storage:store"])\n',
    "collectors/main/main.cc": '#include "collectors/sink.h"\n#include "storage/store.h"\n',
    "analyzer/ops/BUILD.bazel": 'cc_library(name = "ops", hdrs = ["ops.h"])\n',
    "analyzer/ops/ops.h": "",
    "analyzer/models/BUILD.bazel": 'WARNINGS = ["-w"]\nNAMES = ["a"]\n'
    '[cc_library(name = "model_" + n, srcs = glob(["model_*.cc"]), copts = TORCH_COPTS + WARNINGS, '
    'deps = ["//analyzer/ops"] + select({"//conditions:default": []})) for n in NAMES]\n',
    "analyzer/models/model_a.cc": '#include "analyzer/ops/ops.h"\n',
    "analyzer/demo/BUILD.bazel": 'sh_binary(name = "demo", srcs = ["demo.sh"])\n',
}


def faults(changes):
    """The faults of CLEAN with `changes`, a dict from path to text; None removes the file."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **changes}.items():
            if text is None:
                continue
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        return rules.faults(tree.read(root))


class RulesTest(unittest.TestCase):
    def only(self, changes, *words):
        """Checks that `changes` make faults, and that each word stands in one of them."""
        found = faults(changes)
        self.assertTrue(found)
        for word in words:
            self.assertTrue(any(word in fault for fault in found), "%r is in none of %r" % (word, found))

    def test_models_know_no_devices(self):
        spec = {"analyzer/silicon/specs/a.textproto": 'id: "maker-x9"\naliases: "x9"\n'}
        model = "analyzer/models/model_a.cc"
        by_id = 'bool Fast(const char* id) { return id == "maker-x9"; }\n'
        self.only({**spec, model: by_id}, "model_a.cc mentions maker-x9")
        self.only({**spec, model: "constexpr int kX = 1; enum { X9 };\n"}, "mentions x9")
        # What was measured on which chip is said in comments, and tests may use any.
        self.assertEqual(faults({**spec, model: "// Measured on the X9.\nint y9;\n"}), [])

    def test_clean_tree(self):
        self.assertEqual(faults({}), [])

    def test_upward_include(self):
        self.only(
            {"storage/store.cc": '#include "analyzer/ops/ops.h"\n'},
            'storage/store.cc includes "analyzer/ops/ops.h": analyzer is above storage',
        )

    def test_upward_dependency_without_include(self):
        self.only(
            {"collectors/BUILD.bazel": 'cc_library(name = "sink", hdrs = ["sink.h"], deps = ["//tests/support:fake"])\n'},
            "//collectors:sink depends on //tests/support:fake: tests is above collectors",
        )

    def test_every_upward_pair(self):
        for low, high in (("proto", "storage"), ("proto", "collectors"), ("collectors", "analyzer"),
                          ("storage", "analyzer"), ("analyzer", "tests"), ("third_party", "proto")):
            self.assertIsNotNone(rules.allowed(low + "/x", high + "/y"), (low, high))
            self.assertIsNone(rules.allowed(high + "/ops", low + "/y"), (high, low))

    def test_collectors_and_storage_do_not_see_each_other(self):
        self.only({"collectors/sink.h": '#include "storage/store.h"\n'}, "collectors and storage do not see each other")
        self.only({"storage/store.h": '#include "collectors/sink.h"\n'}, "storage and collectors do not see each other")
        # Beginning like the excepted folder is not being it.
        self.assertIsNotNone(rules.allowed("collectors/mainland", "storage"))
        self.assertIsNone(rules.allowed("collectors/main/inner", "storage/x"))

    def test_order_inside_the_analyzer(self):
        names = [name for level in rules.ANALYZER_ORDER for name in level]
        self.assertEqual(len(names), len(set(names)))
        self.only({"analyzer/ops/ops.h": '#include "analyzer/models/m.h"\n'}, "analyzer/models is above")
        self.assertIsNone(rules.allowed("analyzer/replay", "analyzer/models"))
        self.assertIsNone(rules.allowed("analyzer/silicon/specs", "analyzer/silicon"))
        self.assertIn("do not see", rules.allowed("analyzer/serve", "analyzer/demo"))
        self.assertIn("is above", rules.allowed("analyzer/quantities", "analyzer/serve"))
        self.only({"analyzer/extra/x.cc": '#include "analyzer/ops/ops.h"\n'}, "analyzer/extra has no place")

    def test_cycle_of_folders(self):
        one = 'cc_library(name = "one", hdrs = ["one.h"], deps = [":two"])\ncc_library(name = "two", hdrs = ["two.h"])\n'
        self.only(
            {
                "collectors/a/BUILD.bazel": one.replace(":two", "//collectors/b:two"),
                "collectors/a/one.h": '#include "collectors/b/two.h"\n',
                "collectors/a/two.h": "",
                "collectors/b/BUILD.bazel": one.replace(":two", "//collectors/a:two"),
                "collectors/b/one.h": '#include "collectors/a/two.h"\n',
                "collectors/b/two.h": "",
            },
            "folders in a cycle: collectors/a -> collectors/b -> collectors/a",
        )

    def test_library_without_dependency(self):
        self.only(
            {"storage/BUILD.bazel": CLEAN["storage/BUILD.bazel"].replace(', "//third_party:absl"', "")},
            "//storage:store: storage/store.cc includes absl/status/status.h: add //third_party:absl to its deps",
        )
        self.only({"storage/store.cc": '#include <ATen/ATen.h>\n'}, "//third_party:torch")
        self.only({"storage/store.cc": '#include <gmock/gmock.h>\n'}, "//third_party:gtest")

    def test_every_library_is_demanded(self):
        for prefix, names in rules.LIBRARIES:
            path = prefix if prefix.endswith(".h") else prefix + "x.h"
            found = faults({"collectors/sink.h": "#include <%s>\n" % path})
            self.assertTrue(any("//third_party:" + names[-1] in fault for fault in found), path)

    def test_unknown_library(self):
        self.only({"storage/store.cc": "#include <boost/any.hpp>\n"}, "unknown library")
        self.only({"storage/store.cc": "#include <lmdb.h>\n"}, "unknown library")

    def test_include_not_from_the_root(self):
        self.only({"storage/store.cc": '#include "store.h"\n'}, "write the path from the root")

    def test_own_header_without_direct_dependency(self):
        build = CLEAN["collectors/main/BUILD.bazel"]
        self.only(
            {"collectors/main/BUILD.bazel": build.replace('"//collectors:sink", ', "")},
            'collectors/main/main.cc includes "collectors/sink.h": add //collectors:sink to its deps',
        )
        self.only(
            {"storage/BUILD.bazel": CLEAN["storage/BUILD.bazel"].replace('"//proto:trace", ', "")}, "add //proto:trace"
        )

    def test_source_without_target(self):
        self.only({"analyzer/ops/lost.cc": ""}, "analyzer/ops/lost.cc is in no target")

    def test_generated_header(self):
        build = (
            'genrule(name = "made", outs = ["made.h"], cmd = "")\n'
            'cc_library(name = "lib", hdrs = [":made"])\n'
            'cc_library(name = "user", srcs = ["user.cc"], deps = [%s])\n'
        )
        user = {"storage/gen/user.cc": '#include "storage/gen/made.h"\n'}
        self.assertEqual(faults({**user, "storage/gen/BUILD.bazel": build % '":lib"'}), [])
        self.only({**user, "storage/gen/BUILD.bazel": build % ""}, "add //storage/gen:lib")
        embedded = build.replace('genrule(name = "made", outs = ["made.h"], cmd = "")', 'embed_text(name = "made")')
        self.only({**user, "storage/gen/BUILD.bazel": embedded % ""}, "add //storage/gen:made")
        self.assertEqual(faults({**user, "storage/gen/BUILD.bazel": embedded % '":made"'}), [])

    def test_top_level(self):
        self.only({"scripts/x.sh": ""}, "scripts has no place at the top")
        self.only({"notes.txt": ""}, "notes.txt has no place at the top")
        self.assertEqual(faults({"compile_commands.json": "", "bazel-bin/x.h": "", ".ci/run": ""}), [])

    def test_vague_folder_names(self):
        for name in sorted(rules.VAGUE_NAMES) + ["Util"]:
            self.only({"storage/%s/x.txt" % name: ""}, "storage/%s: a folder's name" % name)

    def test_sizes(self):
        lines = "\n" * (rules.SOURCE_LINES + 1)
        self.only({"analyzer/models/model_a.cc": lines}, "model_a.cc has 501 lines")
        self.assertEqual(faults({"analyzer/models/model_a.cc": lines[1:]}), [])
        # A long header is told, and is no fault.
        self.assertEqual(faults({"analyzer/ops/ops.h": lines}), [])


class TreeTest(unittest.TestCase):
    def test_labels(self):
        for label, wanted in ((":x", "//a/b:x"), ("x.h", "//a/b:x.h"), ("//c/d", "//c/d:d"), ("//c:d", "//c:d"),
                              ("@r//c:d", "@r//c:d")):
            self.assertEqual(tree.absolute("a/b", label), wanted)

    def test_glob_stays_in_its_folder(self):
        with tempfile.TemporaryDirectory() as root:
            os.makedirs(root + "/p/specs/deep")
            for path in ("p/a.cc", "p/a_test.cc", "p/specs/b.cc", "p/specs/deep/c.cc"):
                open(os.path.join(root, path), "w", encoding="utf-8").close()
            text = 'x(name = "n", srcs = glob(["*.cc"], exclude = ["*_test.cc"]), hdrs = glob(["specs/**/*.cc"]))'
            with open(root + "/p/BUILD.bazel", "w", encoding="utf-8") as file:
                file.write(text)
            (target,) = tree.read_build(root, "p", root + "/p/BUILD.bazel")
        self.assertEqual(target.files, ["//p:a.cc", "//p:specs/b.cc", "//p:specs/deep/c.cc"])

    def test_includes(self):
        text = '#include <a/b.h>\n  #  include "c.h"  // why\n// #include "no.h"\n'
        self.assertEqual([m.group(2) for m in tree.INCLUDE.finditer(text)], ["a/b.h", "c.h"])


if __name__ == "__main__":
    unittest.main()
