"""C++ from protos with Debian's protoc and gRPC plugin.

cc_proto(name, src, deps, grpc) makes a cc_library of one .proto; deps are other cc_proto targets.
"""

ProtoSourcesInfo = provider(
    doc = "The .proto files that a target needs to be compiled.",
    fields = {"sources": "depset of File: its own and those that it imports"},
)

def _proto_gen_impl(ctx):
    src = ctx.file.src
    sources = depset([src], transitive = [dep[ProtoSourcesInfo].sources for dep in ctx.attr.deps])
    stem = src.basename[:-len(".proto")]
    kinds = [".pb"] + ([".grpc.pb"] if ctx.attr.grpc else [])
    headers = [ctx.actions.declare_file(stem + kind + ".h") for kind in kinds]
    bodies = [ctx.actions.declare_file(stem + kind + ".cc") for kind in kinds]
    arguments = ctx.actions.args()
    arguments.add("-I.")
    arguments.add("--cpp_out=" + ctx.bin_dir.path)
    if ctx.attr.grpc:
        arguments.add("--grpc_out=" + ctx.bin_dir.path)
        arguments.add("--plugin=protoc-gen-grpc=/usr/bin/grpc_cpp_plugin")
    arguments.add(src)
    ctx.actions.run(
        executable = "/usr/bin/protoc",
        arguments = [arguments],
        inputs = sources,
        outputs = headers + bodies,
        mnemonic = "ProtoCompile",
        progress_message = "Compiling %s" % src.short_path,
    )
    return [
        DefaultInfo(files = depset(headers + bodies)),
        OutputGroupInfo(headers = depset(headers), bodies = depset(bodies)),
        ProtoSourcesInfo(sources = sources),
    ]

_proto_gen = rule(
    implementation = _proto_gen_impl,
    attrs = {
        "src": attr.label(allow_single_file = [".proto"], mandatory = True),
        "deps": attr.label_list(providers = [ProtoSourcesInfo]),
        "grpc": attr.bool(default = False),
    },
)

def cc_proto(name, src, deps = [], grpc = False, visibility = None):
    """A C++ library of one .proto file.

    Args:
      name: of the cc_library.
      src: the .proto file; it imports others by their path from the root of the tree.
      deps: the cc_proto targets whose files it imports.
      grpc: whether to make service stubs too.
      visibility: of the library.
    """
    _proto_gen(
        name = name + "_gen",
        src = src,
        deps = [dep + "_gen" for dep in deps],
        grpc = grpc,
        visibility = visibility,
    )
    native.filegroup(name = name + "_h", srcs = [name + "_gen"], output_group = "headers")
    native.filegroup(name = name + "_cc", srcs = [name + "_gen"], output_group = "bodies")
    native.cc_library(
        name = name,
        srcs = [name + "_cc"],
        hdrs = [name + "_h"],
        copts = ["-w"],
        visibility = visibility,
        deps = deps + ["//third_party:protobuf"] + (["//third_party:grpc"] if grpc else []),
    )
