#include "storage/space_reclaimer.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "absl/strings/str_cat.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "storage/disk_room.h"
#include "storage/fault_hooks.h"
#include "storage/key.h"
#include "storage/rocks.h"

namespace sandglass::storage {
namespace {

// Nothing refers to what is in these once a trace's head is gone.
constexpr Family kBulk[] = {Family::kBlocks, Family::kDictionary};
constexpr Family kAll[] = {Family::kMeta, Family::kBlocks, Family::kDictionary, Family::kIndex, Family::kReports};

// The keys that begin with a prefix.
struct Range {
  explicit Range(const std::string& prefix) : first(prefix), end(PrefixEnd(prefix)), from(first), to(end) {}
  Range(const Range&) = delete;

  const std::string first;
  const std::string end;
  const rocksdb::Slice from;
  const rocksdb::Slice to;
};

// Bytes of the files in which keys of the ranges may lie, without the ranges' own: what is written anew.
uint64_t BytesBeside(const Rocks& rocks, Family family, const std::vector<std::string>& prefixes) {
  rocksdb::ColumnFamilyMetaData data;
  rocks.db->GetColumnFamilyMetaData(rocks.handle(family), &data);
  uint64_t own = 0;
  std::set<std::string> files;
  uint64_t bytes = 0;
  for (const std::string& prefix : prefixes) {
    const Range range(prefix);
    const rocksdb::Range keys(range.from, range.to);
    uint64_t size = 0;
    if (rocks.db->GetApproximateSizes(rocks.handle(family), &keys, 1, &size).ok()) own += size;
    for (const rocksdb::LevelMetaData& level : data.levels) {
      for (const rocksdb::SstFileMetaData& file : level.files) {
        const bool overlaps = file.smallestkey < range.end && file.largestkey >= range.first;
        if (overlaps && files.insert(file.name).second) bytes += file.size;
      }
    }
  }
  return bytes - std::min(bytes, own);
}

absl::Status Flush(const Rocks& rocks, const std::string& directory) {
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  for (const Family family : kAll) handles.push_back(rocks.handle(family));
  return Translate(rocks.db->Flush(rocksdb::FlushOptions(), handles), directory);
}

// Takes whole files out of the database. A file may hold the removal of older keys in other files, and take it along;
// so what comes to light again is removed once more, and no head must be in such a family.
absl::Status DropFiles(const Rocks& rocks, const std::vector<std::string>& prefixes, const std::string& directory) {
  for (const Family family : kBulk) {
    rocksdb::WriteBatch again;
    for (const std::string& prefix : prefixes) {
      const Range range(prefix);
      const rocksdb::RangePtr keys(&range.from, &range.to);
      const rocksdb::Status dropped =
          rocksdb::DeleteFilesInRanges(rocks.db.get(), rocks.handle(family), &keys, 1, /*include_end=*/false);
      if (!dropped.ok()) return Translate(dropped, directory);
      again.DeleteRange(rocks.handle(family), range.from, range.to);
    }
    FaultPoint("reclaim-dropped");
    const rocksdb::Status removed = rocks.db->Write(rocksdb::WriteOptions(), &again);
    if (!removed.ok()) return Translate(removed, directory);
    FaultPoint("reclaim-removed-again");
  }
  return Flush(rocks, directory);
}

// Writes what lies beside the ranges anew, without them.
absl::Status Compact(const Rocks& rocks, Family family, const std::vector<std::string>& prefixes,
                     std::atomic<bool>& stopping, const std::string& directory) {
  // Running out of room in the middle would close the whole store to writes. RocksDB takes neighbours of neighbours
  // along, as many bytes again in the worst case that was seen.
  const uint64_t needed = 2 * BytesBeside(rocks, family, prefixes);
  const std::optional<uint64_t> free = FreeBytes(directory);
  if (free && *free < needed) {
    return absl::ResourceExhaustedError(
        absl::StrCat("store '", directory, "': giving back the place of removed traces ", "needs ", needed,
                     " bytes for a while, and ", *free, " are free; free space on its disk"));
  }
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;
  options.canceled = &stopping;
  for (const std::string& prefix : prefixes) {
    const Range range(prefix);
    const rocksdb::Status status = rocks.db->CompactRange(options, rocks.handle(family), &range.from, &range.to);
    if (stopping) return absl::CancelledError("the store is being closed");
    if (!status.ok()) return Translate(status, directory);
  }
  return absl::OkStatus();
}

}  // namespace

SpaceReclaimer::SpaceReclaimer(Database& database) : database_(database), thread_([this] { Loop(); }) {}

SpaceReclaimer::~SpaceReclaimer() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void SpaceReclaimer::Note(uint32_t tenant, const TraceId& trace) {
  MutexLock lock(mutex_);
  removed_.push_back(TracePrefix(tenant, trace));
}

absl::Status SpaceReclaimer::Start() {
  absl::Status last;
  {
    MutexLock lock(mutex_);
    wanted_ = true;
    last = last_;
  }
  changed_.NotifyAll();
  return last;
}

void SpaceReclaimer::Loop() {
  while (true) {
    {
      MutexLock lock(mutex_);
      while (!wanted_ && !stopping_) changed_.Wait(mutex_);
      if (stopping_) return;
      wanted_ = false;
    }
    const absl::Status status = Run();
    MutexLock lock(mutex_);
    last_ = status;
  }
}

absl::Status SpaceReclaimer::Run() {
  MutexLock running(run_mutex_);
  std::vector<std::string> prefixes;
  {
    MutexLock lock(mutex_);
    prefixes.swap(removed_);
  }
  if (prefixes.empty()) return absl::OkStatus();
  const absl::Status status = Reclaim(prefixes);
  if (status.ok()) return status;
  MutexLock lock(mutex_);
  removed_.insert(removed_.end(), prefixes.begin(), prefixes.end());
  return status;
}

absl::Status SpaceReclaimer::Reclaim(const std::vector<std::string>& prefixes) {
  return database_.LendFamilies([&](const Rocks& rocks) {
    const std::string& directory = database_.directory();
    if (absl::Status status = Flush(rocks, directory); !status.ok()) return status;
    FaultPoint("reclaim-flushed");
    if (absl::Status status = DropFiles(rocks, prefixes, directory); !status.ok()) return status;
    for (const Family family : kAll) {
      const absl::Status compacted = Compact(rocks, family, prefixes, stopping_, directory);
      if (!compacted.ok()) return compacted;
      FaultPoint("reclaim-compacted");
    }
    return absl::OkStatus();
  });
}

}  // namespace sandglass::storage
