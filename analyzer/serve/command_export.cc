#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "analyzer/export/chakra.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/output_file.h"

namespace sandglass::serve {
namespace {

struct ExportOptions {
  std::string trace;
  std::string format;
  std::string output;
};

// The trace with all of its operators.
absl::StatusOr<std::unique_ptr<chakra_export::ChakraExport>> Load(analysis::Analysis& analysis,
                                                                  const std::string& name) {
  v1::GetTraceRequest request;
  request.set_trace(name);
  absl::StatusOr<v1::GetTraceResponse> trace = analysis.GetTrace(request);
  if (!trace.ok()) return trace.status();
  v1::ListOperatorsRequest page_request;
  // By id, so that all pages are of one trace even if a newer one takes its name meanwhile.
  page_request.set_trace(trace->manifest().trace_id());
  auto loaded = std::make_unique<chakra_export::ChakraExport>(
      std::move(*trace->mutable_manifest()),
      std::vector<v1::OpSignature>(trace->signatures().begin(), trace->signatures().end()));
  do {
    absl::StatusOr<v1::ListOperatorsResponse> page = analysis.ListOperators(page_request);
    if (!page.ok()) return page.status();
    if (absl::Status status = loaded->Add(std::move(*page->mutable_operators())); !status.ok()) return status;
    page_request.set_page_token(page->next_page_token());
  } while (!page_request.page_token().empty());
  return loaded;
}

void Tell(const chakra_export::ExportReport& report) {
  const std::string notes = absl::StrJoin(report.notes, ", ", [](std::string* out, const auto& note) {
    absl::StrAppend(out, note.second, " ", absl::StrReplaceAll(note.first, {{"_", " "}}));
  });
  std::fprintf(
      stderr, "sandglass: %llu nodes; %s%s\n", static_cast<unsigned long long>(report.nodes),
      notes.empty() ? "the file says all that the trace does" : "the file does not say all that the trace does: ",
      notes.c_str());
}

absl::StatusOr<int> Export(const Globals& globals, const ExportOptions& options) {
  if (absl::Status fits = CheckNotForTerminal(options.output, "the file is not text"); !fits.ok()) return fits;
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  auto loaded = Load((*session)->analysis(), options.trace);
  if (!loaded.ok()) return loaded.status();
  const auto output = OutputFile::Begin(options.output);
  if (!output.ok()) return output.status();
  const auto report = std::move(**loaded).Write([&output](absl::string_view piece) { return (*output)->Write(piece); });
  if (!report.ok()) return report.status();
  if (absl::Status status = (*output)->Finish(); !status.ok()) return status;
  Tell(*report);
  return kExitOk;
}

}  // namespace

void AddExportCommand(CLI::App& traces, Globals& globals, Action& action) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = traces.add_subcommand(
      "export",
      "Write a trace as a file of another program. chakra: an execution trace for ASTRA-sim, of one rank. Kernels and "
      "copies become computations of the device, with the FLOP and bytes of the operators that launched them; "
      "operators become computations of the host (is_cpu_op) and, in a trace without kernels, those that do work the "
      "device's; "
      "collectives become transfers. A trace without data dependencies gets those of its order. What the file does not "
      "hold is counted on standard error.");
  command->callback(
      [options, &globals, &action] { action = [options, &globals] { return Export(globals, *options); }; });
  command->add_option("TRACE", options->trace, "a trace's id or name; a name means the newest that bears it")
      ->required();
  command->add_option("--format", options->format, "chakra")->check(CLI::IsMember({"chakra"}))->required();
  command
      ->add_option("--output", options->output,
                   "write to this file (default: standard output); ASTRA-sim wants PREFIX.RANK.et")
      ->type_name("FILE");
}

}  // namespace sandglass::serve
