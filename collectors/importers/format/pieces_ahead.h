// Cuts the pieces of a JSON file on a thread of its own, while another uses those that were cut before.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {

class PiecesAhead {
 public:
  // Cuts the first pieces; there is no other thread where they are all. Nobody else may use `pieces`, or their source
  // but for its position, until this is gone. At most a MiB of pieces is cut ahead, or one that is larger.
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

  // absl's mutex is invisible to ThreadSanitizer where the library was built without it, as Debian's is.
  using Lock = std::unique_lock<std::mutex>;

  static constexpr size_t kMostReady = 3;

  JsonPieces& pieces_;
  // Guards what stands between the two threads.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;
  // Used, and to be filled again: fresh memory would cost more than what is written into it.
  std::vector<Batch> spare_;
  bool stopped_ = false;
  // The batch that is being used, and how much of it was.
  Batch current_;
  size_t used_ = 0;
  std::thread thread_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PIECES_AHEAD_H_
