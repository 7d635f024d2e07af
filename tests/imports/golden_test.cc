// What comes of a small trace of each format, to the last field.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "collectors/importers/formats.h"
#include "tests/imports/golden_traces.h"

namespace sandglass::imports {
namespace {

// The first line in which two texts differ.
std::string FirstDifference(const std::string& golden, const std::string& found) {
  const auto [a, b] = std::mismatch(golden.begin(), golden.end(), found.begin(), found.end());
  const auto line_of = [](const std::string& text, std::string::const_iterator at) {
    const size_t place = static_cast<size_t>(at - text.begin());
    const size_t begin = place == 0 ? 0 : text.rfind('\n', place - 1) + 1;
    return text.substr(begin, text.find('\n', place) - begin);
  };
  return "golden: " + line_of(golden, a) + "\nimport: " + line_of(found, b) + "\nline " +
         std::to_string(std::count(golden.begin(), a, '\n') + 1);
}

TEST(GoldenTest, EachFormatIsImportedAsItWas) {
  for (const GoldenTrace& trace : GoldenTraces(".")) {
    SCOPED_TRACE(trace.format);
    std::ifstream file(GoldenPath(trace));
    const std::string golden((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    const auto found = ImportedText(trace);
    ASSERT_TRUE(found.ok()) << found.status();
    if (*found == golden) continue;
    ADD_FAILURE() << GoldenPath(trace) << ": " << FirstDifference(golden, *found)
                  << "\nif that is meant: bazel run //tests/imports:golden_update, and look at what git says of it";
  }
}

TEST(GoldenTest, NoFormatIsLeftOut) {
  const auto traces = GoldenTraces(".");
  for (const collectors::ImportFormat& format : collectors::ImportFormats()) {
    EXPECT_TRUE(std::any_of(traces.begin(), traces.end(), [&](const GoldenTrace& trace) {
      return trace.format == format.name;
    })) << format.name;
  }
}

}  // namespace
}  // namespace sandglass::imports
