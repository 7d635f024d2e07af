// The sandglass-collect binary. What needs PyTorch is a program of its own beside it, for that takes longer to load
// than most files take to import.
#include <array>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "collectors/main/cli.h"
#include "collectors/main/console.h"
#include "collectors/main/destination.h"
#include "collectors/main/import.h"
#include "collectors/main/progress.h"
#include "collectors/main/resume.h"
#include "collectors/main/sibling.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/plain_text.h"

namespace sandglass::collectors {
namespace {

// Exit code where something incomplete was left.
constexpr int kIncomplete = 3;

int ResumeAll(const ResumeRequest& request) {
  ProgressPrinter progress = StandardErrorProgress();
  int printed = 0;
  const absl::StatusOr<ResumeCounts> counts = Resume(
      request, ProcessEnvironment, IngestWriterOptions(), progress,
      [&printed](const std::string& line) {
        // What cannot be printed is said once; the traces are sent all the same.
        if (printed == 0) printed = Print(absl::StrCat(PlainText(line), "\n"));
      },
      Warn);
  if (!counts.ok()) return Fail(counts.status().message());
  if (counts->failed > 0)
    return Fail(absl::StrCat("traces that were not sent: ", counts->failed, "; see the warnings above"));
  if (printed != 0) return printed;
  return counts->kept > 0 ? kIncomplete : 0;
}

int ImportAll(const ImportRequest& request) {
  ProgressPrinter progress = StandardErrorProgress();
  int printed = 0;
  const absl::StatusOr<ImportCounts> counts = ImportFiles(
      request, ProcessEnvironment, progress, [&](const std::string& text) { printed |= Print(text); }, Warn);
  progress.EndLine();
  if (!counts.ok()) return Fail(counts.status().message());
  if (counts->failed > 0) {
    return Fail(absl::StrCat("files that were not imported: ", counts->failed, "; see the warnings above"));
  }
  if (printed != 0) return printed;
  return request.strict && counts->incomplete > 0 ? kIncomplete : 0;
}

// Of `sandglass-collect workloads`, the first word of each line.
std::vector<std::string> WorkloadNames() {
  const absl::StatusOr<std::string> program = SiblingPath("sandglass-workloads");
  if (!program.ok()) return {};
  const std::string command = absl::StrCat("'", absl::StrReplaceAll(*program, {{"'", R"('\'')"}}), "' workloads");
  FILE* lines = popen(command.c_str(), "r");
  if (lines == nullptr) return {};
  std::string text;
  std::array<char, 4096> piece;
  for (size_t read = 0; (read = fread(piece.data(), 1, piece.size(), lines)) > 0;) text.append(piece.data(), read);
  pclose(lines);
  std::vector<std::string> names;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    names.emplace_back(line.substr(0, line.find(' ')));
  }
  return names;
}

std::vector<std::string> ValuesOfArguments(absl::string_view name) {
  return name == "WORKLOAD" ? WorkloadNames() : std::vector<std::string>();
}

int Collect(const std::vector<std::string>& arguments) {
  const absl::StatusOr<Invocation> invocation = ParseCommandLine(arguments, ValuesOfArguments);
  if (!invocation.ok()) return Fail(invocation.status().message());
  switch (invocation->kind) {
    case Invocation::Kind::kPrint:
      return Print(invocation->text);
    case Invocation::Kind::kListWorkloads:
    case Invocation::Kind::kRun: {
      const absl::StatusOr<std::string> workloads = SiblingPath("sandglass-workloads");
      return Fail((workloads.ok() ? BecomeProgram(*workloads, arguments) : workloads.status()).message());
    }
    case Invocation::Kind::kResume:
      return ResumeAll(invocation->resume);
    case Invocation::Kind::kImport:
      return ImportAll(invocation->import);
  }
  return 1;
}

}  // namespace
}  // namespace sandglass::collectors

int main(int argc, char** argv) {
  return sandglass::collectors::RunProgram(argc, argv, sandglass::collectors::Collect);
}
