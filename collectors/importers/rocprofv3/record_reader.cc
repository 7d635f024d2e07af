#include "collectors/importers/rocprofv3/record_reader.h"

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/json_values.h"
#include "collectors/importers/format/sound_signature.h"

namespace sandglass::collectors::rocprofv3 {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

static_assert(kReadableBehindPiece >= simdjson::SIMDJSON_PADDING);

// Each element is a process.
constexpr absl::string_view kTool = "rocprofiler-sdk-tool";
constexpr absl::string_view kProcess = "rocprofiler-sdk-tool[]";
constexpr absl::string_view kBuffered = "buffer_records";
constexpr absl::string_view kCalledBack = "callback_records";

constexpr int64_t kPsPerNs = 1000;
// One record lasts no longer than a day.
constexpr int64_t kMostDurationNs = int64_t{86400} * 1'000'000'000;
// More than any honest file has of one kind; a file that was made up may have more.
constexpr size_t kMostAgents = 1024;
constexpr size_t kMostNames = 64;
constexpr size_t kMostNameBytes = 64;
constexpr size_t kMostCommandBytes = 1024;

// The member's value; nullopt: it has none of that name, or is no object.
std::optional<element> Member(const element& json, const char* name) {
  element value;
  return json[name].get(value) == simdjson::SUCCESS ? std::optional(value) : std::nullopt;
}

std::optional<int64_t> IntegerAt(const element& json, const char* name) {
  const std::optional<element> value = Member(json, name);
  return value.has_value() ? IntegerOf(*value) : std::nullopt;
}

std::optional<int64_t> HandleAt(const element& json, const char* name) {
  const std::optional<element> value = Member(json, name);
  return value.has_value() ? IntegerAt(*value, "handle") : std::nullopt;
}

std::string TextAt(const element& json, const char* name) {
  const std::optional<element> value = Member(json, name);
  return value.has_value() ? std::string(TextOf(*value)) : "";
}

std::optional<uint32_t> Small(const std::optional<int64_t>& number) {
  if (!number.has_value() || *number < 0 || *number > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// Sizes along x, y, z; nullopt: they are none.
std::optional<std::array<uint32_t, 3>> SizesAt(const element& json, const char* name) {
  const std::optional<element> sizes = Member(json, name);
  if (!sizes.has_value()) return std::nullopt;
  std::array<uint32_t, 3> found{};
  static constexpr const char* kAxes[] = {"x", "y", "z"};
  for (size_t axis = 0; axis < found.size(); ++axis) {
    const std::optional<uint32_t> size = Small(IntegerAt(*sizes, kAxes[axis]));
    if (!size.has_value()) return std::nullopt;
    found[axis] = *size;
  }
  return found;
}

// The runtime counts a grid in threads, of which the last block may lack some.
v1::KernelLaunch LaunchOf(const element& dispatch) {
  v1::KernelLaunch launch;
  const auto block = SizesAt(dispatch, "workgroup_size");
  const auto threads = SizesAt(dispatch, "grid_size");
  if (block.has_value() && threads.has_value() && std::find(block->begin(), block->end(), 0U) == block->end()) {
    for (size_t axis = 0; axis < block->size(); ++axis) {
      const uint32_t size = (*block)[axis];
      launch.add_block(size);
      launch.add_grid((*threads)[axis] / size + ((*threads)[axis] % size != 0 ? 1 : 0));
    }
  }
  const std::optional<int64_t> shared = IntegerAt(dispatch, "group_segment_size");
  if (shared.has_value() && *shared >= 0) launch.set_shared_memory_bytes(*shared);
  return launch;
}

// The stream that the program used, which newer files have, or else the queue that it was put on.
std::optional<uint32_t> QueueOf(const element& record, const std::optional<element>& dispatch) {
  if (const auto stream = Small(HandleAt(record, "stream_id")); stream.has_value()) return stream;
  return dispatch.has_value() ? Small(HandleAt(*dispatch, "queue_id")) : std::nullopt;
}

// What stands behind "rocprofiler-sdk-tool[]." in a path; empty: something else.
absl::string_view OfProcess(absl::string_view path) {
  if (!absl::ConsumePrefix(&path, kProcess) || !absl::ConsumePrefix(&path, ".")) return {};
  return path;
}

// The kind of records ("kernel_dispatch") that an array in a process holds; empty: none.
absl::string_view RecordsIn(absl::string_view part) {
  if (!absl::ConsumePrefix(&part, kBuffered) && !absl::ConsumePrefix(&part, kCalledBack)) return {};
  if (!absl::ConsumePrefix(&part, ".")) return {};
  return absl::StrContains(part, '.') || absl::StrContains(part, '[') ? absl::string_view() : part;
}

}  // namespace

bool RecordReader::Opens(absl::string_view path) {
  if (path == kTool || path == kProcess) return true;
  const absl::string_view part = OfProcess(path);
  return part == "agents" || part == "kernel_symbols" || part == kBuffered || part == kCalledBack ||
         !RecordsIn(part).empty();
}

absl::Status RecordReader::AddElement(const JsonPiece& piece, uint64_t process) {
  const absl::string_view part = OfProcess(piece.key);
  const absl::string_view records = RecordsIn(part);
  const bool is_work = records == "kernel_dispatch" || records == "memory_copy";
  if (!records.empty()) ++capture_.records;
  if (process > 1) {
    if (is_work) ++capture_.missing["work_of_other_processes"];
    return absl::OkStatus();
  }
  if (!records.empty() && !is_work) {
    CountLeftOut(records);
    return absl::OkStatus();
  }
  element json;
  const auto error = parser_.parse(piece.text.data(), piece.text.size(), false).get(json);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError(simdjson::error_message(error));
  if (part == "agents") return AddAgent(json);
  if (part == "kernel_symbols") return AddSymbol(json);
  if (records == "kernel_dispatch") return AddKernel(json);
  if (records == "memory_copy") return AddCopy(json);
  return absl::InvalidArgumentError("it stands where no record does");
}

void RecordReader::CountLeftOut(absl::string_view name) {
  const bool is_new = !capture_.left_out.contains(std::string(name));
  const bool is_long = name.size() > kMostNameBytes || !simdjson::validate_utf8(name.data(), name.size());
  if (is_long || (is_new && capture_.left_out.size() >= kMostNames)) name = "records_of_another_kind";
  ++capture_.left_out[std::string(name)];
}

void RecordReader::AddMember(const JsonPiece& piece, uint64_t process) {
  const absl::string_view part = OfProcess(piece.key);
  const bool is_metadata = part == "metadata";
  if (process > 1 || (!is_metadata && part != "strings")) return;
  element json;
  array list;
  if (parser_.parse(piece.text.data(), piece.text.size(), false).get(json) != simdjson::SUCCESS) {
    ++capture_.missing["members_not_understood"];
    return;
  }
  if (is_metadata) {
    if (json["command"].get(list) != simdjson::SUCCESS) return;
    std::vector<std::string> words;
    for (const element word : list) words.emplace_back(TextOf(word));
    capture_.command = absl::StrJoin(words, " ");
    if (capture_.command.size() > kMostCommandBytes) {
      capture_.command.clear();
      ++capture_.left_out["long_commands"];
    }
    return;
  }
  if (json["buffer_records"].get(list) != simdjson::SUCCESS) return;
  for (const element kind : list) {
    std::vector<std::string>& names = operations_.emplace_back();
    array operations;
    if (kind["operations"].get(operations) != simdjson::SUCCESS) continue;
    for (const element operation : operations) names.emplace_back(TextOf(operation));
  }
}

absl::Status RecordReader::AddAgent(const element& json) {
  const std::optional<int64_t> handle = HandleAt(json, "id");
  if (!handle.has_value()) return absl::InvalidArgumentError("it is an agent without a handle");
  if (agents_.size() == kMostAgents) return absl::InvalidArgumentError("it is one agent too many");
  constexpr int64_t kGpu = 2;
  Agent& agent = agents_.emplace_back();
  agent.handle = *handle;
  agent.is_gpu = IntegerAt(json, "type") == kGpu;
  for (const char* name : {"product_name", "name"}) {
    if (agent.name.empty()) agent.name = FittingName(TextAt(json, name), names_cut_);
  }
  agent.ordinal = Small(IntegerAt(json, "logical_node_type_id"));
  return absl::OkStatus();
}

absl::Status RecordReader::AddSymbol(const element& json) {
  const std::optional<int64_t> id = IntegerAt(json, "kernel_id");
  if (!id.has_value()) return absl::InvalidArgumentError("it is a symbol without a kernel_id");
  for (const char* name : {"formatted_kernel_name", "demangled_kernel_name", "kernel_name"}) {
    const std::optional<element> value = Member(json, name);
    if (!value.has_value() || TextOf(*value).empty()) continue;
    symbols_[*id] = FittingName(TextOf(*value), names_cut_);
    break;
  }
  return absl::OkStatus();
}

absl::Status RecordReader::ReadTimes(const element& json, Record& record) {
  const std::optional<int64_t> start = IntegerAt(json, "start_timestamp");
  const std::optional<int64_t> end = IntegerAt(json, "end_timestamp");
  // 0, or the largest number: the runtime could not tell.
  if (!start.has_value() || !end.has_value() || *start <= 0 || *end < *start || *end - *start > kMostDurationNs ||
      *end == std::numeric_limits<int64_t>::max()) {
    return absl::InvalidArgumentError("it has no start and end that follow each other");
  }
  record.start_ns = *start;
  record.duration_ps = (*end - *start) * kPsPerNs;
  return absl::OkStatus();
}

absl::Status RecordReader::AddKernel(const element& json) {
  const std::optional<element> dispatch = Member(json, "dispatch_info");
  const std::optional<int64_t> kernel = dispatch.has_value() ? IntegerAt(*dispatch, "kernel_id") : std::nullopt;
  if (!kernel.has_value()) return absl::InvalidArgumentError("it is a dispatch without a kernel_id");
  Record record;
  if (absl::Status status = ReadTimes(json, record); !status.ok()) return status;
  v1::KernelLaunch launch = LaunchOf(*dispatch);
  const std::string key = absl::StrCat("k", *kernel, "/", launch.SerializeAsString());
  const auto [found, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(kernels_.size()));
  if (is_new) kernels_.push_back({.kernel_id = *kernel, .launch = std::move(launch)});
  record.what = found->second;
  record.agent = record.other_agent = HandleAt(*dispatch, "agent_id");
  record.queue = QueueOf(json, dispatch);
  records_.push_back(record);
  return absl::OkStatus();
}

absl::Status RecordReader::AddCopy(const element& json) {
  Record record;
  record.is_copy = true;
  if (absl::Status status = ReadTimes(json, record); !status.ok()) return status;
  Copy copy;
  copy.kind = IntegerAt(json, "kind").value_or(-1);
  copy.operation = IntegerAt(json, "operation").value_or(-1);
  copy.bytes = IntegerAt(json, "bytes");
  if (copy.bytes.has_value() && *copy.bytes < 0) copy.bytes.reset();
  const std::string key = absl::StrCat("c", copy.kind, "/", copy.operation, "/", copy.bytes.value_or(-1));
  const auto [found, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(copies_.size()));
  if (is_new) copies_.push_back(copy);
  record.what = found->second;
  record.agent = HandleAt(json, "dst_agent_id");
  record.other_agent = HandleAt(json, "src_agent_id");
  record.queue = QueueOf(json, std::nullopt);
  records_.push_back(record);
  return absl::OkStatus();
}

std::string RecordReader::NameOf(const Copy& copy) const {
  const auto kind = static_cast<uint64_t>(copy.kind);
  const auto operation = static_cast<uint64_t>(copy.operation);
  const bool known = kind < operations_.size() && operation < operations_[kind].size();
  const std::string name = known ? operations_[kind][operation] : "";
  return name.empty() || name.size() > kMostNameBytes ? "memory_copy" : name;
}

// Kernels first, then copies.
void RecordReader::AddSignatures() {
  for (Kernel& kernel : kernels_) {
    v1::OpSignature& signature = capture_.signatures.emplace_back();
    signature.set_kind(v1::OPERATOR_KIND_DEVICE_KERNEL);
    const auto symbol = symbols_.find(kernel.kernel_id);
    signature.set_name(symbol != symbols_.end() ? symbol->second : absl::StrCat("kernel ", kernel.kernel_id));
    if (kernel.launch.ByteSizeLong() > 0) *signature.mutable_launch() = std::move(kernel.launch);
  }
  for (const Copy& copy : copies_) {
    v1::OpSignature& signature = capture_.signatures.emplace_back();
    signature.set_kind(v1::OPERATOR_KIND_MEMCPY);
    signature.set_name(NameOf(copy));
    if (!copy.bytes.has_value()) continue;
    for (v1::ProducedFigure* figure : {signature.mutable_read_bytes(), signature.mutable_written_bytes()}) {
      figure->set_value(static_cast<double>(*copy.bytes));
      figure->set_provenance(v1::PROVENANCE_STATED);
    }
  }
  for (v1::OpSignature& signature : capture_.signatures) {
    if (!KeepSound(signature, TraceLimits())) ++capture_.missing["arguments_not_understood"];
  }
}

// A copy is the work of the GPU that it goes to, or else of that which it comes from.
std::optional<uint32_t> RecordReader::GpuOf(const Record& record) const {
  for (const std::optional<int64_t>& handle : {record.agent, record.other_agent}) {
    const auto found = handle.has_value() ? gpu_numbers_.find(*handle) : gpu_numbers_.end();
    if (found != gpu_numbers_.end()) return found->second;
  }
  return std::nullopt;
}

void RecordReader::AddWork() {
  for (const Record& record : records_) {
    Work work;
    work.start_ns = record.start_ns;
    work.duration_ps = record.duration_ps;
    work.signature = record.what + (record.is_copy ? static_cast<uint32_t>(kernels_.size()) : 0);
    work.gpu = GpuOf(record);
    work.queue = record.queue;
    if (!work.gpu.has_value()) ++capture_.missing["device_work_of_no_device"];
    if (!record.is_copy && !symbols_.contains(kernels_[record.what].kernel_id)) {
      ++capture_.missing["kernels_without_name"];
    }
    capture_.work.push_back(work);
  }
}

Capture RecordReader::Take() && {
  for (Agent& agent : agents_) {
    if (agent.is_gpu) capture_.gpus.push_back(std::move(agent));
  }
  std::stable_sort(capture_.gpus.begin(), capture_.gpus.end(),
                   [](const Agent& a, const Agent& b) { return a.ordinal < b.ordinal; });
  for (const Agent& gpu : capture_.gpus) {
    gpu_numbers_.try_emplace(gpu.handle, static_cast<uint32_t>(gpu_numbers_.size()));
  }
  AddSignatures();
  AddWork();
  if (names_cut_ > 0) capture_.missing["names_cut"] = names_cut_;
  return std::move(capture_);
}

}  // namespace sandglass::collectors::rocprofv3
