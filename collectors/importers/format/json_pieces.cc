#include "collectors/importers/format/json_pieces.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

constexpr size_t kMostPieceBytes = size_t{1} << 30;

bool EndsScalar(char c) { return c == ',' || c == ']' || c == '}' || IsJsonBlank(c); }

// Which bytes matter within a string, and which outside of one: most do not, and are passed at one a cycle.
constexpr std::array<bool, 256> TableOf(absl::string_view bytes) {
  std::array<bool, 256> table{};
  for (const char c : bytes) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kMattersInString = TableOf("\"\\\n");
constexpr std::array<bool, 256> kMattersOutside = TableOf("\"{}[]");

const char* Pass(const char* at, const char* end, const std::array<bool, 256>& matters) {
  while (at < end && !matters[static_cast<unsigned char>(*at)]) ++at;
  return at;
}

// The place behind the string that begins at `at`; nullptr: it is not closed within the text. `broken` is set to the
// line break that it holds before its end, if there is one.
const char* EndOfString(const char* at, const char* end, const char*& broken) {
  for (++at; true; ++at) {
    at = Pass(at, end, kMattersInString);
    if (at == end) return nullptr;
    if (*at == '"') return at + 1;
    // What a backslash escapes matters only where it is a line break.
    if (*at == '\\' && ++at == end) return nullptr;
    if (*at != '\n') continue;
    broken = at;
    return nullptr;
  }
}

JsonExtent Scalar(const char* begin, const char* end) {
  const char* at = begin;
  while (at < end && !EndsScalar(*at)) ++at;
  return {at == end ? JsonExtent::Kind::kOpen : JsonExtent::Kind::kWhole, static_cast<size_t>(at - begin)};
}

}  // namespace

std::optional<bool> BeginsElement(absl::string_view text) {
  size_t at = 0;
  while (at < text.size() && IsJsonBlank(text[at])) ++at;
  if (at == text.size()) return std::nullopt;
  if (text[at] != '{') return false;
  do ++at;
  while (at < text.size() && IsJsonBlank(text[at]));
  if (at == text.size()) return std::nullopt;
  return text[at] == '"';
}

JsonExtent ExtentOfJson(absl::string_view text) {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  if (text.empty()) return {};
  if (*begin != '{' && *begin != '[' && *begin != '"') return Scalar(begin, end);
  int depth = 0;
  for (const char* at = begin; at < end; at = Pass(at, end, kMattersOutside)) {
    switch (*at) {
      case '"': {
        const char* broken = nullptr;
        const char* const next = EndOfString(at, end, broken);
        if (broken != nullptr) return {JsonExtent::Kind::kBrokenString, static_cast<size_t>(broken - begin)};
        if (next == nullptr) return {};
        if (depth == 0) return {JsonExtent::Kind::kWhole, static_cast<size_t>(next - begin)};
        at = next;
        break;
      }
      case '{':
      case '[':
        ++at;
        if (++depth > kMostJsonDepth) return {JsonExtent::Kind::kTooDeep, static_cast<size_t>(at - begin)};
        break;
      case '}':
      case ']':
        ++at;
        if (--depth == 0) return {JsonExtent::Kind::kWhole, static_cast<size_t>(at - begin)};
        break;
    }
  }
  return {};
}

JsonPieces::JsonPieces(ByteSource& source, Opens opens)
    : source_(source), opens_(std::move(opens)), buffer_(kWritableBeforeText + kJsonReadBytes + kReadableBehindPiece) {}

JsonPieces::JsonPieces(ByteSource& source, std::string array_key)
    : source_(source),
      opens_([array_key](absl::string_view path) { return path == array_key; }),
      array_key_(std::move(array_key)),
      buffer_(kWritableBeforeText + kJsonReadBytes + kReadableBehindPiece) {}

// Reads more behind what there is; false: there is no more.
absl::StatusOr<bool> JsonPieces::Fill() {
  if (source_ended_) return false;
  if (begin_ > kWritableBeforeText) {
    std::memmove(buffer_.data() + kWritableBeforeText, buffer_.data() + begin_, end_ - begin_);
    offset_ += begin_ - kWritableBeforeText;
    end_ -= begin_ - kWritableBeforeText;
    begin_ = kWritableBeforeText;
  }
  if (rest_size() > kMostPieceBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "byte ", position(), ": what begins here does not end within a GiB: is a bracket or a quote missing?"));
  }
  // Where a piece is large, it is looked at anew a few times only.
  const size_t wanted = std::max(kJsonReadBytes, rest_size());
  if (buffer_.size() < end_ + wanted + kReadableBehindPiece) buffer_.resize(end_ + wanted + kReadableBehindPiece);
  const absl::StatusOr<size_t> count = source_.Read(buffer_.data() + end_, wanted);
  if (!count.ok()) return count.status();
  end_ += *count;
  source_ended_ = *count == 0;
  return !source_ended_;
}

