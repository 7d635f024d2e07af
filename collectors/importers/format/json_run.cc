#include "collectors/importers/format/json_run.h"

#include <algorithm>
#include <utility>

#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {
namespace {

using simdjson::SUCCESS;

static_assert(kReadableBehindPiece >= simdjson::SIMDJSON_PADDING);

bool EndsObject(absl::string_view text) {
  while (!text.empty() && IsJsonBlank(text.back())) text.remove_suffix(1);
  return !text.empty() && text.back() == '}';
}

}  // namespace

size_t LastElementComma(absl::string_view text, bool may_end_in_it) {
  for (size_t at = text.rfind(','); at != absl::string_view::npos && at > 0; at = text.rfind(',', at - 1)) {
    const absl::string_view behind = text.substr(at + 1);
    const bool is_end = may_end_in_it && std::all_of(behind.begin(), behind.end(), IsJsonBlank);
    if (EndsObject(text.substr(0, at)) && (is_end || BeginsElement(behind).value_or(false))) return at;
  }
  return absl::string_view::npos;
}

absl::string_view TextOf(simdjson::ondemand::object& object) {
  std::string_view json;
  if (object.raw_json().get(json) != simdjson::SUCCESS) return {};
  absl::string_view text(json.data(), json.size());
  // What the library returns reaches to the next element; and it counts brackets without telling one kind from the
  // other.
  while (!text.empty() && IsJsonBlank(text.back())) text.remove_suffix(1);
  return !text.empty() && text.back() == '}' ? text : absl::string_view();
}

bool JsonRun::Index(char* elements, size_t size) {
  if (size == 0 || elements[size - 1] != ',') return false;
  elements_ = elements;
  size_ = size;
  elements_[-1] = '[';
  elements_[size_ - 1] = ']';
  const bool is_sound =
      parser_.iterate(elements_ - 1, size_ + 1, size_ + 1 + simdjson::SIMDJSON_PADDING).get(document_) == SUCCESS;
  elements_[size_ - 1] = ',';
  return is_sound;
}

const char* JsonRun::Read(const TakeObject& take) {
  simdjson::ondemand::array array;
  if (document_.get_array().get(array) != SUCCESS) return elements_;
  const char* next = elements_;
  for (auto element : array) {
    // An error here is of what stands behind the last element, or of what was not read of it.
    if (element.error() != SUCCESS) return next;
    simdjson::ondemand::value& value = element.value_unsafe();
    next = value.raw_json_token().data();
    const int32_t depth = document_.current_depth();
    auto object = value.get_object();
    if (object.error() != SUCCESS || !take(object.value_unsafe(), static_cast<size_t>(next - elements_))) return next;
    if (document_.current_depth() < depth && document_.current_location().get(next) != SUCCESS) break;
  }
  const char* behind = nullptr;
  if (document_.current_location().get(behind) != SUCCESS) return elements_ + size_ - 1;
  // The array ended before what was taken for its last element.
  do --behind;
  while (*behind != ']');
  return behind;
}

size_t JsonRun::ForEach(const TakeObject& take) {
  elements_[size_ - 1] = ']';
  // The library's next token behind the last is whatever stands there: a bracket would seem to close an element that is
  // cut off.
  const char behind = std::exchange(elements_[size_], ' ');
  const char* const end = Read(take);
  elements_[size_] = behind;
  elements_[size_ - 1] = ',';
  return static_cast<size_t>(end - elements_);
}

}  // namespace sandglass::collectors
