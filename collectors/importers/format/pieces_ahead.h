// Cuts the pieces of a JSON file on a thread of its own, while another uses those that were cut before.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {

class PiecesAhead {
 public:
  // Nobody else may use `pieces`, or their source but for its position, until this is gone. At most a MiB of pieces is
  // cut ahead, or one that is larger.
  explicit PiecesAhead(JsonPieces& pieces);
  // Waits for the piece that is being cut.
  ~PiecesAhead();
  PiecesAhead(const PiecesAhead&) = delete;
  PiecesAhead& operator=(const PiecesAhead&) = delete;

  // As JsonPieces::Next, in all that it says of its pieces.
  absl::StatusOr<JsonPiece> Next();

 private:
  // A piece whose texts stand in the batch's.
  struct Cut {
    JsonPiece::Kind kind = JsonPiece::Kind::kEnd;
    size_t key_at = 0;
    size_t key_size = 0;
    size_t text_at = 0;
    size_t text_size = 0;
    uint64_t offset = 0;
    uint64_t opened_elements = 0;
  };
  struct Batch {
    std::string texts;
    std::vector<Cut> cuts;
    // What stands behind the last piece, if it is an error.
    absl::Status status;
  };

  void Run();
  // Whether more is to be read into another batch.
  bool Fill(Batch& batch);
  bool HasRoom() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return stopped_ || ready_.size() < kMostReady; }
  bool HasBatch() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !ready_.empty(); }

  static constexpr size_t kMostReady = 3;

  JsonPieces& pieces_;
  absl::Mutex mutex_;
  std::deque<Batch> ready_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  // The batch that is being used, and how much of it was.
  Batch current_;
  size_t used_ = 0;
  std::thread thread_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_
