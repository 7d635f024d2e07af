#include "collectors/importers/format/pieces_ahead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors {
namespace {

using ::testing::HasSubstr;

std::string InWords(const JsonPiece& piece) {
  return absl::StrCat(static_cast<int>(piece.kind), " ", piece.key, " ", piece.text, " ", piece.offset, " ",
                      piece.opened_elements);
}

// All that a reader gives, to the end or the first error.
template <typename Reader>
std::vector<std::string> AllOf(Reader& reader) {
  std::vector<std::string> all;
  while (true) {
    const absl::StatusOr<JsonPiece> piece = reader.Next();
    if (!piece.ok()) {
      all.push_back(piece.status().ToString());
      return all;
    }
    all.push_back(InWords(*piece));
    if (piece->kind == JsonPiece::Kind::kEnd || piece->kind == JsonPiece::Kind::kTruncated) return all;
  }
}

bool Opens(absl::string_view path) { return path == "list" || path == "deep" || path == "deep[]"; }

// Members and elements, small ones and one larger than a batch, and a line that is damaged.
std::string Document(int elements) {
  std::string text = "{\"before\": 1, \"deep\": [{\"a\": 1}, {\"a\": 2, \"b\": []}],\n\"list\": [\n";
  for (int i = 0; i < elements; ++i) absl::StrAppend(&text, "{\"number\": ", i, ", \"name\": \"element\"},\n");
  absl::StrAppend(&text, "{\"broken\": \"string\n},\n{\"large\": \"", std::string(1 << 20, 'x'), "\"},\n");
  absl::StrAppend(&text, "{\"last\": true}\n], \"after\": \"all\"}");
  return text;
}

TEST(PiecesAheadTest, GivesWhatTheReaderGives) {
  const std::string text = Document(50'000);
  for (const size_t size : {text.size(), text.size() - 10, text.size() / 2, size_t{40}, size_t{0}}) {
    const std::string part = text.substr(0, size);
    const std::unique_ptr<ByteSource> source = MemoryByteSource(part);
    JsonPieces plain(*source, Opens);
    const std::vector<std::string> expected = AllOf(plain);
    const std::unique_ptr<ByteSource> again = MemoryByteSource(part);
    JsonPieces pieces(*again, Opens);
    PiecesAhead ahead(pieces);
    EXPECT_TRUE(AllOf(ahead) == expected) << size;
  }
}

class FailingSource : public ByteSource {
 public:
  explicit FailingSource(std::string start) : start_(std::move(start)) {}
  absl::StatusOr<size_t> Read(char* to, size_t size) override {
    if (start_.empty()) return absl::UnavailableError("the disk is gone");
    const size_t count = start_.copy(to, size);
    start_.erase(0, count);
    return count;
  }
  uint64_t file_position() const override { return 0; }
  uint64_t file_size() const override { return 0; }

 private:
  std::string start_;
};

TEST(PiecesAheadTest, AnErrorComesBehindThePiecesBeforeIt) {
  FailingSource source("{\"a\": 1, \"list\": [{\"b\": 2}, ");
  JsonPieces pieces(source, Opens);
  PiecesAhead ahead(pieces);
  const std::vector<std::string> all = AllOf(ahead);
  ASSERT_EQ(all.size(), 3u);
  EXPECT_THAT(all[1], HasSubstr("{\"b\": 2}"));
  EXPECT_THAT(all[2], HasSubstr("the disk is gone"));
  EXPECT_EQ(ahead.Next().status(), absl::UnavailableError("the disk is gone"));
}

// At any moment, also while all that may be cut ahead is.
TEST(PiecesAheadTest, MayBeLeftBeforeTheEnd) {
  const std::string text = Document(100'000);
  for (int used = 0; used < 20'000; used += 1'000) {
    const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
    JsonPieces pieces(*source, Opens);
    PiecesAhead ahead(pieces);
    for (int i = 0; i < used; ++i) ASSERT_TRUE(ahead.Next().ok());
  }
}

// What simdjson reads behind a text, and does not look at.
TEST(PiecesAheadTest, BytesBehindAPieceMayBeRead) {
  const std::string text = "[{\"a\": 1}]";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  JsonPieces pieces(*source, Opens);
  PiecesAhead ahead(pieces);
  const absl::StatusOr<JsonPiece> piece = ahead.Next();
  ASSERT_TRUE(piece.ok());
  int sum = 0;
  for (size_t i = 0; i < kReadableBehindPiece; ++i) sum += piece->text.data()[piece->text.size() + i];
  EXPECT_GE(sum, 0);
}

}  // namespace
}  // namespace sandglass::collectors
