#include "collectors/importers/format/read_pieces.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/chunks_ahead.h"
#include "collectors/importers/format/element_parser.h"
#include "collectors/importers/format/json_run.h"

namespace sandglass::collectors {
namespace {

using ::testing::HasSubstr;

// What a reader said of a file, in its order; how it ended comes last.
using Story = std::vector<std::string>;

bool Opens(absl::string_view path) { return path == "list" || path == "deep" || path == "deep[]"; }

std::string InWords(absl::string_view what, const JsonPiece& piece) {
  return absl::StrCat(what, " ", piece.key, " ", piece.text, " ", piece.offset, " ", piece.opened_elements);
}

// Piece by piece, each cut out carefully.
Story CarefulStory(ByteSource& source) {
  JsonPieces pieces(source, Opens);
  Story story;
  uint64_t elements = 0;
  while (true) {
    const absl::StatusOr<JsonPiece> piece = pieces.Next();
    if (!piece.ok()) {
      story.push_back(piece.status().ToString());
      return story;
    }
    if (piece->kind == JsonPiece::Kind::kElement) {
      story.push_back(InWords("element", *piece));
      ++elements;
    } else if (piece->kind == JsonPiece::Kind::kMember) {
      story.push_back(InWords("member", *piece));
    } else if (piece->kind == JsonPiece::Kind::kDamage) {
      story.push_back(absl::StrCat("damaged_pieces ", piece->text));
    } else {
      if (piece->kind == JsonPiece::Kind::kTruncated) story.push_back(absl::StrCat("file_cut_off ", piece->text));
      break;
    }
  }
  story.push_back(absl::StrCat(elements, " elements, ", pieces.trailing_commas(), " commas"));
  return story;
}

// Refuses what holds "refused", and cannot read what holds "hard", nor what is unsound.
class TextParser : public ElementParser {
 public:
  explicit TextParser(Story& story) : story_(story) {}

  struct Texts : Parsed {
    std::vector<std::pair<size_t, std::string>> texts;
    size_t passed = 0;
  };

  std::unique_ptr<Parsed> NewParsed() const override { return std::make_unique<Texts>(); }

  void Parse(JsonRun& run, Parsed& parsed) const override {
    auto& texts = static_cast<Texts&>(parsed);
    texts.texts.clear();
    texts.passed = run.ForEach([&](simdjson::ondemand::object& object, size_t at) {
      const absl::string_view text = TextOf(object);
      if (text.empty() || text.find("hard") != absl::string_view::npos) return false;
      texts.texts.emplace_back(at, text);
      return true;
    });
  }

  Kept Keep(Parsed& parsed, const Refuse& refuse) override {
    const auto& texts = static_cast<const Texts&>(parsed);
    for (const auto& [at, text] : texts.texts) {
      if (text.find("refused") != std::string::npos) refuse(at, absl::InvalidArgumentError("it is refused"));
      story_.push_back(text);
      ++by_runs;
    }
    return {.elements = texts.texts.size(), .passed = texts.passed};
  }

  uint64_t by_runs = 0;

