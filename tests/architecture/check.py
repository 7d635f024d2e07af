#!/usr/bin/python3 -B
"""Checks the tree around a file of its top folder against rules.py. Usage: check.py PATH_OF_WORKSPACE_FILE"""

import os
import sys

import rules
import tree


def main(arguments):
    if len(arguments) != 2:
        sys.exit("check.py: give it the path of the WORKSPACE file")
    # Bazel hands a link into its own folders; the real tree is where the link ends.
    read = tree.read(os.path.dirname(os.path.realpath(arguments[1])))
    if not read.sources:
        sys.exit("check.py: no sources under %s: was it given the WORKSPACE file of a full tree?" % read.root)
    for note in rules.long_headers(read):
        print("note: " + note)
    found = rules.faults(read)
    for fault in found:
        print("fault: " + fault)
    print("%d sources, %d targets, %d faults" % (len(read.sources), len(read.targets), len(found)))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
