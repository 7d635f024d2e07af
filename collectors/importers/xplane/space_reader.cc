#include "collectors/importers/xplane/space_reader.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors::xplane {
namespace {

constexpr size_t kBufferBytes = 64 << 10;
// What protobuf parses.
constexpr uint64_t kMostFieldBytes = 0x7fffffff;
constexpr int kLengthDelimited = 2;
constexpr uint64_t kMostFieldNumber = (1 << 29) - 1;
// U+FFFD in UTF-8: what programs put for bytes that are no text.
constexpr absl::string_view kReplacement = "\xEF\xBF\xBD";
// Names hold one by chance, lengths do not.
constexpr int kReplacementsThatTell = 4;

// The first of at least kReplacementsThatTell replacements.
std::optional<uint64_t> FindReplacements(absl::string_view start) {
  const size_t first = start.find(kReplacement);
  size_t at = first;
  for (int i = 1; i < kReplacementsThatTell && at != absl::string_view::npos; ++i)
    at = start.find(kReplacement, at + 1);
  return at == absl::string_view::npos ? std::nullopt : std::optional<uint64_t>(first);
}

}  // namespace

SpaceReader::SpaceReader(ByteSource& source) : source_(source), buffer_(kBufferBytes) {}

absl::Status SpaceReader::Damage(uint64_t offset, absl::string_view what) const {
  const std::string why =
      replaced_.has_value()
          ? absl::StrCat("its bytes were taken for text, and those that are none replaced by EF BF BD, first at byte ",
                         *replaced_,
                         ": what they were is lost. Copy the file again from where it was written, as binary")
          : "the file is damaged or was cut off. Copy it again from where it was written, or record it anew";
  return absl::InvalidArgumentError(absl::StrCat("byte ", offset, ": ", what, ": ", why));
}

// Reads on where all was taken; false: there is no more.
absl::StatusOr<bool> SpaceReader::Fill() {
  const bool is_first = offset_ == 0 && end_ == 0;
  offset_ += end_;
  begin_ = end_ = 0;
  // The beginning is wanted whole, to look at.
  while (end_ < buffer_.size() && (is_first || end_ == 0)) {
    const absl::StatusOr<size_t> count = source_.Read(buffer_.data() + end_, buffer_.size() - end_);
    if (!count.ok() && end_ == 0) return count.status();
    if (!count.ok() || *count == 0) break;
    end_ += *count;
  }
  if (is_first) replaced_ = FindReplacements({buffer_.data(), end_});
  return end_ > 0;
}

absl::StatusOr<uint64_t> SpaceReader::Varint(uint64_t begin) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (begin_ == end_) {
      const absl::StatusOr<bool> more = Fill();
      if (!more.ok()) return more.status();
      if (!*more) return Damage(offset_, absl::StrCat("the file ends within the field that begins at byte ", begin));
    }
    const auto byte = static_cast<unsigned char>(buffer_[begin_++]);
    value |= static_cast<uint64_t>(byte & 0x7fu) << shift;
    if (byte < 0x80) return value;
  }
  return Damage(offset_ + begin_ - 1, "a number of more than 64 bits");
}

// Memory grows with what is there, not with what a length claims.
absl::Status SpaceReader::Take(uint64_t size, uint64_t begin) {
  content_.clear();
  while (content_.size() < size) {
    if (begin_ == end_) {
      const absl::StatusOr<bool> more = Fill();
      if (!more.ok()) return more.status();
      if (!*more) {
        return Damage(offset_, absl::StrCat("the file ends ", size - content_.size(),
                                            " bytes before the end of the field that begins at byte ", begin));
      }
    }
    const size_t count = std::min<uint64_t>(end_ - begin_, size - content_.size());
    content_.append(buffer_.data() + begin_, count);
    begin_ += count;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SpaceField>> SpaceReader::Next() {
  if (begin_ == end_) {
    const absl::StatusOr<bool> more = Fill();
    if (!more.ok()) return more.status();
    if (!*more) return std::nullopt;
  }
  const uint64_t begin = offset_ + begin_;
  const absl::StatusOr<uint64_t> tag = Varint(begin);
  if (!tag.ok()) return tag.status();
  const uint64_t number = *tag >> 3;
  if ((*tag & 7u) != kLengthDelimited || number == 0 || number > kMostFieldNumber) {
    return Damage(begin, "no plane begins here, nor any other field of an XSpace");
  }
  const absl::StatusOr<uint64_t> size = Varint(begin);
  if (!size.ok()) return size.status();
  const uint64_t offset = offset_ + begin_;
  if (*size > kMostFieldBytes && replaced_.has_value()) {
    return Damage(begin, absl::StrCat("a field of ", *size, " bytes"));
  }
  if (*size > kMostFieldBytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("byte ", begin, ": a field of ", *size,
                     " bytes, more than the 2 GiB that a message may have: the file is damaged, or too much was "
                     "recorded; record fewer steps"));
  }
  if (absl::Status status = Take(*size, begin); !status.ok()) return status;
  return SpaceField{.number = static_cast<int>(number), .bytes = content_, .offset = offset};
}

}  // namespace sandglass::collectors::xplane
