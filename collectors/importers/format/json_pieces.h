// Reads a JSON file of any size piece by piece: the members of its outermost object, and one by one the parts of those
// objects and arrays that are large. Memory is that of the largest piece.
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
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {

// How many bytes behind a piece's text may be read, whatever they hold: simdjson wants them.
inline constexpr size_t kReadableBehindPiece = 64;
// How many bytes before unread text may be written to (json_run.h).
inline constexpr size_t kWritableBeforeText = 1;
// How much is read at once: little enough to be still in a core's cache when it is used.
inline constexpr size_t kJsonReadBytes = 64 << 10;
// More than any honest writer's; a JSON parser could do with more.
inline constexpr int kMostJsonDepth = 256;

inline bool IsJsonBlank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

// Whether an element that is an object begins here, perhaps behind blanks: a bracket, and a name in quotes. nullopt
// where the text is too short to tell.
std::optional<bool> BeginsElement(absl::string_view text);

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
    // A member of an object that was opened: `key` is its path, `text` its value.
    kMember,
    // An element of the array `key`, which is a path.
    kElement,
    // Something that is no piece, and was skipped: `text` says what and why.
    kDamage,
    // The document is complete.
    kEnd,
    // The file ends within the document: `text` says where.
    kTruncated,
  };
  Kind kind = Kind::kEnd;
  // "a" is the outermost object's member "a", "a.b" the member "b" of that, "a[].b" the member "b" of an element of it;
  // names as they are written, without quotes. Empty for the elements of a file that is one array. Valid until the next
  // call.
  absl::string_view key;
  // Valid until the next call.
  absl::string_view text;
  // Of the text's first byte in the unpacked file.
  uint64_t offset = 0;
  // How many elements of arrays were opened before it: which of them it is in.
  uint64_t opened_elements = 0;
};

class JsonPieces {
 public:
  // Whether the array or object at that path ("a.b", or "a[]" for all elements of "a") is opened: then its parts are
  // pieces, and it is none itself. The outermost value is always opened.
  using Opens = std::function<bool(absl::string_view path)>;

  JsonPieces(ByteSource& source, Opens opens);
  // `array_key` is the outermost object's member whose elements are wanted one by one.
  JsonPieces(ByteSource& source, std::string array_key);

  // Errors: InvalidArgument, where the file does not begin as JSON, with the byte; ResourceExhausted, where one piece
  // is larger than a GiB; the source's. Not to be called again after kEnd, kTruncated or an error.
  absl::StatusOr<JsonPiece> Next();

  // Between two calls of Next, somebody else may read elements of the array that is open. Whether one is, whose
  // elements are wanted one by one:
  bool AtElements() const;
  // What was read from the source and is not done with: kWritableBeforeText bytes before it may be written to, and
  // kReadableBehindPiece behind it. Valid until the next call.
  char* rest() { return buffer_.data() + begin_; }
  size_t rest_size() const { return end_ - begin_; }
  // That many bytes of it were read.
  void Pass(size_t size) { begin_ += size; }
  // Whether nothing is left of it but blanks and commas between elements.
  bool OnlyCommasLeft() const;
  // Puts the source's next bytes in its place, which were read from it by others: those between kWritableBeforeText and
  // `end`. What is left of it is passed, and its memory given in exchange.
  void Replace(std::vector<char>& buffer, size_t end);
  // An element that stands in it.
  JsonPiece Element(size_t at, size_t size);

  // Of the unpacked file, bytes read so far.
  uint64_t position() const { return offset_ + begin_; }
  // How many arrays and objects that were opened ended in a comma, as some writers leave them.
  uint64_t trailing_commas() const { return trailing_commas_; }

 private:
  enum class State { kStart, kWithin, kBehind, kDone };
  // An array or object that was opened and is not closed yet.
  struct Level {
    bool is_array = false;
    // Whether its elements are opened as well.
    bool opens_elements = false;
    std::string path;
  };

  absl::string_view Rest() const { return absl::string_view(buffer_.data() + begin_, end_ - begin_); }
  absl::StatusOr<bool> Fill();
  absl::StatusOr<char> Peek();
  absl::StatusOr<char> PeekBehindCommas();
  void Open(bool is_array, std::string path);
  absl::StatusOr<JsonPiece> Start();
  absl::StatusOr<JsonPiece> Within();
  absl::StatusOr<JsonPiece> Member(bool& opened);
  absl::StatusOr<JsonPiece> Behind();
  absl::StatusOr<JsonPiece> Value(JsonPiece::Kind kind);
  absl::StatusOr<JsonPiece> Skip(absl::string_view why, size_t from);
  JsonPiece Truncated();

  ByteSource& source_;
  const Opens opens_;
  // The outermost object's member that reading goes on in after damage; empty: none.
  const std::string array_key_;
  State state_ = State::kStart;
  std::vector<Level> levels_;
  std::string key_;
  std::string message_;
  std::vector<char> buffer_;
  // The bytes that are not done with; offset_ is the place of buffer_[0] in the file, modulo 2^64.
  size_t begin_ = kWritableBeforeText;
  size_t end_ = kWritableBeforeText;
  uint64_t offset_ = -kWritableBeforeText;
  uint64_t opened_elements_ = 0;
  uint64_t trailing_commas_ = 0;
  bool source_ended_ = false;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_PIECES_H_
