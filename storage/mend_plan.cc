#include "storage/mend_plan.h"

#include <unistd.h>

#include <cerrno>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "storage/directory.h"
#include "storage/file_error.h"
#include "storage/open_store.h"
#include "storage/whole_file.h"

namespace sandglass::storage {
namespace {

// Line by line: the first, `began`, then files, and once they are known, the word `lost` and the traces. Fields are set
// apart by tabs, and escaped as in C.
constexpr absl::string_view kFirstLine = "sandglass mend 1";

std::string Line(const std::vector<std::string>& fields) {
  std::string line;
  for (const std::string& field : fields)
    absl::StrAppend(&line, line.empty() ? "" : "\t", absl::Utf8SafeCEscape(field));
  return line + "\n";
}

std::string TextOf(const MendPlan& plan) {
  std::string text = absl::StrCat(Line({std::string(kFirstLine)}), Line({"began", plan.began}));
  for (const DamagedFile& file : plan.files) text += Line({"file", file.name, file.what});
  if (!plan.lost.has_value()) return text;
  text += Line({"lost"});
  for (const LostTrace& trace : *plan.lost) {
    text += Line({"trace", absl::StrCat(trace.tenant), trace.trace_id, trace.name, trace.what});
  }
  return text;
}

// False if it is no line of a plan.
bool AddLine(const std::vector<std::string>& fields, MendPlan& plan) {
  if (fields[0] == "began" && fields.size() == 2) {
    plan.began = fields[1];
  } else if (fields[0] == "file" && fields.size() == 3) {
    plan.files.push_back({fields[1], fields[2], DamagedFile::State::kQuarantined});
  } else if (fields[0] == "lost" && fields.size() == 1) {
    plan.lost.emplace();
  } else if (fields[0] == "trace" && fields.size() == 5 && plan.lost.has_value()) {
    LostTrace& trace = plan.lost->emplace_back();
    trace.trace_id = fields[2];
    trace.name = fields[3];
    trace.what = fields[4];
    return absl::SimpleAtoi(fields[1], &trace.tenant);
  } else {
    return false;
  }
  return true;
}

std::optional<MendPlan> Parse(absl::string_view text) {
  if (!absl::EndsWith(text, "\n")) return std::nullopt;
  text.remove_suffix(1);
  MendPlan plan;
  bool first = true;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    std::vector<std::string> fields;
    for (const absl::string_view field : absl::StrSplit(line, '\t')) {
      if (!absl::CUnescape(field, &fields.emplace_back())) return std::nullopt;
    }
    if (first ? line != kFirstLine : !AddLine(fields, plan)) return std::nullopt;
    first = false;
  }
  return plan;
}

}  // namespace

std::string QuarantineOf(const std::string& directory) { return directory + "/quarantine"; }

absl::StatusOr<std::optional<MendPlan>> ReadMendPlan(const std::string& directory) {
  const std::string path = MendingPath(directory);
  const absl::StatusOr<std::string> text = ReadWholeFile(path, /*sync=*/false);
  if (absl::IsNotFound(text.status())) return std::optional<MendPlan>();
  if (!text.ok()) return text.status();
  std::optional<MendPlan> plan = Parse(*text);
  if (plan.has_value()) return plan;
  return absl::DataLossError(
      absl::StrCat(path, ": is not what a mend writes, so one that was cut off cannot go on; restore a backup"));
}

absl::Status WriteMendPlan(const std::string& directory, const MendPlan& plan) {
  return WriteWholeFile(MendingPath(directory), TextOf(plan));
}

absl::Status ListLost(const std::string& directory, const MendPlan& plan) {
  std::string added;
  for (const DamagedFile& file : plan.files) absl::StrAppend(&added, plan.began, " ", file.name, " ", file.what, "\n");
  for (const LostTrace& lost : plan.lost.value_or(std::vector<LostTrace>())) {
    absl::StrAppend(&added, plan.began, " tenant ", lost.tenant, " trace ", lost.trace_id, " ",
                    absl::Utf8SafeCEscape(lost.name), " ", lost.what, "\n");
  }
  const std::string path = QuarantineOf(directory) + "/LOST";
  absl::StatusOr<std::string> before = ReadWholeFile(path, /*sync=*/false);
  if (absl::IsNotFound(before.status())) before = "";
  if (!before.ok()) return before.status();
  return absl::EndsWith(*before, added) ? absl::OkStatus() : WriteWholeFile(path, absl::StrCat(*before, added));
}

absl::Status RemoveMendPlan(const std::string& directory) {
  const std::string path = MendingPath(directory);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return FileError("removed", path, errno);
  return SyncDirectory(QuarantineOf(directory));
}

}  // namespace sandglass::storage
