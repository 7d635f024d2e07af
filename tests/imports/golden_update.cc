// Writes tests/imports/golden anew, after an importer was changed on purpose.
//
// Usage: bazel run //tests/imports:golden_update
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/imports/golden_traces.h"

int main() {
  const char* root = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (root == nullptr) {
    std::fprintf(stderr, "golden_update: BUILD_WORKSPACE_DIRECTORY is not set: start it by `bazel run`\n");
    return 1;
  }
  for (const sandglass::imports::GoldenTrace& trace : sandglass::imports::GoldenTraces(root)) {
    const auto text = sandglass::imports::ImportedText(trace);
    const std::string path = absl::StrCat(root, "/", sandglass::imports::GoldenPath(trace));
    if (!text.ok() || !(std::ofstream(path) << *text).flush()) {
      std::fprintf(stderr, "golden_update: %s: %s\n", path.c_str(),
                   text.ok() ? "cannot be written" : text.status().ToString().c_str());
      return 1;
    }
    std::printf("%s\n", path.c_str());
  }
  return 0;
}
