#include "collectors/importers/onnxruntime/event_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_values.h"
#include "collectors/importers/format/mended_json.h"

namespace sandglass::collectors::onnxruntime {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// A profile lasts no longer than years, and one event no longer than a day, so that sums cannot overflow.
constexpr int64_t kMostStartUs = int64_t{86400} * 365 * 200 * 1'000'000;
constexpr int64_t kMostDurationUs = int64_t{86400} * 1'000'000;
// More than any honest file has; a file that was made up may have more.
constexpr size_t kMostProviders = 64;
constexpr size_t kMostProviderBytes = 256;

// Operators of the standard, and of the runtime itself, that run a graph which they hold.
bool HoldsGraph(absl::string_view op_name) {
  static constexpr absl::string_view kHolders[] = {"If",         "Loop",         "Scan",     "SequenceMap",
                                                   "BeamSearch", "GreedySearch", "Sampling", "WhisperBeamSearch"};
  return std::find(std::begin(kHolders), std::end(kHolders), op_name) != std::end(kHolders);
}

uint32_t Small(const std::optional<int64_t>& number) {
  return number.has_value() && *number >= 0 && *number < kNone ? static_cast<uint32_t>(*number) : kNone;
}

// The place of an axis in LaunchSizes; nullptr: the argument is none of them.
std::optional<int64_t>* SizeOf(absl::string_view key, LaunchSizes& grid, LaunchSizes& block) {
  const bool is_grid = absl::StartsWith(key, "grid_");
  if (key.empty() || (!is_grid && !absl::StartsWith(key, "block_"))) return nullptr;
  const char axis = key.back();
  if (axis < 'x' || axis > 'z') return nullptr;
  return &(is_grid ? grid : block)[static_cast<size_t>(axis - 'x')];
}

}  // namespace

// What one event says.
struct EventReader::Fields {
  absl::string_view category;
  absl::string_view phase;
  absl::string_view name;
  std::string thread;
  std::optional<int64_t> start_us;
  std::optional<int64_t> duration_us;
  absl::string_view op_name;
  absl::string_view provider;
  std::optional<int64_t> node_index;
  Signatures::Json inputs;
  Signatures::Json outputs;
  LaunchSizes grid;
  LaunchSizes block;
  std::optional<int64_t> stream;

  void ReadArgument(absl::string_view key, const element& value);
};

void EventReader::Fields::ReadArgument(absl::string_view key, const element& value) {
  if (key == "op_name") {
    op_name = TextOf(value);
  } else if (key == "provider") {
    provider = TextOf(value);
  } else if (key == "node_index" || key == "graph_index") {
    node_index = IntegerOf(value);
  } else if (key == "input_type_shape") {
    inputs = value;
  } else if (key == "output_type_shape") {
    outputs = value;
  } else if (key == "stream") {
    stream = IntegerOf(value);
  } else if (std::optional<int64_t>* const size = SizeOf(key, grid, block)) {
    *size = IntegerOf(value);
  }
}

absl::Status EventReader::Parse(absl::string_view text, Fields& fields) {
  object members;
  element document;
  auto error = parser_.parse(text.data(), text.size(), false).get(document);
  if (error == simdjson::SUCCESS) error = document.get(members);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError(simdjson::error_message(error));
  for (const auto [name, value] : members) {
    const absl::string_view key(name.data(), name.size());
    object arguments;
    if (key == "cat") {
      fields.category = TextOf(value);
    } else if (key == "ph") {
      fields.phase = TextOf(value);
    } else if (key == "name") {
      fields.name = TextOf(value);
    } else if (key == "tid") {
      fields.thread = std::string(simdjson::minify(value));
    } else if (key == "ts") {
      fields.start_us = IntegerOf(value);
    } else if (key == "dur") {
      fields.duration_us = IntegerOf(value);
    } else if (key == "args" && value.get(arguments) == simdjson::SUCCESS) {
      for (const auto [argument, of] : arguments) fields.ReadArgument({argument.data(), argument.size()}, of);
    }
  }
  return absl::OkStatus();
}

absl::Status EventReader::Add(absl::string_view text) {
  Fields fields;
  if (Parse(text, fields).ok()) return Keep(fields);
  MendJson(text, mended_);
  Fields mended;
  if (absl::Status status = Parse(mended_, mended); !status.ok()) return status;
  ++profile_.missing["texts_mended"];
  return Keep(mended);
}

