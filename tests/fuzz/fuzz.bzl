"""Fuzzers that are tests as well."""

def fuzz_test(name, srcs, deps):
    """A fuzzer (fuzzer.h): with --config=fuzz driven by libFuzzer, otherwise by mutation_main.cc.

    `bazel run --config=fuzz //tests/fuzz:NAME -- -max_total_time=600` looks for new faults.

    Args:
      name: of the test.
      srcs: what defines LLVMFuzzerTestOneInput and Seeds.
      deps: what it needs.
    """
    native.cc_test(
        name = name,
        size = "small",
        srcs = srcs,
        args = select({
            ":fuzzing": ["-runs=10000"],
            "//conditions:default": [],
        }),
        linkopts = select({
            ":fuzzing": ["-fsanitize=fuzzer"],
            "//conditions:default": [],
        }),
        deps = deps + [":fuzzer"] + select({
            ":fuzzing": [],
            "//conditions:default": [":mutation_main"],
        }),
    )
