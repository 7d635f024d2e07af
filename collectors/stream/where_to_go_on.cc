#include "collectors/stream/where_to_go_on.h"

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

uint64_t DurableSeq(const v1::OpenResponse& response) { return response.next_seq() == 0 ? 0 : response.next_seq() - 1; }

// What helps where nothing keeps the trace.
std::string RecordAgain(const KeptChunks& kept) { return kept.spool_file.empty() ? "; record the trace again" : ""; }

}  // namespace

std::string LostData(const v1::OpenResponse& response, const KeptChunks& kept) {
  return absl::StrCat(kept.server, " has LOST DATA of trace ", response.trace_id(),
                      " (DATA_LOSS): it acknowledged chunks up to ", kept.acknowledged_seq, " and has them only up to ",
                      DurableSeq(response));
}

absl::StatusOr<uint64_t> WhereToGoOn(const v1::OpenResponse& response, const KeptChunks& kept) {
  const uint64_t durable = DurableSeq(response);
  const std::string trace = absl::StrCat("trace ", response.trace_id());
  if (response.has_content_digest() && !(kept.may_be_sealed && durable == kept.last_seq)) {
    return absl::FailedPreconditionError(absl::StrCat(trace, " was sealed by another writer", RecordAgain(kept)));
  }
  if (durable > kept.last_seq) {
    return absl::FailedPreconditionError(
        kept.spool_file.empty()
            ? absl::StrCat(kept.server, " has ", durable, " chunks of ", trace, ", but only ", kept.last_seq,
                           " were sent: another writer uses its client_key", RecordAgain(kept))
            : absl::StrCat(kept.server, " has ", durable, " chunks of ", trace, ", but the spool file ",
                           kept.spool_file, " only ", kept.last_seq,
                           ": its end was lost, or another writer uses its client_key"));
  }
  if (durable + 1 >= kept.first_seq) return durable;
  if (kept.spool_file.empty()) {
    return absl::DataLossError(
        absl::StrCat(LostData(response, kept), "; check its disk and its log, then record the trace again"));
  }
  return absl::DataLossError(absl::StrCat(durable < kept.acknowledged_seq
                                              ? LostData(response, kept)
                                              : absl::StrCat(kept.server, " has chunks of ", trace, " up to ", durable),
                                          "; the spool file ", kept.spool_file, " was full and keeps them only from ",
                                          kept.first_seq, " on; record the trace again"));
}

absl::Status CheckSameChunks(const v1::OpenResponse& response, const KeptChunks& kept, const Digest& chain) {
  if (response.chain_digest() == DigestBytes(chain)) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("the chunks of trace ", response.trace_id(), " that ", kept.server,
                                          " has up to ", DurableSeq(response), " are not those that were sent",
                                          RecordAgain(kept)));
}

}  // namespace sandglass::collectors
