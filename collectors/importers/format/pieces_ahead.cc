#include "collectors/importers/format/pieces_ahead.h"

#include <utility>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {
namespace {

// Small enough to be still in a core's cache when it is used.
constexpr size_t kBatchBytes = 256 << 10;

}  // namespace

PiecesAhead::PiecesAhead(JsonPieces& pieces) : pieces_(pieces) {
  if (Fill(current_)) thread_ = std::thread([this] { Run(); });
}

PiecesAhead::~PiecesAhead() {
  {
    const Lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void PiecesAhead::Run() {
  Batch batch;
  for (bool more = true; more;) {
    more = Fill(batch);
    Lock lock(mutex_);
    changed_.wait(lock, [this] { return stopped_ || ready_.size() < kMostReady; });
    if (stopped_) return;
    ready_.push_back(std::move(batch));
    batch = Batch();
    if (!spare_.empty()) {
      batch = std::move(spare_.back());
      spare_.pop_back();
    }
    changed_.notify_all();
  }
}

bool PiecesAhead::Fill(Batch& batch) {
  batch.texts.clear();
  batch.cuts.clear();
  batch.texts.reserve(kBatchBytes + kBatchBytes / 8);
  bool more = true;
  while (more && batch.texts.size() < kBatchBytes) {
    const absl::StatusOr<JsonPiece> piece = pieces_.Next();
    if (!piece.ok()) {
      batch.status = piece.status();
      more = false;
      break;
    }
    Cut cut = {.kind = piece->kind,
               .key_at = batch.texts.size(),
               .key_size = piece->key.size(),
               .offset = piece->offset,
               .opened_elements = piece->opened_elements};
    // Nearly all elements are of one array.
    const Cut* const last = batch.cuts.empty() ? nullptr : &batch.cuts.back();
    if (last != nullptr && piece->key == absl::string_view(batch.texts).substr(last->key_at, last->key_size)) {
      cut.key_at = last->key_at;
    } else {
      batch.texts.append(piece->key.data(), piece->key.size());
    }
    cut.text_at = batch.texts.size();
    cut.text_size = piece->text.size();
    batch.texts.append(piece->text.data(), piece->text.size());
    batch.cuts.push_back(cut);
    more = piece->kind != JsonPiece::Kind::kEnd && piece->kind != JsonPiece::Kind::kTruncated;
  }
  batch.texts.append(kReadableBehindPiece, '\0');
  return more;
}

absl::StatusOr<JsonPiece> PiecesAhead::Next() {
  while (used_ == current_.cuts.size()) {
    if (!current_.status.ok()) return current_.status;
    Lock lock(mutex_);
    changed_.wait(lock, [this] { return !ready_.empty(); });
    // One that is larger than others is not kept.
    if (current_.texts.capacity() <= 2 * kBatchBytes) spare_.push_back(std::move(current_));
    current_ = std::move(ready_.front());
    ready_.pop_front();
    changed_.notify_all();
    used_ = 0;
  }
  const Cut& cut = current_.cuts[used_++];
  const absl::string_view texts = current_.texts;
  return JsonPiece{.kind = cut.kind,
                   .key = texts.substr(cut.key_at, cut.key_size),
                   .text = texts.substr(cut.text_at, cut.text_size),
                   .offset = cut.offset,
                   .opened_elements = cut.opened_elements};
}

}  // namespace sandglass::collectors
