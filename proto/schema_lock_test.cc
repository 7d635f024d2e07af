// The schema against its lock and its rule that everything has a comment; and that both see planted faults.
#include "proto/schema_lock.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace sandglass {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in) << path;
  return std::string((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
}

absl::StatusOr<Schema> RealSchema() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator("proto")) {
    if (entry.path().extension() == ".proto") files.push_back("proto/" + entry.path().filename().string());
  }
  EXPECT_GE(files.size(), 5u);
  return ReadSchema(".", files);
}

TEST(RealSchemaTest, KeepsWhatItPromised) {
  const absl::StatusOr<Schema> schema = RealSchema();
  ASSERT_TRUE(schema.ok()) << schema.status();
  const SchemaDifference difference = CompareSchemas(ParseLock(ReadFile("proto/schema.lock")), schema->lines);
  EXPECT_THAT(difference.broken, IsEmpty())
      << "traces and clients that exist would be misread: put these back, or add new elements beside them (see "
         "CONTRIBUTING.md)";
  EXPECT_THAT(difference.added, IsEmpty()) << "new elements: run `bazel run //proto:schema_lock_update` and commit it";
}

TEST(RealSchemaTest, EveryElementHasAComment) {
  const absl::StatusOr<Schema> schema = RealSchema();
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_THAT(schema->uncommented, IsEmpty());
}

// A file with one element of each kind.
constexpr char kSmall[] = R"(syntax = "proto3";
package p;
// Who.
service S {
  // What.
  rpc Get(M) returns (stream M);
}
// A thing.
message M {
  reserved 7, 9 to 11;
  reserved "old";
  // One.
  optional double one = 1;
  // Two.
  repeated E two = 2;
  // Three.
  map<string, M> three = 3;
  // A choice.
  oneof choice {
    // Four.
    bool four = 4;
  }
  M five = 5;  // Five.
}
// A kind.
enum E {
  E_UNSPECIFIED = 0;
  // A.
  E_A = 1;
}
)";

class SmallSchemaTest : public ::testing::Test {
 protected:
  absl::StatusOr<Schema> Read(const std::string& text) {
    const std::string folder = ::testing::TempDir();
    std::ofstream(std::filesystem::path(folder) / "small.proto") << text;
    return ReadSchema(folder, {"small.proto"});
  }
  // How kSmall with `from` in place of `to` differs from kSmall.
  SchemaDifference Change(const std::string& from, const std::string& to) {
    const std::string text = absl::StrReplaceAll(kSmall, {{from, to}});
    EXPECT_NE(text, kSmall) << from;
    const absl::StatusOr<Schema> before = Read(kSmall);
    const absl::StatusOr<Schema> after = Read(text);
    if (!before.ok() || !after.ok()) {
      ADD_FAILURE() << before.status() << after.status();
      return {};
    }
    return CompareSchemas(before->lines, after->lines);
  }
};

TEST_F(SmallSchemaTest, DescribesEachElement) {
  const absl::StatusOr<Schema> schema = Read(kSmall);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_THAT(schema->uncommented, IsEmpty());
  EXPECT_THAT(schema->lines, ElementsAre("enum p.E", "field p.M.five = 5 p.M", "field p.M.four = 4 oneof choice bool",
                                         "field p.M.one = 1 optional double", "field p.M.three = 3 map<string, p.M>",
                                         "field p.M.two = 2 repeated p.E", "message p.M", "oneof p.M.choice",
                                         "reserved p.M name old", "reserved p.M number 7 to 7",
                                         "reserved p.M number 9 to 11", "rpc p.S.Get (p.M) returns (stream p.M)",
                                         "service p.S", "value p.E.E_A = 1", "value p.E.E_UNSPECIFIED = 0"));
}

