"""The rules of the house, each a function from a Tree to a list of faults in plain words."""

import fnmatch
import glob
import os
import re

from tree import label_path

# Floors, from the ground up. A folder may see its own floor's folders as FLOOR_EXCEPTIONS and ANALYZER_ORDER allow,
# and everything below.
FLOORS = (
    ("third_party",),
    ("proto",),
    ("collectors", "storage"),
    ("analyzer",),
    ("tests",),
)
# The composition root of sandglass-collect embeds the store; nothing else of the collectors may see it.
FLOOR_EXCEPTIONS = (("collectors/main", "storage"),)

# Order inside the analyzer, from the ground up. Folders of one line do not see each other.
ANALYZER_ORDER = (
    ("quantities", "web"),
    ("trace",),
    ("ops",),
    ("silicon",),
    ("models",),
    ("replay",),
    ("economics",),
    ("report",),
    ("analysis", "export"),
    ("check",),
    ("serve", "demo"),
    ("package",),
)

# Whose headers these are: a prefix of the include path, and the targets of //third_party of which one is needed.
LIBRARIES = (
    ("absl/", ("absl",)),
    ("google/protobuf/", ("protobuf",)),
    ("grpcpp/ext/proto_server_reflection_plugin.h", ("grpc_reflection",)),
    ("grpcpp/", ("grpc",)),
    ("grpc/", ("grpc",)),
    ("rocksdb/", ("rocksdb",)),
    ("zstd.h", ("zstd",)),
    ("zstd_errors.h", ("zstd",)),
    ("zlib.h", ("zlib",)),
    ("archive.h", ("archive",)),
    ("archive_entry.h", ("archive",)),
    ("isa-l/", ("isal",)),
    ("simdjson.h", ("simdjson",)),
    ("pugixml.hpp", ("pugixml",)),
    ("sqlite3.h", ("sqlite",)),
    ("xxhash.h", ("xxhash",)),
    ("openssl/", ("crypto",)),
    ("CLI/", ("cli11",)),
    ("prometheus/", ("prometheus",)),
    ("boost/math/", ("boost_math",)),
    ("boost/sort/", ("boost_sort",)),
    ("coin/", ("clp",)),
    ("torch/", ("torch",)),
    ("ATen/", ("torch",)),
    ("c10/", ("torch",)),
    ("gtest/", ("gtest", "gtest_main")),
    ("gmock/", ("gtest", "gtest_main")),
    ("benchmark/", ("benchmark_main",)),
    ("libfccp/", ("fast_csv",)),
)

# Headers of C and POSIX that come with the compiler; C++'s own have no dot in their names.
SYSTEM_HEADERS = frozenset(
    "dirent.h dlfcn.h errno.h fcntl.h fnmatch.h getopt.h grp.h immintrin.h limits.h link.h malloc.h math.h netdb.h "
    "poll.h pthread.h pwd.h sched.h semaphore.h signal.h spawn.h stddef.h stdint.h stdio.h stdlib.h string.h "
    "strings.h syslog.h termios.h time.h unistd.h".split()
)
SYSTEM_PREFIXES = ("sys/", "arpa/", "netinet/", "net/", "linux/", "sanitizer/")

TOP_LEVEL = frozenset(
    "BUILD.bazel WORKSPACE README.md LICENSE CONTRIBUTING.md proto analyzer collectors storage tests third_party".split()
)
VAGUE_NAMES = frozenset("util utils common misc helpers".split())

SOURCE_LINES = 500
HEADER_LINES = 200

OWN = tuple(name for floor in FLOORS for name in floor)


def faults(tree):
    """Returns every fault of `tree`, one line each."""
    found = []
    for rule in (arrows, cycles, libraries, own_headers, orphans, top_level, vague_names, long_sources, named_devices):
        found += rule(tree)
    return found


def _floor(folder):
    top = folder.split("/")[0]
    return next((i for i, floor in enumerate(FLOORS) if top in floor), None)


def _analyzer_level(folder):
    parts = folder.split("/")
    if len(parts) < 2:
        return None
    return next((i for i, level in enumerate(ANALYZER_ORDER) if parts[1] in level), None)


def _within(folder, parent):
    return folder == parent or folder.startswith(parent + "/")


