// The UUID by which a client takes up its own trace after a failure.
//
// The functions may be called from several threads at once.
#ifndef SANDGLASS_COLLECTORS_STREAM_CLIENT_KEY_H_
#define SANDGLASS_COLLECTORS_STREAM_CLIENT_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace sandglass::collectors {

// How long a UUID is as text.
inline constexpr size_t kClientKeyBytes = 36;

// The version 4 UUID of 16 random bytes: 36 characters, 8-4-4-4-12 small hexadecimal digits.
std::string ClientKeyOf(std::array<uint8_t, 16> random);

// One of the system's own random numbers: two processes never share one.
std::string NewClientKey();

// Whether `text` is a UUID: 36 characters, 8-4-4-4-12 hexadecimal digits.
bool IsClientKey(absl::string_view text);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_STREAM_CLIENT_KEY_H_
