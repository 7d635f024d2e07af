// Collectives and transfers: the bytes that the whole of it is about, and who takes part.
//
// A reduction moves what each rank gives; a gather, what each rank ends with; a scatter and an exchange, what each rank
// begins with. How often a byte crosses a link depends on the machine (models/link_time.h).
#include <algorithm>
#include <optional>

#include "analyzer/ops/formulas.h"

namespace sandglass::ops {

void TransferWork(Account& account) {
  using trace::TransferType;
  if (!account.signature().communication.has_value()) {
    account.Missing("communication: what it moves is not recorded");
    return;
  }
  const trace::Communication& communication = *account.signature().communication;
  const bool pair = communication.type == TransferType::kSend || communication.type == TransferType::kReceive;
  if (communication.type == TransferType::kUnspecified || communication.type == TransferType::kOther) {
    account.Missing("communication.type: no kind of transfer that has a formula");
    return;
  }
  const std::optional<int64_t> ranks = pair ? std::optional<int64_t>(2) : communication.ranks;
  if (!ranks.has_value()) {
    account.Missing("communication.process_group: the number of ranks is not recorded");
    return;
  }
  if (communication.type == TransferType::kBarrier) {
    account.Transfer({.type = communication.type, .bytes = Bytes(), .ranks = *ranks});
    return;
  }
  const std::optional<int> bits = trace::ElementBits(communication.dtype);
  const auto elements = std::max(communication.input_elements.value_or(-1), communication.output_elements.value_or(-1));
  if (!bits.has_value()) account.Missing("communication.dtype: is not recorded");
  if (elements < 0) account.Missing("communication: neither input_elements nor output_elements is recorded");
  // A gather's input and a scatter's output are one rank's share of the whole; either may be all that is recorded.
  const bool gathers = communication.type == TransferType::kAllGather;
  const bool scatters = communication.type == TransferType::kReduceScatter;
  const bool share = (gathers && !communication.output_elements.has_value()) ||
                     (scatters && !communication.input_elements.has_value());
  const double whole = static_cast<double>(std::max<int64_t>(0, elements)) * static_cast<double>(share ? *ranks : 1);
  account.Transfer({.type = communication.type, .bytes = Bytes::Of(whole * bits.value_or(0) / 8), .ranks = *ranks});
}

}  // namespace sandglass::ops
