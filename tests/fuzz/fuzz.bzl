"""Fuzzers that are tests as well."""

def fuzz_test(name, srcs, deps, mutations = 20000):
    """A fuzzer (fuzzer.h): with --config=fuzz driven by libFuzzer, otherwise by mutation_main.cc.

    `bazel run --config=fuzz //tests/fuzz:NAME -- -max_total_time=600` looks for new faults, from the seeds on.

    Args:
      name: of the test.
      srcs: what defines LLVMFuzzerTestOneInput and Seeds.
      deps: what it needs.
      mutations: how many random inputs it takes as a test; fewer where one takes long.
    """
    native.cc_test(
        name = name,
        size = "small",
        # Sanitizers take ten times as long.
        timeout = "moderate",
        srcs = srcs,
        args = select({
            ":fuzzing": ["-runs=%d" % (mutations // 2)],
            "//conditions:default": [str(mutations)],
        }),
        linkopts = select({
            ":fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps + [":fuzzer"] + select({
            ":fuzzing": [":seed_main"],
            "//conditions:default": [":mutation_main"],
        }),
    )
