#include "collectors/importers/execution_trace/op_schema.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace sandglass::collectors::execution_trace {
namespace {

// The parts between commas of what follows, up to the bracket that closes more than was opened, or the end.
std::vector<absl::string_view> Split(absl::string_view text) {
  std::vector<absl::string_view> parts;
  int depth = 0;
  size_t begin = 0;
  size_t at = 0;
  for (; at < text.size() && depth >= 0; ++at) {
    const char c = text[at];
    if (c == '(' || c == '[') ++depth;
    if (c == ')' || c == ']') --depth;
    if (c != ',' || depth != 0) continue;
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  // Without the bracket.
  const size_t end = depth < 0 ? at - 1 : at;
  const absl::string_view last = text.substr(begin, end - begin);
  if (!parts.empty() || !last.empty()) parts.push_back(last);
  return parts;
}

}  // namespace

std::vector<OpArgument> ReadArguments(absl::string_view op_schema) {
  const size_t open = op_schema.find('(');
  if (open == absl::string_view::npos) return {};
  std::vector<OpArgument> arguments;
  for (absl::string_view part : Split(op_schema.substr(open + 1))) {
    part = absl::StripAsciiWhitespace(part.substr(0, part.find('=')));
    if (part == "*") continue;
    const size_t blank = part.rfind(' ');
    const absl::string_view name = blank == absl::string_view::npos ? absl::string_view() : part.substr(blank + 1);
    arguments.push_back({.name = std::string(name), .is_written = absl::StrContains(part, "!")});
  }
  return arguments;
}

std::vector<absl::string_view> PartsOfType(absl::string_view type) {
  const size_t open = type.find('[');
  if (open == absl::string_view::npos) return {};
  return Split(type.substr(open + 1));
}

}  // namespace sandglass::collectors::execution_trace