def allowed(source, destination):
    """Whether a file in the folder `source` may see one in the folder `destination`; if not, why. None: it may."""
    a, b = _floor(source), _floor(destination)
    if a is None or b is None:
        return None
    top_a, top_b = source.split("/")[0], destination.split("/")[0]
    if b > a:
        return "%s is above %s" % (top_b, top_a)
    if top_a != top_b:
        excepted = any(_within(source, s) and _within(destination, d) for s, d in FLOOR_EXCEPTIONS)
        return None if a > b or excepted else "%s and %s do not see each other" % (top_a, top_b)
    if top_a != "analyzer":
        return None
    return _allowed_in_analyzer(source, destination)


def _allowed_in_analyzer(source, destination):
    a, b = _analyzer_level(source), _analyzer_level(destination)
    for folder, level in ((source, a), (destination, b)):
        if level is None:
            return "%s has no place in ANALYZER_ORDER of tests/architecture/rules.py: give it one" % folder
    same = source.split("/")[1] == destination.split("/")[1]
    if same or b < a:
        return None
    return "%s and %s do not see each other" % (source, destination) if a == b else "%s is above" % destination


def _edges(tree):
    """All arrows between folders, as (from, to, where): includes of files and deps of targets."""
    for source in tree.sources:
        for path, _ in source.includes:
            if path.split("/")[0] in OWN:
                yield source.folder, os.path.dirname(path), '%s includes "%s"' % (source.path, path)
    for target in tree.targets:
        for dep in target.deps:
            if dep.startswith("//"):
                yield target.package, dep[2:].split(":")[0], "%s depends on %s" % (target.label, dep)


def arrows(tree):
    """Arrows between folders only point downwards."""
    found = []
    for source, destination, where in _edges(tree):
        reason = allowed(source, destination) if source else None
        if reason:
            found.append("%s: %s" % (where, reason))
    return found


def cycles(tree):
    """No folder reaches itself through others."""
    graph = {}
    for source, destination, where in _edges(tree):
        if source != destination:
            graph.setdefault(source, {}).setdefault(destination, where)
    found = []
    for start in sorted(graph):
        path = _path_back(graph, start)
        # A cycle is told once, from its first folder.
        if path and start == min(path):
            steps = "; ".join(graph[a][b] for a, b in zip(path, path[1:] + path[:1]))
            found.append("folders in a cycle: %s: %s" % (" -> ".join(path + [start]), steps))
    return found


def _path_back(graph, start):
    queue, seen = [[start]], {start}
    while queue:
        path = queue.pop(0)
        for following in sorted(graph.get(path[-1], ())):
            if following == start:
                return path
            if following not in seen:
                seen.add(following)
                queue.append(path + [following])
    return None


def _library(path):
    return next((names for prefix, names in LIBRARIES if path.startswith(prefix)), None)


def _is_system(path):
    return "." not in path or path in SYSTEM_HEADERS or path.startswith(SYSTEM_PREFIXES)


def _targets_by_file(tree):
    by_file = {}
    for target in tree.targets:
        for label in target.files:
            if label.startswith("//"):
                by_file.setdefault(label_path(label), []).append(target)
    return by_file


def libraries(tree):
    """Each target depends directly on the //third_party target of every library whose headers its files include."""
    found = []
    by_file = _targets_by_file(tree)
    for source in tree.sources:
        for path, quoted in source.includes:
            if path.split("/")[0] in OWN:
                continue
            names = _library(path)
            if names is None:
                if quoted or not _is_system(path):
                    found.append(_unknown_include(source, path, quoted))
                continue
            wanted = ["//third_party:" + name for name in names]
            for target in by_file.get(source.path, []):
                if target.rule.startswith("cc_") and not set(wanted) & set(target.deps):
                    found.append("%s: %s includes %s: add %s to its deps" % (target.label, source.path, path, wanted[-1]))
    return found


def _unknown_include(source, path, quoted):
    if quoted:
        return '%s includes "%s": write the path from the root of the tree' % (source.path, path)
    return "%s includes <%s>: unknown library: add it to LIBRARIES of tests/architecture/rules.py" % (source.path, path)


