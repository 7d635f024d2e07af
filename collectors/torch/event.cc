#include "collectors/torch/event.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sandglass::collectors {
namespace {

constexpr size_t kTimeWord = 2;  // of a start

size_t WordsOfText(size_t bytes) { return (bytes + sizeof(uint64_t) - 1) / sizeof(uint64_t); }

}  // namespace

uint64_t MakeHead(const EventHead& head) {
  return static_cast<uint64_t>(head.tag) | static_cast<uint64_t>(head.flags) << 8 |
         static_cast<uint64_t>(head.session) << 16 | static_cast<uint64_t>(head.words) << 32;
}

EventHead ReadHead(uint64_t word) {
  return {.tag = static_cast<EventTag>(word & 0xff),
          .flags = static_cast<uint8_t>(word >> 8),
          .session = static_cast<uint16_t>(word >> 16),
          .words = static_cast<uint32_t>(word >> 32)};
}

void EventWriter::BeginStart(uint16_t session, const OpInfo* op, bool backward, int64_t sequence,
                             uint64_t forward_thread) {
  words_.clear();
  const uint8_t flags = backward ? kBackward : uint8_t{0};
  words_.push_back(MakeHead({.tag = EventTag::kStart, .flags = flags, .session = session}));
  words_.push_back(reinterpret_cast<uint64_t>(op));
  words_.push_back(0);  // the time, set by FinishStart
  words_.push_back(static_cast<uint64_t>(sequence));
  words_.push_back(forward_thread);
  fixed_words_ = words_.size();
}

void EventWriter::BeginEnd(uint16_t session, int64_t end_ns, uint8_t flags) {
  words_.clear();
  words_.push_back(MakeHead({.tag = EventTag::kEnd, .flags = flags, .session = session}));
  words_.push_back(static_cast<uint64_t>(end_ns));
  fixed_words_ = words_.size();
}

void EventWriter::Argument(ArgumentTag tag, uint8_t flags, uint16_t position, uint8_t dtype, uint8_t axes) {
  words_.push_back(static_cast<uint64_t>(tag) | static_cast<uint64_t>(flags) << 8 |
                   static_cast<uint64_t>(position) << 16 | static_cast<uint64_t>(dtype) << 32 |
                   static_cast<uint64_t>(axes) << 40);
}

void EventWriter::Tensor(uint16_t position, uint8_t flags, uint8_t dtype, std::span<const int64_t> dims,
                         std::span<const int64_t> strides, uint64_t storage, int64_t storage_bytes) {
  Argument(ArgumentTag::kTensor, flags, position, dtype, static_cast<uint8_t>(dims.size()));
  words_.push_back(storage);
  words_.push_back(static_cast<uint64_t>(storage_bytes));
  words_.insert(words_.end(), dims.begin(), dims.end());
  if ((flags & kStrided) != 0) words_.insert(words_.end(), strides.begin(), strides.end());
}

void EventWriter::None(uint16_t position) { Argument(ArgumentTag::kNone, 0, position); }

void EventWriter::Integer(uint16_t position, int64_t value) {
  Argument(ArgumentTag::kInteger, 0, position);
  words_.push_back(static_cast<uint64_t>(value));
}

void EventWriter::Real(uint16_t position, double value) {
  Argument(ArgumentTag::kReal, 0, position);
  words_.push_back(std::bit_cast<uint64_t>(value));
}

void EventWriter::Boolean(uint16_t position, bool value) {
  Argument(ArgumentTag::kBoolean, 0, position);
  words_.push_back(value ? 1 : 0);
}

void EventWriter::Text(uint16_t position, std::string_view value) {
  const std::string_view kept = value.substr(0, kMaxTextBytes);
  Argument(ArgumentTag::kText, 0, position);
  words_.push_back(kept.size());
  const size_t begin = words_.size();
  words_.resize(begin + WordsOfText(kept.size()), 0);
  if (!kept.empty()) std::memcpy(words_.data() + begin, kept.data(), kept.size());
}

void EventWriter::Integers(uint16_t position, std::span<const int64_t> values) {
  Argument(ArgumentTag::kIntegers, 0, position);
  words_.push_back(values.size());
  words_.insert(words_.end(), values.begin(), values.end());
}

void EventWriter::DropArguments(uint8_t flags) {
  words_.resize(fixed_words_);
  EventHead head = ReadHead(words_[0]);
  head.flags &= static_cast<uint8_t>(~flags);
  words_[0] = MakeHead(head);
}

std::span<const uint64_t> EventWriter::Finish() {
  EventHead head = ReadHead(words_[0]);
  head.words = static_cast<uint32_t>(words_.size());
  words_[0] = MakeHead(head);
  return words_;
}

std::span<const uint64_t> EventWriter::FinishStart(int64_t start_ns) {
  words_[kTimeWord] = static_cast<uint64_t>(start_ns);
  return Finish();
}

ArgumentView ReadArgument(std::span<const uint64_t> words) {
  const uint64_t head = words[0];
  ArgumentView view{.tag = static_cast<ArgumentTag>(head & 0xff),
                    .flags = static_cast<uint8_t>(head >> 8),
                    .position = static_cast<uint16_t>(head >> 16),
                    .dtype = static_cast<uint8_t>(head >> 32)};
  const size_t axes = static_cast<uint8_t>(head >> 40);
  switch (view.tag) {
    case ArgumentTag::kTensor:
      view.storage = words[1];
      view.storage_bytes = static_cast<int64_t>(words[2]);
      view.dims = words.subspan(3, axes);
      view.words = 3 + axes;
      if ((view.flags & kStrided) != 0) {
        view.strides = words.subspan(view.words, axes);
        view.words += axes;
      }
      break;
    case ArgumentTag::kNone:
      view.words = 1;
      break;
    case ArgumentTag::kInteger:
    case ArgumentTag::kReal:
    case ArgumentTag::kBoolean:
      view.word = words[1];
      view.words = 2;
      break;
    case ArgumentTag::kText:
      view.word = words[1];
      view.payload = words.subspan(2, WordsOfText(view.word));
      view.words = 2 + view.payload.size();
      break;
    case ArgumentTag::kIntegers:
      view.word = words[1];
      view.payload = words.subspan(2, view.word);
      view.words = 2 + view.payload.size();
      break;
  }
  return view;
}

}  // namespace sandglass::collectors
