#include "proto/trace_validator.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "proto/trace_id.h"

namespace sandglass {
namespace {

constexpr int64_t kMax64 = std::numeric_limits<int64_t>::max();
// Sums and quotients of what is within these stay finite. No operator does more, and no trace less.
constexpr double kMostFigure = 1e30;
constexpr double kLeastWork = 1e-12;

absl::Status Bad(absl::string_view path, absl::string_view value, absl::string_view rule) {
  return absl::InvalidArgumentError(absl::StrCat(path, " is ", value, ", but ", rule));
}

template <typename Number>
absl::Status BadNumber(absl::string_view path, Number value, absl::string_view rule) {
  return Bad(path, absl::StrCat(value), rule);
}

// Calls that end the function with the first error.
#define RETURN_IF_BAD(expression)                                        \
  do {                                                                   \
    if (absl::Status status = (expression); !status.ok()) return status; \
  } while (false)

absl::Status CheckText(absl::string_view path, const std::string& text, size_t cap) {
  if (text.size() <= cap) return absl::OkStatus();
  return Bad(path, absl::StrCat(text.size(), " bytes long"), absl::StrCat("at most ", cap, " are allowed"));
}

absl::Status CheckCount(absl::string_view path, int count, int cap) {
  if (count <= cap) return absl::OkStatus();
  return Bad(path, absl::StrCat(count, " entries long"), absl::StrCat("at most ", cap, " are allowed"));
}

absl::Status CheckNotNegative(absl::string_view path, int64_t value) {
  return value >= 0 ? absl::OkStatus() : BadNumber(path, value, "it must not be negative");
}

absl::Status CheckFigure(absl::string_view path, const v1::ProducedFigure& figure) {
  if (!(figure.value() >= 0 && figure.value() <= kMostFigure)) {
    return BadNumber(absl::StrCat(path, ".value"), figure.value(),
                     absl::StrCat("it must not be negative, and at most ", kMostFigure));
  }
  if (figure.provenance() == v1::PROVENANCE_UNSPECIFIED || !v1::Provenance_IsValid(figure.provenance())) {
    return BadNumber(absl::StrCat(path, ".provenance"), static_cast<int>(figure.provenance()),
                     "a figure must say how it came to be");
  }
  return absl::OkStatus();
}

int64_t ElementBytes(v1::DataType dtype) {
  switch (dtype) {
    case v1::DATA_TYPE_BOOL:
    case v1::DATA_TYPE_INT8:
    case v1::DATA_TYPE_UINT8:
    case v1::DATA_TYPE_FLOAT8_E4M3:
    case v1::DATA_TYPE_FLOAT8_E5M2:
    case v1::DATA_TYPE_FLOAT4_E2M1:
    case v1::DATA_TYPE_INT4:
      return 1;
    case v1::DATA_TYPE_INT16:
    case v1::DATA_TYPE_FLOAT16:
    case v1::DATA_TYPE_BFLOAT16:
      return 2;
    case v1::DATA_TYPE_INT32:
    case v1::DATA_TYPE_FLOAT32:
      return 4;
    case v1::DATA_TYPE_INT64:
    case v1::DATA_TYPE_FLOAT64:
    case v1::DATA_TYPE_COMPLEX64:
      return 8;
    default:
      return 16;
  }
}

absl::Status CheckDims(absl::string_view path, const v1::Tensor& tensor) {
  RETURN_IF_BAD(CheckCount(absl::StrCat(path, ".dims"), tensor.dims_size(), kMaxDims));
  int64_t bytes = ElementBytes(tensor.dtype());
  for (int i = 0; i < tensor.dims_size(); ++i) {
    const std::string dim_path = absl::StrCat(path, ".dims[", i, "]");
    RETURN_IF_BAD(CheckNotNegative(dim_path, tensor.dims(i)));
    // A size of 0 does not hide what stands beside it: readers may multiply in any order.
    if (__builtin_mul_overflow(bytes, std::max<int64_t>(tensor.dims(i), 1), &bytes)) {
      return BadNumber(dim_path, tensor.dims(i), "with the other sizes its bytes do not fit in 63 bits");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStrides(absl::string_view path, const v1::Tensor& tensor) {
  if (tensor.strides().empty()) return absl::OkStatus();
  if (tensor.strides_size() != tensor.dims_size()) {
    return Bad(absl::StrCat(path, ".strides"), absl::StrCat(tensor.strides_size(), " entries long"),
               absl::StrCat("dims has ", tensor.dims_size()));
  }
  int64_t extent = ElementBytes(tensor.dtype());
  for (int i = 0; i < tensor.strides_size(); ++i) {
    const std::string stride_path = absl::StrCat(path, ".strides[", i, "]");
    RETURN_IF_BAD(CheckNotNegative(stride_path, tensor.strides(i)));
    int64_t reach = 0;
    if (__builtin_mul_overflow(tensor.strides(i), std::max<int64_t>(tensor.dims(i), 1), &reach) ||
        __builtin_mul_overflow(reach, ElementBytes(tensor.dtype()), &reach) ||
        __builtin_add_overflow(extent, reach, &extent)) {
      return BadNumber(stride_path, tensor.strides(i), "the tensor's extent in bytes does not fit in 63 bits");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTensor(const std::string& path, const v1::Tensor& tensor) {
  if (!v1::DataType_IsValid(tensor.dtype())) {
    return BadNumber(path + ".dtype", static_cast<int>(tensor.dtype()), "it is not a DataType");
  }
  if (!v1::ShapeSource_IsValid(tensor.shape_source())) {
    return BadNumber(path + ".shape_source", static_cast<int>(tensor.shape_source()), "it is not a ShapeSource");
  }
  RETURN_IF_BAD(CheckDims(path, tensor));
  RETURN_IF_BAD(CheckStrides(path, tensor));
  return tensor.has_storage_bytes() ? CheckNotNegative(path + ".storage_bytes", tensor.storage_bytes())
                                    : absl::OkStatus();
}

template <typename Tensors>
absl::Status CheckTensors(const std::string& path, const Tensors& tensors) {
  RETURN_IF_BAD(CheckCount(path, tensors.size(), kMaxTensors));
  for (int i = 0; i < tensors.size(); ++i) {
    RETURN_IF_BAD(CheckTensor(absl::StrCat(path, "[", i, "]"), tensors.Get(i)));
  }
  return absl::OkStatus();
}

absl::Status CheckAttribute(const std::string& path, const v1::Attribute& attribute) {
  RETURN_IF_BAD(CheckText(path + ".name", attribute.name(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText(path + ".text", attribute.text(), kMaxTextBytes));
  return CheckCount(path + ".integers", attribute.integers().values_size(), kMaxListEntries);
}

template <typename Extras>
absl::Status CheckExtras(const std::string& path, const Extras& extras) {
  RETURN_IF_BAD(CheckCount(path, extras.size(), kMaxListEntries));
  for (int i = 0; i < extras.size(); ++i) {
    RETURN_IF_BAD(CheckText(absl::StrCat(path, "[", i, "].key"), extras.Get(i).key(), kMaxNameBytes));
    RETURN_IF_BAD(CheckText(absl::StrCat(path, "[", i, "].value"), extras.Get(i).value(), kMaxTextBytes));
  }
  return absl::OkStatus();
}

absl::Status CheckSplits(const std::string& path, const google::protobuf::RepeatedField<int64_t>& splits) {
  RETURN_IF_BAD(CheckCount(path, splits.size(), kMaxListEntries));
  for (int i = 0; i < splits.size(); ++i) {
    RETURN_IF_BAD(CheckNotNegative(absl::StrCat(path, "[", i, "]"), splits.Get(i)));
  }
  return absl::OkStatus();
}

absl::Status CheckCommunication(const v1::Communication& communication, const TraceLimits& limits) {
  const std::string path = "signature.communication";
  if (!v1::Communication::Type_IsValid(communication.type())) {
    return BadNumber(path + ".type", static_cast<int>(communication.type()), "it is not a Communication.Type");
  }
  if (!v1::DataType_IsValid(communication.dtype())) {
    return BadNumber(path + ".dtype", static_cast<int>(communication.dtype()), "it is not a DataType");
  }
  RETURN_IF_BAD(CheckText(path + ".algorithm_hint", communication.algorithm_hint(), kMaxNameBytes));
  RETURN_IF_BAD(CheckNotNegative(path + ".input_elements", communication.input_elements()));
  RETURN_IF_BAD(CheckNotNegative(path + ".output_elements", communication.output_elements()));
  if (communication.has_process_group() && communication.process_group() >= limits.process_groups) {
    return BadNumber(path + ".process_group", communication.process_group(),
                     absl::StrCat("the header has ", limits.process_groups, " process_groups"));
  }
  RETURN_IF_BAD(CheckSplits(path + ".input_split_elements", communication.input_split_elements()));
  return CheckSplits(path + ".output_split_elements", communication.output_split_elements());
}

absl::Status CheckLaunch(const v1::KernelLaunch& launch) {
  RETURN_IF_BAD(CheckCount("signature.launch.grid", launch.grid_size(), 3));
  RETURN_IF_BAD(CheckCount("signature.launch.block", launch.block_size(), 3));
  RETURN_IF_BAD(CheckNotNegative("signature.launch.shared_memory_bytes", launch.shared_memory_bytes()));
  return CheckNotNegative("signature.launch.registers_per_thread", launch.registers_per_thread());
}

absl::Status CheckTraceName(const std::string& name) {
  if (name.empty()) return Bad("header.name", "empty", "a trace needs a name");
  RETURN_IF_BAD(CheckText("header.name", name, kMaxTraceNameBytes));
  for (char c : name) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-' || c == '/') continue;
    return Bad("header.name", absl::StrCat("'", absl::CEscape(name), "'"),
               "only letters, digits, '.', '_', '-' and '/' are allowed");
  }
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    if (!part.empty() && part != "." && part != "..") continue;
    return Bad("header.name", absl::StrCat("'", name, "'"), "no part of it between '/' may be empty, '.' or '..'");
  }
  if (ParseTraceId(name)) return Bad("header.name", absl::StrCat("'", name, "'"), "it must not look like a trace id");
  return absl::OkStatus();
}

absl::Status CheckGroups(const v1::TraceHeader& header) {
  RETURN_IF_BAD(CheckCount("header.process_groups", header.process_groups_size(), kMaxListEntries));
  for (int i = 0; i < header.process_groups_size(); ++i) {
    const std::string path = absl::StrCat("header.process_groups[", i, "]");
    RETURN_IF_BAD(CheckText(path + ".name", header.process_groups(i).name(), kMaxNameBytes));
    RETURN_IF_BAD(CheckCount(path + ".ranks", header.process_groups(i).ranks_size(), kMaxListEntries));
  }
  RETURN_IF_BAD(CheckCount("header.devices", header.devices_size(), kMaxListEntries));
  for (int i = 0; i < header.devices_size(); ++i) {
    const std::string path = absl::StrCat("header.devices[", i, "]");
    RETURN_IF_BAD(CheckText(path + ".raw_name", header.devices(i).raw_name(), kMaxNameBytes));
    RETURN_IF_BAD(CheckText(path + ".silicon_class", header.devices(i).silicon_class(), kMaxNameBytes));
    RETURN_IF_BAD(CheckText(path + ".asserted_by", header.devices(i).asserted_by(), kMaxNameBytes));
  }
  if (header.has_rank() && header.has_world_size() && header.rank() >= header.world_size()) {
    return BadNumber("header.rank", header.rank(), absl::StrCat("world_size is ", header.world_size()));
  }
  return absl::OkStatus();
}

absl::Status CheckHeaderTexts(const v1::TraceHeader& header) {
  RETURN_IF_BAD(CheckText("header.source_format", header.source_format(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText("header.source_generation", header.source_generation(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText("header.importer_version", header.importer_version(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText("header.clock_base", header.clock_base(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText("header.model", header.model(), kMaxTextBytes));
  RETURN_IF_BAD(CheckText("header.command", header.command(), kMaxTextBytes));
  RETURN_IF_BAD(CheckCount("header.producers", header.producers_size(), 256));
  for (int i = 0; i < header.producers_size(); ++i) {
    RETURN_IF_BAD(CheckText(absl::StrCat("header.producers[", i, "]"), header.producers(i), kMaxNameBytes));
  }
  return CheckExtras("header.extras", header.extras());
}

// Protobuf refuses text that is not UTF-8 only when it parses; a message that was made in this process has not been
// parsed yet.
template <typename Message>
absl::Status CheckUtf8(absl::string_view path, const Message& message) {
  Message copy;
  if (copy.ParseFromString(message.SerializeAsString())) return absl::OkStatus();
  return Bad(path, "not readable", "all its texts must be UTF-8");
}

absl::Status CheckReferences(const OperatorRow& row, uint64_t id) {
  for (RowField field : {RowField::kParentId, RowField::kForwardId, RowField::kLauncherId}) {
    if (!row.Has(field)) continue;
    const uint64_t other = row.Unsigned(field);
    if (other == 0) return Bad(RowFieldName(field), "0", "ids are not zero; leave it out if there is none");
    if (other == id) return BadNumber(RowFieldName(field), other, "an operator must not refer to itself");
  }
  for (RowList list : {RowList::kDataDepIds, RowList::kControlDepIds}) {
    const absl::Span<const uint64_t> ids = row.List(list);
    RETURN_IF_BAD(CheckCount(RowListName(list), static_cast<int>(std::min<size_t>(ids.size(), kMaxListEntries + 1)),
                             kMaxListEntries));
    for (size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] != 0 && ids[i] != id) continue;
      return BadNumber(absl::StrCat(RowListName(list), "[", i, "]"), ids[i], "it must be the id of another operator");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckTimes(const OperatorRow& row) {
  for (RowField field : {RowField::kDurationPs, RowField::kSelfPs, RowField::kEnergyPj, RowField::kEnergyWindowNs}) {
    RETURN_IF_BAD(CheckNotNegative(RowFieldName(field), row.Signed(field)));
  }
  const int64_t duration_ps = row.Signed(RowField::kDurationPs);
  if (row.Has(RowField::kSelfPs) && row.Has(RowField::kDurationPs) && row.Signed(RowField::kSelfPs) > duration_ps) {
    return BadNumber("self_ps", row.Signed(RowField::kSelfPs), absl::StrCat("duration_ps is ", duration_ps));
  }
  const int64_t start_ns = row.Signed(RowField::kStartNs);
  if (start_ns > kMax64 - duration_ps / 1000 - 1) {
    return BadNumber("start_ns", start_ns, "its end does not fit in 63 bits");
  }
  return absl::OkStatus();
}

absl::Status CheckOthers(const OperatorRow& row, uint32_t signature_tensors, const TraceLimits& limits) {
  if (row.Has(RowField::kDevice) && row.Unsigned(RowField::kDevice) >= limits.devices) {
    return BadNumber("device", row.Unsigned(RowField::kDevice),
                     absl::StrCat("the header has ", limits.devices, " devices"));
  }
  if (row.Unsigned(RowField::kLinkMethod) > v1::LinkMethod_MAX) {
    return BadNumber("link_method", row.Unsigned(RowField::kLinkMethod), "it is not a LinkMethod");
  }
  if (row.Unsigned(RowField::kEnergyProvenance) > v1::Provenance_MAX) {
    return BadNumber("energy_provenance", row.Unsigned(RowField::kEnergyProvenance), "it is not a Provenance");
  }
  if (row.Has(RowField::kEnergyPj) && !row.Has(RowField::kEnergyProvenance)) {
    return Bad("energy_provenance", "not set", "an energy must say how it came to be");
  }
  if (row.Has(RowField::kOccurrences) && row.Unsigned(RowField::kOccurrences) == 0) {
    return Bad("occurrences", "0", "it must be above zero; leave it out for one");
  }
  if (row.List(RowList::kStorageIds).size() > signature_tensors) {
    return Bad("storage_ids", absl::StrCat(row.List(RowList::kStorageIds).size(), " entries long"),
               absl::StrCat("the signature has ", signature_tensors, " tensors"));
  }
  return absl::OkStatus();
}

}  // namespace

TraceLimits TraceLimits::Of(const v1::TraceHeader& header) {
  return {static_cast<uint32_t>(header.devices_size()), static_cast<uint32_t>(header.process_groups_size())};
}

absl::Status ValidateHeader(const v1::TraceHeader& header) {
  RETURN_IF_BAD(CheckUtf8("header", header));
  RETURN_IF_BAD(CheckTraceName(header.name()));
  RETURN_IF_BAD(CheckHeaderTexts(header));
  RETURN_IF_BAD(CheckGroups(header));
  if (!v1::Phase_IsValid(header.phase())) {
    return BadNumber("header.phase", static_cast<int>(header.phase()), "it is not a Phase");
  }
  if (!v1::RunMode_IsValid(header.run_mode())) {
    return BadNumber("header.run_mode", static_cast<int>(header.run_mode()), "it is not a RunMode");
  }
  const v1::DeclaredMemory& memory = header.memory();
  RETURN_IF_BAD(CheckNotNegative("header.memory.parameter_bytes", memory.parameter_bytes()));
  RETURN_IF_BAD(CheckNotNegative("header.memory.optimizer_state_bytes", memory.optimizer_state_bytes()));
  RETURN_IF_BAD(CheckNotNegative("header.memory.cache_bytes", memory.cache_bytes()));
  return CheckNotNegative("header.memory.parameter_count", memory.parameter_count());
}

absl::Status ValidateSummary(const v1::TraceSummary& summary) {
  RETURN_IF_BAD(CheckUtf8("summary", summary));
  std::set<int> units;
  for (int i = 0; i < summary.work_done_size(); ++i) {
    const std::string path = absl::StrCat("summary.work_done[", i, "]");
    const v1::WorkDone& work = summary.work_done(i);
    if (work.unit() == v1::WORK_UNIT_UNSPECIFIED || !v1::WorkUnit_IsValid(work.unit())) {
      return BadNumber(path + ".unit", static_cast<int>(work.unit()), "work must be counted in a known unit");
    }
    if (!units.insert(work.unit()).second) {
      return Bad(path + ".unit", v1::WorkUnit_Name(work.unit()), "it was given before");
    }
    if (!std::isfinite(work.count()) || work.count() < kLeastWork) {
      return BadNumber(path + ".count", work.count(), absl::StrCat("it must be finite and at least ", kLeastWork));
    }
  }
  const v1::CaptureWindow& window = summary.window();
  if (window.has_start_ns() && window.has_end_ns() && window.end_ns() < window.start_ns()) {
    return BadNumber("summary.window.end_ns", window.end_ns(), absl::StrCat("start_ns is ", window.start_ns()));
  }
  const v1::Completeness& completeness = summary.completeness();
  if (completeness.rejected_size() != 0) {
    return Bad("summary.completeness.rejected", "not empty", "the store fills it");
  }
  RETURN_IF_BAD(CheckCount("summary.completeness.other", completeness.other_size(), kMaxListEntries));
  for (int i = 0; i < completeness.other_size(); ++i) {
    const std::string path = absl::StrCat("summary.completeness.other[", i, "].name");
    if (completeness.other(i).name().empty()) return Bad(path, "empty", "a count needs a name");
    RETURN_IF_BAD(CheckText(path, completeness.other(i).name(), kMaxNameBytes));
  }
  return absl::OkStatus();
}

absl::Status ValidateSignature(const v1::OpSignature& signature, const TraceLimits& limits) {
  if (signature.kind() == v1::OPERATOR_KIND_UNSPECIFIED || !v1::OperatorKind_IsValid(signature.kind())) {
    return BadNumber("signature.kind", static_cast<int>(signature.kind()), "an operator must say what kind it is");
  }
  if (signature.name().empty()) return Bad("signature.name", "empty", "an operator needs a name");
  if (const size_t bytes = signature.ByteSizeLong(); bytes > kMaxSignatureBytes) {
    return Bad("signature", absl::StrCat(bytes, " bytes long"),
               absl::StrCat("at most ", kMaxSignatureBytes, " are allowed"));
  }
  RETURN_IF_BAD(CheckText("signature.name", signature.name(), kMaxNameBytes));
  RETURN_IF_BAD(CheckText("signature.op_schema", signature.op_schema(), kMaxTextBytes));
  RETURN_IF_BAD(CheckText("signature.op_class", signature.op_class(), kMaxNameBytes));
  RETURN_IF_BAD(CheckTensors("signature.inputs", signature.inputs()));
  RETURN_IF_BAD(CheckTensors("signature.outputs", signature.outputs()));
  RETURN_IF_BAD(CheckCount("signature.attributes", signature.attributes_size(), kMaxListEntries));
  for (int i = 0; i < signature.attributes_size(); ++i) {
    RETURN_IF_BAD(CheckAttribute(absl::StrCat("signature.attributes[", i, "]"), signature.attributes(i)));
  }
  if (signature.has_flops_flop()) RETURN_IF_BAD(CheckFigure("signature.flops_flop", signature.flops_flop()));
  if (signature.has_read_bytes()) RETURN_IF_BAD(CheckFigure("signature.read_bytes", signature.read_bytes()));
  if (signature.has_written_bytes()) RETURN_IF_BAD(CheckFigure("signature.written_bytes", signature.written_bytes()));
  if (signature.has_communication()) RETURN_IF_BAD(CheckCommunication(signature.communication(), limits));
  if (signature.has_launch()) RETURN_IF_BAD(CheckLaunch(signature.launch()));
  return CheckExtras("signature.extras", signature.extras());
}

absl::Status ValidateRow(const OperatorRow& row, uint64_t previous_id, uint32_t signature_tensors,
                         const TraceLimits& limits) {
  const uint64_t id = row.Unsigned(RowField::kId);
  if (id <= previous_id) {
    return id == 0 ? Bad("id", "0", "ids are not zero")
                   : BadNumber(
                         "id", id,
                         absl::StrCat("ids must grow in the order of the trace, and the one before is ", previous_id));
  }
  RETURN_IF_BAD(CheckReferences(row, id));
  RETURN_IF_BAD(CheckTimes(row));
  return CheckOthers(row, signature_tensors, limits);
}

#undef RETURN_IF_BAD

}  // namespace sandglass
