#include "collectors/importers/nsight/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/nsight/nsight_database.h"

namespace sandglass::collectors::nsight {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The rows of a table of two columns: the number, or "-", and the text, or "-".
absl::StatusOr<std::vector<std::string>> Rows(Database& database, const char* table) {
  std::vector<std::string> rows;
  absl::Status status = database.ForEachRow(table, {"number", "text"}, [&](const Database::Row& row) {
    const auto number = row.Integer(0);
    const auto text = row.Text(1);
    rows.push_back(
        absl::StrCat(row.number(), " ", number.has_value() ? absl::StrCat(*number) : "-", " ", text.value_or("-")));
    return absl::OkStatus();
  });
  if (!status.ok()) return status;
  return rows;
}

std::vector<std::string> RowsOf(const std::string& statements, uint64_t wrong_types = 0) {
  const auto database = Database::OpenBytes(MakeDatabase(statements));
  EXPECT_TRUE(database.ok()) << database.status();
  if (!database.ok()) return {};
  const auto rows = Rows(**database, "t");
  EXPECT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*database)->wrong_types(), wrong_types);
  return rows.value_or(std::vector<std::string>());
}

TEST(DatabaseTest, ReadsTheColumnsThatThereAre) {
  EXPECT_THAT(
      RowsOf("CREATE TABLE t (text TEXT, other INT, number INT); INSERT INTO t VALUES ('a', 1, 2), (NULL, 3, NULL);"),
      ElementsAre("1 2 a", "2 - -"));
  EXPECT_THAT(RowsOf("CREATE TABLE t (number INT); INSERT INTO t VALUES (2)"), ElementsAre("1 2 -"));
  EXPECT_THAT(RowsOf("CREATE TABLE t (other INT); INSERT INTO t VALUES (2)"), ElementsAre("1 - -"));
  EXPECT_THAT(RowsOf("CREATE TABLE other (number INT)"), IsEmpty()) << "no such table, no rows";
}

TEST(DatabaseTest, ValuesOfOtherTypesAreAbsentAndCounted) {
  EXPECT_THAT(RowsOf("CREATE TABLE t (number, text); INSERT INTO t VALUES ('x', 'a'), (1.5, 2), (x'00', x'41')", 5),
              ElementsAre("1 - a", "2 - -", "3 - -"));
}

TEST(DatabaseTest, AFileWhoseLogIsNotInItYetIsRefused) {
  const std::string path = ::testing::TempDir() + "/logged.sqlite";
  std::ofstream(path) << MakeDatabase("CREATE TABLE t (number INT, text TEXT)");
  EXPECT_TRUE(Database::OpenFile(path).ok());
  std::ofstream(path + "-wal") << "";
  EXPECT_TRUE(Database::OpenFile(path).ok()) << "an empty log says nothing";
  std::ofstream(path + "-wal") << "something";
  const auto database = Database::OpenFile(path);
  EXPECT_EQ(database.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(database.status().message()), HasSubstr("logged.sqlite-wal: close that program"));
}

// Behind these names could be anything.
TEST(DatabaseTest, ViewsAndVirtualTablesAreNoTables) {
  for (const char* schema : {"CREATE VIEW t AS SELECT 1 AS number, 'a' AS text",
                             "CREATE VIRTUAL TABLE t USING fts5(number, text); INSERT INTO t VALUES (1, 'a')"}) {
    const auto database = Database::OpenBytes(MakeDatabase(schema));
    ASSERT_TRUE(database.ok()) << database.status();
    EXPECT_FALSE((*database)->Has("t")) << schema;
    EXPECT_THAT(*Rows(**database, "t"), IsEmpty());
  }
  // A column that is computed is not one.
  EXPECT_THAT(RowsOf("CREATE TABLE t (number INT AS (7), text TEXT); INSERT INTO t (text) VALUES ('a')"),
              ElementsAre("1 - a"));
}

TEST(DatabaseTest, AFileIsReadWhereItLiesWhateverItsName) {
  const std::string bytes = MakeDatabase("CREATE TABLE t (number INT); INSERT INTO t VALUES (2)");
  for (const char* name : {"plain.sqlite", "a b%20?mode=rw#c.sqlite"}) {
    const std::string path = absl::StrCat(testing::TempDir(), "/", name);
    std::ofstream(path, std::ios::binary) << bytes;
    const auto database = Database::OpenFile(path);
    ASSERT_TRUE(database.ok()) << database.status();
    EXPECT_THAT(*Rows(**database, "t"), ElementsAre("1 2 -"));
  }
  EXPECT_EQ(Database::OpenFile("/nowhere.sqlite").status().code(), absl::StatusCode::kNotFound);
}

