#include "analyzer/analysis/engine.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analyzer/analysis/stored_trace.h"
#include "analyzer/report/comparison.h"
#include "analyzer/report/profile.h"
#include "analyzer/report/replay_options.h"
#include "analyzer/report/replay_report.h"
#include "proto/operator_columns.h"
#include "proto/trace_id.h"

namespace sandglass::analysis {
namespace {

constexpr uint32_t kDefaultTraces = 100;
constexpr uint32_t kMostTraces = 1000;
constexpr uint32_t kMostOperators = 4096;
constexpr uint32_t kDefaultSlowest = 20;
constexpr uint32_t kMostSlowest = 10000;
constexpr uint32_t kDefaultKernels = 1000;
constexpr uint32_t kMostKernels = 100000;
constexpr uint32_t kMostBins = 10000;
constexpr uint32_t kMostRuns = 200000;

// What a request asks for, 0 meaning `standard`. InvalidArgument above `most`.
absl::StatusOr<uint32_t> Limited(absl::string_view field, uint32_t asked, uint32_t standard, uint32_t most) {
  if (asked > most) {
    return absl::InvalidArgumentError(absl::StrCat(field, " is ", asked, ": it must be at most ", most));
  }
  return asked == 0 ? standard : asked;
}

absl::Status CheckNamed(absl::string_view field, absl::string_view value) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(field, " is empty: give a name or an id"));
}

// The rows of `block` from index `skip` on, at most `count` of them.
absl::StatusOr<v1::OperatorColumns> Slice(const v1::OperatorColumns& block, uint64_t skip, uint64_t count) {
  if (skip == 0 && count >= block.rows()) return block;
  absl::StatusOr<RowReader> reader = RowReader::Create(block);
  if (!reader.ok()) return reader.status();
  ColumnBuilder builder;
  OperatorRow row;
  for (uint64_t index = 0; reader->Next(row) && index < skip + count; ++index) {
    if (index >= skip) builder.Add(row);
  }
  v1::OperatorColumns slice = builder.Take();
  slice.set_first_signature(block.first_signature());
  return slice;
}

}  // namespace

std::unique_ptr<Engine> Engine::ForTenant(uint32_t tenant, GoOn go_on) const {
  return std::unique_ptr<Engine>(new Engine(store_, tenant, catalog_, kept_, std::move(go_on)));
}

absl::StatusOr<v1::TraceManifest> Engine::Find(const std::string& trace) const {
  if (absl::Status status = CheckNamed("trace", trace); !status.ok()) return status;
  absl::StatusOr<v1::TraceManifest> found = store_.FindSealed(tenant_, trace);
  if (!absl::IsNotFound(found.status())) return found;
  const absl::StatusOr<std::vector<v1::TraceManifest>> all = store_.ListSealed(tenant_);
  if (!all.ok()) return all.status();
  // The last part of a name will do where only one name ends so. Newest first, so the first one found is the newest.
  const v1::TraceManifest* match = nullptr;
  for (const v1::TraceManifest& manifest : *all) {
    if (!absl::EndsWith(manifest.header().name(), absl::StrCat("/", trace))) continue;
    if (match != nullptr && match->header().name() != manifest.header().name()) return found;
    if (match == nullptr) match = &manifest;
  }
  if (match == nullptr) return found;
  return *match;
}

absl::StatusOr<std::shared_ptr<const Engine::Loaded>> Engine::Load(const std::string& trace) {
  absl::StatusOr<v1::TraceManifest> manifest = Find(trace);
  if (!manifest.ok()) return manifest.status();
  {
    storage::MutexLock lock(kept_->mutex);
    std::shared_ptr<const Loaded> last = kept_->last;
    const bool same = last != nullptr && last->tenant == tenant_ && last->manifest.trace_id() == manifest->trace_id();
    if (same) return last;
  }
  absl::StatusOr<trace::Trace> decoded = ReadTrace(store_, tenant_, *manifest);
  if (!decoded.ok()) return decoded.status();
  auto shared = std::make_shared<const Loaded>(Loaded{tenant_, *std::move(manifest), *std::move(decoded)});
  storage::MutexLock lock(kept_->mutex);
  kept_->last = shared;
  return shared;
}

absl::StatusOr<std::vector<const silicon::SiliconClass*>> Engine::Classes(const std::vector<std::string>& names) const {
  std::vector<const silicon::SiliconClass*> wanted;
  for (const std::string& name : names) {
    const auto found = catalog_.Find(name);
    if (!found.ok()) return found.status();
    wanted.push_back(*found);
  }
  std::vector<const silicon::SiliconClass*> classes;
  for (const silicon::SiliconClass& silicon : catalog_.classes()) {
    if (names.empty() || std::find(wanted.begin(), wanted.end(), &silicon) != wanted.end()) classes.push_back(&silicon);
  }
  return classes;
}

