// Reads the tables of an SQLite database that a stranger made: without writing, without running anything that its
// schema holds (views, triggers, virtual tables), in bounded memory, and with its faults as errors.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_DATABASE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_DATABASE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

struct sqlite3;
struct sqlite3_stmt;

namespace sandglass::collectors::nsight {

// How every SQLite database begins; the 0 byte behind it belongs to it.
inline constexpr absl::string_view kSqliteMagic("SQLite format 3\0", 16);

class Database {
 public:
  // Values of the columns that were asked for. Valid until the next row.
  class Row {
   public:
    // From 1.
    uint64_t number() const { return number_; }
    // Absent: NULL, or a column that the table lacks, or a value of another type, which is counted.
    std::optional<int64_t> Integer(int column) const;
    std::optional<absl::string_view> Text(int column) const;

   private:
    friend class Database;
    Row(sqlite3_stmt* statement, uint64_t& wrong_types) : statement_(statement), wrong_types_(wrong_types) {}

    sqlite3_stmt* const statement_;
    uint64_t& wrong_types_;
    uint64_t number_ = 0;
  };
  using TakeRow = std::function<absl::Status(const Row&)>;

  // Errors: DataLoss, with SQLite's words, where it is damaged; the system's, where the file cannot be opened.
  static absl::StatusOr<std::unique_ptr<Database>> OpenFile(const std::string& path);
  static absl::StatusOr<std::unique_ptr<Database>> OpenBytes(std::string bytes);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  bool Has(absl::string_view table) const { return tables_.count(table) > 0; }

  // Hands the rows of a table to `take`, until that fails. A table that is not there has no rows. Errors: take's;
  // DataLoss, with the table and the row, where the database is damaged.
  absl::Status ForEachRow(const char* table, absl::Span<const char* const> columns, const TakeRow& take);

  // Values that were of another type than was asked for.
  uint64_t wrong_types() const { return wrong_types_; }

 private:
  Database(std::string bytes, uint64_t size) : bytes_(std::move(bytes)), size_(size) {}
  absl::Status Open(const std::string& uri);
  absl::Status Error(int code, const std::string& where) const;
  absl::Status ListTables();
  absl::StatusOr<std::string> Query(const char* table, absl::Span<const char* const> columns) const;
  absl::Status Prepare(const std::string& query, sqlite3_stmt** statement) const;

  // Of a database in memory, which it lies in.
  std::string bytes_;
  // Of the file, in bytes.
  const uint64_t size_;
  sqlite3* handle_ = nullptr;
  std::set<std::string, std::less<>> tables_;
  uint64_t wrong_types_ = 0;
};

}  // namespace sandglass::collectors::nsight

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_NSIGHT_DATABASE_H_
