#include "collectors/importers/nsight/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace sandglass::collectors::nsight {
namespace {

// A row takes at least a pointer of two bytes, its length and its number. A damaged tree of pages, whose branches meet
// again, would otherwise give rows without end.
constexpr uint64_t kLeastRowBytes = 4;
// Of one value or one row; honest ones have some KiB.
constexpr int kMostValueBytes = 64 << 20;
constexpr char kName[] = "main";

// Ends a statement with its scope.
struct Finalizer {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Statement = std::unique_ptr<sqlite3_stmt, Finalizer>;

std::string Quoted(absl::string_view name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

absl::string_view ColumnText(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  if (text == nullptr) return "";
  return absl::string_view(text, static_cast<size_t>(sqlite3_column_bytes(statement, column)));
}

}  // namespace

std::optional<int64_t> Database::Row::Integer(int column) const {
  const int type = sqlite3_column_type(statement_, column);
  if (type == SQLITE_INTEGER) return sqlite3_column_int64(statement_, column);
  if (type != SQLITE_NULL) ++wrong_types_;
  return std::nullopt;
}

std::optional<absl::string_view> Database::Row::Text(int column) const {
  const int type = sqlite3_column_type(statement_, column);
  if (type == SQLITE_TEXT) return ColumnText(statement_, column);
  if (type != SQLITE_NULL) ++wrong_types_;
  return std::nullopt;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenFile(const std::string& path) {
  std::error_code error;
  const uint64_t size = std::filesystem::file_size(path, error);
  if (error) return absl::NotFoundError(absl::StrCat(path, ": ", error.message()));
  // Opened for reading alone, it would be read without what stands in its log.
  const std::string log = absl::StrCat(path, "-wal");
  if (std::filesystem::exists(log, error) && std::filesystem::file_size(log, error) > 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("SQLite database: a program wrote to it and did not close it, so that the end is in ", log,
                     ": close that program, or run sqlite3 ", path, " 'PRAGMA wal_checkpoint(TRUNCATE)'"));
  }
  const std::string absolute = std::filesystem::absolute(path, error).string();
  // Signs that have a meaning in such a name.
  const std::string name = absl::StrReplaceAll(absolute, {{"%", "%25"}, {"?", "%3f"}, {"#", "%23"}});
  std::unique_ptr<Database> database(new Database("", size));
  // Nobody else changes it: no locks, and no files beside it.
  if (absl::Status status = database->Open(absl::StrCat("file://", name, "?mode=ro&immutable=1")); !status.ok()) {
    return status;
  }
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenBytes(std::string bytes) {
  const uint64_t size = bytes.size();
  // Whether a log is written ahead of the database, for writing and for reading; in memory there is no place for it.
  constexpr size_t kWriteVersion = 18;
  if (size > kWriteVersion + 1) bytes[kWriteVersion] = bytes[kWriteVersion + 1] = 1;
  std::unique_ptr<Database> database(new Database(std::move(bytes), size));
  if (absl::Status status = database->Open("file::memory:"); !status.ok()) return status;
  return database;
}

Database::~Database() { sqlite3_close_v2(handle_); }

absl::Status Database::Open(const std::string& uri) {
  const int opened = sqlite3_open_v2(uri.c_str(), &handle_, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, nullptr);
  if (opened != SQLITE_OK) return Error(opened, "it cannot be opened");
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_limit(handle_, SQLITE_LIMIT_LENGTH, kMostValueBytes);
  for (const int option :
       {SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA}) {
    sqlite3_db_config(handle_, option, 0, nullptr);
  }
  sqlite3_db_config(handle_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  if (!bytes_.empty()) {
    const auto size = static_cast<sqlite3_int64>(bytes_.size());
    const int taken = sqlite3_deserialize(handle_, kName, reinterpret_cast<unsigned char*>(bytes_.data()), size, size,
                                          SQLITE_DESERIALIZE_READONLY);
    if (taken != SQLITE_OK) return Error(taken, "it cannot be opened");
  }
  const int checked = sqlite3_exec(handle_, "PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr);
  if (checked != SQLITE_OK) return Error(checked, "it cannot be opened");
  return ListTables();
}

// SQLite's words, in the kinds of errors that we have.
absl::Status Database::Error(int code, const std::string& where) const {
  const std::string message = absl::StrCat("SQLite database: ", where, ": ",
                                           handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code));
  switch (code & 0xff) {
    case SQLITE_NOMEM:
    case SQLITE_TOOBIG:
      return absl::ResourceExhaustedError(message);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(message);
    default:
      return absl::DataLossError(message);
  }
}

absl::Status Database::Prepare(const std::string& query, sqlite3_stmt** statement) const {
  const int prepared = sqlite3_prepare_v2(handle_, query.c_str(), static_cast<int>(query.size()), statement, nullptr);
  return prepared == SQLITE_OK ? absl::OkStatus() : Error(prepared, "its schema cannot be read");
}

absl::Status Database::ListTables() {
  sqlite3_stmt* prepared = nullptr;
  const absl::Status status = Prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'table'", &prepared);
  const Statement statement(prepared);
  if (!status.ok()) return status;
  int step = SQLITE_ROW;
  uint64_t rows = 0;
  while ((step = sqlite3_step(prepared)) == SQLITE_ROW && ++rows <= size_ / kLeastRowBytes) {
    // Behind a virtual table is code.
    if (absl::StartsWithIgnoreCase(ColumnText(prepared, 1), "CREATE VIRTUAL")) continue;
    tables_.emplace(ColumnText(prepared, 0));
  }
  return step == SQLITE_DONE ? absl::OkStatus() : Error(step, "its schema cannot be read");
}

absl::StatusOr<std::string> Database::Query(const char* table, absl::Span<const char* const> columns) const {
  sqlite3_stmt* prepared = nullptr;
  // Columns that are computed are not in the list.
  const absl::Status status = Prepare(absl::StrCat("PRAGMA table_info(", Quoted(table), ")"), &prepared);
  const Statement statement(prepared);
  if (!status.ok()) return status;
  std::set<std::string, std::less<>> known;
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(prepared)) == SQLITE_ROW) known.emplace(ColumnText(prepared, 1));
  if (step != SQLITE_DONE) return Error(step, "its schema cannot be read");
  return absl::StrCat("SELECT ",
                      absl::StrJoin(columns, ", ",
                                    [&](std::string* out, const char* column) {
                                      absl::StrAppend(out, known.count(column) > 0 ? Quoted(column) : "NULL");
                                    }),
                      " FROM ", Quoted(table));
}

absl::Status Database::ForEachRow(const char* table, absl::Span<const char* const> columns, const TakeRow& take) {
  if (!Has(table)) return absl::OkStatus();
  const absl::StatusOr<std::string> query = Query(table, columns);
  if (!query.ok()) return query.status();
  sqlite3_stmt* prepared = nullptr;
  const absl::Status status = Prepare(*query, &prepared);
  const Statement statement(prepared);
  if (!status.ok()) return status;
  Row row(prepared, wrong_types_);
  int step = SQLITE_ROW;
  while ((step = sqlite3_step(prepared)) == SQLITE_ROW) {
    if (++row.number_ > size_ / kLeastRowBytes) {
      return absl::DataLossError(absl::StrCat("SQLite database: table ", table, " has more rows than ", size_,
                                              " bytes can hold: its pages are in disorder"));
    }
    if (absl::Status taken = take(row); !taken.ok()) return taken;
  }
  if (step == SQLITE_DONE) return absl::OkStatus();
  return Error(step, absl::StrCat("table ", table, ", after row ", row.number_));
}

}  // namespace sandglass::collectors::nsight
