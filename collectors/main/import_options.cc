#include "collectors/main/import_options.h"

#include <cmath>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collectors/main/choices.h"

namespace sandglass::collectors {
namespace {

// Pairs of a count and a unit.
absl::Status TranslateWork(const std::vector<std::pair<std::string, std::string>>& words, ImportRequest& request) {
  for (const auto& [count, unit] : words) {
    v1::WorkDone& done = request.work_done.emplace_back();
    double number = 0;
    if (!absl::SimpleAtod(count, &number) || !(number > 0) || !std::isfinite(number)) {
      return absl::InvalidArgumentError(
          absl::StrCat("--work ", absl::CEscape(count), ": must be a number above zero, as in --work 2048 token"));
    }
    done.set_count(number);
    v1::WorkUnit found = v1::WORK_UNIT_UNSPECIFIED;
    if (absl::Status status = LookUpWorkUnit("--work's unit", unit, found); !status.ok()) return status;
    done.set_unit(found);
  }
  return absl::OkStatus();
}

}  // namespace

bool HasFileFacts(const ImportRequest& request) {
  return request.phase != v1::PHASE_UNSPECIFIED || !request.silicon_class.empty() || !request.work_done.empty() ||
         !request.execution_trace.empty() || !request.capture.empty();
}

absl::Status CheckSecondFiles(const ImportRequest& request, size_t files) {
  for (const auto& [option, file] :
       {std::pair("--execution-trace", request.execution_trace), std::pair("--capture", request.capture)}) {
    if (file.empty() || files <= 1) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        option, " ", absl::CEscape(file), ": belongs to one FILE, and there are ", files, ": import them one by one"));
  }
  return absl::OkStatus();
}

void AddFileFacts(CLI::App& command, ImportRequest& request, FileWords& words) {
  command.add_option("--phase", words.phase,
                     "train, prefill, decode, infer or simulate (default: train with backward operators, else infer)");
  command
      .add_option("--device", request.silicon_class,
                  "the silicon class that it ran on (default: by the name that the file has)")
      ->type_name("CLASS");
  command
      .add_option("--work", words.work,
                  "how much work the run did: --work 2048 token; also sample, step, md-nanosecond; may be given "
                  "several times, the first is what reports count in (default: steps of torch.profiler)")
      ->type_name("COUNT UNIT");
  command
      .add_option("--execution-trace", request.execution_trace,
                  "an ExecutionTrace of the same run, which gives the operators of one Kineto file their results, "
                  "storages and arguments")
      ->type_name("FILE");
  command
      .add_option(
          "--capture", request.capture,
          "of a Kineto trace of CUDA or HIP graphs: the Kineto file that was recorded while they were captured, "
          "which has the operators and shapes behind their kernels")
      ->type_name("FILE");
}

absl::Status TranslateFileFacts(const FileWords& words, ImportRequest& request) {
  if (!words.phase.empty()) {
    if (absl::Status status = LookUpPhase("--phase", words.phase, request.phase); !status.ok()) return status;
  }
  return TranslateWork(words.work, request);
}

}  // namespace sandglass::collectors
