#include "analyzer/ops/op_table.h"

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analyzer/ops/op_rows.h"

namespace sandglass::ops {
namespace {

using Table = absl::flat_hash_map<absl::string_view, OpEntry>;

const Table& Entries() {
  static const Table* const kTable = [] {
    auto* table = new Table();
    for (const OpRow& row : OpRows()) {
      for (const absl::string_view name : absl::StrSplit(row.names, ' ', absl::SkipEmpty())) {
        table->emplace(name, row.entry);
      }
    }
    return table;
  }();
  return *kTable;
}

}  // namespace

OpName ParseOpName(absl::string_view name) {
  OpName parsed;
  // Old recordings, and a few of PyTorch's own ranges ("detach_"), leave the namespace out.
  if (!absl::ConsumePrefix(&name, "aten::") && absl::StrContains(name, "::")) {
    parsed.key = std::string(name);
    return parsed;
  }
  name = name.substr(0, name.find('.'));
  // "__and__" ends in two underscores, of which none marks an in-place form; "__iand__" is one by its letter.
  if (absl::StartsWith(name, "__")) {
    parsed.in_place = absl::StartsWith(name, "__i");
  } else if (absl::ConsumeSuffix(&name, "_")) {
    parsed.in_place = true;
  } else if (absl::ConsumeSuffix(&name, "_out")) {
    // "aten::add_out" is how C++ spells "aten::add.out".
  }
  parsed.key = std::string(name);
  return parsed;
}

const OpEntry* FindOpEntry(absl::string_view key) {
  const auto found = Entries().find(key);
  return found == Entries().end() ? nullptr : &found->second;
}

}  // namespace sandglass::ops
