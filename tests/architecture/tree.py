"""Reads a source tree: which files include what, and which Bazel targets there are.

Plain data for rules.py; nothing here judges. A BUILD file is valid Python, so it is run with every name that it does
not define bound to a recorder: that copes with lists, loops, globs and macros alike, without Bazel.
"""

import ast
import builtins
import dataclasses
import fnmatch
import os
import re

SOURCE_SUFFIXES = (".h", ".cc")
BUILD_NAMES = ("BUILD.bazel", "BUILD")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
# Folders that are not ours: made by tools, or not source.
SKIPPED = ("node_modules", "__pycache__")


@dataclasses.dataclass
class Source:
    """One .h or .cc file."""

    path: str  # From the root, with slashes.
    lines: int
    includes: list  # Of (path, quoted).

    @property
    def folder(self):
        return os.path.dirname(self.path)


@dataclasses.dataclass
class Target:
    """One call of a rule or macro in a BUILD file. Labels are absolute: //package:name."""

    package: str
    rule: str
    name: str
    files: list  # Labels of srcs, hdrs and textual_hdrs.
    headers: list  # Labels of hdrs and textual_hdrs: what it offers to others.
    deps: list
    outs: list
    actual: str

    @property
    def label(self):
        return "//%s:%s" % (self.package, self.name)


@dataclasses.dataclass
class Tree:
    root: str
    sources: list
    targets: list
    folders: list


def read(root):
    """Returns the Tree under the folder `root`."""
    tree = Tree(root, [], [], [])
    for folder, subfolders, files in os.walk(root):
        subfolders[:] = sorted(s for s in subfolders if _is_ours(folder, s))
        relative = os.path.relpath(folder, root).replace(os.sep, "/")
        relative = "" if relative == "." else relative
        tree.folders.append(relative)
        for name in sorted(files):
            path = relative + "/" + name if relative else name
            if name.endswith(SOURCE_SUFFIXES):
                tree.sources.append(_read_source(root, path))
            elif name in BUILD_NAMES:
                tree.targets += read_build(root, relative, os.path.join(folder, name))
    return tree


def _is_ours(folder, name):
    return not (name.startswith((".", "bazel-")) or name in SKIPPED or os.path.islink(os.path.join(folder, name)))


def _read_source(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read()
    includes = [(match.group(2), match.group(1) == '"') for match in INCLUDE.finditer(text)]
    return Source(path, text.count("\n"), includes)


class _Recorder:
    """Stands for any rule, macro or loaded constant; notes each call that has a name."""

    def __init__(self, rule, calls):
        self.rule = rule
        self.calls = calls

    def __call__(self, *_, **attributes):
        if "name" in attributes:
            self.calls.append((self.rule, attributes))

    def __getattr__(self, name):
        return _Recorder(name, self.calls)

    # A loaded list of options takes part in sums; what is in it does not matter here.
    def __add__(self, other):
        return list(other) if isinstance(other, list) else []

    __radd__ = __add__


def read_build(root, package, path):
    """Returns the Targets of the BUILD file at `path`, whose package is `package`."""
    with open(path, encoding="utf-8") as file:
        code = ast.parse(file.read(), filename=path)
    calls = []
    names = {node.id for node in ast.walk(code) if isinstance(node, ast.Name)}
    scope = {name: _Recorder(name, calls) for name in names if not hasattr(builtins, name)}
    scope.update(
        {
            "glob": lambda include=(), exclude=(), **_: _glob(root, package, include, exclude),
            "select": lambda cases, **_: [item for case in cases.values() for item in case],
            "package": lambda **_: None,
            "load": lambda *_, **__: None,
        }
    )
    exec(compile(code, path, "exec"), scope)  # pylint: disable=exec-used
    return [_target(package, rule, attributes) for rule, attributes in calls]


def _target(package, rule, attributes):
    def labels(name):
        value = attributes.get(name) or []
        value = [value] if isinstance(value, str) else value
        return [absolute(package, label) for label in value if isinstance(label, str)]

    headers = labels("hdrs") + labels("textual_hdrs")
    return Target(
        package=package,
        rule=rule,
        name=attributes["name"],
        files=labels("srcs") + labels("src") + headers,
        headers=headers,
        deps=labels("deps"),
        outs=labels("outs"),
        actual=(labels("actual") or [""])[0],
    )


def absolute(package, label):
    """Returns `label` as seen from `package` in the form //package:name."""
    if label.startswith("@"):
        return label
    if not label.startswith("//"):
        return "//%s:%s" % (package, label.lstrip(":"))
    if ":" not in label:
        return "%s:%s" % (label, label.rsplit("/", 1)[-1])
    return label


def label_path(label):
    """Returns the path from the root of the file that `label` names, if it names one."""
    package, name = label[2:].split(":", 1)
    return package + "/" + name if package else name


def _glob(root, package, include, exclude):
    base = os.path.join(root, package)
    found = []
    for folder, _, files in os.walk(base):
        for name in files:
            path = os.path.relpath(os.path.join(folder, name), base).replace(os.sep, "/")
            if _matches(path, include) and not _matches(path, exclude):
                found.append(path)
    return sorted(found)


def _matches(path, patterns):
    depth_free = [pattern.replace("**/", "") for pattern in patterns if "**/" in pattern]
    return any(
        fnmatch.fnmatchcase(path, pattern) and ("**" in pattern or path.count("/") == pattern.count("/"))
        for pattern in patterns
    ) or any(fnmatch.fnmatchcase(path, pattern) for pattern in depth_free)
