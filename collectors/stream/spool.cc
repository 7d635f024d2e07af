#include "collectors/stream/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "collectors/stream/client_key.h"
#include "collectors/stream/spool_scan.h"

namespace sandglass::collectors {
namespace {

constexpr absl::string_view kSuffix = ".spool";
// A file without a whole beginning; only who makes it sees it.
constexpr absl::string_view kNewSuffix = ".new";
// What a frame takes beside its payload, at most: its head, the chain digest, and the other fields of a chunk.
constexpr uint64_t kFrameOverheadBytes = kFrameHeadBytes + 32 + 64;

absl::Status SystemError(absl::string_view what, const std::string& path, int error) {
  const std::string message = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(absl::StrCat(message, "; free space there, or give another --spool DIR"));
    case ENOENT:
      return absl::NotFoundError(message);
    case EEXIST:
      return absl::AlreadyExistsError(message);
    default:
      return absl::InternalError(absl::StrCat(message, "; check the disk and the permissions"));
  }
}

absl::Status TakeLock(int file, const std::string& path) {
  if (flock(file, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return SystemError("lock", path, errno);
  return absl::UnavailableError(absl::StrCat(path, " is in use by another process, which is sending it"));
}

absl::Status SyncDirectory(const std::string& directory) {
  const int file = open64(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const int error = file >= 0 && fsync(file) == 0 ? 0 : errno;
  if (file >= 0) close(file);
  return error == 0 ? absl::OkStatus() : SystemError("sync the spool directory", directory, error);
}

// A trace says much about a model, so others may not look. With `sync`, folders that are made outlast a loss of power.
absl::Status MakeDirectory(const std::string& directory, bool sync) {
  std::error_code error;
  std::vector<std::filesystem::path> grown;
  std::filesystem::path made = std::filesystem::absolute(directory, error);
  for (; !made.empty() && !std::filesystem::exists(made, error); made = made.parent_path()) {
    grown.push_back(made.parent_path());
  }
  if (std::filesystem::create_directories(directory, error)) {
    std::filesystem::permissions(directory, std::filesystem::perms::owner_all, error);
  }
  if (error) return SystemError("make the spool directory", directory, error.value());
  for (size_t i = 0; sync && i < grown.size(); ++i) {
    if (absl::Status status = SyncDirectory(grown[i]); !status.ok()) return status;
  }
  return absl::OkStatus();
}

// Makes a file and takes its lock; its descriptor. Who tidies up may take it for a leftover and remove it before it is
// locked: then it is made again.
absl::StatusOr<int> MakeLocked(const std::string& path) {
  constexpr int kMostTries = 10;
  for (int i = 0; i < kMostTries; ++i) {
    const int file = open64(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (file < 0) return SystemError("make the spool file", path, errno);
    struct stat about {};
    if (flock(file, LOCK_EX | LOCK_NB) == 0 && fstat(file, &about) == 0 && about.st_nlink > 0) return file;
    unlink(path.c_str());
    close(file);
  }
  return SystemError("lock", path, EWOULDBLOCK);
}

}  // namespace

Spool::Spool(int file, std::string path, uint64_t max_bytes, bool sync)
    : file_(file), path_(std::move(path)), max_bytes_(max_bytes), sync_(sync) {}

// Closing the file gives its lock back.
Spool::~Spool() { close(file_); }

absl::StatusOr<std::unique_ptr<Spool>> Spool::Create(const SpoolOptions& options, const v1::OpenRequest& open) {
  if (!IsClientKey(open.client_key())) {
    return absl::InvalidArgumentError(
        absl::StrCat("client_key '", absl::CEscape(open.client_key()), "' is not a UUID: no file is named after it"));
  }
  if (absl::Status status = MakeDirectory(options.directory, options.sync); !status.ok()) return status;
  RemoveHalfMade(options.directory);
  const std::string path = std::filesystem::path(options.directory) / absl::StrCat(open.client_key(), kSuffix);
  if (access(path.c_str(), F_OK) == 0) return SystemError("make the spool file", path, EEXIST);
  // It gets its name when its beginning is whole and its lock is held, so that others never find it half made.
  const std::string unnamed = absl::StrCat(path, kNewSuffix);
  const absl::StatusOr<int> file = MakeLocked(unnamed);
  if (!file.ok()) return file.status();
  std::unique_ptr<Spool> spool(new Spool(*file, path, options.max_bytes, options.sync));
  absl::Status status = spool->Begin(options, open);
  if (status.ok() && rename(unnamed.c_str(), path.c_str()) != 0) status = SystemError("name", path, errno);
  if (!status.ok()) {
    unlink(unnamed.c_str());
    return status;
  }
  if (options.sync) status = SyncDirectory(options.directory);
  if (status.ok()) return spool;
  unlink(path.c_str());
  return status;
}

absl::Status Spool::Begin(const SpoolOptions& options, const v1::OpenRequest& open) {
  header_ = {open, options.server, options.store};
  std::string bytes(kSpoolMagic);
  bytes += EncodeFrame(FrameKind::kHeader, bytes.size(), EncodeSpoolHeader(header_));
  marks_offset_ = bytes.size();
  if (absl::Status status = WriteAt(0, bytes); !status.ok()) return status;
  SpoolMark first;
  first.first_offset = marks_offset_ + kMarkPlaces * kMarkBytes;
  first.client_key = open.client_key();
  {
    const Lock lock(mutex_);
    end_ = first.first_offset;
  }
  const Lock marks(marks_mutex_);
  if (absl::Status status = WriteMarks(std::move(first)); !status.ok()) return status;
  return Sync();
}

absl::StatusOr<std::unique_ptr<Spool>> Spool::Open(const std::string& path) {
  const int file = open64(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) return SystemError("open the spool file", path, errno);
  std::unique_ptr<Spool> spool(new Spool(file, path, SpoolOptions().max_bytes, false));
  if (absl::Status status = TakeLock(file, path); !status.ok()) return status;
  if (absl::Status status = spool->TakeUp(); !status.ok()) return status;
  return spool;
}

absl::Status Spool::TakeUp() {
  struct stat about {};
  if (fstat(file_, &about) != 0) return SystemError("read the spool file", path_, errno);
  // Its last owner sealed the trace between our finding and locking it.
  if (about.st_nlink == 0) return SystemError("open the spool file", path_, ENOENT);
  absl::StatusOr<SpoolContents> contents =
      ScanSpool(path_, static_cast<uint64_t>(about.st_size),
                [this](uint64_t offset, size_t size) { return ReadAt(offset, size); });
  if (!contents.ok()) return contents.status();
  torn_bytes_ = contents->torn_bytes;
  if (torn_bytes_ > 0 && ftruncate64(file_, static_cast<off64_t>(contents->end)) != 0) {
    return SystemError("cut the torn tail off the spool file", path_, errno);
  }
  header_ = std::move(contents->header);
  marks_offset_ = contents->marks_offset;
  const Lock lock(mutex_);
  mark_ = contents->mark;
  offsets_ = std::move(contents->offsets);
  end_ = contents->end;
  operators_ = contents->operators;
  chain_ = contents->chain;
  summary_ = std::move(contents->summary);
  return absl::OkStatus();
}

bool Spool::Fits(size_t payload_bytes) const {
  const Lock lock(mutex_);
  return offsets_.empty() || KeptBytes() + payload_bytes + kFrameOverheadBytes <= max_bytes_;
}

absl::StatusOr<uint64_t> Spool::GiveUpAcknowledged(uint64_t durable_seq) {
  const Lock marks(marks_mutex_);
  SpoolMark mark;
  uint64_t count = 1;
  {
    const Lock lock(mutex_);
    mark = mark_;
    const uint64_t last_seq = mark.first_seq + offsets_.size() - 1;
    if (durable_seq < mark.first_seq || offsets_.empty()) return 0;
    const uint64_t most = std::min(durable_seq, last_seq) - (mark.first_seq - 1);
    // Some to spare, so that not every chunk costs a mark and a hole.
    const uint64_t wanted_bytes = max_bytes_ / 8;
    const auto offset_after = [this](uint64_t seqs) { return seqs < offsets_.size() ? offsets_[seqs] : end_; };
    while (count < most && offset_after(count) - mark.first_offset < wanted_bytes) ++count;
    mark.first_offset = offset_after(count);
  }
  const absl::StatusOr<SpoolPosition> position = PositionBehind(mark.first_seq + count - 1);
  if (!position.ok()) return position.status();
  mark.first_seq += count;
  mark.first_operator = position->operators;
  mark.chain_before = position->chain;
  // What no mark can lead to any more may go. The other way round, a loss of power could leave a mark that leads into
  // the hole, and with it a file that nobody can read.
  if (absl::Status status = WriteMarks(mark); !status.ok()) return status;
  if (absl::Status status = SyncFile(); !status.ok()) return status;
  const uint64_t hole = marks_offset_ + kMarkPlaces * kMarkBytes;
  if (fallocate64(file_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, static_cast<off64_t>(hole),
                  static_cast<off64_t>(mark.first_offset - hole)) != 0) {
    return absl::ResourceExhaustedError(absl::StrCat("the spool file ", path_,
                                                     " is full, and its file system cannot free a part of it (",
                                                     std::strerror(errno), "); allow more with --spool-max-mib"));
  }
  return count;
}

absl::Status Spool::AppendFrame(FrameKind kind, absl::string_view content) {
  // Only the producer moves the end.
  uint64_t end = 0;
  {
    const Lock lock(mutex_);
    end = end_;
  }
  const std::string frame = EncodeFrame(kind, end, content);
  absl::Status status = WriteAt(end, frame);
  if (status.ok()) status = Sync();
  if (!status.ok()) {
    // What a later frame would be appended to must be whole. If this fails too, it is a torn tail.
    [[maybe_unused]] const int cut = ftruncate64(file_, static_cast<off64_t>(end));
    return status;
  }
  const Lock lock(mutex_);
  if (kind == FrameKind::kChunk) offsets_.push_back(end);
  end_ = end + frame.size();
  return absl::OkStatus();
}

absl::Status Spool::Append(const PackedChunk& chunk) {
  if (absl::Status status = AppendFrame(FrameKind::kChunk, EncodeSpoolChunk(chunk)); !status.ok()) return status;
  const Lock lock(mutex_);
  operators_ += chunk.chunk().operators();
  chain_ = chunk.chain;
  return absl::OkStatus();
}

absl::Status Spool::Finish(const v1::TraceSummary& summary) {
  if (absl::Status status = AppendFrame(FrameKind::kSummary, summary.SerializeAsString()); !status.ok()) return status;
  const Lock lock(mutex_);
  summary_ = summary;
  return absl::OkStatus();
}

absl::StatusOr<PackedChunk> Spool::Read(uint64_t seq) const {
  uint64_t offset = 0;
  {
    const Lock lock(mutex_);
    if (seq < mark_.first_seq || seq - mark_.first_seq >= offsets_.size()) {
      return absl::OutOfRangeError(absl::StrCat("the spool file ", path_, " has no chunk ", seq, ": it keeps ",
                                                mark_.first_seq, " to ", mark_.first_seq + offsets_.size() - 1));
    }
    offset = offsets_[seq - mark_.first_seq];
  }
  const absl::StatusOr<std::string> bytes = ReadAt(offset, kFrameHeadBytes);
  if (!bytes.ok()) return bytes.status();
  std::optional<PackedChunk> chunk;
  if (const std::optional<FrameHead> head = DecodeFrameHead(*bytes, offset)) {
    const absl::StatusOr<std::string> content = ReadAt(offset + kFrameHeadBytes, head->content_bytes);
    if (!content.ok()) return content.status();
    if (ContentMatches(*head, *content)) chunk = DecodeSpoolChunk(*content);
  }
  if (chunk && chunk->chunk().seq() == seq) return *std::move(chunk);
  return absl::DataLossError(absl::StrCat("the spool file ", path_, " was damaged at byte ", offset,
                                          " after it was written; record the trace again"));
}

absl::StatusOr<SpoolPosition> Spool::PositionBehind(uint64_t seq) const {
  const SpoolMark mark = this->mark();
  if (seq + 1 == mark.first_seq) return SpoolPosition{mark.first_operator, mark.chain_before};
  const absl::StatusOr<PackedChunk> chunk = Read(seq);
  if (!chunk.ok()) return chunk.status();
  return SpoolPosition{chunk->chunk().first_operator() + chunk->chunk().operators(), chunk->chain};
}

absl::Status Spool::NoteDurable(absl::string_view acknowledger, uint64_t seq) {
  const Lock marks(marks_mutex_);
  SpoolMark mark = this->mark();
  mark.acknowledger = AcknowledgerHash(acknowledger);
  mark.durable_seq = seq;
  return WriteMark(std::move(mark));
}

absl::Status Spool::Renew(const std::string& client_key) {
  if (!IsClientKey(client_key)) {
    return absl::InvalidArgumentError(absl::StrCat("client_key '", absl::CEscape(client_key), "' is not a UUID"));
  }
  const Lock marks(marks_mutex_);
  SpoolMark mark = this->mark();
  mark.client_key = client_key;
  if (absl::Status status = WriteMarks(std::move(mark)); !status.ok()) return status;
  if (absl::Status status = SyncFile(); !status.ok()) return status;
  header_.open.set_client_key(client_key);
  return absl::OkStatus();
}

uint64_t Spool::DurableAt(absl::string_view acknowledger) const {
  const Lock lock(mutex_);
  return mark_.acknowledger == AcknowledgerHash(acknowledger) ? mark_.durable_seq : 0;
}

absl::Status Spool::WriteMark(SpoolMark mark) {
  ++mark.generation;
  absl::Status status = WriteAt(marks_offset_ + mark.generation % kMarkPlaces * kMarkBytes, EncodeMark(mark));
  if (!status.ok()) return status;
  const Lock lock(mutex_);
  // Those that the mark leaves out.
  const auto gone = static_cast<std::ptrdiff_t>(mark.first_seq - mark_.first_seq);
  offsets_.erase(offsets_.begin(), offsets_.begin() + gone);
  mark_ = std::move(mark);
  return absl::OkStatus();
}

absl::Status Spool::WriteMarks(SpoolMark mark) {
  for (int place = 0; place < kMarkPlaces; ++place, ++mark.generation) {
    if (absl::Status status = WriteMark(mark); !status.ok()) return status;
  }
  return absl::OkStatus();
}

SpoolMark Spool::mark() const {
  const Lock lock(mutex_);
  return mark_;
}

absl::StatusOr<std::string> Spool::ReadAt(uint64_t offset, size_t size) const {
  std::string bytes(size, '\0');
  for (size_t done = 0; done < size;) {
    const ssize_t count = pread64(file_, &bytes[done], size - done, static_cast<off64_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("read the spool file", path_, errno);
    if (count == 0) return absl::DataLossError(absl::StrCat("the spool file ", path_, " ends at byte ", offset + done));
    done += static_cast<size_t>(count);
  }
  return bytes;
}

absl::Status Spool::WriteAt(uint64_t offset, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = pwrite64(file_, bytes.data(), bytes.size(), static_cast<off64_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return SystemError("write the spool file", path_, errno);
    bytes.remove_prefix(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
  return absl::OkStatus();
}

absl::Status Spool::Sync() { return sync_ ? SyncFile() : absl::OkStatus(); }

absl::Status Spool::SyncFile() {
  if (fdatasync(file_) == 0) return absl::OkStatus();
  return SystemError("sync the spool file", path_, errno);
}

absl::Status Spool::Remove() {
  if (unlink(path_.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return SystemError("remove the spool file", path_, errno);
}

uint64_t Spool::first_seq() const {
  const Lock lock(mutex_);
  return mark_.first_seq;
}

uint64_t Spool::last_seq() const {
  const Lock lock(mutex_);
  return mark_.first_seq + offsets_.size() - 1;
}

uint64_t Spool::operators() const {
  const Lock lock(mutex_);
  return operators_;
}

Digest Spool::chain() const {
  const Lock lock(mutex_);
  return chain_;
}

std::optional<v1::TraceSummary> Spool::summary() const {
  const Lock lock(mutex_);
  return summary_;
}

uint64_t Spool::bytes() const {
  const Lock lock(mutex_);
  return KeptBytes();
}

void RemoveHalfMade(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  for (; !error && files != std::filesystem::directory_iterator(); files.increment(error)) {
    const std::filesystem::path& path = files->path();
    if (path.extension().string() != kNewSuffix || path.stem().extension().string() != kSuffix) continue;
    const int file = open64(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (file < 0) continue;
    // Who makes a file holds its lock.
    if (flock(file, LOCK_EX | LOCK_NB) == 0) unlink(path.c_str());
    close(file);
  }
}

absl::StatusOr<std::vector<std::string>> SpoolFiles(const std::string& directory) {
  std::error_code error;
  std::filesystem::directory_iterator files(directory, error);
  if (error) return SystemError("read the spool directory", directory, error.value());
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> found;
  for (; files != std::filesystem::directory_iterator(); files.increment(error)) {
    // Another process may remove any of them at any time.
    std::error_code gone;
    const auto written = files->last_write_time(gone);
    if (!gone && files->path().extension().string() == kSuffix) found.emplace_back(written, files->path());
  }
  if (error) return SystemError("read the spool directory", directory, error.value());
  std::sort(found.begin(), found.end());
  std::vector<std::string> paths;
  for (auto& [written, path] : found) paths.push_back(std::move(path));
  return paths;
}

}  // namespace sandglass::collectors
