// Identifiers of traces: ULIDs, 48 bits of time in ms and 80 random bits, in 26 characters of Crockford's base 32.
//
// Ids that one store hands out only grow, even when the clock steps back, so their order is the order in which the
// traces were begun. Everything here may be called from several threads at once.
#ifndef SANDGLASS_PROTO_TRACE_ID_H_
#define SANDGLASS_PROTO_TRACE_ID_H_

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace sandglass {

struct TraceId {
  // Big-endian, so that bytes compare as the ids do.
  std::array<uint8_t, 16> bytes{};
  auto operator<=>(const TraceId&) const = default;
};

// 26 characters, upper case.
std::string TraceIdText(const TraceId& id);

// When it was made, by the clock of then.
uint64_t UnixMillisOf(const TraceId& id);

// Reads 26 characters of either case; nothing else is an id.
std::optional<TraceId> ParseTraceId(absl::string_view text);

// An id for a trace that begins at `unix_ms`, greater than `last`. `random` fills the lower 80 bits if the time is
// later than that of `last`; otherwise the id is that of `last` plus 1.
TraceId NextTraceId(const TraceId& last, uint64_t unix_ms, const std::array<uint8_t, 10>& random);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_TRACE_ID_H_