absl::StatusOr<v1::ListTracesResponse> Engine::ListTraces(const v1::ListTracesRequest& request) {
  const absl::StatusOr<uint32_t> size = Limited("page_size", request.page_size(), kDefaultTraces, kMostTraces);
  if (!size.ok()) return size.status();
  const std::string& token = request.page_token();
  const std::optional<TraceId> last = ParseTraceId(token);
  if (!token.empty() && !last) {
    return absl::InvalidArgumentError("page_token is not one that ListTraces gave: leave it empty to begin anew");
  }
  absl::StatusOr<std::vector<v1::TraceManifest>> all = store_.ListSealed(tenant_);
  if (!all.ok()) return all.status();
  v1::ListTracesResponse response;
  for (v1::TraceManifest& manifest : *all) {
    if (!absl::StartsWith(manifest.header().name(), request.name_prefix())) continue;
    // Ids keep the order, so a page goes on below its token even if that trace was deleted meanwhile.
    if (last && manifest.trace_id() >= TraceIdText(*last)) continue;
    if (response.traces_size() == static_cast<int>(*size)) {
      response.set_next_page_token(response.traces(response.traces_size() - 1).trace_id());
      break;
    }
    *response.add_traces() = std::move(manifest);
  }
  return response;
}

absl::StatusOr<v1::GetTraceResponse> Engine::GetTrace(const v1::GetTraceRequest& request) {
  absl::StatusOr<v1::TraceManifest> manifest = Find(request.trace());
  if (!manifest.ok()) return manifest.status();
  absl::StatusOr<std::vector<v1::OpSignature>> signatures = store_.ReadSignatures(tenant_, manifest->trace_id());
  if (!signatures.ok()) return signatures.status();
  v1::GetTraceResponse response;
  *response.mutable_manifest() = *std::move(manifest);
  for (v1::OpSignature& signature : *signatures) *response.add_signatures() = std::move(signature);
  return response;
}

absl::StatusOr<v1::ListOperatorsResponse> Engine::ListOperators(const v1::ListOperatorsRequest& request) {
  const absl::StatusOr<uint32_t> size = Limited("page_size", request.page_size(), kMostOperators, kMostOperators);
  if (!size.ok()) return size.status();
  uint64_t from = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &from)) {
    return absl::InvalidArgumentError("page_token is not one that ListOperators gave: leave it empty to begin anew");
  }
  const absl::StatusOr<v1::TraceManifest> manifest = Find(request.trace());
  if (!manifest.ok()) return manifest.status();
  v1::ListOperatorsResponse response;
  response.set_first_operator(from);
  const absl::Status read =
      store_.ReadColumns(tenant_, manifest->trace_id(), from,
                         [&](uint64_t first, const v1::OperatorColumns& block) -> absl::StatusOr<bool> {
                           absl::StatusOr<v1::OperatorColumns> page = Slice(block, from - std::min(first, from), *size);
                           if (!page.ok()) return page.status();
                           *response.mutable_operators() = *std::move(page);
                           return false;
                         });
  if (!read.ok()) return read;
  const uint64_t next = from + response.operators().rows();
  if (response.operators().rows() > 0 && next < manifest->operators()) {
    response.set_next_page_token(absl::StrCat(next));
  }
  return response;
}

absl::StatusOr<v1::ReplayReport> Engine::Replay(const v1::ReplayRequest& request, Progress progress) {
  const auto classes = Classes({request.silicon_classes().begin(), request.silicon_classes().end()});
  if (!classes.ok()) return classes.status();
  if (absl::Status status = report::ValidateOptions(request.options()); !status.ok()) return status;
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  auto report = report::BuildReplayReport((*loaded)->trace, catalog_, *classes, request.options(), progress);
  // The decoded trace keeps totals only; readers want to see which operators were rejected, and why.
  if (report.ok()) *report->mutable_completeness() = (*loaded)->manifest.summary().completeness();
  return report;
}

absl::StatusOr<v1::CompareResponse> Engine::Compare(const v1::CompareRequest& request) {
  for (const auto& [field, name] : {std::pair<absl::string_view, absl::string_view>("base_class", request.base_class()),
                                    {"other_class", request.other_class()}}) {
    if (absl::Status status = CheckNamed(field, name); !status.ok()) return status;
  }
  const auto base = catalog_.Find(request.base_class());
  if (!base.ok()) return base.status();
  const auto other = catalog_.Find(request.other_class());
  if (!other.ok()) return other.status();
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  const auto replayed = report::BuildReplayReport((*loaded)->trace, catalog_, {*base, *other}, request.options(),
                                                  [](int, int) { return true; });
  if (!replayed.ok()) return replayed.status();
  v1::CompareResponse response;
  *response.mutable_comparison() = report::CompareClasses(replayed->classes(0), replayed->classes(1));
  return response;
}

