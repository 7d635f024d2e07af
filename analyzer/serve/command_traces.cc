#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/report/json.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/trace_table.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "proto/operator_columns.h"

namespace sandglass::serve {
namespace {

struct TracesOptions {
  std::string trace;
  std::string prefix;
  std::string format = "text";
  uint64_t limit = 0;
};

absl::StatusOr<int> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return kExitOk;
}

absl::StatusOr<int> List(const Globals& globals, const TracesOptions& options) {
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  v1::ListTracesRequest request;
  request.set_name_prefix(options.prefix);
  request.set_page_size(1000);
  v1::ListTracesResponse all;
  do {
    absl::StatusOr<v1::ListTracesResponse> page = (*session)->analysis().ListTraces(request);
    if (!page.ok()) return page.status();
    for (v1::TraceManifest& manifest : *page->mutable_traces()) *all.add_traces() = std::move(manifest);
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  if (options.format == "json") {
    const auto json = report::Json(all);
    return json.ok() ? Done(Print(*json)) : json.status();
  }
  if (all.traces().empty()) return Done(Print("no sealed traces\n"));
  return Done(Print(report::TraceList(std::vector<v1::TraceManifest>(all.traces().begin(), all.traces().end()))));
}

absl::StatusOr<v1::GetTraceResponse> Get(Session& session, const std::string& trace) {
  v1::GetTraceRequest request;
  request.set_trace(trace);
  return session.analysis().GetTrace(request);
}

absl::StatusOr<int> Show(const Globals& globals, const TracesOptions& options) {
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto trace = Get(**session, options.trace);
  if (!trace.ok()) return trace.status();
  if (options.format == "json") {
    const auto json = report::Json(trace->manifest());
    return json.ok() ? Done(Print(*json)) : json.status();
  }
  return Done(Print(report::TraceText(trace->manifest())));
}

// One page of operators as lines; at most `limit` of them. JSON: one operator with its signature a line.
absl::StatusOr<std::string> PageText(const v1::OperatorColumns& columns, const v1::GetTraceResponse& trace,
                                     const TracesOptions& options, uint64_t limit) {
  const std::vector<v1::OpSignature> signatures(trace.signatures().begin(), trace.signatures().end());
  const report::OperatorTable table(signatures);
  absl::StatusOr<RowReader> reader = RowReader::Create(columns);
  if (!reader.ok()) return reader.status();
  std::string text;
  OperatorRow row;
  for (uint64_t count = 0; count < limit && reader->Next(row); ++count) {
    v1::Operator op;
    RowToOperator(row, op);
    if (options.format != "json") {
      absl::StrAppend(&text, table.Line(op, row.signature));
      continue;
    }
    if (row.signature < signatures.size()) *op.mutable_signature() = signatures[row.signature];
    const auto line = report::JsonLine(op);
    if (!line.ok()) return line.status();
    absl::StrAppend(&text, *line);
  }
  return text;
}

absl::StatusOr<int> Operators(const Globals& globals, const TracesOptions& options) {
  auto session = Session::Open(globals);
  if (!session.ok()) return session.status();
  const auto trace = Get(**session, options.trace);
  if (!trace.ok()) return trace.status();
  if (options.format != "json") {
    if (absl::Status status = Print(report::OperatorTable::Header()); !status.ok()) return status;
  }
  v1::ListOperatorsRequest request;
  // By id, so that all pages are of one trace even if a newer one takes its name meanwhile.
  request.set_trace(trace->manifest().trace_id());
  uint64_t left = options.limit == 0 ? trace->manifest().operators() : options.limit;
  do {
    const auto page = (*session)->analysis().ListOperators(request);
    if (!page.ok()) return page.status();
    const auto text = PageText(page->operators(), *trace, options, left);
    if (!text.ok()) return text.status();
    if (absl::Status status = Print(*text); !status.ok()) return status;
    left -= std::min<uint64_t>(left, page->operators().rows());
    request.set_page_token(page->next_page_token());
  } while (left > 0 && !request.page_token().empty());
  return kExitOk;
}

absl::StatusOr<int> Remove(const Globals& given, const TracesOptions& options) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError("traces are removed from a store, not through a server: give --store DIR");
  }
  storage::StoreOptions store_options;
  store_options.create_if_missing = false;
  // The disk may be full.
  store_options.compacts = false;
  auto store = storage::TraceStore::Open(globals->store, store_options);
  if (!store.ok()) return store.status();
  // One that is damaged, or has expired, has no manifest to be found by.
  const auto id = (*store)->IdOf(storage::kDefaultTenant, options.trace);
  if (!id.ok()) return id.status();
  const auto manifest = (*store)->FindSealed(storage::kDefaultTenant, *id);
  if (absl::Status status = (*store)->Delete(storage::kDefaultTenant, *id); !status.ok()) return status;
  const std::string name = manifest.ok() ? absl::StrCat(" ", report::PlainText(manifest->header().name())) : "";
  if (absl::Status status = Print(absl::StrCat("removed ", *id, name, "\n")); !status.ok()) return status;
  const absl::Status reclaimed = (*store)->Reclaim();
  if (!absl::IsResourceExhausted(reclaimed)) return Done(reclaimed);
  // It is gone all the same.
  Tell(Level::kWarning, absl::StrCat("its place on the disk is not given back yet: ", reclaimed.message()));
  return kExitOk;
}

}  // namespace

void AddTracesCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<TracesOptions>();
  CLI::App* traces = app.add_subcommand("traces", "Sealed traces: list, look into, export, remove.");
  traces->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* command = traces->add_subcommand(name, help);
    command->callback(
        [options, run, &globals, &action] { action = [options, run, &globals] { return run(globals, *options); }; });
    return command;
  };
  const auto add_format = [&](CLI::App* command) {
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  };
  const auto add_trace = [&](CLI::App* command) {
    command->add_option("TRACE", options->trace, "a trace's id or name; a name means the newest that bears it")
        ->required();
  };
  CLI::App* ls = add("ls", "List sealed traces, newest first.", List);
  ls->add_option("PREFIX", options->prefix, "only names that begin so");
  add_format(ls);
  CLI::App* show = add("show", "Show all that is known of one trace.", Show);
  add_trace(show);
  add_format(show);
  CLI::App* ops = add("ops", "List a trace's operators in order; as JSON, one a line.", Operators);
  add_trace(ops);
  add_format(ops);
  ops->add_option("--limit", options->limit, "only so many; 0: all");
  AddExportCommand(*traces, globals, action);
  add_trace(add("rm",
                "Remove a trace from a store for good, and give its place on the disk back. Also one that is damaged "
                "or has expired without a seal, by its id; never an open one.",
                Remove));
}

}  // namespace sandglass::serve
