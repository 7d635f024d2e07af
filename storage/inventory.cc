#include "storage/inventory.h"

#include <fcntl.h>
#include <unistd.h>
#include <xxhash.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "storage/byte_codec.h"
#include "storage/directory.h"
#include "storage/fault_hooks.h"
#include "storage/file_error.h"
#include "storage/whole_file.h"

namespace sandglass::storage {
namespace {

constexpr absl::string_view kMagic = "sandglass inventory 1\n";
// A file that has grown by so much, and to several times its size, is written anew.
constexpr size_t kRewriteBytes = 4 << 20;
constexpr size_t kRewriteFactor = 4;
// The file ends in zeros that were written before: a record in their place changes no size, which halves its sync.
constexpr size_t kZeros = 256 << 10;
constexpr size_t kLengthBytes = 4;
constexpr size_t kHashBytes = 8;

enum class MarkKind : uint8_t { kRemoved = 0, kPut = 1 };

std::string PathOf(const std::string& directory) { return absl::StrCat(directory, "/", Inventory::kFileName); }

// length u32 | payload | XXH3 of both.
std::string Framed(const std::string& payload) {
  ByteWriter frame;
  frame.Put(static_cast<uint32_t>(payload.size()));
  frame.PutBytes(payload);
  frame.Put(static_cast<uint64_t>(XXH3_64bits(frame.bytes().data(), frame.bytes().size())));
  return frame.Take();
}

std::string Record(const FileMarks& files, const std::vector<MarkChange>& changes) {
  ByteWriter payload;
  for (const uint64_t number : {files.sequence, files.manifest_number, files.manifest_bytes, files.manifest_hash,
                                files.log_number, files.log_bytes}) {
    payload.Put(number);
  }
  for (const MarkChange& change : changes) {
    payload.Put(static_cast<uint8_t>(change.mark.has_value() ? MarkKind::kPut : MarkKind::kRemoved));
    payload.Put(change.trace.first);
    payload.PutArray(change.trace.second.bytes);
    if (!change.mark.has_value()) continue;
    payload.Put(static_cast<uint8_t>(change.mark->state));
    payload.Put(change.mark->durable_seq);
    payload.Put(change.mark->operators);
    payload.PutArray(change.mark->digest);
  }
  return Framed(payload.bytes());
}

void Apply(const FileMarks& files, const std::vector<MarkChange>& changes, InventoryContents& contents) {
  contents.files = files;
  for (const MarkChange& change : changes) {
    if (change.mark.has_value()) {
      contents.traces[change.trace] = *change.mark;
    } else {
      contents.traces.erase(change.trace);
    }
  }
}

// One record of the file.
struct StoredRecord {
  // With its frame.
  size_t bytes = 0;
  FileMarks files;
  std::vector<MarkChange> changes;
};

// Reads a record's payload; false if it is not one.
bool ReadPayload(absl::string_view payload, StoredRecord& record) {
  ByteReader reader(payload);
  FileMarks& files = record.files;
  for (uint64_t* number : {&files.sequence, &files.manifest_number, &files.manifest_bytes, &files.manifest_hash,
                           &files.log_number, &files.log_bytes}) {
    *number = reader.Get<uint64_t>();
  }
  while (reader.ok() && !reader.rest().empty()) {
    const auto kind = reader.Get<uint8_t>();
    MarkChange change;
    change.trace.first = reader.Get<uint32_t>();
    change.trace.second.bytes = reader.GetArray<decltype(change.trace.second.bytes)>();
    if (kind == static_cast<uint8_t>(MarkKind::kPut)) {
      TraceMark& mark = change.mark.emplace();
      const auto state = reader.Get<uint8_t>();
      if (!v1::TraceState_IsValid(state)) return false;
      mark.state = static_cast<v1::TraceState>(state);
      mark.durable_seq = reader.Get<uint64_t>();
      mark.operators = reader.Get<uint64_t>();
      mark.digest = reader.GetArray<Digest>();
    } else if (kind != static_cast<uint8_t>(MarkKind::kRemoved)) {
      return false;
    }
    record.changes.push_back(std::move(change));
  }
  return reader.ok();
}

// The record that stands whole at the beginning of `bytes`; nullopt where none does.
std::optional<StoredRecord> RecordAt(absl::string_view bytes) {
  const size_t length = ByteReader(bytes).Get<uint32_t>();
  StoredRecord record;
  record.bytes = kLengthBytes + length + kHashBytes;
  if (length == 0 || record.bytes > bytes.size()) return std::nullopt;
  const auto hash = ByteReader(bytes.substr(kLengthBytes + length)).Get<uint64_t>();
  if (hash != XXH3_64bits(bytes.data(), kLengthBytes + length)) return std::nullopt;
  if (!ReadPayload(bytes.substr(kLengthBytes, length), record)) return std::nullopt;
  return record;
}

// Whether a whole record stands anywhere in `bytes`: then what is before it was not cut off by a crash.
bool HasRecord(absl::string_view bytes) {
  const size_t last = bytes.find_last_not_of('\0');
  if (last == absl::string_view::npos) return false;
  for (size_t at = 0; at <= last; ++at) {
    if (RecordAt(bytes.substr(at)).has_value()) return true;
  }
  return false;
}

absl::StatusOr<InventoryContents> Decode(absl::string_view bytes, const std::string& path) {
  const auto damaged = [&](size_t offset) {
    return absl::DataLossError(
        absl::StrCat(path, ": is damaged at byte ", offset,
                     "; restore the store from a backup, or start `sandglass serve --accept-loss`, which "
                     "makes the file anew from what is there"));
  };
  if (bytes.substr(0, kMagic.size()) != kMagic) return damaged(0);
  InventoryContents contents;
  size_t offset = kMagic.size();
  bool any = false;
  while (offset < bytes.size()) {
    const absl::string_view rest = bytes.substr(offset);
    const std::optional<StoredRecord> record = RecordAt(rest);
    if (!record.has_value()) {
      // Cut off where no record follows: it was never acknowledged. The first record is written with the file.
      if (!any || HasRecord(rest.substr(1))) return damaged(offset);
      break;
    }
    any = true;
    Apply(record->files, record->changes, contents);
    offset += record->bytes;
  }
  if (!any) return damaged(offset);
  return contents;
}

// Writes a record, and zeros behind it, if any.
absl::Status WriteAt(int file, size_t offset, absl::string_view record, size_t zeros, const std::string& path) {
  const std::string bytes = absl::StrCat(record, std::string(zeros, '\0'));
  for (absl::string_view rest = bytes; !rest.empty();) {
    const ssize_t written = pwrite(file, rest.data(), rest.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError("written", path, errno);
    offset += static_cast<size_t>(written);
    rest.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

// Syncs what was written; `end` is how far the records go.
absl::Status SyncUpTo(int file, size_t end, const std::string& path) {
  FaultPoint("note-unsynced");
  if (!TheFaultHooks().unsynced && fdatasync(file) != 0) return FileError("synced", path, errno);
  FileSynced(path.c_str(), end);
  return absl::OkStatus();
}

std::string Whole(const InventoryContents& contents) {
  std::vector<MarkChange> changes;
  for (const auto& [trace, mark] : contents.traces) changes.push_back({.trace = trace, .mark = mark});
  return absl::StrCat(kMagic, Record(contents.files, changes));
}

struct Opened {
  int file = -1;
  // Of records, without the zeros.
  size_t bytes = 0;
};

// Writes a new file beside the old one and puts it in its place.
absl::StatusOr<Opened> Replace(const std::string& directory, const InventoryContents& contents) {
  const std::string path = PathOf(directory);
  const std::string fresh = absl::StrCat(path, ".new");
  const int file = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return FileError("made", fresh, errno);
  const std::string bytes = Whole(contents);
  FileCreated(fresh.c_str());
  absl::Status status = WriteAt(file, 0, bytes, kZeros, fresh);
  if (status.ok()) status = SyncUpTo(file, bytes.size(), fresh);
  FaultPoint("inventory-rename");
  if (status.ok() && RenameFile(fresh.c_str(), path.c_str()) != 0) status = FileError("renamed", fresh, errno);
  if (status.ok()) status = SyncDirectory(directory);
  if (status.ok()) return Opened{file, bytes.size()};
  close(file);
  return status;
}

}  // namespace

absl::StatusOr<std::optional<InventoryContents>> Inventory::Read(const std::string& directory) {
  const std::string path = PathOf(directory);
  const absl::StatusOr<std::string> bytes = ReadWholeFile(path, /*sync=*/false);
  // A path that is no directory is for the database to refuse.
  if (absl::IsNotFound(bytes.status())) return std::optional<InventoryContents>();
  if (!bytes.ok()) return bytes.status();
  absl::StatusOr<InventoryContents> contents = Decode(*bytes, path);
  if (!contents.ok()) return contents.status();
  return std::optional<InventoryContents>(*std::move(contents));
}

absl::Status Inventory::Write(const std::string& directory, const InventoryContents& contents) {
  const absl::StatusOr<Opened> opened = Replace(directory, contents);
  if (opened.ok()) close(opened->file);
  return opened.status();
}

absl::StatusOr<std::unique_ptr<Inventory>> Inventory::Begin(const std::string& directory, InventoryContents contents) {
  const absl::StatusOr<Opened> opened = Replace(directory, contents);
  if (!opened.ok()) return opened.status();
  return std::unique_ptr<Inventory>(new Inventory(directory, std::move(contents), opened->file, opened->bytes));
}

Inventory::Inventory(std::string directory, InventoryContents contents, int file, size_t bytes)
    : directory_(std::move(directory)),
      contents_(std::move(contents)),
      file_(file),
      bytes_(bytes),
      written_bytes_(bytes + kZeros),
      compact_bytes_(bytes),
      syncer_([this] { SyncBehind(); }) {}

Inventory::~Inventory() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  syncer_.join();
  MutexLock lock(mutex_);
  CloseFile();
}

absl::Status Inventory::Append(const FileMarks& files, const std::vector<MarkChange>& changes, Synced synced) {
  const std::string record = Record(files, changes);
  MutexLock lock(mutex_);
  // First, because others may come by meanwhile: records stand in the order in which they are applied.
  WaitSynced();
  Apply(files, changes, contents_);
  absl::Status status = std::exchange(behind_, absl::OkStatus());
  if (!status.ok()) return status;
  if (file_ < 0 || bytes_ > compact_bytes_ * kRewriteFactor + kRewriteBytes) return Rewrite();
  const size_t zeros = bytes_ + record.size() > written_bytes_ ? kZeros : 0;
  if (zeros > 0) written_bytes_ = bytes_ + record.size() + zeros;
  status = WriteAt(file_, bytes_, record, zeros, PathOf(directory_));
  bytes_ += record.size();
  if (status.ok() && synced == Synced::kBefore) status = SyncUpTo(file_, bytes_, PathOf(directory_));
  if (!status.ok()) {
    CloseFile();
  } else if (synced == Synced::kBehind) {
    unsynced_ = true;
    changed_.NotifyAll();
  }
  return status;
}

InventoryContents Inventory::Contents() const {
  MutexLock lock(mutex_);
  return contents_;
}

absl::Status Inventory::Renew(InventoryContents contents) {
  MutexLock lock(mutex_);
  WaitSynced();
  // What could not be synced is written anew.
  behind_ = absl::OkStatus();
  contents_ = std::move(contents);
  return Rewrite();
}

absl::Status Inventory::Rewrite() {
  CloseFile();
  const absl::StatusOr<Opened> opened = Replace(directory_, contents_);
  if (!opened.ok()) return opened.status();
  file_ = opened->file;
  bytes_ = opened->bytes;
  written_bytes_ = opened->bytes + kZeros;
  compact_bytes_ = opened->bytes;
  return absl::OkStatus();
}

void Inventory::CloseFile() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

void Inventory::WaitSynced() {
  while (unsynced_) changed_.Wait(mutex_);
}

void Inventory::SyncBehind() {
  while (true) {
    int file = -1;
    size_t end = 0;
    {
      MutexLock lock(mutex_);
      while (!unsynced_ && !stopping_) changed_.Wait(mutex_);
      if (!unsynced_) return;
      file = file_;
      end = bytes_;
    }
    // The file stays as it is meanwhile: whoever wants to change it waits.
    const absl::Status status = SyncUpTo(file, end, PathOf(directory_));
    MutexLock lock(mutex_);
    unsynced_ = false;
    behind_ = status;
    if (!status.ok()) CloseFile();
    changed_.NotifyAll();
  }
}

}  // namespace sandglass::storage
