"""Writes a C++ header and source that hold text files. Called by embed.bzl.

Usage: embed_text.py FUNCTION HEADER SOURCE INCLUDE_PATH FILE...
"""

import os
import sys

# Compilers must take string literals up to 64 KiB.
PIECE = 60_000
DELIMITER = "SANDGLASS"


def literal(text):
    pieces = [text[i:i + PIECE] for i in range(0, len(text), PIECE)] or [""]
    return " ".join('std::string(R"%s(%s)%s", %d)' % (DELIMITER, p, DELIMITER, len(p.encode())) if i == 0 else
                    '+ std::string(R"%s(%s)%s", %d)' % (DELIMITER, p, DELIMITER, len(p.encode()))
                    for i, p in enumerate(pieces))


def main():
    function, header, source, include, files = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5:]
    *namespaces, short = function.split("::")
    result = "const std::vector<std::pair<std::string, std::string>>&"
    opening = "namespace %s {\n" % "::".join(namespaces)
    closing = "}  // namespace %s\n" % "::".join(namespaces)
    guard = include.upper().replace("/", "_").replace(".", "_") + "_"
    with open(header, "w", encoding="utf-8") as out:
        out.write("#ifndef %s\n#define %s\n" % (guard, guard))
        out.write("#include <string>\n#include <utility>\n#include <vector>\n")
        out.write(opening + "// Base names and contents of the embedded files.\n")
        out.write("%s %s();\n%s#endif\n" % (result, short, closing))
    with open(source, "w", encoding="utf-8") as out:
        out.write('#include "%s"\n%s%s %s() {\n' % (include, opening, result, short))
        out.write("  static const auto* const files = new std::vector<std::pair<std::string, std::string>>{\n")
        for path in files:
            with open(path, encoding="utf-8") as text:
                contents = text.read()
            if ")" + DELIMITER + '"' in contents:
                sys.exit("embed_text: %s holds the delimiter of a raw literal" % path)
            out.write('      {"%s", %s},\n' % (os.path.basename(path), literal(contents)))
        out.write("  };\n  return *files;\n}\n" + closing)


if __name__ == "__main__":
    main()
