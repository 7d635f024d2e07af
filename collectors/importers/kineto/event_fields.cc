#include "collectors/importers/kineto/event_fields.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/kineto/decimal.h"

namespace sandglass::collectors::kineto {
namespace {

using simdjson::ondemand::object;
using simdjson::ondemand::value;

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

}  // namespace

class EventFields::Reader {
 public:
  explicit Reader(EventFields& to) : to_(to) {}

  bool Read(object& json);

 private:
  // False: nothing more is wanted of the event.
  bool Field(absl::string_view key, value& of);
  void Argument(absl::string_view key, value& of);
  void OfCollective(absl::string_view key, value& of);
  EventLabel LabelOf(value& of);
  // kNone: it is no whole number.
  int64_t NumberOf(value& of) { return json_.Integer(of).value_or(kNone); }
  void Settle();

  EventFields& to_;
  JsonReading json_;
  const CategoryName* category_ = nullptr;
  absl::string_view category_text_;
  bool is_complete_ = false;
  // Whether something was written to the fields.
  bool is_touched_ = false;
  // Of a transfer of an MTIA.
  int64_t mtia_bytes_ = kNone;
};

std::string EventLabel::Name() const { return number.has_value() ? absl::StrCat(*number) : std::string(text); }

bool EventFields::Read(object& json) { return Reader(*this).Read(json); }

bool EventFields::Reader::Read(object& json) {
  json_.Fields(json, [this](absl::string_view key, value& of) { return Field(key, of); });
  Settle();
  // Writers put what tells that first.
  if (is_touched_ && !to_.is_wanted) to_ = EventFields();
  return json_.is_sound();
}

// What follows from the category and the name.
void EventFields::Reader::Settle() {
  const Category category = category_ == nullptr ? Category::kNone : category_->category;
  to_.is_wanted = is_complete_ && category != Category::kSkipped;
  if (!to_.is_wanted) return;
  to_.category = category_text_;
  to_.is_foreign = category_ == nullptr;
  if (to_.is_foreign) return;
  to_.is_first = category_->is_first;
  to_.is_synchronization = IsSynchronization(category, to_.source.name);
  to_.event.kind = KindOf(category, to_.source.name);
  to_.source.kind = to_.event.kind;
  if (category == Category::kMtia) to_.source.bytes = mtia_bytes_;
  if (to_.event.kind != EventKind::kRuntime) return;
  to_.call = CallKindOf(to_.source.name);
  to_.event.forward_thread = ThreadServed(to_.source.name);
}

EventLabel EventFields::Reader::LabelOf(value& of) {
  if (const std::optional<int64_t> number = json_.Whole(of)) return {.number = number, .text = {}};
  return {.number = std::nullopt, .text = json_.Text(of)};
}

void EventFields::Reader::OfCollective(absl::string_view key, value& of) {
  if (key == "Collective name") {
    to_.source.collective = json_.Text(of);
  } else if (key == "dtype") {
    to_.source.element_type = json_.Text(of);
  } else if (key == "In msg nelems") {
    to_.source.input_elements = NumberOf(of);
  } else if (key == "Out msg nelems") {
    to_.source.output_elements = NumberOf(of);
  } else if (key == "In split size") {
    to_.source.input_split = json_.Text(of);
  } else if (key == "Out split size") {
    to_.source.output_split = json_.Text(of);
  } else if (key == "Process Group Name") {
    to_.source.group_name = json_.Text(of);
  } else if (key == "Process Group Ranks") {
    to_.source.group_ranks = json_.Text(of);
  }
}

void EventFields::Reader::Argument(absl::string_view key, value& of) {
  if (key == "External id" || key == "external id") {
    to_.event.external_id = NumberOf(of);
  } else if (key == "correlation") {
    to_.event.correlation = NumberOf(of);
  } else if (key == "Input Dims" || key == "Input dims") {
    to_.source.input_dims = json_.Raw(of);
  } else if (key == "Input type") {
    to_.source.input_types = json_.Raw(of);
  } else if (key == "Input Strides") {
    to_.source.input_strides = json_.Raw(of);
  } else if (key == "Concrete Inputs") {
    to_.source.concrete_inputs = json_.Raw(of);
  } else if (key == "Sequence number") {
    to_.event.sequence = NumberOf(of);
  } else if (key == "Fwd thread id") {
    to_.event.forward_thread = NumberOf(of);
  } else if (key == "device") {
    to_.device = NumberOf(of);
  } else if (key == "stream") {
    to_.stream = NumberOf(of);
  } else if (key == "grid") {
    to_.source.grid = json_.Raw(of);
  } else if (key == "block") {
    to_.source.block = json_.Raw(of);
  } else if (key == "registers per thread") {
    to_.source.registers = NumberOf(of);
  } else if (key == "shared memory") {
    to_.source.shared_memory_bytes = NumberOf(of);
  } else if (key == "bytes") {
    to_.source.bytes = NumberOf(of);
  } else if (key == "size") {
    mtia_bytes_ = NumberOf(of);
  } else if (key == "kernel") {
    to_.kernel = json_.Text(of);
  } else if (key == "Record function id") {
    to_.event.record_function = NumberOf(of);
  } else {
    OfCollective(key, of);
  }
}

bool EventFields::Reader::Field(absl::string_view key, value& of) {
  if (key == "ph") {
    is_complete_ = json_.Text(of) == "X";
    return is_complete_;
  }
  if (key == "cat") {
    category_text_ = json_.Text(of);
    category_ = FindCategory(category_text_);
    return category_ == nullptr || category_->category != Category::kSkipped;
  }
  is_touched_ = true;
  if (key == "name") {
    to_.source.name = json_.Text(of);
  } else if (key == "pid") {
    to_.process = LabelOf(of);
  } else if (key == "tid") {
    to_.thread = LabelOf(of);
  } else if (key == "ts") {
    const std::optional<int64_t> whole = json_.Whole(of);
    to_.start_ns = whole.has_value() ? StartNs(*whole) : StartNs(json_.Scalar(of));
  } else if (key == "dur") {
    const std::optional<int64_t> whole = json_.Whole(of);
    to_.duration_ps = whole.has_value() ? DurationPs(static_cast<double>(*whole)) : DurationPs(json_.Scalar(of));
  } else if (key == "args") {
    json_.FieldsOf(of, [this](absl::string_view argument, value& has) {
      Argument(argument, has);
      return true;
    });
  }
  return true;
}

}  // namespace sandglass::collectors::kineto