bool JsonPieces::AtElements() const {
  return state_ == State::kWithin && !levels_.empty() && levels_.back().is_array && !levels_.back().opens_elements;
}

bool JsonPieces::OnlyCommasLeft() const {
  const absl::string_view rest = Rest();
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c == ',' || IsJsonBlank(c); });
}

void JsonPieces::Replace(std::vector<char>& buffer, size_t end) {
  const bool behind_comma = absl::StrContains(Rest(), ',');
  offset_ += end_ - kWritableBeforeText;
  std::swap(buffer_, buffer);
  begin_ = kWritableBeforeText;
  end_ = end;
  const absl::string_view rest = Rest();
  const auto next = std::find_if_not(rest.begin(), rest.end(), IsJsonBlank);
  if (behind_comma && next != rest.end() && (*next == ']' || *next == '}')) ++trailing_commas_;
}

JsonPiece JsonPieces::Element(size_t at, size_t size) {
  key_ = levels_.back().path;
  return {.kind = JsonPiece::Kind::kElement,
          .key = key_,
          .text = Rest().substr(at, size),
          .offset = position() + at,
          .opened_elements = opened_elements_};
}

// The next byte that is not blank, which stays; 0: there is none.
absl::StatusOr<char> JsonPieces::Peek() {
  while (true) {
    while (begin_ < end_ && IsJsonBlank(buffer_[begin_])) ++begin_;
    if (begin_ < end_) return buffer_[begin_];
    const absl::StatusOr<bool> more = Fill();
    if (!more.ok()) return more.status();
    if (!*more) return '\0';
  }
}

// As Peek, without the comma between two parts. Some writers leave several, or one before the bracket that ends.
absl::StatusOr<char> JsonPieces::PeekBehindCommas() {
  bool comma = false;
  absl::StatusOr<char> next = Peek();
  while (next.ok() && *next == ',') {
    ++begin_;
    comma = true;
    next = Peek();
  }
  if (comma && next.ok() && (*next == ']' || *next == '}')) ++trailing_commas_;
  return next;
}

JsonPiece JsonPieces::Truncated() {
  state_ = State::kDone;
  message_ = absl::StrCat("byte ", position(), ": the file ends within its JSON document: it was cut off");
  return {.kind = JsonPiece::Kind::kTruncated, .key = {}, .text = message_, .offset = position()};
}

absl::StatusOr<JsonPiece> JsonPieces::Next() {
  switch (state_) {
    case State::kStart:
      return Start();
    case State::kWithin:
      return Within();
    case State::kBehind:
      return Behind();
    case State::kDone:
      break;
  }
  return absl::FailedPreconditionError("the document has been read to its end");
}

absl::StatusOr<JsonPiece> JsonPieces::Start() {
  const absl::StatusOr<char> first = Peek();
  if (!first.ok()) return first.status();
  if (*first != '{' && *first != '[') {
    return absl::InvalidArgumentError(
        *first == '\0' ? "the file is empty"
                       : absl::StrCat("byte ", position(), ": a JSON document begins with { or [, not with '",
                                      absl::CHexEscape(absl::string_view(&*first, 1)), "'"));
  }
  ++begin_;
  state_ = State::kWithin;
  Open(*first == '[', "");
  return Within();
}

void JsonPieces::Open(bool is_array, std::string path) {
  const bool opens_elements = is_array && opens_(absl::StrCat(path, "[]"));
  levels_.push_back({.is_array = is_array, .opens_elements = opens_elements, .path = std::move(path)});
}

absl::StatusOr<JsonPiece> JsonPieces::Value(JsonPiece::Kind kind) {
  while (true) {
    const JsonExtent extent = ExtentOfJson(Rest());
    switch (extent.kind) {
      case JsonExtent::Kind::kWhole: {
        const JsonPiece piece = {.kind = kind,
                                 .key = key_,
                                 .text = Rest().substr(0, extent.size),
                                 .offset = position(),
                                 .opened_elements = opened_elements_};
        begin_ += extent.size;
        return piece;
      }
      case JsonExtent::Kind::kBrokenString:
        return Skip("a string runs over the end of its line", extent.size);
      case JsonExtent::Kind::kTooDeep:
        return Skip(absl::StrCat("brackets within brackets more than ", kMostJsonDepth, " times"), extent.size);
      case JsonExtent::Kind::kOpen: {
        const absl::StatusOr<bool> more = Fill();
        if (!more.ok()) return more.status();
        if (!*more) return Truncated();
      }
    }
  }
}

