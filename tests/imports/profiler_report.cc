#include "tests/imports/profiler_report.h"

#include <memory>
#include <utility>

#include "collectors/importers/format/byte_source.h"

namespace sandglass::imports {
namespace {

std::string ReadAll(const std::string& path) {
  const auto source = collectors::OpenByteSource(path);
  std::string text;
  if (!source.ok()) return text;
  std::string block(1 << 16, '\0');
  while (true) {
    const auto count = (*source)->Read(block.data(), block.size());
    if (!count.ok() || *count == 0) return text;
    text.append(block, 0, *count);
  }
}

// Fields may be quoted, and hold commas and line breaks then; a quote within is doubled.
std::vector<std::vector<std::string>> Rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      rows.back().emplace_back();
    } else if (c == '\n' && !quoted) {
      rows.push_back({""});
    } else if (c != '\r') {
      rows.back().back().push_back(c);
    }
  }
  return rows;
}

}  // namespace

std::vector<std::map<std::string, std::string>> ReadReport(const std::string& path) {
  const std::vector<std::vector<std::string>> rows = Rows(ReadAll(path));
  std::vector<std::map<std::string, std::string>> table;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) continue;
    std::map<std::string, std::string> named;
    for (size_t column = 0; column < rows[i].size(); ++column) named[rows[0][column]] = rows[i][column];
    table.push_back(std::move(named));
  }
  return table;
}

}  // namespace sandglass::imports
