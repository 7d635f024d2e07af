// Events: what the observer's hot path writes and its consumer reads, as sequences of 64-bit words.
//
// An operator is two events of its thread: a start (what it is, and its arguments) and an end (its results). Ends nest
// inside starts, so the consumer can rebuild the calls from the order alone. Nothing here knows libtorch; the observer
// translates into this form, so that everything behind it can be tested without a model.
//
// Layout, in words:
//   start: head, OpInfo*, start time (ns), sequence number, forward thread, arguments…
//   end:   head, end time (ns), arguments…
//   head:        tag (8 bits) | flags (8) | session (16) | words in the event, this one included (32)
//   argument:    tag (8) | flags (8) | position (16) | data type (8) | axes (8) | spare (16), then by tag:
//     tensor     storage address, storage bytes, sizes…, strides… (strides only with kStrided)
//     integer, real, boolean: one word; text: bytes, then the text padded to words; integers: count, then the values
// Plain values; safe wherever the words are.
#ifndef SANDGLASS_COLLECTORS_TORCH_EVENT_H_
#define SANDGLASS_COLLECTORS_TORCH_EVENT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sandglass::collectors {

// What an operator is, apart from its arguments. Made once per schema and never freed, so events hold its address.
struct OpInfo {
  std::string name;
  // Empty for ranges, which have no schema.
  std::string schema = {};
  std::vector<std::string> argument_names = {};
};

enum class EventTag : uint8_t { kPadding = 0, kStart = 1, kEnd = 2 };

// The time of an end that was not seen.
inline constexpr int64_t kUnknownTime = INT64_MIN;

// Flags of an event's head.
inline constexpr uint8_t kBackward = 1;         // start: an autograd node
inline constexpr uint8_t kResultsRecorded = 2;  // end: the results follow
inline constexpr uint8_t kChildrenMissing = 4;  // end: an operator that it called was dropped

enum class ArgumentTag : uint8_t { kTensor = 0, kNone, kInteger, kReal, kBoolean, kText, kIntegers };

// Flags of an argument.
inline constexpr uint8_t kInList = 1;        // an element of a tensor list
inline constexpr uint8_t kRequiresGrad = 2;  // tensor
inline constexpr uint8_t kStrided = 4;       // tensor: not contiguous, strides follow
inline constexpr uint8_t kNoStorage = 8;     // tensor: no storage, its address and size mean nothing

// Writes one event into a buffer that it reuses.
class EventWriter {
 public:
  void BeginStart(uint16_t session, const OpInfo* op, bool backward, int64_t sequence, uint64_t forward_thread);
  void BeginEnd(uint16_t session, int64_t end_ns, uint8_t flags);

  // `storage` is any number that is the same for tensors that share memory.
  void Tensor(uint16_t position, uint8_t flags, uint8_t dtype, std::span<const int64_t> dims,
              std::span<const int64_t> strides, uint64_t storage, int64_t storage_bytes);
  void None(uint16_t position);
  void Integer(uint16_t position, int64_t value);
  void Real(uint16_t position, double value);
  void Boolean(uint16_t position, bool value);
  // Longer texts are cut to kMaxTextBytes.
  void Text(uint16_t position, std::string_view value);
  void Integers(uint16_t position, std::span<const int64_t> values);

  // Drops what was written after the fixed words, and `flags` from the head.
  void DropArguments(uint8_t flags);

  // Completes the event; valid until the next Begin. A start gets its time here, after the cost of writing it.
  std::span<const uint64_t> Finish();
  std::span<const uint64_t> FinishStart(int64_t start_ns);

  static constexpr size_t kMaxTextBytes = 256;
  static constexpr size_t kStartWords = 5;
  static constexpr size_t kEndWords = 2;

 private:
  void Argument(ArgumentTag tag, uint8_t flags, uint16_t position, uint8_t dtype = 0, uint8_t axes = 0);

  std::vector<uint64_t> words_;
  size_t fixed_words_ = 0;
};

// Reads the head of an event.
struct EventHead {
  EventTag tag = EventTag::kPadding;
  uint8_t flags = 0;
  uint16_t session = 0;
  uint32_t words = 0;
};
EventHead ReadHead(uint64_t word);
uint64_t MakeHead(const EventHead& head);

// One argument, as a view of its words.
struct ArgumentView {
  ArgumentTag tag = ArgumentTag::kNone;
  uint8_t flags = 0;
  uint16_t position = 0;
  // Tensors only.
  uint8_t dtype = 0;
  std::span<const uint64_t> dims = {};
  std::span<const uint64_t> strides = {};
  uint64_t storage = 0;
  int64_t storage_bytes = 0;
  // The single word of an integer, a real or a boolean; the byte count of a text.
  uint64_t word = 0;
  // Text bytes or integers.
  std::span<const uint64_t> payload = {};
  // Words that the argument takes.
  size_t words = 0;

  std::string_view text() const { return {reinterpret_cast<const char*>(payload.data()), static_cast<size_t>(word)}; }
};

// The argument at the beginning of `words`. Requires: EventWriter wrote it.
ArgumentView ReadArgument(std::span<const uint64_t> words);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_EVENT_H_
