#include "analyzer/serve/housekeeping.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "storage/backup.h"

namespace sandglass::serve {
namespace {

// How often traces are looked at.
constexpr absl::Duration kLookEvery = absl::Minutes(1);

absl::Duration SteadyNow() { return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch()); }

Housekeeping::Clock FromNowOn() {
  return [began = absl::Now() - SteadyNow()] { return began + SteadyNow(); };
}

}  // namespace

Housekeeping::Housekeeping(storage::TraceStore& store, Server& server, HousekeepingOptions options, Say say,
                           Clock clock)
    : store_(store),
      server_(server),
      options_(std::move(options)),
      say_(std::move(say)),
      clock_(clock ? std::move(clock) : FromNowOn()),
      next_look_(clock_() + kLookEvery),
      next_backup_(clock_() + options_.backup_every) {}

Housekeeping::~Housekeeping() {
  stopping_ = true;
  if (backup_.joinable()) backup_.join();
}

void Housekeeping::Tick() {
  WatchStore();
  const absl::Time now = clock_();
  if (now >= next_look_) {
    next_look_ = now + kLookEvery;
    EndSilent();
    RemoveOld();
  }
  if (!options_.backups.empty() && now >= next_backup_ && !backing_up_) {
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
  if (absl::IsResourceExhausted(status)) next_look_ = clock_();
  say_(status.ok() ? "the store takes traces again" : absl::StrCat("the store takes no traces: ", status.message()));
}

void Housekeeping::EndSilent() {
  if (options_.expire_after <= absl::ZeroDuration()) return;
  const auto expired = server_.ExpireSilent(options_.expire_after);
  if (!expired.ok()) return say_(absl::StrCat("silent traces were not ended: ", expired.status().message()));
  for (const std::string& id : *expired) {
    say_(absl::StrCat("trace ", id, " has expired: nobody wrote to it for ",
                      absl::FormatDuration(options_.expire_after)));
  }
}

void Housekeeping::RemoveOld() {
  const storage::RetentionReport report = storage::RemoveExpired(store_, options_.retention, clock_());
  for (const storage::KeptTrace& trace : report.removed) {
    say_(absl::StrCat("trace ", trace.trace_id, " was removed: ", trace.sealed ? "sealed " : "expired ",
                      absl::FormatTime(trace.ended), ", ",
                      trace.bytes ? absl::StrCat(*trace.bytes, " bytes") : "nobody knows how many bytes"));
  }
  if (!report.status.ok()) {
    say_(absl::StrCat("not all old traces were removed, or their place given back: ", report.status.message()));
  }
}

void Housekeeping::StartBackup() {
  if (backup_.joinable()) backup_.join();
  backing_up_ = true;
  backup_ = std::thread([this] {
    const auto made = storage::CreateBackup(store_, options_.backups, [this] { return !stopping_; });
    const absl::Status purged =
        made.ok() ? storage::PurgeBackups(options_.backups, options_.backups_kept) : made.status();
    say_(purged.ok() ? absl::StrCat("backup ", made->number, " of ", made->traces, " traces is in ", options_.backups)
                     : absl::StrCat("no backup was made: ", purged.message()));
    backing_up_ = false;
  });
}

}  // namespace sandglass::serve
