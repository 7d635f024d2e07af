#!/usr/bin/python3 -B
"""Counts test cases in Bazel's record of a run and prints "N passed, N failed".

Usage: count_results.py EVENTS_JSON EXIT_CODE_OF_BAZEL EXIT_CODE_OF_LINT [TARGET…]
Of each TARGET it prints how many cases ran and how many skipped themselves: those that want data from outside. A TARGET
without a result fails.
A target whose cases are not known (it timed out, did not build, or wrote no XML) counts as one case.
"""

import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree


def count_cases(path):
    """Returns [passed, failed, skipped] of one test.xml, or None if it cannot be read."""
    try:
        cases = list(ElementTree.parse(path).iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return None
    counts = [0, 0, 0]
    for case in cases:
        if case.find("failure") is not None or case.find("error") is not None:
            counts[1] += 1
        elif case.find("skipped") is not None or case.get("result") in ("skipped", "suppressed"):
            counts[2] += 1
        else:
            counts[0] += 1
    return counts


def count_target(result):
    """Returns [passed, failed, skipped] of the last attempt of one target, from its testResult event."""
    passed = result["status"] in ("PASSED", "FLAKY")
    uris = [output["uri"] for output in result.get("testActionOutput", []) if output["name"] == "test.xml"]
    counts = count_cases(urllib.parse.unquote(urllib.parse.urlparse(uris[0]).path)) if uris else None
    if counts is None or not sum(counts):
        return [1, 0, 0] if passed else [0, 1, 0]
    # A crash or a timeout ends a program before it has written which case it was in.
    if not passed and not counts[1]:
        counts[1] = 1
    return counts


def read_events(path):
    """Returns from each test target's label to its counts by shard; a target without a result failed (to build)."""
    known, targets = set(), {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            event = json.loads(line)
            if "testSize" in event.get("configured", {}):
                known.add(event["id"]["targetConfigured"]["label"])
            elif "testResult" in event:
                identity = event["id"]["testResult"]
                targets.setdefault(identity["label"], {})[identity.get("shard", 1)] = count_target(event["testResult"])
    for label in known - set(targets):
        targets[label] = {1: [0, 1, 0]}
    return targets


def main(arguments):
    events, bazel_rc, lint_rc = arguments[1], int(arguments[2]), int(arguments[3])
    try:
        targets = read_events(events)
    except (OSError, ValueError, KeyError, AttributeError) as error:
        print("run: no results of the tests can be read: %r" % error, file=sys.stderr)
        targets = {}
    for label in arguments[4:]:
        # A name that is no test any more would else read as data that is not there.
        if label not in targets:
            print("run: shared data: %s: no result" % label)
            targets[label] = {1: [0, 1, 0]}
            continue
        counts = [sum(column) for column in zip(*targets[label].values())]
        print("run: shared data: %s: %d cases ran, %d skipped" % (label, counts[0] + counts[1], counts[2]))
    total = [0, 0, 0]
    for label in sorted(targets):
        counts = [sum(column) for column in zip(*targets[label].values())]
        total = [a + b for a, b in zip(total, counts)]
        if counts[1]:
            print("run: failed: %s" % label)
    total[1 if lint_rc else 0] += 1
    # A setup or a build that fails leaves no test to blame; and no test at all is no success.
    if (bazel_rc or not targets) and total[1] == (1 if lint_rc else 0):
        print("run: the test command failed with exit code %d outside of any test" % bazel_rc)
        total[1] += 1
    skipped = ", %d skipped" % total[2] if total[2] else ""
    print("%d passed, %d failed%s" % (total[0], total[1], skipped))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
