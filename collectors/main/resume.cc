#include "collectors/main/resume.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "collectors/main/interrupt.h"
#include "collectors/stream/client_key.h"
#include "collectors/stream/spool.h"

namespace sandglass::collectors {
namespace {

class Resumption {
 public:
  Resumption(const ResumeRequest& request, IngestWriterOptions options, ProgressPrinter& progress, const Say& say,
             const Say& warn)
      : request_(request), options_(std::move(options)), progress_(progress), say_(say), warn_(warn) {
    options_.warn = [this](const std::string& line) { warn_(line); };
    if (request_.new_key) options_.new_client_key = NewClientKey;
  }

  // Deals with one file. Errors: Cancelled, if a signal came.
  absl::Status TakeUp(const std::string& path) {
    absl::StatusOr<std::unique_ptr<Spool>> spool = Spool::Open(path);
    if (!spool.ok()) {
      OnUnopened(spool.status());
      return absl::OkStatus();
    }
    const std::string name = (*spool)->header().open.header().name();
    if ((*spool)->torn_bytes() > 0) {
      warn_(absl::StrCat(path, " ended in the middle of a frame: its last ", (*spool)->torn_bytes(),
                         " bytes were cut off"));
    }
    const bool incomplete = !(*spool)->summary().has_value();
    if (incomplete && request_.incomplete == Incomplete::kKeep) {
      say_(absl::StrCat("kept ", name, " ", (*spool)->operators(), " operators ", path,
                        ": its recording was cut short; --incomplete seal sends it as it is, --incomplete abort ",
                        "removes it"));
      ++counts_.kept;
      return absl::OkStatus();
    }
    const absl::StatusOr<Destination*> destination = DestinationOf((*spool)->header());
    if (!destination.ok()) {
      OnFailed(name, path, destination.status().message());
      return absl::OkStatus();
    }
    IngestWriterOptions options = options_;
    options.destination = (*destination)->name();
    options.mend = (*destination)->mend();
    IngestWriter writer((*destination)->stub(), std::move(options));
    const InterruptGuard guard([&writer] { writer.Cancel(); }, [] {});
    incomplete&& request_.incomplete == Incomplete::kAbort ? Abort(writer, name, *std::move(spool))
                                                           : Send(writer, name, *std::move(spool));
    return guard.interrupted() ? absl::CancelledError("interrupted: what was not sent stays in the spool")
                               : absl::OkStatus();
  }

  const ResumeCounts& counts() const { return counts_; }

 private:
  void OnUnopened(const absl::Status& status) {
    // Its owner sent it meanwhile.
    if (absl::IsNotFound(status)) return;
    if (absl::IsUnavailable(status)) {
      ++counts_.in_use;
      return say_(std::string(status.message()));
    }
    ++counts_.failed;
    warn_(std::string(status.message()));
  }

  void OnFailed(const std::string& name, const std::string& path, absl::string_view message) {
    ++counts_.failed;
    warn_(absl::StrCat(name, " (", path, "): ", message));
  }

  // Opened once, because a store takes one process at a time.
  absl::StatusOr<Destination*> DestinationOf(const SpoolHeader& header) {
    const bool given = !request_.to.empty() || !request_.store.empty();
    const Target target = given ? Target{request_.to, request_.store} : Target{header.server, header.store};
    const std::string key = absl::StrCat(target.to, "\n", target.store);
    if (const auto it = destinations_.find(key); it != destinations_.end()) return it->second.get();
    const absl::StatusOr<Target> sound =
        ResolveTarget(target.to, target.store, [](const char*) { return std::string(); });
    if (!sound.ok()) return sound.status();
    absl::StatusOr<std::unique_ptr<Destination>> destination = Destination::Open(*sound, request_.security);
    if (!destination.ok()) return destination.status();
    return destinations_.emplace(key, *std::move(destination)).first->second.get();
  }

