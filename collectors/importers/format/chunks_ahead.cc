#include "collectors/importers/format/chunks_ahead.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

ChunksAhead::ChunksAhead(ByteSource& source, const ElementParser* parser) : source_(source), parser_(parser) {
  while (!finished_ && (ready_.empty() || ended_)) {
    std::unique_ptr<JsonChunk> chunk = Fill(std::make_unique<JsonChunk>());
    finished_ = chunk == nullptr;
    if (!finished_) ready_.push_back(std::move(chunk));
  }
  if (!finished_) thread_ = std::thread([this] { Run(); });
}

ChunksAhead::~ChunksAhead() {
  {
    const Lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// Reads as far ahead as it may, and parses then, from behind: the other thread waits for what is in front.
void ChunksAhead::Run() {
  Lock lock(mutex_);
  while (!stopped_) {
    if (!finished_ && ready_.size() < kMostReady) {
      std::unique_ptr<JsonChunk> chunk = Spare();
      lock.unlock();
      chunk = Fill(std::move(chunk));
      lock.lock();
      finished_ = chunk == nullptr;
      if (!finished_) ready_.push_back(std::move(chunk));
      changed_.notify_all();
      continue;
    }
    const auto unparsed = std::find_if(ready_.rbegin(), ready_.rend(), [](const std::unique_ptr<JsonChunk>& chunk) {
      return chunk->state == JsonChunk::State::kRead;
    });
    if (unparsed != ready_.rend()) {
      Parse(**unparsed, lock);
    } else if (finished_) {
      return;
    } else {
      changed_.wait(lock);
    }
  }
}

void ChunksAhead::Parse(JsonChunk& chunk, Lock& lock) {
  chunk.state = JsonChunk::State::kInWork;
  lock.unlock();
  chunk.is_indexed = chunk.is_run && chunk.run.Index(chunk.text(), chunk.size());
  if (chunk.is_indexed && parser_ != nullptr) {
    if (chunk.parsed == nullptr) chunk.parsed = parser_->NewParsed();
    parser_->Parse(chunk.run, *chunk.parsed);
  }
  lock.lock();
  chunk.state = JsonChunk::State::kParsed;
  changed_.notify_all();
}

std::unique_ptr<JsonChunk> ChunksAhead::Spare() {
  if (spare_.empty()) return std::make_unique<JsonChunk>();
  std::unique_ptr<JsonChunk> chunk = std::move(spare_.back());
  spare_.pop_back();
  return chunk;
}

// As much as a chunk holds, or all there is.
void ChunksAhead::ReadText(JsonChunk& chunk) {
  chunk.buffer.resize(kWritableBeforeText + std::max(kJsonReadBytes, carried_.size()) + kReadableBehindPiece);
  std::copy(carried_.begin(), carried_.end(), chunk.text());
  chunk.end = kWritableBeforeText + carried_.size();
  carried_.clear();
  while (!ended_ && chunk.size() < kJsonReadBytes) {
    const absl::StatusOr<size_t> count = source_.Read(chunk.buffer.data() + chunk.end, kJsonReadBytes - chunk.size());
    ended_ = !count.ok() || *count == 0;
    status_ = count.status();
    if (count.ok()) chunk.end += *count;
  }
}

std::unique_ptr<JsonChunk> ChunksAhead::Fill(std::unique_ptr<JsonChunk> chunk) {
  ReadText(*chunk);
  if (chunk->size() == 0) return nullptr;
  const size_t comma = LastElementComma({chunk->text(), chunk->size()}, /*may_end_in_it=*/false);
  chunk->state = JsonChunk::State::kRead;
  chunk->is_run = comma != absl::string_view::npos;
  chunk->is_indexed = false;
  if (chunk->is_run) {
    carried_.assign(chunk->text() + comma + 1, chunk->text() + chunk->size());
    chunk->end = kWritableBeforeText + comma + 1;
  }
  return chunk;
}

bool ChunksAhead::HasUnread() {
  if (current_ != nullptr && used_ < current_->size()) return true;
  if (current_ != nullptr) Recycle(std::exchange(current_, nullptr));
  current_ = TakeFirst(/*parsed=*/false);
  used_ = 0;
  return current_ != nullptr;
}

std::unique_ptr<JsonChunk> ChunksAhead::Take() {
  if (current_ != nullptr && used_ < current_->size()) return nullptr;
  return TakeFirst(/*parsed=*/true);
}

std::unique_ptr<JsonChunk> ChunksAhead::TakeFirst(bool parsed) {
  Lock lock(mutex_);
  changed_.wait(lock, [this] { return finished_ || !ready_.empty(); });
  if (ready_.empty()) return nullptr;
  JsonChunk& first = *ready_.front();
  if (parsed && first.state == JsonChunk::State::kRead) Parse(first, lock);
  changed_.wait(lock, [&first] { return first.state != JsonChunk::State::kInWork; });
  std::unique_ptr<JsonChunk> chunk = std::move(ready_.front());
  ready_.pop_front();
  changed_.notify_all();
  return chunk;
}

void ChunksAhead::Recycle(std::unique_ptr<JsonChunk> chunk) {
  // One whose buffer became larger than others is not kept.
  if (chunk->buffer.size() > 2 * kJsonReadBytes) return;
  const Lock lock(mutex_);
  spare_.push_back(std::move(chunk));
}

absl::StatusOr<size_t> ChunksAhead::Read(char* to, size_t size) {
  size_t count = 0;
  while ((count == 0 || size > kJsonReadBytes) && count < size && HasUnread()) {
    const size_t part = std::min(size - count, current_->size() - used_);
    std::memcpy(to + count, current_->text() + used_, part);
    used_ += part;
    count += part;
  }
  if (count == 0 && !status_.ok()) return status_;
  return count;
}

}  // namespace sandglass::collectors