absl::StatusOr<v1::ExplainResponse> Engine::Explain(const v1::ExplainRequest& request) {
  if (absl::Status status = CheckNamed("silicon_class", request.silicon_class()); !status.ok()) return status;
  const absl::StatusOr<uint32_t> slowest = Limited("slowest", request.slowest(), kDefaultSlowest, kMostSlowest);
  if (!slowest.ok()) return slowest.status();
  const auto silicon = catalog_.Find(request.silicon_class());
  if (!silicon.ok()) return silicon.status();
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  if (request.has_operator_id() && request.operator_id() == 0) {
    return absl::InvalidArgumentError("operator_id is 0: ids of operators begin at 1");
  }
  auto lines = report::ExplainOperators((*loaded)->trace, catalog_, **silicon, request.options(), request.operator_id(),
                                        static_cast<int>(*slowest));
  if (!lines.ok()) return lines.status();
  v1::ExplainResponse response;
  for (v1::OperatorEstimate& line : *lines) *response.add_operators() = std::move(line);
  return response;
}

absl::StatusOr<v1::ProfileResponse> Engine::Profile(const v1::ProfileRequest& request) {
  if (absl::Status status = CheckNamed("silicon_class", request.silicon_class()); !status.ok()) return status;
  const absl::StatusOr<uint32_t> most = Limited("most_kernels", request.most_kernels(), kDefaultKernels, kMostKernels);
  if (!most.ok()) return most.status();
  const auto silicon = catalog_.Find(request.silicon_class());
  if (!silicon.ok()) return silicon.status();
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  const auto bins = Limited("timeline_bins", request.timeline_bins(), 0, kMostBins);
  if (!bins.ok()) return bins.status();
  auto report = report::BuildProfile((*loaded)->trace, catalog_, **silicon, request.options(),
                                     {.group = request.group(), .most_kernels = *most, .timeline_bins = *bins});
  if (!report.ok()) return report.status();
  v1::ProfileResponse response;
  *response.mutable_report() = *std::move(report);
  return response;
}

absl::StatusOr<v1::ScheduleResponse> Engine::Schedule(const v1::ScheduleRequest& request) {
  if (absl::Status status = CheckNamed("silicon_class", request.silicon_class()); !status.ok()) return status;
  const absl::StatusOr<uint32_t> size = Limited("page_size", request.page_size(), kMostRuns, kMostRuns);
  if (!size.ok()) return size.status();
  uint64_t first = 0;
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &first)) {
    return absl::InvalidArgumentError("page_token is not one that Schedule gave: leave it empty to begin anew");
  }
  const auto silicon = catalog_.Find(request.silicon_class());
  if (!silicon.ok()) return silicon.status();
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  auto report = report::BuildSchedule((*loaded)->trace, catalog_, **silicon, request.options(), first, *size);
  if (!report.ok()) return report.status();
  v1::ScheduleResponse response;
  const uint64_t next = first + report->runs().kind_size();
  if (report->runs().kind_size() > 0 && next < report->runs_total()) response.set_next_page_token(absl::StrCat(next));
  *response.mutable_report() = *std::move(report);
  return response;
}

absl::StatusOr<v1::CoverageResponse> Engine::Coverage(const v1::CoverageRequest& request) {
  const auto classes = Classes({request.silicon_classes().begin(), request.silicon_classes().end()});
  if (!classes.ok()) return classes.status();
  const auto loaded = Load(request.trace());
  if (!loaded.ok()) return loaded.status();
  auto report = report::BuildCoverageReport((*loaded)->trace, catalog_, *classes, request.options());
  if (!report.ok()) return report.status();
  v1::CoverageResponse response;
  *response.mutable_report() = *std::move(report);
  return response;
}

absl::StatusOr<v1::ListSiliconResponse> Engine::ListSilicon(const v1::ListSiliconRequest&) {
  v1::ListSiliconResponse response;
  for (const v1::SiliconClass& proto : catalog_.protos()) *response.add_classes() = proto;
  response.set_catalog_digest(catalog_.digest_hex());
  for (const v1::Claim& claim : catalog_.claims()) *response.add_claims() = claim;
  return response;
}

}  // namespace sandglass::analysis
