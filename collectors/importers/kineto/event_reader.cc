#include "collectors/importers/kineto/event_reader.h"

#include <simdjson.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/json_values.h"
#include "collectors/importers/format/mended_json.h"
#include "collectors/importers/format/sound_signature.h"
#include "collectors/importers/kineto/decimal.h"

namespace sandglass::collectors::kineto {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

// More categories, and longer names, are not told apart.
constexpr size_t kMostCategories = 32;
constexpr size_t kMostCategoryBytes = 64;

static_assert(kReadableBehindPiece >= simdjson::SIMDJSON_PADDING);

// A whole number, also one in quotes; kNone: it is none.
int64_t NumberOf(const element& json) {
  uint64_t large = 0;
  // Identities only: the bits tell them apart.
  if (json.is_uint64() && json.get(large) == simdjson::SUCCESS) return static_cast<int64_t>(large);
  return IntegerOf(json).value_or(kNone);
}

// A name of a process or a thread, which some writers give as a number.
std::string NameOf(const element& json) {
  int64_t number = 0;
  if (json.get(number) == simdjson::SUCCESS) return absl::StrCat(number);
  const absl::string_view text = TextOf(json);
  return {text.data(), text.size()};
}

enum class Category { kNone, kOperator, kAnnotation, kRuntime, kKernel, kCopy, kFill, kMtia, kSkipped };

struct CategoryName {
  absl::string_view name;
  Category category;
  // Whether only the first generation has it.
  bool is_first = false;
};

// What is skipped says nothing of its own: flows and instants repeat what ids say, Python's frames are no operators,
// and a device's copy of an annotation is the host's.
constexpr CategoryName kCategories[] = {
    {"cpu_op", Category::kOperator},
    {"kernel", Category::kKernel},
    {"cuda_runtime", Category::kRuntime},
    {"python_function", Category::kSkipped},
    {"ac2g", Category::kSkipped},
    {"gpu_memcpy", Category::kCopy},
    {"gpu_memset", Category::kFill},
    {"user_annotation", Category::kAnnotation},
    {"cuda_driver", Category::kRuntime},
    {"gpu_user_annotation", Category::kSkipped},
    {"hip_runtime", Category::kRuntime},
    {"hip_driver", Category::kRuntime},
    {"cuda_sync", Category::kSkipped},
    {"fwdbwd", Category::kSkipped},
    {"Trace", Category::kSkipped},
    {"overhead", Category::kSkipped},
    {"mtia_runtime", Category::kRuntime},
    {"mtia_ccp_events", Category::kMtia},
    {"xpu_runtime", Category::kRuntime},
    {"privateuse1_runtime", Category::kRuntime},
    {"Operator", Category::kOperator, true},
    {"Kernel", Category::kKernel, true},
    {"Runtime", Category::kRuntime, true},
    {"Memcpy", Category::kCopy, true},
    {"Memset", Category::kFill, true},
    {"async", Category::kSkipped},
};

const CategoryName* FindCategory(absl::string_view name) {
  for (const CategoryName& category : kCategories) {
    if (category.name == name) return &category;
  }
  return nullptr;
}

// Ranges that PyTorch marks itself; the first releases called them operators.
bool IsMark(absl::string_view name) {
  return absl::StartsWith(name, "ProfilerStep") || absl::StartsWith(name, "Optimizer.") ||
         absl::StartsWith(name, "enumerate(DataLoader)");
}

EventKind KindOf(Category category, absl::string_view name) {
  switch (category) {
    case Category::kAnnotation:
      return EventKind::kAnnotation;
    case Category::kRuntime:
      return EventKind::kRuntime;
    case Category::kKernel:
      return EventKind::kKernel;
    case Category::kCopy:
      return EventKind::kCopy;
    case Category::kFill:
      return EventKind::kFill;
    case Category::kMtia:
      return name == "dma_request" ? EventKind::kCopy : EventKind::kKernel;
    case Category::kOperator:
    case Category::kNone:
    case Category::kSkipped:
      break;
  }
  return IsMark(name) ? EventKind::kAnnotation : EventKind::kOperator;
}

// By the names of CUDA's and HIP's calls.
CallKind CallKindOf(absl::string_view name) {
  if (absl::StrContains(name, "Launch")) {
    return absl::StrContains(name, "Graph")    ? CallKind::kLaunchGraph
           : absl::StrContains(name, "Kernel") ? CallKind::kLaunchKernel
                                               : CallKind::kOther;
  }
  if (absl::StrContains(name, "Memcpy")) return CallKind::kCopy;
  if (absl::StrContains(name, "Memset")) return CallKind::kFill;
  if (absl::StrContains(name, "BeginCapture")) return CallKind::kBeginCapture;
  return absl::StrContains(name, "EndCapture") ? CallKind::kEndCapture : CallKind::kOther;
}

// An MTIA's queues wait for each other's events, which takes long and is no work.
bool IsSynchronization(Category category, absl::string_view name) {
  return category == Category::kMtia && (name == "event_wait" || name == "event_record");
}

// The thread for which a pool's thread runs a program on an MTIA; kNone: it is another call.
int64_t ThreadServed(absl::string_view call) {
  int64_t thread = kNone;
  if (!absl::ConsumePrefix(&call, "predictor_executor::run gif_thread_id:")) return kNone;
  return absl::SimpleAtoi(call, &thread) ? thread : kNone;
}

std::optional<uint32_t> Small(int64_t number) {
  if (number < 0 || number > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(number);
}

}  // namespace

struct EventReader::Parser {
  simdjson::dom::parser json;
};

// What one event says.
struct EventReader::Fields {
  char phase = 0;
  bool is_skipped = false;
  const CategoryName* category = nullptr;
  absl::string_view category_text;
  std::optional<int64_t> start_ns;
  std::optional<int64_t> duration_ps;
  std::optional<element> process;
  std::optional<element> thread;
  Event event;
  SignatureSource source;
  // That a runtime call launches.
  absl::string_view kernel;
  // Of a transfer of an MTIA.
  int64_t mtia_bytes = kNone;
  int64_t device = kNone;
  int64_t stream = kNone;