def own_headers(tree):
    """Each target depends directly on one that offers each header of ours that its files include."""
    offers = _offers(tree)
    actual = {target.label: target.actual for target in tree.targets if target.actual}
    found = []
    by_file = _targets_by_file(tree)
    for source in tree.sources:
        for path, _ in source.includes:
            for target in by_file.get(source.path, []):
                if path not in offers or not target.rule.startswith("cc_"):
                    continue
                deps = {actual.get(dep, dep) for dep in target.deps}
                own = path in [label_path(label) for label in target.files if label.startswith("//")]
                if not own and not deps & offers[path]:
                    wanted = " or ".join(sorted(offers[path]))
                    found.append('%s: %s includes "%s": add %s to its deps' % (target.label, source.path, path, wanted))
    return found


def _offers(tree):
    """From each header's path to the labels of the targets that offer it."""
    outs = {target.label: target.outs for target in tree.targets}
    offers = {}
    for target in tree.targets:
        headers = [out for label in target.headers for out in (outs.get(label) or [label])]
        # What the macros of third_party/bazel make.
        if target.rule == "cc_proto":
            stem = target.files[0][: -len(".proto")]
            headers = [stem + ".pb.h", stem + ".grpc.pb.h"]
        elif target.rule == "embed_text":
            headers = [target.label + ".h"]
        for label in headers:
            if label.startswith("//"):
                offers.setdefault(label_path(label), set()).add(target.label)
    return offers


def orphans(tree):
    """Each source belongs to a target; else no check and no compiler sees it."""
    by_file = _targets_by_file(tree)
    return [
        "%s is in no target of a BUILD file: add it to one or remove it" % source.path
        for source in tree.sources
        if source.path not in by_file
    ]


def _ignored_at_top(root):
    path = os.path.join(root, ".gitignore")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line.strip().strip("/") for line in file if line.strip() and not line.startswith("#")]


def top_level(tree):
    """Only the agreed entries are at the top."""
    ignored = _ignored_at_top(tree.root)
    found = []
    for name in sorted(os.listdir(tree.root)):
        if name in TOP_LEVEL or name.startswith("."):
            continue
        if not any(fnmatch.fnmatchcase(name, pattern) for pattern in ignored):
            found.append("%s has no place at the top of the tree: move it into the folder that it belongs to" % name)
    return found


def vague_names(tree):
    """No folder has a name that could hold anything."""
    return [
        "%s: a folder's name must say what is in it" % folder
        for folder in tree.folders
        if folder.rsplit("/", 1)[-1].lower() in VAGUE_NAMES
    ]


def long_sources(tree):
    """No source is longer than SOURCE_LINES."""
    return [
        "%s has %d lines, more than %d: look for the missing idea and split it" % (s.path, s.lines, SOURCE_LINES)
        for s in tree.sources
        if s.path.endswith(".cc") and s.lines > SOURCE_LINES
    ]


# Where a number may depend on a chip's figures, but not on which chip it is; and where chips are described.
NAMELESS = ("analyzer/models", "analyzer/replay", "analyzer/ops")
SPECS = "analyzer/silicon/specs/*.textproto"
# Names with a digit: "cpu" and "google" mean other things, too.
SPEC_NAME = re.compile(r'^(?:id|aliases): "([^"]*[0-9][^"]*)"', re.MULTILINE)
COMMENT = re.compile(r'//[^\n]*|/\*.*?\*/', re.DOTALL)


def named_devices(tree):
    """Outside comments no model mentions a class of the catalog, by id or alias."""
    names = set()
    for path in glob.glob(os.path.join(tree.root, SPECS)):
        with open(path, encoding="utf-8") as file:
            names |= {name.lower() for name in SPEC_NAME.findall(file.read())}
    found = []
    for source in tree.sources:
        if not any(_within(source.folder, folder) for folder in NAMELESS) or "_test." in source.path:
            continue
        with open(os.path.join(tree.root, source.path), encoding="utf-8") as file:
            words = set(re.findall(r"[a-z0-9][a-z0-9-]*", COMMENT.sub("", file.read()).lower()))
        for name in sorted(words & names):
            found.append("%s mentions %s: a model knows chips by their figures only" % (source.path, name))
    return found


def long_headers(tree):
    """Headers over HEADER_LINES: worth a look, not a fault."""
    return [
        "%s has %d lines, more than %d" % (s.path, s.lines, HEADER_LINES)
        for s in tree.sources
        if s.path.endswith(".h") and s.lines > HEADER_LINES
    ]