  void Send(IngestWriter& writer, const std::string& name, std::unique_ptr<Spool> spool) {
    const std::string path = spool->path();
    const uint64_t operators = spool->operators();
    const v1::TraceSummary summary = spool->summary().value_or(SummaryOfIncomplete());
    if (absl::Status status = writer.Resume(std::move(spool)); !status.ok()) {
      return OnFailed(
          name, path,
          absl::StrCat(status.message(), writer.NewKeyHelps() ? "; --new-key sends it as a new trace" : ""));
    }
    auto sealed = std::async(std::launch::async, [&] { return writer.Finish(summary); });
    while (sealed.wait_for(std::chrono::milliseconds(100)) != std::future_status::ready) {
      const uint64_t durable = writer.stats().durable_operators;
      progress_.Update(absl::StrCat(name, ": ", durable, " of ", operators, " operators on disk"),
                       static_cast<double>(durable) / static_cast<double>(std::max<uint64_t>(operators, 1)));
    }
    progress_.EndLine();
    const absl::StatusOr<v1::TraceManifest> manifest = sealed.get();
    if (!manifest.ok()) return OnFailed(name, path, manifest.status().message());
    ++counts_.sealed;
    say_(absl::StrCat("sealed ", name, " ", manifest->trace_id(), " ", manifest->operators(), " operators ",
                      absl::BytesToHexString(manifest->content_digest())));
  }

  void Abort(IngestWriter& writer, const std::string& name, std::unique_ptr<Spool> spool) {
    const std::string path = spool->path();
    const absl::Status status = writer.Resume(std::move(spool));
    // A trace that nobody seals is invisible there, and expires.
    if (!status.ok()) warn_(absl::StrCat(name, ": removed here only: ", status.message()));
    writer.Abort();
    ++counts_.aborted;
    say_(absl::StrCat("aborted ", name, " ", path));
  }

  const ResumeRequest& request_;
  IngestWriterOptions options_;
  ProgressPrinter& progress_;
  const Say& say_;
  const Say& warn_;
  ResumeCounts counts_;
  std::map<std::string, std::unique_ptr<Destination>> destinations_;
};

}  // namespace

v1::TraceSummary SummaryOfIncomplete() {
  v1::TraceSummary summary;
  summary.mutable_completeness()->set_truncated(true);
  v1::NamedCount& count = *summary.mutable_completeness()->add_other();
  count.set_name("recordings_cut_short");
  count.set_count(1);
  return summary;
}

absl::StatusOr<ResumeCounts> Resume(const ResumeRequest& request, const Environment& environment,
                                    IngestWriterOptions options, ProgressPrinter& progress, const Say& say,
                                    const Say& warn) {
  ResumeRequest resolved = request;
  resolved.spool = ResolveSpool(request.spool, environment);
  if (resolved.spool.empty()) {
    return absl::InvalidArgumentError("which spool: give --spool DIR, or set SANDGLASS_SPOOL");
  }
  if (!request.to.empty() || !request.store.empty()) {
    const absl::StatusOr<Target> target = ResolveTarget(request.to, request.store, environment);
    if (!target.ok()) return target.status();
    resolved.to = target->to;
    resolved.store = target->store;
  }
  RemoveHalfMade(resolved.spool);
  // Without a target of its own, it is for the servers that the spool names.
  const Target reached = resolved.store.empty() ? Target{.to = "the spool's", .store = ""} : Target{"", resolved.store};
  const auto security = ResolveSecurity(request.security, reached, environment);
  if (!security.ok()) return security.status();
  resolved.security = *security;
  const absl::StatusOr<std::vector<std::string>> paths = SpoolFiles(resolved.spool);
  if (!paths.ok()) return paths.status();
  Resumption resumption(resolved, std::move(options), progress, say, warn);
  for (const std::string& path : *paths) {
    if (absl::Status status = resumption.TakeUp(path); !status.ok()) return status;
  }
  if (paths->empty()) say(absl::StrCat("nothing is spooled in ", resolved.spool));
  return resumption.counts();
}

}  // namespace sandglass::collectors