// The next part of what is open.
absl::StatusOr<JsonPiece> JsonPieces::Within() {
  while (!levels_.empty()) {
    const absl::StatusOr<char> next = PeekBehindCommas();
    if (!next.ok()) return next.status();
    if (*next == '\0') return Truncated();
    const Level& level = levels_.back();
    if (*next == (level.is_array ? ']' : '}')) {
      ++begin_;
      levels_.pop_back();
    } else if (!level.is_array) {
      bool opened = false;
      const absl::StatusOr<JsonPiece> piece = Member(opened);
      if (!opened) return piece;
    } else if (level.opens_elements && (*next == '{' || *next == '[')) {
      ++begin_;
      ++opened_elements_;
      Open(*next == '[', absl::StrCat(level.path, "[]"));
    } else {
      if (*next == '}') return Skip("a bracket closes what was not opened", 0);
      key_ = level.path;
      return Value(JsonPiece::Kind::kElement);
    }
  }
  state_ = State::kBehind;
  return Behind();
}

// A member of the innermost object; `opened`: it is opened, and there is no piece yet.
absl::StatusOr<JsonPiece> JsonPieces::Member(bool& opened) {
  if (Rest().front() != '"') return Skip("a member's name in quotes is expected here", 0);
  const absl::StatusOr<JsonPiece> name = Value(JsonPiece::Kind::kMember);
  if (!name.ok() || name->kind != JsonPiece::Kind::kMember) return name;
  const std::string& path = levels_.back().path;
  key_ = absl::StrCat(path, path.empty() ? "" : ".", name->text.substr(1, name->text.size() - 2));
  absl::StatusOr<char> next = Peek();
  if (!next.ok()) return next.status();
  if (*next == '\0') return Truncated();
  if (*next != ':') return Skip("a colon is expected here", 0);
  ++begin_;
  next = Peek();
  if (!next.ok()) return next.status();
  opened = (*next == '[' || *next == '{') && opens_(key_);
  if (!opened) return Value(JsonPiece::Kind::kMember);
  ++begin_;
  Open(*next == '[', key_);
  return JsonPiece{};
}

// The document is complete. The source is read to its end all the same: gzip's checksum stands there.
absl::StatusOr<JsonPiece> JsonPieces::Behind() {
  const absl::StatusOr<char> next = Peek();
  if (!next.ok()) return next.status();
  const uint64_t start = position();
  if (*next == '\0') {
    state_ = State::kDone;
    return JsonPiece{.kind = JsonPiece::Kind::kEnd, .key = {}, .text = {}, .offset = start};
  }
  for (bool more = true; more;) {
    begin_ = end_;
    const absl::StatusOr<bool> filled = Fill();
    if (!filled.ok()) return filled.status();
    more = *filled;
  }
  message_ =
      absl::StrCat("byte ", start, ": the document has ended; ", position() - start, " bytes behind it were not read");
  return JsonPiece{.kind = JsonPiece::Kind::kDamage, .key = {}, .text = message_, .offset = start};
}

// Goes to the next line that begins as an element does; the damage begins at the next byte, and `from` bytes further on
// it is seen.
absl::StatusOr<JsonPiece> JsonPieces::Skip(absl::string_view why, size_t from) {
  const uint64_t start = position();
  const std::string reason = absl::StrCat("byte ", start + from, ": ", why);
  begin_ += std::max<size_t>(from, 1);
  bool found = false;
  while (!found) {
    const absl::string_view rest = Rest();
    const size_t line = rest.find('\n');
    const std::optional<bool> begins =
        line == absl::string_view::npos ? std::nullopt : BeginsElement(rest.substr(line + 1));
    if (begins.has_value()) {
      begin_ += line + 1;
      found = *begins;
      continue;
    }
    begin_ += line == absl::string_view::npos ? rest.size() : line;
    const absl::StatusOr<bool> more = Fill();
    if (!more.ok()) return more.status();
    if (!*more) begin_ = end_;
    found = !*more;
  }
  // Where it was before, its longest member is where lines begin so.
  if (levels_.size() == 1 && !levels_.back().is_array && !array_key_.empty() && begin_ < end_) Open(true, array_key_);
  message_ = absl::StrCat(reason, "; ", position() - start, " bytes were skipped");
  return JsonPiece{.kind = JsonPiece::Kind::kDamage, .key = {}, .text = message_, .offset = start};
}

}  // namespace sandglass::collectors
