// sandglass store: the health of a store's files, and how to mend them.
#include <algorithm>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "storage/mend.h"
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

absl::string_view FileStateWord(storage::DamagedFile::State state) {
  switch (state) {
    case storage::DamagedFile::State::kRestored:
      return "restored";
    case storage::DamagedFile::State::kQuarantined:
      return "quarantined";
    case storage::DamagedFile::State::kDamaged:
      return "damaged";
  }
  return "?";
}

std::string MendText(const storage::MendReport& report) {
  if (report.files.empty()) return "the inventory and all table files are as they were written\n";
  TextTable files;
  files.AddColumn("file", TextTable::Align::kLeft);
  files.AddColumn("finding", TextTable::Align::kLeft);
  files.AddColumn("state", TextTable::Align::kLeft);
  for (const storage::DamagedFile& file : report.files) {
    files.AddRow({file.name, file.what, std::string(FileStateWord(file.state))});
  }
  TextTable lost;
  lost.AddColumn("lost trace", TextTable::Align::kLeft);
  lost.AddColumn("name", TextTable::Align::kLeft);
  lost.AddColumn("tenant", TextTable::Align::kRight);
  lost.AddColumn("it", TextTable::Align::kLeft);
  for (const storage::LostTrace& trace : report.lost) {
    lost.AddRow({trace.trace_id, report::PlainText(trace.name), absl::StrCat(trace.tenant), trace.what});
  }
  const char* without =
      report.without_inventory
          ? "\nWithout an inventory nobody knows what was acknowledged: traces of which nothing is left are not named "
            "here, and traces that had been removed may be back.\n"
          : "";
  return absl::StrCat(files.Text(), lost.empty() ? "" : "\n", lost.empty() ? "" : lost.Text(), without);
}

absl::StatusOr<int> Mend(const Globals& given, const storage::MendOptions& options) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError("a store is mended where it lies: give --store DIR");
  }
  storage::MendOptions resolved = options;
  if (!options.backups.empty()) resolved.backups = UserPath(options.backups);
  const auto report = storage::Mend(globals->store, resolved);
  if (!report.ok()) return report.status();
  if (absl::Status printed = Print(MendText(*report)); !printed.ok()) return printed;
  const bool left = std::any_of(report->files.begin(), report->files.end(), [](const storage::DamagedFile& file) {
    return file.state == storage::DamagedFile::State::kDamaged;
  });
  if (left) return kExitError;
  return report->lost.empty() && !report->without_inventory ? kExitOk : kExitIncomplete;
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
  const auto health = storage::Scrub(**store, [](size_t done, size_t total) {
    ShowProgress(absl::StrCat(done, " of ", total, " traces"), done == total);
    return true;
  });
  if (!health.ok()) return health.status();
  if (absl::Status printed = Print(HealthText(*health)); !printed.ok()) return printed;
  return health->sound() ? kExitOk : kExitError;
}

}  // namespace

void AddStoreCommand(CLI::App& app, Globals& globals, Action& action) {
  CLI::App* store = app.add_subcommand("store", "A store's files: whether they are whole, backups, mending.");
  store->require_subcommand(1);
  CLI::App* scrub = store->add_subcommand(
      "scrub", "Read everything, compute every digest anew, and name the traces that are damaged. Changes nothing.");
  scrub->footer("Exit code 1 where anything is damaged. Works beside a server that has the store open.");
  scrub->callback([&globals, &action] { action = [&globals] { return Scrub(globals); }; });
  auto options = std::make_shared<storage::MendOptions>();
  CLI::App* mend = store->add_subcommand(
      "mend", "Find damaged table files; bring them back from backups, or take them out so that the rest can be had.");
  mend->add_option("--from", options->backups, "a folder of backups that may have them")->type_name("DIR");
  mend->add_flag("--quarantine", options->quarantine,
                 "move what cannot be brought back into the store's folder `quarantine`, and give its traces up");
  mend->footer(
      "Without options it only looks. Exit code 0: nothing is damaged, or all is as it was again. 1: damaged files are "
      "left, or an error. 3: traces were lost, and are named here and in quarantine/LOST, or the inventory was, so "
      "that "
      "nobody can tell. An inventory is made anew by --quarantine. One that was cut off: give --quarantine again. Stop "
      "the server first.");
  mend->callback([options, &globals, &action] { action = [=, &globals] { return Mend(globals, *options); }; });
  AddBackupCommands(*store, globals, action);
}

}  // namespace sandglass::serve