  void ReadArgument(absl::string_view key, const element& value);
  bool ReadCollective(absl::string_view key, const element& value);
};

bool EventReader::Fields::ReadCollective(absl::string_view key, const element& value) {
  if (key == "Collective name") {
    source.collective = TextOf(value);
  } else if (key == "dtype") {
    source.element_type = TextOf(value);
  } else if (key == "In msg nelems") {
    source.input_elements = NumberOf(value);
  } else if (key == "Out msg nelems") {
    source.output_elements = NumberOf(value);
  } else if (key == "In split size") {
    source.input_split = TextOf(value);
  } else if (key == "Out split size") {
    source.output_split = TextOf(value);
  } else if (key == "Process Group Name") {
    source.group_name = TextOf(value);
  } else if (key == "Process Group Ranks") {
    source.group_ranks = TextOf(value);
  } else {
    return false;
  }
  return true;
}

void EventReader::Fields::ReadArgument(absl::string_view key, const element& value) {
  if (key == "External id" || key == "external id") {
    event.external_id = NumberOf(value);
  } else if (key == "correlation") {
    event.correlation = NumberOf(value);
  } else if (key == "Input Dims" || key == "Input dims") {
    source.input_dims = value;
  } else if (key == "Input type") {
    source.input_types = value;
  } else if (key == "Input Strides") {
    source.input_strides = value;
  } else if (key == "Concrete Inputs") {
    source.concrete_inputs = value;
  } else if (key == "Sequence number") {
    event.sequence = NumberOf(value);
  } else if (key == "Fwd thread id") {
    event.forward_thread = NumberOf(value);
  } else if (key == "device") {
    device = NumberOf(value);
  } else if (key == "stream") {
    stream = NumberOf(value);
  } else if (key == "grid") {
    source.grid = value;
  } else if (key == "block") {
    source.block = value;
  } else if (key == "registers per thread") {
    source.registers = NumberOf(value);
  } else if (key == "shared memory") {
    source.shared_memory_bytes = NumberOf(value);
  } else if (key == "bytes") {
    source.bytes = NumberOf(value);
  } else if (key == "size") {
    mtia_bytes = NumberOf(value);
  } else if (key == "kernel") {
    kernel = TextOf(value);
  } else if (key == "Record function id") {
    event.record_function = NumberOf(value);
  } else {
    ReadCollective(key, value);
  }
}

EventReader::EventReader(bool names_kernels) : names_kernels_(names_kernels), parser_(std::make_unique<Parser>()) {
  for (const CallKind kind : {CallKind::kOther, CallKind::kBeginCapture, CallKind::kEndCapture, CallKind::kLaunchGraph,
                              CallKind::kLaunchKernel, CallKind::kCopy, CallKind::kFill}) {
    trace_.calls.push_back({kind, ""});
  }
}
EventReader::~EventReader() = default;

absl::Status EventReader::Parse(absl::string_view text, Fields& fields) {
  object members;
  element document;
  auto error = parser_->json.parse(text.data(), text.size(), false).get(document);
  if (error == simdjson::SUCCESS) error = document.get(members);
  if (error != simdjson::SUCCESS) return absl::InvalidArgumentError(simdjson::error_message(error));
  for (const auto [name, value] : members) {
    const absl::string_view key(name.data(), name.size());
    object arguments;
    if (key == "ph") {
      const absl::string_view phase = TextOf(value);
      fields.phase = phase.size() == 1 ? phase[0] : '?';
    } else if (key == "cat") {
      fields.category_text = TextOf(value);
      fields.category = FindCategory(fields.category_text);
      fields.is_skipped = fields.category != nullptr && fields.category->category == Category::kSkipped;
    } else if (key == "name") {
      fields.source.name = TextOf(value);
    } else if (key == "pid") {
      fields.process = value;
    } else if (key == "tid") {
      fields.thread = value;
    } else if (key == "ts") {
      fields.start_ns = StartNs(text, value);
    } else if (key == "dur") {
      fields.duration_ps = DurationPs(value);
    } else if (key == "args" && !fields.is_skipped && value.get(arguments) == simdjson::SUCCESS) {
      for (const auto [argument, of] : arguments) fields.ReadArgument({argument.data(), argument.size()}, of);
    }
  }
  return absl::OkStatus();
}

absl::Status EventReader::Add(absl::string_view text) {
  Fields fields;
  if (!Parse(text, fields).ok()) return AddMended(text);
  return Keep(fields);
}

// Some writers left control bytes and broken characters in names, and numbers that no integer holds.
absl::Status EventReader::AddMended(absl::string_view text) {
  MendJson(text, mended_);
  Fields fields;
  if (absl::Status status = Parse(mended_, fields); !status.ok()) return status;
  ++trace_.dropped["texts_mended"];
  return Keep(fields);
}

// Calls that name no kernel stand at the place of their kind.
uint32_t EventReader::CallOf(const Fields& fields) {
  const CallKind kind = CallKindOf(fields.source.name);
  if (!names_kernels_ || kind != CallKind::kLaunchKernel || fields.kernel.empty()) return static_cast<uint32_t>(kind);
  const auto next = static_cast<uint32_t>(trace_.calls.size());
  // As the kernel's own event has it.
  uint64_t cut = 0;
  const std::string kernel = FittingName(fields.kernel, cut);
  const auto [found, is_new] = call_numbers_.try_emplace(kernel, next);
  if (is_new) trace_.calls.push_back({kind, kernel});
  return found->second;
}

// Nearly every writer numbers its threads, and a number is found sooner than a text.
uint32_t EventReader::HostTrack(const Fields& fields) {
  std::pair<int64_t, int64_t> numbers;
  const bool are_numbers = fields.process.has_value() && fields.thread.has_value() &&
                           fields.process->get(numbers.first) == simdjson::SUCCESS &&
                           fields.thread->get(numbers.second) == simdjson::SUCCESS;
  if (!are_numbers) return NamedHostTrack(fields);
  const auto [found, is_new] = numbered_tracks_.try_emplace(numbers, 0);
  if (is_new) found->second = NamedHostTrack(fields);
  return found->second;
}

uint32_t EventReader::NamedHostTrack(const Fields& fields) {
  const std::string process = fields.process.has_value() ? NameOf(*fields.process) : "";
  const std::string thread = fields.thread.has_value() ? NameOf(*fields.thread) : "";
  track_key_ = absl::StrCat("h", process, "/", thread);
  const auto [found, is_new] = track_numbers_.try_emplace(track_key_, static_cast<uint32_t>(trace_.tracks.size()));
  if (is_new) {
    trace_.tracks.push_back(
        {.is_device = false, .process = process, .thread = thread, .device = std::nullopt, .queue = std::nullopt});
  }
  return found->second;
}

uint32_t EventReader::DeviceTrack(const Fields& fields) {
  track_key_ = absl::StrCat("d", fields.device, "/", fields.stream);
  const auto [found, is_new] = track_numbers_.try_emplace(track_key_, static_cast<uint32_t>(trace_.tracks.size()));
  if (is_new) {
    trace_.tracks.push_back({.is_device = true,
                             .process = "device",
                             .thread = "stream",
                             .device = Small(fields.device),
                             .queue = Small(fields.stream)});
  }
  return found->second;
}

// By name, as far as that tells something: there are few in any honest file.
void EventReader::CountCategory(absl::string_view category) {
  std::string name = absl::StrCat("category_", category);
  const bool is_new = !trace_.dropped.contains(name);
  if (category.size() > kMostCategoryBytes || (is_new && trace_.dropped.size() >= kMostCategories)) {
    name = "category_of_another_name";
  }
  ++trace_.dropped[name];
}

absl::Status EventReader::Keep(const Fields& fields) {
  if (fields.is_skipped || fields.phase != 'X') return absl::OkStatus();
  if (fields.category == nullptr) {
    CountCategory(fields.category_text);
    return absl::OkStatus();
  }
  if (!fields.start_ns.has_value()) return absl::InvalidArgumentError("it has no time that is a number");
  // An event without an end was open when the recording ended.
  if (!fields.duration_ps.has_value()) return absl::InvalidArgumentError("it has no duration that is a number");
  if (fields.source.name.empty()) return absl::InvalidArgumentError("it has no name");
  if (IsSynchronization(fields.category->category, fields.source.name)) {
    ++trace_.left_out["device_synchronizations"];
    return absl::OkStatus();
  }
  Event event = fields.event;
  event.kind = KindOf(fields.category->category, fields.source.name);
  event.start_ns = *fields.start_ns;
  event.duration_ps = *fields.duration_ps;
  event.track = IsDeviceWork(event.kind) ? DeviceTrack(fields) : HostTrack(fields);
  if (event.kind == EventKind::kRuntime) {
    event.signature = CallOf(fields);
    event.forward_thread = ThreadServed(fields.source.name);
  } else {
    SignatureSource source = fields.source;
    source.kind = event.kind;
    if (fields.category->category == Category::kMtia) source.bytes = fields.mtia_bytes;
    event.signature = signatures_.Get(source);
  }
  first_names_ |= fields.category->is_first;
  record_functions_ |= fields.event.record_function != kNone;
  trace_.events.push_back(event);
  return absl::OkStatus();
}

Trace EventReader::Take() && {
  trace_.generation = first_names_ ? Generation::kFirst : record_functions_ ? Generation::kThird : Generation::kSecond;
  if (signatures_.not_understood() > 0) trace_.dropped["arguments_not_understood"] += signatures_.not_understood();
  if (signatures_.names_cut() > 0) trace_.dropped["names_cut"] += signatures_.names_cut();
  trace_.signatures = std::move(signatures_).Take();
  trace_.process_groups = std::move(signatures_).TakeGroups();
  return std::move(trace_);
}

}  // namespace sandglass::collectors::kineto
