// Reads a JSON file of any size piece by piece: the members of its outermost object, and one by one the elements of
// those members that are long arrays. Memory is that of the largest piece.
//
// Pieces are cut out, not checked: what lies between the brackets of a piece is for a JSON parser to judge. A piece
// that cannot be cut out (a string runs over the end of its line, brackets go too deep) is reported as damage, and
// reading goes on with the next line that begins as an element does.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_PIECES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_PIECES_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {

// How many bytes behind a piece's text may be read, whatever they hold: simdjson wants them.
inline constexpr size_t kReadableBehindPiece = 64;
// More than any honest writer's; a JSON parser could do with more.
inline constexpr int kMostJsonDepth = 256;

// Where a value that begins at `text` ends.
struct JsonExtent {
  enum class Kind {
    kWhole,
    // More text is needed.
    kOpen,
    // A string holds a line break, which JSON does not allow.
    kBrokenString,
    // Brackets within brackets more than kMostJsonDepth times.
    kTooDeep,
  };
  Kind kind = Kind::kOpen;
  // Bytes of the value, or up to the place that is wrong.
  size_t size = 0;
};
JsonExtent ExtentOfJson(absl::string_view text);

struct JsonPiece {
  enum class Kind {
    // A member of the outermost object: `key` and `text`.
    kMember,
    // An element of the array `key`.
    kElement,
    // Something that is no piece, and was skipped: `text` says what and why.
    kDamage,
    // The document is complete.
    kEnd,
    // The file ends within the document: `text` says where.
    kTruncated,
  };
  Kind kind = Kind::kEnd;
  // As it is written, without its quotes; empty for the elements of a file that is one array.
  absl::string_view key;
  // Valid until the next call.
  absl::string_view text;
  // Of the text's first byte in the unpacked file.
  uint64_t offset = 0;
};

class JsonPieces {
 public:
  // `array_key` is the member whose elements are wanted one by one. A file that is an array has its elements read.
  JsonPieces(ByteSource& source, std::string array_key);

  // Errors: InvalidArgument, where the file does not begin as JSON, with the byte; ResourceExhausted, where one piece
  // is larger than a GiB; the source's. Not to be called again after kEnd, kTruncated or an error.
  absl::StatusOr<JsonPiece> Next();

  // Of the unpacked file, bytes read so far.
  uint64_t position() const { return offset_ + begin_; }

 private:
  enum class State { kStart, kMembers, kElements, kBehind, kDone };

  absl::string_view Rest() const { return absl::string_view(buffer_.data() + begin_, end_ - begin_); }
  absl::StatusOr<bool> Fill();
  absl::StatusOr<char> Peek();
  absl::StatusOr<JsonPiece> Start();
  absl::StatusOr<JsonPiece> Member();
  absl::StatusOr<JsonPiece> Element();
  absl::StatusOr<JsonPiece> Behind();
  absl::StatusOr<JsonPiece> Value(JsonPiece::Kind kind);
  absl::StatusOr<JsonPiece> Skip(absl::string_view why, size_t from);
  JsonPiece Truncated();

  ByteSource& source_;
  const std::string array_key_;
  State state_ = State::kStart;
  bool outermost_is_array_ = false;
  std::string key_;
  std::string message_;
  std::vector<char> buffer_;
  // The bytes that are not done with; offset_ is the place of buffer_[0] in the file.
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t offset_ = 0;
  bool source_ended_ = false;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_PIECES_H_