absl::Status EventReader::Keep(const Fields& fields) {
  if (fields.phase != "X") return absl::InvalidArgumentError("it is not of phase X");
  if (fields.name.empty()) return absl::InvalidArgumentError("it has no name");
  if (!fields.start_us.has_value() || *fields.start_us < 0 || *fields.start_us > kMostStartUs) {
    return absl::InvalidArgumentError("it has no start in whole microseconds");
  }
  if (!fields.duration_us.has_value() || *fields.duration_us < 0 || *fields.duration_us > kMostDurationUs) {
    return absl::InvalidArgumentError("it has no duration in whole microseconds");
  }
  Event event;
  event.start_us = *fields.start_us;
  event.duration_us = *fields.duration_us;
  if (fields.category == "Kernel") {
    KeepKernel(fields, event);
    return absl::OkStatus();
  }
  if (fields.category == "Api") {
    ++profile_.left_out["runtime_calls"];
    return absl::OkStatus();
  }
  event.thread = threads_.try_emplace(fields.thread, static_cast<uint32_t>(threads_.size())).first->second;
  if (fields.category == "Node") return KeepNode(fields, event);
  if (fields.category != "Session") return absl::InvalidArgumentError("it is of no category that the runtime has");
  KeepSession(fields.name, event);
  return absl::OkStatus();
}

// What the session does beside its runs says nothing of operators, and an executor's call repeats the run.
void EventReader::KeepSession(absl::string_view name, Event event) {
  if (name == "model_run") {
    event.kind = EventKind::kRun;
    profile_.events.push_back(event);
  } else if (absl::EndsWith(name, "Executor::Execute")) {
    ++profile_.left_out["executor_calls"];
  } else if (absl::StartsWith(name, "model_loading")) {
    ++profile_.left_out["model_loading"];
  } else if (name == "session_initialization") {
    ++profile_.left_out["session_initialization"];
  } else {
    ++profile_.left_out["other_session_events"];
  }
}

absl::Status EventReader::KeepNode(const Fields& fields, Event event) {
  if (absl::EndsWith(fields.name, "_fence_before") || absl::EndsWith(fields.name, "_fence_after")) {
    profile_.has_fences = true;
    ++profile_.left_out["fences"];
    return absl::OkStatus();
  }
  if (fields.op_name.empty()) return absl::InvalidArgumentError("it is a node without an op_name");
  event.kind = EventKind::kNode;
  event.holds_graph = HoldsGraph(fields.op_name);
  event.node_index = Small(fields.node_index);
  event.provider = ProviderOf(fields.provider);
  event.signature = signatures_.OfNode(fields.op_name, fields.inputs, fields.outputs);
  profile_.has_gradients |= absl::EndsWith(fields.op_name, "Grad");
  last_node_ = static_cast<uint32_t>(profile_.events.size());
  last_op_name_ = std::string(fields.op_name);
  profile_.events.push_back(event);
  return absl::OkStatus();
}

// The runtime joins kernels to nodes by correlation, puts them behind their node, and gives them its operator's name.
void EventReader::KeepKernel(const Fields& fields, Event event) {
  event.kind = EventKind::kKernel;
  event.queue = Small(fields.stream);
  event.signature = signatures_.OfKernel(fields.name, fields.grid, fields.block);
  if (last_node_ != kNone && !fields.op_name.empty() && fields.op_name == last_op_name_) event.launcher = last_node_;
  profile_.events.push_back(event);
}

uint32_t EventReader::ProviderOf(absl::string_view name) {
  std::vector<std::string>& known = profile_.providers;
  const auto found = std::find(known.begin(), known.end(), name);
  if (found != known.end()) return static_cast<uint32_t>(found - known.begin());
  if (name.empty() || name.size() > kMostProviderBytes || known.size() == kMostProviders) {
    ++profile_.missing["operators_without_provider"];
    return kNone;
  }
  known.emplace_back(name);
  return static_cast<uint32_t>(known.size() - 1);
}

Profile EventReader::Take() && {
  profile_.threads = static_cast<uint32_t>(threads_.size());
  if (signatures_.not_understood() > 0) profile_.missing["arguments_not_understood"] = signatures_.not_understood();
  if (signatures_.names_cut() > 0) profile_.missing["names_cut"] = signatures_.names_cut();
  profile_.signatures = std::move(signatures_).Take();
  return std::move(profile_);
}

}  // namespace sandglass::collectors::onnxruntime
