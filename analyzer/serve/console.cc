#include "analyzer/serve/console.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyzer/report/json.h"
#include "analyzer/report/plain_text.h"
#include "google/protobuf/struct.pb.h"

namespace sandglass::serve {
namespace {

Manners& TheManners() {
  static Manners manners;
  return manners;
}

const char* Word(Level level) {
  switch (level) {
    case Level::kNote:
      return "note";
    case Level::kWarning:
      return "warning";
    case Level::kIncomplete:
      return "incomplete";
    case Level::kDenied:
      return "denied";
    case Level::kError:
      return "error";
  }
  return "?";
}

}  // namespace

void SetManners(const Manners& manners) { TheManners() = manners; }

void Tell(Level level, absl::string_view message) {
  const Manners& manners = TheManners();
  if (manners.quiet && level == Level::kNote) return;
  const std::string text = report::PlainText(message);
  if (manners.json) {
    google::protobuf::Struct line;
    (*line.mutable_fields())["level"].set_string_value(Word(level));
    (*line.mutable_fields())["message"].set_string_value(text);
    const auto json = report::JsonLine(line);
    if (json.ok()) std::fputs(json->c_str(), stderr);
    return;
  }
  std::fputs(absl::StrCat("sandglass: ", Word(level), ": ", text, "\n").c_str(), stderr);
}

bool TellsProgress() { return !TheManners().quiet && !TheManners().json; }

void ShowProgress(absl::string_view line, bool last) {
  if (!TellsProgress() || isatty(STDERR_FILENO) != 1) return;
  std::fputs(absl::StrCat("\r", report::PlainText(line), "\x1b[K", last ? "\r\x1b[K" : "").c_str(), stderr);
}

}  // namespace sandglass::serve
