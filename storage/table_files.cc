#include "storage/table_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/file_checksum.h"
#include "rocksdb/sst_file_reader.h"
#include "rocksdb/utilities/ldb_cmd.h"
#include "storage/file_checksum.h"
#include "storage/file_error.h"
#include "storage/rocks.h"
#include "storage/rocks_log.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

constexpr size_t kReadBytes = 1 << 20;

// Empty where the file cannot be read to its end.
std::string ChecksumOf(const std::string& path) {
  rocksdb::FileChecksumGenContext context;
  context.file_name = path;
  const std::unique_ptr<rocksdb::FileChecksumGenerator> generator =
      FileChecksums()->CreateFileChecksumGenerator(context);
  std::ifstream file(path, std::ios::binary);
  std::string part(kReadBytes, '\0');
  while (file.read(part.data(), static_cast<std::streamsize>(part.size())), file.gcount() > 0) {
    generator->Update(part.data(), static_cast<size_t>(file.gcount()));
  }
  if (!file.eof()) return "";
  generator->Finalize();
  return generator->GetChecksum();
}

bool BlocksHold(const std::string& path) {
  rocksdb::Options options;
  options.info_log = RocksLog::Silent();
  rocksdb::SstFileReader table(options);
  return table.Open(path).ok() && table.VerifyChecksum().ok();
}

// Keeps what RocksDB's tool says, on standard error, from standing among the messages of the program.
class SilentErrors {
 public:
  SilentErrors() : errors_(dup(STDERR_FILENO)) {
    const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(nowhere, STDERR_FILENO);
    close(nowhere);
  }
  ~SilentErrors() {
    dup2(errors_, STDERR_FILENO);
    close(errors_);
  }
  SilentErrors(const SilentErrors&) = delete;
  SilentErrors& operator=(const SilentErrors&) = delete;

 private:
  const int errors_;
};

}  // namespace

absl::StatusOr<std::vector<TableFile>> TableFiles(const std::string& directory) {
  rocksdb::DBOptions options;
  // Only what the MANIFEST says is wanted: tables that cannot be read are what is looked for.
  options.paranoid_checks = false;
  options.skip_stats_update_on_db_open = true;
  options.info_log = RocksLog::Silent();
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, directory, &names);
  if (!status.ok()) return Translate(status, directory);
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
  Rocks rocks;
  rocksdb::DB* raw = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, directory, families, &rocks.handles, &raw);
  if (!status.ok()) return Translate(status, directory);
  rocks.db.reset(raw);
  std::vector<rocksdb::LiveFileMetaData> live;
  rocks.db->GetLiveFilesMetaData(&live);
  std::vector<TableFile> tables;
  for (const rocksdb::LiveFileMetaData& file : live) {
    const bool ours = file.file_checksum_func_name == rocksdb::kStandardDbFileChecksumFuncName;
    tables.push_back({file.file_number, file.relative_filename, file.size, ours ? file.file_checksum : ""});
  }
  return tables;
}

absl::StatusOr<std::string> DamageOf(const std::string& path, const TableFile& table) {
  std::error_code error;
  const uintmax_t bytes = fs::file_size(path, error);
  if (error == std::errc::no_such_file_or_directory) return std::string("is missing");
  if (error) return FileError("looked at", path, error.value());
  if (bytes != table.bytes) return absl::StrCat("has ", bytes, " bytes of ", table.bytes);
  if (table.checksum.empty()) return std::string(BlocksHold(path) ? "" : "has blocks without their checksums");
  return std::string(ChecksumOf(path) == table.checksum ? "" : "does not have its checksum");
}

absl::Status ForgetTable(const std::string& directory, const TableFile& table) {
  const std::string database = absl::StrCat("--db=", directory);
  const std::string number = absl::StrCat(table.number);
  const std::array<const char*, 4> command = {"ldb", database.c_str(), "unsafe_remove_sst_file", number.c_str()};
  rocksdb::Options options;
  options.info_log = RocksLog::Silent();
  const SilentErrors silence;
  const int code = rocksdb::LDBCommandRunner::RunCommand(static_cast<int>(command.size()), command.data(), options,
                                                         rocksdb::LDBOptions(), nullptr);
  if (code == 0) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("store '", directory, "': ", table.name,
                                          " cannot be taken out of the MANIFEST; restore the store from a backup"));
}

}  // namespace sandglass::storage
