// What every answer to a stranger keeps to, for the fuzzers: each function says what is wrong and aborts where it does
// not hold.
#ifndef SANDGLASS_TESTS_FUZZ_LAWS_H_
#define SANDGLASS_TESTS_FUZZ_LAWS_H_

#include <string>

#include "absl/status/status.h"
#include "google/protobuf/message.h"

namespace sandglass::fuzz {

// Says `what` and aborts, unless `holds`.
void Require(bool holds, const std::string& what);

// An error is one line of text that a terminal can show: no line feed and no other control byte.
void RequireOneLine(const absl::Status& status);

// Every floating-point number in `message` is finite. Attributes of operators are what a client sent, and are left out.
void RequireFinite(const google::protobuf::Message& message);

}  // namespace sandglass::fuzz

#endif  // SANDGLASS_TESTS_FUZZ_LAWS_H_
