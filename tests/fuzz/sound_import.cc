#include "tests/fuzz/sound_import.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "proto/operator_columns.h"
#include "proto/trace_validator.h"

namespace sandglass::fuzz {
namespace {

void Require(const absl::Status& status, const char* what) {
  if (status.ok()) return;
  std::fprintf(stderr, "an imported trace has a %s that no store takes: %s\n", what, status.ToString().c_str());
  std::abort();
}

void RequireWithin(uint64_t id, size_t operators) {
  if (id <= operators) return;
  std::fprintf(stderr, "an imported trace refers to operator %llu of %zu\n", static_cast<unsigned long long>(id),
               operators);
  std::abort();
}

void RequireSound(const collectors::KeepingSink& sink) {
  Require(ValidateHeader(sink.header()), "header");
  Require(ValidateSummary(sink.summary()), "summary");
  const TraceLimits limits = TraceLimits::Of(sink.header());
  uint64_t last_id = 0;
  for (const v1::Operator& op : sink.operators()) {
    Require(ValidateSignature(op.signature(), limits), "signature");
    v1::OpSignature copy;
    if (!copy.ParseFromString(op.signature().SerializeAsString())) {
      Require(absl::InvalidArgumentError("a text is not UTF-8"), "signature");
    }
    const auto tensors = static_cast<uint32_t>(op.signature().inputs_size() + op.signature().outputs_size());
    Require(ValidateRow(RowOf(op, 0), last_id, tensors, limits), "row");
    for (const uint64_t id : op.data_dep_ids()) RequireWithin(id, sink.operators().size());
    for (const uint64_t id : op.control_dep_ids()) RequireWithin(id, sink.operators().size());
    RequireWithin(op.parent_id(), sink.operators().size());
    RequireWithin(op.launcher_id(), sink.operators().size());
    last_id = op.id();
  }
}

}  // namespace

void RequireSoundImport(bool (*matches)(absl::string_view), collectors::ImportFunction import, const uint8_t* data,
                        size_t size, collectors::ImportOptions options) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  // Whichever it says: the user may know better.
  matches(bytes);
  const auto source = collectors::MemoryByteSource(bytes);
  options.name = "fuzz";
  collectors::KeepingSink sink;
  if (import(*source, options, sink).ok()) RequireSound(sink);
}

}  // namespace sandglass::fuzz
