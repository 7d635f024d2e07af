"""Text files inside a binary."""

def embed_text(name, srcs, function, visibility = None):
    """A cc_library whose header NAME.h declares the contents of text files.

    Args:
      name: of the library and its header.
      srcs: the text files.
      function: with namespaces, of `const std::vector<std::pair<std::string, std::string>>& function()`: the files'
        base names and contents, in the order of `srcs`.
      visibility: of the library.
    """
    native.genrule(
        name = name + "_gen",
        srcs = srcs,
        outs = [
            name + ".h",
            name + ".cc",
        ],
        cmd = "python3 $(location //third_party/bazel:embed_text.py) %s $(RULEDIR)/%s.h $(RULEDIR)/%s.cc %s/%s.h $(SRCS)" %
              (function, name, name, native.package_name(), name),
        tools = ["//third_party/bazel:embed_text.py"],
    )
    native.cc_library(
        name = name,
        srcs = [name + ".cc"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["//third_party:compiler"],
    )
