// Reads a JSON file on a thread of its own, ahead of the one that uses it, in chunks that end behind an element of some
// list, as far as that can be guessed; and parses them (json_run.h), on that thread and on the one that waits for them.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_CHUNKS_AHEAD_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_CHUNKS_AHEAD_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/element_parser.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/json_run.h"

namespace sandglass::collectors {

struct JsonChunk {
  // Of the text, which stands at kWritableBeforeText.
  size_t size() const { return end - kWritableBeforeText; }
  char* text() { return buffer.data() + kWritableBeforeText; }

  // With kReadableBehindPiece bytes behind the text.
  std::vector<char> buffer;
  size_t end = kWritableBeforeText;
  // Whether its text probably is elements of an array, up to its last byte, which is a comma.
  bool is_run = false;
  // Of the text, if is_run: whether its structure was found, and what was made of it, if there is a parser.
  bool is_indexed = false;
  JsonRun run;
  std::unique_ptr<ElementParser::Parsed> parsed;
  enum class State { kRead, kInWork, kParsed };
  State state = State::kRead;
};

class ChunksAhead : public ByteSource {
 public:
  // Reads the first chunk; there is no other thread where it is the whole file. Nobody else may use `source`, but for
  // its position, until this is gone. At most half a MiB is read ahead. `parser` may be null, and must outlive this.
  ChunksAhead(ByteSource& source, const ElementParser* parser);
  // Waits for the chunk that is being read or parsed.
  ~ChunksAhead() override;
  ChunksAhead(const ChunksAhead&) = delete;
  ChunksAhead& operator=(const ChunksAhead&) = delete;

  // The next chunk; nullptr: a part of one is still to be read by Read, or what comes next is the end or an error.
  std::unique_ptr<JsonChunk> Take();
  // Gives a chunk back whose memory can be used again.
  void Recycle(std::unique_ptr<JsonChunk> chunk);

  // The bytes of the chunks. No more than what is left of one chunk, unless more than kJsonReadBytes are asked for:
  // then a piece is larger than chunks are.
  absl::StatusOr<size_t> Read(char* to, size_t size) override;
  uint64_t file_position() const override { return source_.file_position(); }
  uint64_t file_size() const override { return source_.file_size(); }

 private:
  // absl's mutex is invisible to ThreadSanitizer where the library was built without it, as Debian's is.
  using Lock = std::unique_lock<std::mutex>;

  static constexpr size_t kMostReady = 8;

  void Run();
  // Reads the next chunk; nullptr: there is none, and status_ says why.
  std::unique_ptr<JsonChunk> Fill(std::unique_ptr<JsonChunk> chunk);
  void ReadText(JsonChunk& chunk);
  // `parsed`: it must be, and is parsed here if nobody does.
  std::unique_ptr<JsonChunk> TakeFirst(bool parsed);
  // Parses a chunk that nobody else does.
  void Parse(JsonChunk& chunk, Lock& lock);
  std::unique_ptr<JsonChunk> Spare();
  // Whether a chunk is there of which Read has not returned all.
  bool HasUnread();

  ByteSource& source_;
  const ElementParser* const parser_;
  // Of the thread that reads: what stands behind the last chunk's end.
  std::vector<char> carried_;
  bool ended_ = false;
  absl::Status status_;

  // Guards what stands between the two threads.
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<JsonChunk>> ready_;
  // Fresh memory would cost more than what is written into it.
  std::vector<std::unique_ptr<JsonChunk>> spare_;
  // Whether no more chunks become ready; status_ stays as it is then.
  bool finished_ = false;
  bool stopped_ = false;

  // The chunk that Read is reading, and how much of it was.
  std::unique_ptr<JsonChunk> current_;
  size_t used_ = 0;
  std::thread thread_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_CHUNKS_AHEAD_H_
