"""Pages' scripts: TypeScript, checked and bundled with what third_party/setup installed from npm."""

_NPM = "third_party/npm/node_modules"

def web_bundle(name, entry, srcs, visibility = None):
    """Bundles TypeScript and what it imports from npm into NAME.js, one script without imports; and tests its types.

    Args:
      name: of the bundle; NAME_types_test checks the types.
      entry: the .ts file that the others are imported from.
      srcs: all .ts files, and tsconfig.json.
      visibility: of the bundle.
    """
    native.genrule(
        name = name,
        srcs = srcs + ["//third_party/npm:bundling"],
        outs = [name + ".js"],
        # Links of the sandbox are not followed: what is not named above is not found.
        cmd = """
            esbuild=$$(ls {npm}/@esbuild/*/bin/esbuild 2>/dev/null | head -n 1)
            if [ -z "$$esbuild" ]; then echo "esbuild is not installed: run third_party/setup" >&2; exit 1; fi
            NODE_PATH={npm} "$$esbuild" $(location {entry}) --bundle --minify --format=iife --target=es2022 \\
              --preserve-symlinks --charset=utf8 --log-level=warning --outfile=$@
        """.format(npm = _NPM, entry = entry),
        visibility = visibility,
    )
    native.sh_test(
        name = name + "_types_test",
        size = "small",
        srcs = ["//third_party/bazel:check_types.sh"],
        args = ["$(location tsconfig.json)"],
        data = srcs + ["//third_party/npm:checking"],
    )
