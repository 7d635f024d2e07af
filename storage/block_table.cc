#include "storage/block_table.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "rocksdb/db.h"
#include "rocksdb/env.h"
#include "rocksdb/options.h"
#include "storage/fault_hooks.h"

namespace sandglass::storage {
namespace {

constexpr absl::string_view kNameBegins = "bulk-";
constexpr absl::string_view kNameEnds = ".tmp";
// After so many bytes each the disk begins to write, so that the sync at the end finds little left.
constexpr uint64_t kBytesPerSync = 1 << 20;

rocksdb::Slice SliceOf(absl::string_view bytes) { return rocksdb::Slice(bytes.data(), bytes.size()); }

}  // namespace

absl::StatusOr<std::unique_ptr<BlockTable>> BlockTable::Begin(const std::string& directory, uint64_t number,
                                                              std::shared_ptr<const Rocks> rocks,
                                                              std::shared_ptr<WriteFailure> failure) {
  std::string path = absl::StrCat(directory, "/", kNameBegins, number, kNameEnds);
  std::unique_ptr<BlockTable> table(new BlockTable(directory, std::move(path), std::move(rocks), std::move(failure)));
  absl::Status status = table->Outcome(table->writer_->Open(table->path_));
  if (!status.ok()) return status;
  return table;
}

BlockTable::BlockTable(std::string directory, std::string path, std::shared_ptr<const Rocks> rocks,
                       std::shared_ptr<WriteFailure> failure)
    : directory_(std::move(directory)), path_(std::move(path)), rocks_(std::move(rocks)), failure_(std::move(failure)) {
  // The database's own: its file system, no compression, the checksum of the whole file.
  const rocksdb::Options options = rocks_->db->GetOptions(family());
  rocksdb::EnvOptions file_options(options);
  file_options.bytes_per_sync = kBytesPerSync;
  // What was sealed is read soon, so it stays in the system's cache.
  writer_ = std::make_unique<rocksdb::SstFileWriter>(file_options, options, family(), /*invalidate_page_cache=*/false);
}

BlockTable::~BlockTable() {
  writer_.reset();
  // RocksDB has linked to what it took in, and may have removed this name already.
  rocks_->db->GetEnv()->DeleteFile(path_).PermitUncheckedError();
}

absl::Status BlockTable::Add(absl::string_view key, absl::string_view block) {
  return Outcome(writer_->Put(SliceOf(key), SliceOf(block)));
}

absl::Status BlockTable::TakeIn() {
  // Somebody else's write may have failed meanwhile.
  if (absl::Status status = failure_->Get(); !status.ok()) return status;
  return Outcome(FinishAndIngest());
}

rocksdb::Status BlockTable::FinishAndIngest() {
  rocksdb::ExternalSstFileInfo info;
  if (rocksdb::Status status = writer_->Finish(&info); !status.ok()) return status;
  FaultPoint("bulk-written");
  rocksdb::IngestExternalFileArg table;
  table.column_family = family();
  table.external_files = {path_};
  // The checksum was computed on the way; else the whole file would be read again.
  table.files_checksums = {info.file_checksum};
  table.files_checksum_func_names = {info.file_checksum_func_name};
  table.options.verify_file_checksum = false;
  // Linked under RocksDB's name, and never changed afterwards: its checksum stays what it is.
  table.options.move_files = true;
  table.options.write_global_seqno = false;
  rocksdb::Status status = rocks_->db->IngestExternalFiles({table});
  FaultPoint("bulk-taken");
  return status;
}

absl::Status BlockTable::Outcome(const rocksdb::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status translated = Translate(status, directory_);
  failure_->Set(translated);
  return translated;
}

absl::Status RemoveLeftTables(const Rocks& rocks, const std::string& directory) {
  rocksdb::Env* const env = rocks.db->GetEnv();
  std::vector<std::string> names;
  rocksdb::Status status = env->GetChildren(directory, &names);
  for (const std::string& name : names) {
    const bool left = absl::StartsWith(name, kNameBegins) && absl::EndsWith(name, kNameEnds);
    if (status.ok() && left) status = env->DeleteFile(absl::StrCat(directory, "/", name));
  }
  return Translate(status, directory);
}

}  // namespace sandglass::storage
