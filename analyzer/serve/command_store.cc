// sandglass store: the health of a store's files.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/serve/cli.h"
#include "storage/scrub.h"
#include "storage/trace_store.h"

namespace sandglass::serve {
namespace {

using report::TextTable;

absl::string_view StateWord(v1::TraceState state) {
  switch (state) {
    case v1::TRACE_STATE_OPEN:
      return "open";
    case v1::TRACE_STATE_SEALED:
      return "sealed";
    case v1::TRACE_STATE_EXPIRED:
      return "expired";
    case v1::TRACE_STATE_DELETING:
      return "deleting";
    default:
      return "?";
  }
}

std::string HealthText(const storage::StoreHealth& health) {
  TextTable table;
  table.AddColumn("trace", TextTable::Align::kLeft);
  table.AddColumn("name", TextTable::Align::kLeft);
  table.AddColumn("state", TextTable::Align::kLeft);
  table.AddColumn("operators", TextTable::Align::kRight);
  table.AddColumn("finding", TextTable::Align::kLeft);
  size_t damaged = 0;
  for (const storage::TraceHealth& trace : health.traces) {
    if (!trace.finding.ok()) ++damaged;
    table.AddRow({trace.trace_id, trace.name, std::string(StateWord(trace.state)), report::Grouped(trace.operators),
                  trace.finding.ok() ? "whole" : absl::StrCat("damaged: ", std::string(trace.finding.message()))});
  }
  const std::string files = health.files.ok() ? "all checksums hold" : std::string(health.files.message());
  return absl::StrCat(table.empty() ? "" : table.Text(), "traces: ", health.traces.size(), ", damaged: ", damaged,
                      "; files: ", report::PlainText(files), "\n");
}

absl::StatusOr<int> Scrub(const Globals& given) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError("a store is scrubbed where it lies: give --store DIR");
  }
  storage::StoreOptions options;
  options.read_only = true;
  auto store = storage::TraceStore::Open(globals->store, options);
  if (!store.ok()) return store.status();
  const bool show = isatty(STDERR_FILENO) != 0;
  const auto health = storage::Scrub(**store, [show](size_t done, size_t total) {
    if (show) std::fprintf(stderr, "\r%zu of %zu traces%s", done, total, done == total ? "\n" : "");
    return true;
  });
  if (!health.ok()) return health.status();
  if (absl::Status printed = Print(HealthText(*health)); !printed.ok()) return printed;
  return health->sound() ? kExitOk : kExitError;
}

}  // namespace

void AddStoreCommand(CLI::App& app, Globals& globals, Action& action) {
  CLI::App* store = app.add_subcommand("store", "A store's files: whether all of them are whole.");
  store->require_subcommand(1);
  CLI::App* scrub = store->add_subcommand(
      "scrub", "Read everything, compute every digest anew, and name the traces that are damaged. Changes nothing.");
  scrub->footer("Exit code 1 where anything is damaged. Works beside a server that has the store open.");
  scrub->callback([&globals, &action] { action = [&globals] { return Scrub(globals); }; });
}

}  // namespace sandglass::serve
