#include "collectors/stream/unacknowledged.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/stream/where_to_go_on.h"

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

void Unacknowledged::ForgetUpTo(uint64_t seq) {
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
}

absl::Status Unacknowledged::Acknowledge(const v1::AppendResponse& response) {
  if (response.durable_seq() < durable_seq_) return absl::OkStatus();
  if (response.durable_seq() > durable_seq_ + sent_) {
    return absl::InternalError(absl::StrCat("the server acknowledged chunk ", response.durable_seq(), ", but only ",
                                            durable_seq_ + sent_, " were sent; check its version"));
  }
  credit_bytes_ = response.credit_bytes();
  ForgetUpTo(response.durable_seq());
  if (response.chain_digest() == DigestBytes(durable_chain_)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the server acknowledged chunks up to ", response.durable_seq(),
                                          " with another digest than theirs: they were changed on their way; ",
                                          "record the trace again"));
}

absl::Status Unacknowledged::GoOnFrom(const v1::OpenResponse& response, const std::string& server) {
  const KeptChunks kept = {
      .server = server, .first_seq = durable_seq_ + 1, .last_seq = last_sent_seq_, .acknowledged_seq = durable_seq_};
  const absl::StatusOr<uint64_t> durable = WhereToGoOn(response, kept);
  if (!durable.ok()) return durable.status();
  credit_bytes_ = response.credit_bytes();
  ForgetUpTo(*durable);
  sent_ = 0;
  bytes_in_flight_ = 0;
  return CheckSameChunks(response, kept, durable_chain_);
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
