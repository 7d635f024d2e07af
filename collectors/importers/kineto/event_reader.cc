#include "collectors/importers/kineto/event_reader.h"

#include <simdjson.h>

#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/mended_json.h"
#include "collectors/importers/format/sound_signature.h"

namespace sandglass::collectors::kineto {
namespace {

// More categories, and longer names, are not told apart.
constexpr size_t kMostCategories = 32;
constexpr size_t kMostCategoryBytes = 64;

// Room for these is asked for at once: memory that is not used costs nothing, and to move what was read costs much.
constexpr size_t kFirstEvents = 1 << 18;

static_assert(kReadableBehindPiece >= simdjson::SIMDJSON_PADDING);

std::optional<uint32_t> Small(int64_t number) {
  if (number < 0 || number > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(number);
}

// The events of a run.
struct ParsedEvents : ElementParser::Parsed {
  struct Entry {
    EventFields fields;
    // Itself, and how many elements are before it.
    ElementParser::Kept place;
  };
  std::vector<Entry> wanted;
  ElementParser::Kept all;
};

}  // namespace

// For single events.
struct EventReader::Parser {
  simdjson::dom::parser checking;
  simdjson::ondemand::parser reading;
};

EventReader::EventReader(bool names_kernels) : names_kernels_(names_kernels), parser_(std::make_unique<Parser>()) {
  trace_.events.reserve(kFirstEvents);
  for (const CallKind kind : {CallKind::kOther, CallKind::kBeginCapture, CallKind::kEndCapture, CallKind::kLaunchGraph,
                              CallKind::kLaunchKernel, CallKind::kCopy, CallKind::kFill}) {
    trace_.calls.push_back({kind, ""});
  }
}
EventReader::~EventReader() = default;

std::unique_ptr<ElementParser::Parsed> EventReader::NewParsed() const { return std::make_unique<ParsedEvents>(); }

void EventReader::Parse(JsonRun& run, Parsed& parsed) const {
  auto& events = static_cast<ParsedEvents&>(parsed);
  events.all.elements = 0;
  events.wanted.clear();
  // The last is fresh.
  events.wanted.emplace_back();
  size_t last = absl::string_view::npos;
  events.all.passed = run.ForEach([&](simdjson::ondemand::object& json, size_t at) {
    ParsedEvents::Entry& entry = events.wanted.back();
    if (!entry.fields.Read(json)) return false;
    entry.place = {.elements = events.all.elements++, .passed = at};
    if (entry.fields.is_wanted) events.wanted.emplace_back();
    last = at;
    return true;
  });
  events.wanted.pop_back();
  // It was not wanted, and is not sound either.
  if (events.all.passed == last) --events.all.elements;
}

ElementParser::Kept EventReader::Keep(Parsed& parsed, const Refuse& refuse) {
  const auto& events = static_cast<const ParsedEvents&>(parsed);
  for (const ParsedEvents::Entry& entry : events.wanted) {
    const absl::Status status = Keep(entry.fields);
    if (absl::IsDataLoss(status)) return entry.place;
    if (!status.ok()) refuse(entry.place.passed, status);
  }
  return events.all;
}

// What may be read without being checked is checked here first.
absl::Status EventReader::AddText(absl::string_view text) {
  simdjson::dom::object checked;
  simdjson::dom::element element;
  auto error = parser_->checking.parse(text.data(), text.size(), false).get(element);
  if (error == simdjson::SUCCESS) error = element.get(checked);
  simdjson::ondemand::document document;
  if (error == simdjson::SUCCESS) {
    error = parser_->reading.iterate(text.data(), text.size(), text.size() + kReadableBehindPiece).get(document);
  }
  simdjson::ondemand::object event;
  if (error == simdjson::SUCCESS) error = document.get_object().get(event);
  if (error != simdjson::SUCCESS) return absl::DataLossError(simdjson::error_message(error));
  EventFields fields;
  if (!fields.Read(event)) return absl::DataLossError("it is no sound JSON");
  return fields.is_wanted ? Keep(fields) : absl::OkStatus();
}

absl::Status EventReader::Add(absl::string_view text) {
  absl::Status status = AddText(text);
  if (!absl::IsDataLoss(status)) return status;
  // Some writers left control bytes and broken characters in names, and numbers that no integer holds.
  MendJson(text, mended_);
  status = AddText(mended_);
  if (absl::IsDataLoss(status)) return absl::InvalidArgumentError(status.message());
  ++trace_.dropped["texts_mended"];
  return status;
}

// Calls that name no kernel stand at the place of their kind.
uint32_t EventReader::CallOf(const EventFields& fields) {
  const CallKind kind = fields.call;
  if (!names_kernels_ || kind != CallKind::kLaunchKernel || fields.kernel.empty()) return static_cast<uint32_t>(kind);
  const auto next = static_cast<uint32_t>(trace_.calls.size());
  // As the kernel's own event has it.
  uint64_t cut = 0;
  const std::string kernel = FittingName(fields.kernel, cut);
  const auto [found, is_new] = call_numbers_.try_emplace(kernel, next);
  if (is_new) trace_.calls.push_back({kind, kernel});
  return found->second;
}

// A number is found sooner than a text.
uint32_t EventReader::HostTrack(const EventFields& fields) {
  if (!fields.process.number.has_value() || !fields.thread.number.has_value()) return NamedHostTrack(fields);
  const std::pair<int64_t, int64_t> numbers = {*fields.process.number, *fields.thread.number};
  if (last_numbers_.has_value() && last_numbers_->first == numbers) return last_numbers_->second;
  const auto [found, is_new] = numbered_tracks_.try_emplace(numbers, 0);
  if (is_new) found->second = NamedHostTrack(fields);
  last_numbers_.emplace(*found);
  return found->second;
}

uint32_t EventReader::NamedHostTrack(const EventFields& fields) {
  const std::string process = fields.process.Name();
  const std::string thread = fields.thread.Name();
  track_key_ = absl::StrCat("h", process, "/", thread);
  const auto [found, is_new] = track_numbers_.try_emplace(track_key_, static_cast<uint32_t>(trace_.tracks.size()));
  if (is_new) {
    trace_.tracks.push_back(
        {.is_device = false, .process = process, .thread = thread, .device = std::nullopt, .queue = std::nullopt});
  }
  return found->second;
}

uint32_t EventReader::DeviceTrack(const EventFields& fields) {
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

absl::Status EventReader::Keep(const EventFields& fields) {
  if (fields.is_foreign) {
    CountCategory(fields.category);
    return absl::OkStatus();
  }
  if (!fields.start_ns.has_value()) return absl::InvalidArgumentError("it has no time that is a number");
  // An event without an end was open when the recording ended.
  if (!fields.duration_ps.has_value()) return absl::InvalidArgumentError("it has no duration that is a number");
  if (fields.source.name.empty()) return absl::InvalidArgumentError("it has no name");
  if (fields.is_synchronization) {
    ++trace_.left_out["device_synchronizations"];
    return absl::OkStatus();
  }
  const bool is_call = fields.event.kind == EventKind::kRuntime;
  const std::optional<uint32_t> signature = is_call ? CallOf(fields) : signatures_.Get(fields.source);
  if (!signature.has_value()) return absl::DataLossError("its lists are no sound JSON");
  Event& event = trace_.events.emplace_back(fields.event);
  event.start_ns = *fields.start_ns;
  event.duration_ps = *fields.duration_ps;
  event.track = IsDeviceWork(event.kind) ? DeviceTrack(fields) : HostTrack(fields);
  event.signature = *signature;
  first_names_ |= fields.is_first;
  record_functions_ |= event.record_function != kNone;
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
