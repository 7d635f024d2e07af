// Times as Kineto writes them: microseconds, with a point or without.
//
// A double has too few digits for the nanoseconds of a time since 1970, so times are read from their text.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_DECIMAL_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_DECIMAL_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace sandglass::collectors::kineto {

// A start, or what starts count from, is within 100 years of zero: the sum of two, and how far any two of those are
// apart, fit into 63 bits of ns.
inline constexpr int64_t kMostStartNs = int64_t{100} * 365 * 86400 * 1'000'000'000;

// "1712195495519703.772" µs in ns, rounded down to whole ones; nullopt: it is no plain decimal number, or too large.
std::optional<int64_t> NanosecondsOf(absl::string_view microseconds);

// An event's start, in ns: `text` is what stands behind its "ts", a number or one in quotes. nullopt: it is none, or
// not within kMostStartNs.
std::optional<int64_t> StartNs(absl::string_view text);

std::optional<int64_t> StartNs(int64_t microseconds);

// A duration in µs as ps; nullopt: it is no number, is negative, or longer than a day.
std::optional<int64_t> DurationPs(absl::string_view text);
std::optional<int64_t> DurationPs(double microseconds);

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_DECIMAL_H_
