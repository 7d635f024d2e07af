#include "analyzer/serve/housekeeping.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/backup.h"

namespace sandglass::serve {
namespace {

// How often traces are looked at.
constexpr absl::Duration kLookEvery = absl::Minutes(1);
// After a backup that failed the next one is tried so soon.
constexpr absl::Duration kRetryBackup = absl::Minutes(10);

absl::Duration SteadyNow() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

}  // namespace

Clocks SystemClocks() { return {.wall = absl::Now, .steady = SteadyNow}; }

Housekeeping::Housekeeping(storage::TraceStore& store, Server& server, HousekeepingOptions options, Say say,
                           Clocks clocks)
    : store_(store),
      server_(server),
      options_(std::move(options)),
      say_(std::move(say)),
      clocks_(std::move(clocks)),
      began_(clocks_.wall()),
      began_steady_(clocks_.steady()),
      next_look_(began_steady_ + kLookEvery),
      next_backup_(began_steady_ + options_.backup_every - AgeOfBackups()) {}

Housekeeping::~Housekeeping() { Stop(); }

void Housekeeping::Stop() {
  stopping_ = true;
  if (backup_.joinable()) backup_.join();
}

absl::Time Housekeeping::Now() const { return std::min(clocks_.wall(), began_ + (clocks_.steady() - began_steady_)); }

absl::Duration Housekeeping::AgeOfBackups() const {
  const absl::Duration most = options_.backup_every;
  if (options_.backups.empty()) return absl::ZeroDuration();
  const auto backups = storage::ListBackups(options_.backups);
  // Without one that is known to be sound, it is time for one.
  if (!backups.ok() || backups->backups.empty()) return most;
  return std::clamp(began_ - backups->backups.back().taken, absl::ZeroDuration(), most);
}

void Housekeeping::Tick() {
  if (stopping_) return;
  WatchStore();
  const absl::Duration now = clocks_.steady();
  if (now >= next_look_) {
    next_look_ = now + kLookEvery;
    EndSilent();
    RemoveOld();
  }
  if (options_.backups.empty() || backing_up_) return;
  if (backup_failed_.exchange(false)) next_backup_ = now + std::min(kRetryBackup, options_.backup_every);
  if (now >= next_backup_) {
    next_backup_ = now + options_.backup_every;
    StartBackup();
  }
}

void Housekeeping::WatchStore() {
  const absl::Status status = store_.TryRecover();
  if (status.code() == store_status_.code()) return;
  store_status_ = status;
  server_.SetIngestServing(status.ok());
  // Traces that are due make room.
  if (absl::IsResourceExhausted(status)) next_look_ = clocks_.steady();
  if (status.ok()) return say_({.message = "the store takes traces again"});
  say_({.message = absl::StrCat("the store takes no traces: ", status.message()), .warning = true});
}

void Housekeeping::EndSilent() {
  if (options_.expire_after <= absl::ZeroDuration()) return;
  const auto expired = server_.ExpireSilent(options_.expire_after);
  if (!expired.ok()) {
    return say_(
        {.message = absl::StrCat("silent traces were not ended: ", expired.status().message()), .warning = true});
  }
  for (const std::string& id : *expired) {
    say_({.message = absl::StrCat("trace ", id, " has expired: nobody wrote to it for ",
                                  absl::FormatDuration(options_.expire_after)),
          .warning = true,
          .trace_id = id});
  }
}

void Housekeeping::RemoveOld() {
  const storage::RetentionReport report = storage::RemoveExpired(store_, options_.retention, Now());
  for (const storage::KeptTrace& trace : report.removed) {
    say_({.message = absl::StrCat("trace ", trace.trace_id, " was removed: ", trace.sealed ? "sealed " : "expired ",
                                  absl::FormatTime(trace.ended), ", ",
                                  trace.bytes ? absl::StrCat(*trace.bytes, " bytes") : "nobody knows how many bytes"),
          .trace_id = trace.trace_id,
          .trace_name = trace.name});
  }
  for (const auto& [trace, why] : report.failed) {
    say_({.message = absl::StrCat("trace ", trace.trace_id, " is old and was not removed: ", why.message()),
          .warning = true,
          .trace_id = trace.trace_id,
          .trace_name = trace.name});
  }
  if (!report.status.ok()) {
    say_({.message =
              absl::StrCat("not all old traces were looked at, or their place given back: ", report.status.message()),
          .warning = true});
  }
}

void Housekeeping::StartBackup() {
  if (backup_.joinable()) backup_.join();
  backing_up_ = true;
  backup_ = std::thread([this] {
    backup_failed_ = !Backup();
    backing_up_ = false;
  });
}

bool Housekeeping::Backup() {
  const auto made = storage::CreateBackup(store_, options_.backups, [this] { return !stopping_; });
  if (!made.ok()) {
    say_({.message = absl::StrCat("no backup was made: ", made.status().message()), .warning = true});
    return false;
  }
  say_({.message = absl::StrCat("backup ", made->number, " of ", made->traces, " traces is in ", options_.backups)});
  const absl::Status purged = storage::PurgeBackups(options_.backups, options_.backups_kept);
  if (!purged.ok()) {
    say_({.message = absl::StrCat("older backups than the newest ", options_.backups_kept, " were not removed from ",
                                  options_.backups, ": ", purged.message()),
          .warning = true});
  }
  return true;
}

}  // namespace sandglass::serve
