#include "collectors/main/progress.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "absl/strings/str_cat.h"

namespace sandglass::collectors {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

std::string Bar(double done) {
  constexpr int kCells = 20;
  const int full = static_cast<int>(std::clamp(done, 0.0, 1.0) * kCells);
  return absl::StrCat("[", std::string(full, '#'), std::string(kCells - full, '-'), "] ");
}

}  // namespace

ProgressPrinter::ProgressPrinter(bool is_terminal, std::function<void(absl::string_view)> write,
                                 std::function<absl::Duration()> now)
    : is_terminal_(is_terminal), write_(std::move(write)), now_(std::move(now)) {}

ProgressPrinter::~ProgressPrinter() { EndLine(); }

void ProgressPrinter::Show(const std::string& line, std::optional<double> done) {
  // The terminal's own commands: not to break a line that is too long, which could not be written over; and to clear
  // the rest of a line.
  write_(is_terminal_ ? absl::StrCat("\r\x1b[?7l", done ? Bar(*done) : "", line, "\x1b[K\x1b[?7h")
                      : absl::StrCat(line, "\n"));
  line_is_open_ = is_terminal_;
  last_ = now_();
}

void ProgressPrinter::Update(const std::string& line, std::optional<double> done) {
  if (now_() - last_ >= kInterval) Show(line, done);
}

void ProgressPrinter::EndLine() {
  if (line_is_open_) write_("\n");
  line_is_open_ = false;
}

ProgressPrinter StandardErrorProgress() {
  return ProgressPrinter(
      isatty(STDERR_FILENO) == 1,
      [](absl::string_view text) {
        std::fwrite(text.data(), 1, text.size(), stderr);
        std::fflush(stderr);
      },
      [] { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); });
}

ProgressPrinter NoProgress() {
  return ProgressPrinter(
      false, [](absl::string_view) {}, [] { return absl::ZeroDuration(); });
}

}  // namespace sandglass::collectors
