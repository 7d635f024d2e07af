// sandglass store backup, backups, verify, restore, checkpoint.
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "storage/backup.h"
#include "storage/trace_store.h"

namespace sandglass::serve {
namespace {

using report::TextTable;

struct BackupOptions {
  std::string backups;
  // 0: the newest.
  uint32_t number = 0;
  std::string to;
};

std::string BackupsText(const std::vector<storage::BackupSummary>& backups) {
  TextTable table;
  table.AddColumn("backup", TextTable::Align::kRight);
  table.AddColumn("taken", TextTable::Align::kLeft);
  table.AddColumn("size", TextTable::Align::kRight);
  table.AddColumn("traces", TextTable::Align::kRight);
  table.AddColumn("operators", TextTable::Align::kRight);
  for (const storage::BackupSummary& one : backups) {
    table.AddRow({absl::StrCat(one.number), absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", one.taken, absl::UTCTimeZone()),
                  report::BinaryBytes(static_cast<double>(one.bytes)), report::Grouped(one.traces),
                  report::Grouped(one.operators)});
  }
  return table.Text();
}

absl::StatusOr<std::unique_ptr<storage::TraceStore>> OpenToCopy(const Globals& given) {
  const absl::StatusOr<Globals> globals = WithEnvironment(given);
  if (!globals.ok()) return globals.status();
  if (globals->store.empty()) {
    return absl::InvalidArgumentError(
        "a store is copied where it lies: give --store DIR; a server makes its own backups with --backups DIR");
  }
  storage::StoreOptions options;
  options.create_if_missing = false;
  return storage::TraceStore::Open(globals->store, options);
}

absl::StatusOr<int> Checkpoint(const Globals& given, const BackupOptions& options) {
  const auto store = OpenToCopy(given);
  if (!store.ok()) return store.status();
  const auto traces = storage::CreateCheckpoint(**store, UserPath(options.to));
  if (!traces.ok()) return traces.status();
  const std::string text = absl::StrCat("a store of ", *traces, " sealed traces is at ", UserPath(options.to), "\n");
  if (absl::Status printed = Print(text); !printed.ok()) return printed;
  return kExitOk;
}

absl::StatusOr<int> Backup(const Globals& given, const BackupOptions& options) {
  const auto store = OpenToCopy(given);
  if (!store.ok()) return store.status();
  const auto made = storage::CreateBackup(**store, UserPath(options.backups), [] { return true; });
  if (!made.ok()) return made.status();
  if (absl::Status printed = Print(BackupsText({*made})); !printed.ok()) return printed;
  return kExitOk;
}

absl::StatusOr<int> List(const BackupOptions& options) {
  const auto backups = storage::ListBackups(UserPath(options.backups));
  if (!backups.ok()) return backups.status();
  std::string text = backups->backups.empty() ? "" : BackupsText(backups->backups);
  for (const std::string& unsound : backups->unsound) {
    absl::StrAppend(&text, "cannot be restored: ", report::PlainText(unsound), "\n");
  }
  if (absl::Status printed = Print(text); !printed.ok()) return printed;
  return backups->unsound.empty() ? kExitOk : kExitError;
}

absl::StatusOr<int> Verify(const BackupOptions& options) {
  if (absl::Status status = storage::VerifyBackup(UserPath(options.backups), options.number); !status.ok()) {
    return status;
  }
  if (absl::Status printed = Print("all files of the backup have their checksums\n"); !printed.ok()) return printed;
  return kExitOk;
}

absl::StatusOr<int> Restore(const BackupOptions& options) {
  const auto health = storage::RestoreBackup(
      UserPath(options.backups), options.number, UserPath(options.to), [](size_t done, size_t total) {
        ShowProgress(absl::StrCat(done, " of ", total, " traces"), done == total);
        return true;
      });
  if (!health.ok()) return health.status();
  const std::string text = absl::StrCat("restored to ", UserPath(options.to), ": ", health->traces.size(),
                                        " traces, every digest computed anew and equal\n");
  if (absl::Status printed = Print(text); !printed.ok()) return printed;
  return kExitOk;
}

}  // namespace

void AddBackupCommands(CLI::App& store, Globals& globals, Action& action) {
  auto options = std::make_shared<BackupOptions>();
  const auto add = [&](const char* name, const char* what, const char* folder) {
    CLI::App* command = store.add_subcommand(name, what);
    command->add_option(folder, options->backups, "the folder of backups")->type_name("DIR")->required();
    return command;
  };
  const auto add_number = [&](CLI::App* command) {
    command->add_option("--number", options->number, "which backup; 0: the newest")->capture_default_str();
  };
  CLI::App* backup = add("backup", "Add a backup of a store that nobody serves to a folder of backups.", "--to");
  backup->footer("Files that backups share are there once. A server makes its own with --backups.");
  backup->callback([options, &globals, &action] { action = [=, &globals] { return Backup(globals, *options); }; });
  CLI::App* list = add("backups", "List the backups of a folder.", "folder");
  list->footer("Exit code 1 where one of them cannot be restored; it is named.");
  list->callback([options, &action] { action = [=] { return List(*options); }; });
  CLI::App* verify = add("verify", "Read a backup's files and compare their checksums.", "--from");
  add_number(verify);
  verify->footer("Exit code 1 where anything is damaged. `restore` goes further: it computes every digest anew.");
  verify->callback([options, &action] { action = [=] { return Verify(*options); }; });
  CLI::App* restore = add("restore", "Make a new store of a backup, and prove that it is whole.", "--from");
  add_number(restore);
  restore->add_option("--to", options->to, "the new store's folder, empty or not there yet")
      ->type_name("DIR")
      ->required();
  restore->footer("The folder is there only if all that had been acknowledged is in it.");
  CLI::App* checkpoint = store.add_subcommand(
      "checkpoint", "Make a second store of one that nobody serves, as it is now, for readers: by links, in a moment.");
  checkpoint->add_option("--to", options->to, "the new store's folder, empty or not there yet")
      ->type_name("DIR")
      ->required();
  checkpoint->footer(
      "It is no backup: both share their tables on the disk. Elsewhere than on the store's file system, files are "
      "copied.");
  checkpoint->callback(
      [options, &globals, &action] { action = [=, &globals] { return Checkpoint(globals, *options); }; });
  restore->callback([options, &action] { action = [=] { return Restore(*options); }; });
}

}  // namespace sandglass::serve
