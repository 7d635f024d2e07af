// A trace on its way to a server, kept in a file until it is sealed there.
//
// The producer appends chunks, and at the end the summary; the sender reads them back, as often as it has to. What was
// appended survives a crash of the process; SpoolOptions::sync extends that to a loss of power. The file's lock is held
// as long as the object lives, so that two processes never send one trace.
//
// Safe for use by two threads at once, a producer (Append, GiveUpAcknowledged, Finish) and a sender (Read,
// PositionBehind, NoteDurable), which does not ask for a chunk while it is given up; header, Renew and Remove are for
// one thread alone; all else may be called from any thread, and waits for no disk.
#ifndef SANDGLASS_COLLECTORS_STREAM_SPOOL_H_
#define SANDGLASS_COLLECTORS_STREAM_SPOOL_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/stream/chunk_packer.h"
#include "collectors/stream/spool_format.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

struct SpoolOptions {
  // Where files are made; empty: nowhere, there is no spool.
  std::string directory = {};
  // Where the trace goes, for who takes it up later: a server's address or a store's directory.
  std::string server = {};
  std::string store = {};
  // How much one trace may take on the disk, in bytes; one chunk it always may.
  uint64_t max_bytes = uint64_t{4} << 30;
  // Whether each chunk is on the disk before it is sent.
  bool sync = false;
};

// A place between two chunks: operators, and the chain digest, of all chunks before it.
struct SpoolPosition {
  uint64_t operators = 0;
  Digest chain{};
};

class Spool {
 public:
  // Makes the file for a new trace, named after its client_key, which must be a UUID. Errors: what the system says,
  // with the path; AlreadyExists, if there is one.
  static absl::StatusOr<std::unique_ptr<Spool>> Create(const SpoolOptions& options, const v1::OpenRequest& open);
  // Takes a file up again, and cuts its torn tail off. Errors: those of ScanSpool; Unavailable, if another process has
  // it; NotFound, if it is gone.
  static absl::StatusOr<std::unique_ptr<Spool>> Open(const std::string& path);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  // Whether there is room for a chunk of so many bytes of payload.
  bool Fits(size_t payload_bytes) const;
  // Makes room by giving up chunks at the front that were acknowledged, up to number `durable_seq`, until there is some
  // to spare. They cannot be sent again. Returns how many. Where they went is on the disk before they go, whether or
  // not SpoolOptions::sync is set. Errors: ResourceExhausted, if the file system cannot free them.
  absl::StatusOr<uint64_t> GiveUpAcknowledged(uint64_t durable_seq);
  // Appends the next chunk. Errors: ResourceExhausted, if the disk is full; others of the system. After an error the
  // file is as before.
  absl::Status Append(const PackedChunk& chunk);
  // Appends the summary: the trace is complete. Errors: as Append.
  absl::Status Finish(const v1::TraceSummary& summary);

  // A chunk that is kept. Errors: OutOfRange, if it is not; DataLoss, if it was damaged meanwhile.
  absl::StatusOr<PackedChunk> Read(uint64_t seq) const;
  // Behind chunk `seq`, which is kept or just before the first that is. Errors: as Read.
  absl::StatusOr<SpoolPosition> PositionBehind(uint64_t seq) const;
  // Notes the last chunk that `acknowledger`, by its name, said that it has.
  absl::Status NoteDurable(absl::string_view acknowledger, uint64_t seq);
  // What it last said; 0 if it said nothing.
  uint64_t DurableAt(absl::string_view acknowledger) const;

  // Goes on under another client_key, which must be a UUID, in this process and in all that take the file up later.
  // It is on the disk when this returns.
  absl::Status Renew(const std::string& client_key);

  // Deletes the file; the object must not be used after that.
  absl::Status Remove();

  // With the client_key under which the trace is sent now.
  const SpoolHeader& header() const { return header_; }
  const std::string& path() const { return path_; }
  // Bytes of a torn tail that Open cut off.
  uint64_t torn_bytes() const { return torn_bytes_; }
  // The first chunk that is kept, and the last; if none is, the last is one less.
  uint64_t first_seq() const;
  uint64_t last_seq() const;
  // Operators, and the chain digest, up to the last chunk.
  uint64_t operators() const;
  Digest chain() const;
  // Set once Finish was called.
  std::optional<v1::TraceSummary> summary() const;
  // What it takes on the disk, in bytes.
  uint64_t bytes() const;

 private:
  using Lock = std::unique_lock<std::mutex>;
  // A file descriptor and what its file is called.
  Spool(int file, std::string path, uint64_t max_bytes, bool sync);

  absl::Status Begin(const SpoolOptions& options, const v1::OpenRequest& open);
  absl::Status TakeUp();
  absl::Status AppendFrame(FrameKind kind, absl::string_view content);
  // Writes `mark`, made of mark_, into its next place and takes it for mark_; requires marks_mutex_.
  absl::Status WriteMark(SpoolMark mark);
  // The same in all places, so that no older mark is left.
  absl::Status WriteMarks(SpoolMark mark);
  SpoolMark mark() const;
  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t size) const;
  absl::Status WriteAt(uint64_t offset, absl::string_view bytes);
  // Where SpoolOptions::sync asks for it, and in any case.
  absl::Status Sync();
  absl::Status SyncFile();
  // The bytes of what is kept. Requires mutex_.
  uint64_t KeptBytes() const { return marks_offset_ + kMarkPlaces * kMarkBytes + (end_ - mark_.first_offset); }

  const int file_;
  const std::string path_;
  const uint64_t max_bytes_;
  const bool sync_;
  SpoolHeader header_;
  uint64_t marks_offset_ = 0;
  uint64_t torn_bytes_ = 0;

  // Held by who writes marks, over the write; taken before mutex_.
  std::mutex marks_mutex_;
  // Guards all below; never held over a call that may wait for the disk.
  mutable std::mutex mutex_;
  SpoolMark mark_;
  // Where the frames of chunks are, from mark_.first_seq on.
  std::deque<uint64_t> offsets_;
  uint64_t end_ = 0;
  uint64_t operators_ = 0;
  Digest chain_{};
  std::optional<v1::TraceSummary> summary_;
};

// Removes what collectors left that ended while they made their files: nothing of a trace.
void RemoveHalfMade(const std::string& directory);

// The spool files of a directory, oldest first. Errors: NotFound, if there is no such directory.
absl::StatusOr<std::vector<std::string>> SpoolFiles(const std::string& directory);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_SPOOL_H_