// As the exporter leaves it, when it was killed: its log is not at hand.
TEST(DatabaseTest, ADatabaseWithALogWrittenAheadIsReadWithoutIt) {
  std::string bytes = MakeDatabase("CREATE TABLE t (number INT); INSERT INTO t VALUES (2)");
  bytes[18] = bytes[19] = 2;
  const std::string path = absl::StrCat(testing::TempDir(), "/wal.sqlite");
  std::ofstream(path, std::ios::binary) << bytes;
  for (auto& database : {Database::OpenBytes(bytes), Database::OpenFile(path)}) {
    ASSERT_TRUE(database.ok()) << database.status();
    EXPECT_THAT(*Rows(**database, "t"), ElementsAre("1 2 -"));
  }
}

TEST(DatabaseTest, DamageIsAnErrorWithThePlace) {
  std::string statements = "CREATE TABLE t (number INT, text TEXT);";
  for (int i = 0; i < 200; ++i) absl::StrAppend(&statements, "INSERT INTO t VALUES (", i, ", 'some text');");
  const std::string bytes = MakeDatabase(statements);
  {
    const auto database = Database::OpenBytes("SQLite format 4" + bytes.substr(15));
    EXPECT_EQ(database.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(database.status().message()), HasSubstr("file is not a database"));
  }
  {
    // The last page is gone: the header says so.
    const auto database = Database::OpenBytes(bytes.substr(0, bytes.size() - 512));
    const absl::Status status = database.ok() ? Rows(**database, "t").status() : database.status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("malformed"));
  }
  {
    // A page of rows is overwritten.
    std::string damaged = bytes;
    damaged.replace(damaged.size() - 512, 512, 512, '\xee');
    const auto database = Database::OpenBytes(damaged);
    ASSERT_TRUE(database.ok()) << database.status();
    const absl::Status status = Rows(**database, "t").status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(status.message()), HasSubstr("SQLite database: table t, after row "));
    EXPECT_THAT(std::string(status.message()), HasSubstr("malformed"));
  }
}

// The pages of a database's tables, which are trees.
class Pages {
 public:
  explicit Pages(std::string& bytes) : bytes_(bytes) {}

  // The first page that the inner page leads to.
  uint32_t FirstChild(uint32_t page) const { return Number(Cell(page, 0), 4); }
  uint32_t SecondChild(uint32_t page) const { return Number(Cell(page, 1), 4); }
  // Has all of an inner page lead to one.
  void LeadTo(uint32_t page, uint32_t child) {
    for (uint32_t i = 0; i < Number(Start(page) + 3, 2); ++i) Write(Cell(page, i), child);
    Write(Start(page) + 8, child);
  }

 private:
  static size_t Start(uint32_t page) { return (page - 1) * size_t{512}; }
  size_t Cell(uint32_t page, uint32_t i) const { return Start(page) + Number(Start(page) + 12 + size_t{2} * i, 2); }
  uint32_t Number(size_t at, size_t size) const {
    uint32_t number = 0;
    for (size_t i = at; i < at + size; ++i) number = number << 8 | static_cast<unsigned char>(bytes_[i]);
    return number;
  }
  void Write(size_t at, uint32_t number) {
    for (int i = 3; i >= 0; --i, number >>= 8) bytes_[at + static_cast<size_t>(i)] = static_cast<char>(number);
  }

  std::string& bytes_;
};

// A tree that leads to the same rows over and over: of 20,000 it would make more than a million.
TEST(DatabaseTest, RowsWithoutEndAreNoticed) {
  std::string bytes = MakeDatabase(
      "CREATE TABLE t (number INT, text TEXT);"
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 20000) SELECT i, 'x' FROM n");
  const uint32_t root = 2;
  Pages pages(bytes);
  const uint32_t first = pages.FirstChild(root);
  const uint32_t second = pages.SecondChild(root);
  pages.LeadTo(second, pages.FirstChild(second));
  pages.LeadTo(first, second);
  pages.LeadTo(root, first);
  const auto database = Database::OpenBytes(bytes);
  ASSERT_TRUE(database.ok()) << database.status();
  const absl::Status status = Rows(**database, "t").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("table t has more rows than"));
}

TEST(DatabaseTest, TakersErrorsEndTheReading) {
  const auto database =
      Database::OpenBytes(MakeDatabase("CREATE TABLE t (number INT); INSERT INTO t VALUES (1), (2), (3)"));
  ASSERT_TRUE(database.ok());
  int rows = 0;
  const absl::Status status = (*database)->ForEachRow("t", {"number"}, [&](const Database::Row&) {
    return ++rows == 2 ? absl::CancelledError("enough") : absl::OkStatus();
  });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(rows, 2);
}

}  // namespace
}  // namespace sandglass::collectors::nsight
