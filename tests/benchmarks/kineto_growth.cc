#include "tests/benchmarks/kineto_growth.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::benchmarks {
namespace {

struct Key {
  absl::string_view text;
  bool is_time;
};

// Whose numbers must differ from copy to copy: times, and what joins events.
constexpr Key kKeys[] = {{"\"ts\"", true},           {"\"External id\"", false},     {"\"external id\"", false},
                         {"\"correlation\"", false}, {"\"Sequence number\"", false}, {"\"id\"", false}};

// The number of one of those keys at `at`, where a quote stands: where its digits begin and end; none: size 0.
absl::string_view NumberBehind(absl::string_view text, size_t at, bool& is_time) {
  for (const Key& key : kKeys) {
    if (text.substr(at, key.text.size()) != key.text) continue;
    size_t begin = at + key.text.size();
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == ':')) ++begin;
    size_t end = begin;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    is_time = key.is_time;
    return text.substr(begin, end - begin);
  }
  return {};
}

}  // namespace

absl::StatusOr<KinetoGrowth> KinetoGrowth::Of(absl::string_view text) {
  const std::unique_ptr<collectors::ByteSource> source = collectors::MemoryByteSource(text);
  collectors::JsonPieces pieces(*source, "traceEvents");
  size_t first = 0;
  size_t end = 0;
  while (true) {
    const absl::StatusOr<collectors::JsonPiece> piece = pieces.Next();
    if (!piece.ok()) return piece.status();
    if (piece->kind == collectors::JsonPiece::Kind::kEnd) break;
    if (piece->kind == collectors::JsonPiece::Kind::kMember) continue;
    if (piece->kind != collectors::JsonPiece::Kind::kElement) {
      return absl::InvalidArgumentError(absl::StrCat("the file to grow is damaged: ", piece->text));
    }
    if (end == 0) first = piece->offset;
    end = piece->offset + piece->text.size();
  }
  if (end == 0) return absl::InvalidArgumentError("the file to grow has no traceEvents");
  KinetoGrowth growth;
  growth.before_ = text.substr(0, first);
  growth.behind_ = text.substr(end);
  growth.AddEvents(text.substr(first, end - first));
  return growth;
}

void KinetoGrowth::AddEvents(absl::string_view events) {
  size_t begin = 0;
  int64_t first_time = INT64_MAX;
  int64_t last_time = INT64_MIN;
  for (size_t at = events.find('"'); at != absl::string_view::npos; at = events.find('"', at + 1)) {
    Piece piece;
    const absl::string_view digits = NumberBehind(events, at, piece.is_time);
    if (digits.empty() || !absl::SimpleAtoi(digits, &piece.number)) continue;
    const size_t number = static_cast<size_t>(digits.data() - events.data());
    piece.literal = events.substr(begin, number - begin);
    piece.has_number = true;
    begin = number + digits.size();
    at = begin;
    if (piece.is_time) {
      first_time = std::min(first_time, piece.number);
      last_time = std::max(last_time, piece.number);
    } else {
      id_step_ = std::max(id_step_, piece.number + 1);
    }
    pieces_.push_back(piece);
  }
  pieces_.push_back({.literal = events.substr(begin)});
  // A second apart: what runs long at the end stays before the next copy's begin.
  if (last_time >= first_time) time_step_ = last_time - first_time + 1'000'000;
}

absl::StatusOr<uint64_t> KinetoGrowth::Write(const std::string& path, uint64_t bytes) const {
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  if (file == nullptr) return absl::NotFoundError(absl::StrCat(path, " cannot be written"));
  uint64_t written = 0;
  const auto write = [&](absl::string_view text) {
    written += text.size();
    return std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
  };
  bool sound = write(before_);
  for (int64_t copy = 0; sound && (copy == 0 || written < bytes); ++copy) {
    std::string events = copy == 0 ? "" : ",\n";
    for (const Piece& piece : pieces_) {
      absl::StrAppend(&events, piece.literal);
      if (piece.has_number) absl::StrAppend(&events, piece.number + copy * (piece.is_time ? time_step_ : id_step_));
    }
    sound = write(events);
  }
  sound = sound && write(behind_) && std::fflush(file.get()) == 0;
  if (!sound) return absl::ResourceExhaustedError(absl::StrCat(path, " cannot be written: is the disk full?"));
  return written;
}

}  // namespace sandglass::benchmarks
