#include "collectors/stream/unacknowledged.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {

void Unacknowledged::Push(PackedChunk chunk) {
  bytes_ += chunk.bytes();
  chunks_.push_back(std::move(chunk));
}

const PackedChunk* Unacknowledged::Next() const {
  if (sent_ == chunks_.size()) return nullptr;
  const PackedChunk& next = chunks_[sent_];
  if (bytes_in_flight_ > 0 && bytes_in_flight_ + next.bytes() > credit_bytes_) return nullptr;
  return &next;
}

void Unacknowledged::MarkSent() {
  const PackedChunk& chunk = chunks_[sent_++];
  bytes_in_flight_ += chunk.bytes();
  last_sent_seq_ = std::max(last_sent_seq_, chunk.chunk().seq());
}

bool Unacknowledged::ForgetUpTo(uint64_t seq, absl::string_view chain) {
  while (durable_seq_ < seq) {
    const PackedChunk& first = chunks_.front();
    durable_seq_ = first.chunk().seq();
    durable_operators_ = first.chunk().first_operator() + first.chunk().operators();
    durable_chain_ = first.chain;
    bytes_ -= first.bytes();
    if (sent_ > 0) {
      bytes_in_flight_ -= first.bytes();
      --sent_;
    }
    chunks_.pop_front();
  }
  return chain == DigestBytes(durable_chain_);
}

absl::Status Unacknowledged::Acknowledge(const v1::AppendResponse& response) {
  if (response.durable_seq() < durable_seq_) return absl::OkStatus();
  if (response.durable_seq() > durable_seq_ + sent_) {
    return absl::InternalError(absl::StrCat("the server acknowledged chunk ", response.durable_seq(), ", but only ",
                                            durable_seq_ + sent_, " were sent; check its version"));
  }
  credit_bytes_ = response.credit_bytes();
  if (ForgetUpTo(response.durable_seq(), response.chain_digest())) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the server acknowledged chunks up to ", response.durable_seq(),
                                          " with another digest than theirs: they were changed on their way; ",
                                          "record the trace again"));
}

absl::Status Unacknowledged::GoOnFrom(const v1::OpenResponse& response) {
  if (response.has_content_digest()) {
    return absl::FailedPreconditionError(
        absl::StrCat("trace ", response.trace_id(), " was sealed by another writer; record it again"));
  }
  const uint64_t durable = response.next_seq() - 1;
  if (response.next_seq() == 0 || durable < durable_seq_) {
    return absl::DataLossError(absl::StrCat("the server has LOST DATA of trace ", response.trace_id(),
                                            ": it acknowledged chunks up to ", durable_seq_,
                                            " and has them only up to ", response.next_seq() == 0 ? 0 : durable,
                                            "; check its disk and its log, then record the trace again"));
  }
  if (durable > last_sent_seq_) {
    return absl::FailedPreconditionError(absl::StrCat("the server has ", durable, " chunks of trace ",
                                                      response.trace_id(), ", but only ", last_sent_seq_,
                                                      " were sent: another writer uses its client_key"));
  }
  credit_bytes_ = response.credit_bytes();
  const bool same = ForgetUpTo(durable, response.chain_digest());
  sent_ = 0;
  bytes_in_flight_ = 0;
  if (same) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the server's chunks of trace ", response.trace_id(), " up to ", durable,
                                          " are not those that were sent; record the trace again"));
}

void Unacknowledged::GoOnBehind(uint64_t seq, uint64_t operators, const Digest& chain, uint64_t credit_bytes) {
  *this = Unacknowledged();
  last_sent_seq_ = seq;
  durable_seq_ = seq;
  durable_operators_ = operators;
  durable_chain_ = chain;
  credit_bytes_ = credit_bytes;
}

v1::AppendStart Unacknowledged::Start(const std::string& trace_id, uint64_t epoch) const {
  v1::AppendStart start;
  start.set_trace_id(trace_id);
  start.set_epoch(epoch);
  start.set_resume_seq(durable_seq_ + 1);
  start.set_chain_digest(DigestBytes(durable_chain_));
  return start;
}

}  // namespace sandglass::collectors