TEST_F(SmallSchemaTest, SeesEveryKindOfBreak) {
  const struct {
    std::string from, to, locked;
  } kBreaks[] = {
      {"one = 1", "one = 6", "field p.M.one = 1 optional double -> field p.M.one = 6 optional double"},
      {"double one", "float one", "field p.M.one = 1 optional double -> field p.M.one = 1 optional float"},
      {"optional double", "double", "field p.M.one = 1 optional double -> field p.M.one = 1 double"},
      {"repeated E", "E", "field p.M.two = 2 repeated p.E -> field p.M.two = 2 p.E"},
      {"double one", "double uno", "field p.M.one = 1 optional double -> gone"},
      {"map<string, M>", "map<bytes, M>", ""},
      {"M five = 5", "E five = 5", "field p.M.five = 5 p.M -> field p.M.five = 5 p.E"},
      {"E_A = 1", "E_A = 2", "value p.E.E_A = 1 -> value p.E.E_A = 2"},
      {"E_A", "E_B", "value p.E.E_A = 1 -> gone"},
      {"reserved 7, ", "reserved ", "reserved p.M number 7 to 7 -> gone"},
      {"(stream M)", "(M)", "rpc p.S.Get (p.M) returns (stream p.M) -> rpc p.S.Get (p.M) returns (p.M)"},
      {"rpc Get(M)", "rpc Fetch(M)", "rpc p.S.Get (p.M) returns (stream p.M) -> gone"},
      {"service S", "service T", "service p.S -> gone"},
      {"oneof choice {\n    // Four.\n    bool four = 4;\n  }", "bool four = 4;",
       "field p.M.four = 4 oneof choice bool -> field p.M.four = 4 bool"},
  };
  for (const auto& [from, to, locked] : kBreaks) {
    // Protobuf itself refuses a map from bytes; that is a fault of the file, not a difference.
    if (locked.empty()) {
      EXPECT_FALSE(Read(absl::StrReplaceAll(kSmall, {{from, to}})).ok()) << from;
      continue;
    }
    EXPECT_THAT(Change(from, to).broken, ::testing::Contains(locked)) << from;
  }
}

TEST_F(SmallSchemaTest, AnAdditionBreaksNothing) {
  const SchemaDifference difference = Change("  M five = 5;", "  // Six.\n  int32 six = 6;\n  M five = 5;");
  EXPECT_THAT(difference.broken, IsEmpty());
  EXPECT_THAT(difference.added, ElementsAre("field p.M.six = 6 int32"));
}

TEST_F(SmallSchemaTest, NamesEachElementWithoutAComment) {
  const struct {
    std::string comment, complaint;
  } kCases[] = {
      {"// Who.\n", "small.proto:3: service p.S"},
      {"  // What.\n", "small.proto:5: rpc p.S.Get"},
      {"// A thing.\n", "small.proto:8: message p.M"},
      {"  // One.\n", "small.proto:12: field p.M.one"},
      {"  // A choice.\n", "small.proto:18: oneof p.M.choice"},
      {"    // Four.\n", "small.proto:20: field p.M.four"},
      {"  // Five.", "small.proto:23: field p.M.five"},
      {"// A kind.\n", "small.proto:25: enum p.E"},
  };
  for (const auto& [comment, complaint] : kCases) {
    const absl::StatusOr<Schema> schema = Read(absl::StrReplaceAll(kSmall, {{comment, ""}}));
    ASSERT_TRUE(schema.ok()) << schema.status();
    EXPECT_THAT(schema->uncommented, ElementsAre(complaint));
  }
}

TEST_F(SmallSchemaTest, ValuesNeedACommentOnlyBesideOthersThatHaveOne) {
  const absl::StatusOr<Schema> mixed = Read(absl::StrReplaceAll(kSmall, {{"E_A = 1;", "E_A = 1;\n\n  E_B = 2;"}}));
  ASSERT_TRUE(mixed.ok()) << mixed.status();
  EXPECT_THAT(mixed->uncommented, ElementsAre(HasSubstr("value p.E_B")));
  const absl::StatusOr<Schema> bare = Read(absl::StrReplaceAll(kSmall, {{"  // A.\n", ""}}));
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_THAT(bare->uncommented, IsEmpty());
}

TEST_F(SmallSchemaTest, AFaultyFileIsNamedWithItsLine) {
  const absl::StatusOr<Schema> schema = Read("syntax = \"proto3\";\nmessage {}\n");
  EXPECT_EQ(schema.status().message(), "small.proto:2:9: Expected message name.");
  EXPECT_THAT(std::string(ReadSchema(::testing::TempDir(), {"lost.proto"}).status().message()),
              HasSubstr("lost.proto:0:1: File not found"));
}

TEST(LockTest, GoesToTextAndBack) {
  const std::vector<std::string> lines = {"message p.M", "field p.M.a = 1 bool"};
  EXPECT_EQ(ParseLock(FormatLock(lines)), lines);
}

}  // namespace
}  // namespace sandglass
