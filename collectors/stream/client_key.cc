#include "collectors/stream/client_key.h"

#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors {

std::string ClientKeyOf(std::array<uint8_t, 16> random) {
  // RFC 4122, 4.4: version 4 in the high half of byte 6, variant 10 in the high bits of byte 8.
  random[6] = static_cast<uint8_t>((random[6] & 0x0f) | 0x40);
  random[8] = static_cast<uint8_t>((random[8] & 0x3f) | 0x80);
  const std::string hex =
      absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(random.data()), random.size()));
  const absl::string_view digits = hex;
  return absl::StrCat(digits.substr(0, 8), "-", digits.substr(8, 4), "-", digits.substr(12, 4), "-",
                      digits.substr(16, 4), "-", digits.substr(20));
}

std::string NewClientKey() {
  std::random_device device;
  std::array<uint8_t, 16> random;
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(device());
  return ClientKeyOf(random);
}

bool IsClientKey(absl::string_view text) {
  if (text.size() != kClientKeyBytes) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !absl::ascii_isxdigit(static_cast<unsigned char>(text[i]))) return false;
  }
  return true;
}

}  // namespace sandglass::collectors