 private:
  Story& story_;
};

struct Reading {
  Story story;
  std::map<std::string, uint64_t> problems;
  // How many elements the parser took.
  uint64_t by_runs = 0;
};

// As an importer has it read. `only_texts`: the story is of elements' texts alone, which is what a parser knows.
Reading Read(ByteSource& source, bool with_parser, bool only_texts) {
  Reading reading;
  TextParser parser(reading.story);
  Problems problems;
  const PieceHandlers handlers = {
      .element =
          [&](const JsonPiece& piece) {
            reading.story.push_back(only_texts ? std::string(piece.text) : InWords("element", piece));
            const bool refused = absl::string_view(piece.text).find("refused") != absl::string_view::npos;
            return refused ? absl::InvalidArgumentError("it is refused") : absl::OkStatus();
          },
      .member =
          [&](const JsonPiece& piece) {
            if (!only_texts) reading.story.push_back(InWords("member", piece));
          },
      .parser = with_parser ? &parser : nullptr};
  const absl::StatusOr<PiecesRead> read = ReadPieces(
      source, JsonPieces::Opens(Opens), handlers, [](uint64_t) { return true; }, problems);
  reading.story.push_back(read.ok() ? absl::StrCat(read->elements, " elements, ", read->trailing_commas, " commas")
                                    : read.status().ToString());
  reading.problems = problems.counts();
  reading.by_runs = parser.by_runs;
  return reading;
}

Reading Read(const std::string& text, bool with_parser, bool only_texts) {
  return Read(*MemoryByteSource(text), with_parser, only_texts);
}

// The elements' texts of a careful story, and its end.
Story TextsOf(const Story& story) {
  Story texts;
  for (const std::string& line : story) {
    if (line.rfind("element ", 0) != 0) continue;
    const size_t begin = line.find('{');
    const size_t end = line.find_last_of("}]\"") + 1;
    texts.push_back(line.substr(begin, end - begin));
  }
  texts.push_back(story.back());
  return texts;
}

Story WithoutProblems(const Story& story) {
  Story kept;
  for (const std::string& line : story) {
    if (line.rfind("damaged_pieces ", 0) != 0 && line.rfind("file_cut_off ", 0) != 0) kept.push_back(line);
  }
  return kept;
}

// Members and elements, small ones and one larger than a chunk, and a line that is damaged.
std::string Document(int elements) {
  std::string text =
      "{\"before\": 1, \"deep\": [{\"a\": [{\"b\": 1},\n {\"b\": 2}]}, {\"a\": 2, \"b\": []}],\n\"list\": [\n";
  for (int i = 0; i < elements; ++i) {
    absl::StrAppend(&text, "{\"number\": ", i,
                    ", \"name\": \"element},\n{\\\"\", \"parts\": [{\"a\": 1}, {\"a\": 2}]},\n");
  }
  // Line breaks are none of a string's.
  for (size_t at = text.find("},\n{\\"); at != std::string::npos; at = text.find("},\n{\\", at)) text[at + 2] = ' ';
  absl::StrAppend(&text, "{\"broken\": \"string\n},\n{\"large\": \"", std::string(1 << 20, 'x'), "\"},\n");
  for (int i = 0; i < elements; ++i)
    absl::StrAppend(&text, "  {\n    \"number\": ", i, ", \"name\": \"other\"\n  },\n");
  absl::StrAppend(&text, "{\"last\": true}\n], \"after\": [{\"c\": 1}, {\"c\": 2}], \"end\": \"all\"}");
  return text;
}

TEST(ReadPiecesTest, GivesWhatTheCarefulReaderGives) {
  const std::string text = Document(20'000);
  for (const size_t size : {text.size(), text.size() - 10, text.size() / 2, text.size() / 3, size_t{40}, size_t{0}}) {
    const std::string part = text.substr(0, size);
    const Story careful = CarefulStory(*MemoryByteSource(part));
    EXPECT_TRUE(WithoutProblems(careful) == Read(part, false, false).story) << size;
    const Reading parsed = Read(part, true, true);
    EXPECT_TRUE(TextsOf(careful) == parsed.story) << size;
    if (size < text.size() / 4) continue;
    // Nearly all elements are read many at once.
    EXPECT_GT(parsed.by_runs, parsed.story.size() * 9 / 10) << size;
  }
}

TEST(ReadPiecesTest, CountsWhatIsDamagedWithItsPlace) {
  std::string text = "[";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&text, i == 0 ? "" : ",\n", "{\"number\": ", i, "}");
  const size_t first = text.find("{\"number\": 7000}");
  text.replace(first, 16, "{\"refused\":7000}");
  absl::StrAppend(&text, ",\n{\"broken\": \"string\n},\n{\"number\": 1}]");
  for (const bool with_parser : {false, true}) {
    Problems problems;
    Story story;
    TextParser parser(story);
    const PieceHandlers handlers = {
        .element =
            [](const JsonPiece& piece) {
              const bool refused = absl::string_view(piece.text).find("refused") != absl::string_view::npos;
              return refused ? absl::InvalidArgumentError("it is refused") : absl::OkStatus();
            },
        .member = [](const JsonPiece&) {},
        .parser = with_parser ? &parser : nullptr};
    const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
    const absl::StatusOr<PiecesRead> read = ReadPieces(
        *source, std::string(), handlers, [](uint64_t) { return true; }, problems);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(read->elements, 10'001u);
    EXPECT_EQ(problems.counts().at("damaged_events"), 1u);
    EXPECT_EQ(problems.counts().at("damaged_pieces"), 1u);
    EXPECT_THAT(problems.words().front(), HasSubstr(absl::StrCat("byte ", first, ": no event: it is refused")));
  }
}

// Whatever the parser cannot read is read carefully, and what is behind it by the parser again.
TEST(ReadPiecesTest, ReadsOnBehindWhatAParserCannotRead) {
  std::string text = "[";
  for (int i = 0; i < 40'000; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "{\"number\": ", i, i % 9'000 == 8'999 ? ", \"hard\": 1" : "", "}");
  }
  text += "]";
  const Reading reading = Read(text, true, true);
  EXPECT_TRUE(TextsOf(CarefulStory(*MemoryByteSource(text))) == reading.story);
  EXPECT_GT(reading.by_runs, 20'000u);
  EXPECT_LT(reading.by_runs, 40'000u - 4);
}

struct PlacedElement {
  uint64_t offset = 0;
  std::string text;
};

std::vector<PlacedElement> ElementsOf(ByteSource& source, bool carefully) {
  std::vector<PlacedElement> elements;
  Problems problems;
  if (carefully) {
    JsonPieces pieces(source, Opens);
    for (absl::StatusOr<JsonPiece> piece = pieces.Next(); piece.ok(); piece = pieces.Next()) {
      if (piece->kind == JsonPiece::Kind::kElement) elements.push_back({piece->offset, std::string(piece->text)});
      if (piece->kind == JsonPiece::Kind::kEnd || piece->kind == JsonPiece::Kind::kTruncated) break;
    }
    return elements;
  }
  const PieceHandlers handlers = {.element =
                                      [&](const JsonPiece& piece) {
                                        elements.push_back({piece.offset, std::string(piece.text)});
                                        return absl::OkStatus();
                                      },
                                  .member = [](const JsonPiece&) {}};
  const auto read = ReadPieces(
      source, JsonPieces::Opens(Opens), handlers, [](uint64_t) { return true; }, problems);
  EXPECT_TRUE(read.ok() && read->elements == elements.size());
  return elements;
}

bool IsJson(const std::string& text) {
  simdjson::dom::parser parser;
  return parser.parse(text).error() == simdjson::SUCCESS;
}

// Bytes changed, cut out and put in at random: no element twice, and all sound objects of those of the careful reader,
// who may lose more: a bracket too many takes all that follows from him.
TEST(ReadPiecesTest, OfDamagedFilesNothingIsLostOrReadTwice) {
  std::mt19937_64 random(1);
  const std::string text = Document(3'000);
  const absl::string_view bytes = "{}[]\",:\\\n x1";
  for (int round = 0; round < 150; ++round) {
    std::string damaged = text;
    for (uint64_t i = 0; i <= random() % 3; ++i) {
      const size_t at = random() % damaged.size();
      switch (random() % 3) {
        case 0:
          damaged[at] = bytes[random() % bytes.size()];
          break;
        case 1:
          damaged.erase(at, 1 + random() % 40);
          break;
        default:
          damaged.insert(at, 1, bytes[random() % bytes.size()]);
      }
    }
    const std::vector<PlacedElement> found = ElementsOf(*MemoryByteSource(damaged), false);
    std::map<uint64_t, std::string> texts;
    uint64_t end = 0;
    for (const PlacedElement& element : found) {
      ASSERT_GE(element.offset, end) << round;
      end = element.offset + element.text.size();
      texts[element.offset] = element.text;
    }
    for (const PlacedElement& element : ElementsOf(*MemoryByteSource(damaged), true)) {
      if (element.text.front() != '{' || !IsJson(element.text)) continue;
      ASSERT_EQ(texts[element.offset], element.text) << round;
    }
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

TEST(ReadPiecesTest, AnErrorComesBehindThePiecesBeforeIt) {
  FailingSource source("{\"a\": 1, \"list\": [{\"b\": 2}, {\"b\": 3}, {\"b\": ");
  const Reading reading = Read(source, true, true);
  EXPECT_THAT(reading.story, ::testing::ElementsAre("{\"b\": 2}", "{\"b\": 3}", HasSubstr("the disk is gone")));
}

// At any moment, also while all that may be read ahead is.
TEST(ReadPiecesTest, MayBeStoppedBeforeTheEnd) {
  const std::string text = Document(30'000);
  for (uint64_t most = 1; most < 60'000; most += 5'000) {
    const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
    Problems problems;
    Story story;
    TextParser parser(story);
    const PieceHandlers handlers = {.element = [](const JsonPiece&) { return absl::OkStatus(); },
                                    .member = [](const JsonPiece&) {},
                                    .parser = &parser};
    const absl::StatusOr<PiecesRead> read = ReadPieces(
        *source, JsonPieces::Opens(Opens), handlers, [&](uint64_t elements) { return elements < most; }, problems);
    EXPECT_TRUE(absl::IsCancelled(read.status())) << most;
  }
}

// Also where the comma is a chunk's last byte.
TEST(ReadPiecesTest, CountsACommaBehindTheLastElementWhereverItStands) {
  for (size_t size = kJsonReadBytes - 3; size <= kJsonReadBytes + 3; ++size) {
    std::string text = "[{\"a\":\"";
    text += std::string(size - text.size() - 3, 'x') + "\"},";
    ASSERT_EQ(text.size(), size);
    EXPECT_EQ(Read(text + "\n]", false, true).story.back(), "1 elements, 1 commas") << size;
  }
}

// What simdjson reads behind a text, and does not look at.
TEST(ReadPiecesTest, BytesBehindAPieceMayBeRead) {
  const std::string text = "{\"list\": [{\"a\": 1}, {\"a\": 2}, {\"a\": 3}], \"b\": 4}";
  const std::unique_ptr<ByteSource> source = MemoryByteSource(text);
  Problems problems;
  int sum = 0;
  int pieces = 0;
  const auto read_behind = [&](const JsonPiece& piece) {
    for (size_t i = 0; i < kReadableBehindPiece; ++i) sum += piece.text.data()[piece.text.size() + i];
    ++pieces;
  };
  const PieceHandlers handlers = {.element =
                                      [&](const JsonPiece& piece) {
                                        read_behind(piece);
                                        return absl::OkStatus();
                                      },
                                  .member = read_behind};
  ASSERT_TRUE(ReadPieces(
                  *source, JsonPieces::Opens(Opens), handlers, [](uint64_t) { return true; }, problems)
                  .ok());
  EXPECT_EQ(pieces, 4);
  EXPECT_GE(sum, 0);
}

}  // namespace
}  // namespace sandglass::collectors
