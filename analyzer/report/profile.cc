#include "analyzer/report/profile.h"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analyzer/models/estimate.h"
#include "analyzer/ops/op_class.h"
#include "analyzer/replay/class_replay.h"
#include "analyzer/report/replay_options.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using replay::PreparedTrace;
using replay::ScheduledKernel;

constexpr uint32_t kReportVersion = 1;

std::string ShapesText(const trace::Signature& signature) {
  return absl::StrJoin(signature.inputs, " ", [](std::string* out, const trace::Tensor& tensor) {
    absl::StrAppend(out, Word(static_cast<v1::DataType>(tensor.dtype)), "[",
                    tensor.shape_known ? absl::StrJoin(tensor.dims, ",") : "?", "]");
  });
}

// What a kernel is.
v1::KernelTotals WithoutSums(const trace::Trace& trace, const ScheduledKernel& kernel) {
  v1::KernelTotals totals;
  for (const uint32_t signature : kernel.signatures) totals.add_names(trace.signatures[signature].name);
  totals.set_op_class(std::string(ops::OpClassName(kernel.work.op_class)));
  totals.set_shapes(ShapesText(trace.signatures[kernel.signatures.front()]));
  totals.set_support(static_cast<v1::Support>(kernel.support.support));
  return totals;
}

// Kernels that are put together.
struct Row {
  v1::KernelTotals totals;
  std::array<double, models::kLimitCount> limit_s = {};

  void Add(const ScheduledKernel& kernel) {
    const auto runs = static_cast<double>(kernel.occurrences);
    const double device_s = runs * kernel.device.value();
    totals.set_count(totals.count() + kernel.occurrences);
    totals.set_device_s(totals.device_s() + device_s);
    totals.set_matrix_flop(totals.matrix_flop() + runs * kernel.work.matrix.value());
    totals.set_vector_flop(totals.vector_flop() + runs * kernel.work.vector.value());
    totals.set_bytes(totals.bytes() + runs * (kernel.work.read + kernel.work.written).value());
    limit_s.at(static_cast<size_t>(kernel.limit)) += device_s;
    const auto longest = std::max_element(limit_s.begin(), limit_s.end());
    totals.set_limit(static_cast<v1::Limit>(longest - limit_s.begin()));
  }
};

// Rows by what `group` says, in the order in which they first run.
class Rows {
 public:
  Rows(const trace::Trace& trace, v1::ProfileGroup group) : trace_(trace), group_(group) {}

  void Add(const ScheduledKernel& kernel) {
    std::vector<uint32_t> key(kernel.signatures.begin(), kernel.signatures.end());
    const auto known = of_signatures_.find(key);
    if (known != of_signatures_.end()) return rows_[known->second].Add(kernel);
    const size_t index = group_ == v1::PROFILE_GROUP_NAME ? OfNames(kernel) : rows_.size();
    if (index == rows_.size()) rows_.push_back(NewRow(kernel));
    of_signatures_.emplace(std::move(key), index);
    rows_[index].Add(kernel);
  }

  size_t size() const { return rows_.size(); }

  // Longest time first.
  std::vector<Row> Take() {
    std::stable_sort(rows_.begin(), rows_.end(),
                     [](const Row& a, const Row& b) { return a.totals.device_s() > b.totals.device_s(); });
    return std::move(rows_);
  }

 private:
  size_t OfNames(const ScheduledKernel& kernel) {
    std::vector<std::string> names;
    for (const uint32_t signature : kernel.signatures) names.push_back(trace_.signatures[signature].name);
    return of_names_.emplace(std::move(names), rows_.size()).first->second;
  }

  Row NewRow(const ScheduledKernel& kernel) const {
    Row row;
    row.totals = WithoutSums(trace_, kernel);
    if (group_ == v1::PROFILE_GROUP_NAME) row.totals.clear_shapes();
    row.totals.set_first_operator_id(trace_.operators[kernel.first_operator].id);
    return row;
  }

  const trace::Trace& trace_;
  const v1::ProfileGroup group_;
  std::vector<Row> rows_;
  std::map<std::vector<uint32_t>, size_t> of_signatures_;
  std::map<std::vector<std::string>, size_t> of_names_;
};

void AddCeiling(absl::string_view name, double rate, absl::string_view unit, v1::ProfileReport& report) {
  v1::RooflineCeiling& ceiling = *report.add_ceilings();
  ceiling.set_name(std::string(name));
  ceiling.set_rate(rate);
  ceiling.set_unit(std::string(unit));
}

void AddCeilings(const replay::ClassReplay& replay, const silicon::SiliconClass& silicon, v1::ProfileReport& report) {
  for (const silicon::Format format : replay.matrix_formats) {
    const silicon::ComputeRate* rate = silicon.MatrixRate(format);
    if (rate == nullptr) continue;
    AddCeiling(absl::StrCat("matrix ", Word(static_cast<v1::ComputeFormat>(format))), rate->flop_per_s.value, "FLOP/s",
               report);
  }
  for (const silicon::Format format : replay.vector_formats) {
    const silicon::ComputeRate* rate = silicon.VectorRate(format);
    if (rate == nullptr) continue;
    AddCeiling(absl::StrCat("vector ", Word(static_cast<v1::ComputeFormat>(format))), rate->flop_per_s.value, "FLOP/s",
               report);
  }
  if (silicon.memory.has_value()) AddCeiling("memory", silicon.memory->bandwidth_bytes_per_s.value, "B/s", report);
}

// Puts runs of kernels into bins. The end of the replay is known at its end alone, so that bins grow: where one lies
// beyond the last, pairs of them become one.
class TimelineBins {
 public:
  explicit TimelineBins(uint32_t bins) : bins_(bins) {}

  void Add(const ScheduledKernel& kernel) {
    if (bins_ == 0) return;
    const double end = kernel.end.value();
    if (bin_s_ == 0) bin_s_ = end / bins_;
    while (end > bin_s_ * bins_ * (1 + kRounding)) Widen();
    const double begin = kernel.begin.value();
    end_ = end;
    if (end <= begin) return;
    // Several runs are spread evenly over the time that they and the waiting between them take.
    const double busy = static_cast<double>(kernel.occurrences) * kernel.device.value() / (end - begin);
    std::vector<double>& series = series_[kernel.work.op_class];
    series.resize(bins_);
    for (uint32_t bin = BinAt(begin); bin <= BinAt(end); ++bin) {
      const double from = std::max(begin, bin * bin_s_);
      const double to = std::min(end, (bin + 1) * bin_s_);
      if (to > from) series[bin] += busy * (to - from);
    }
  }

  // With as many bins as hold anything.
  v1::Timeline Take() const {
    v1::Timeline timeline;
    if (end_ <= 0) return timeline;
    timeline.set_bin_s(bin_s_);
    timeline.set_bin_count(BinAt(end_) + 1);
    std::vector<std::pair<double, v1::TimelineSeries>> all;
    for (const auto& [op_class, busy] : series_) {
      v1::TimelineSeries series;
      series.set_op_class(std::string(ops::OpClassName(op_class)));
      series.mutable_busy_s()->Add(busy.begin(), busy.begin() + timeline.bin_count());
      all.emplace_back(std::accumulate(busy.begin(), busy.end(), 0.0), std::move(series));
    }
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    for (auto& [total, series] : all) *timeline.add_series() = std::move(series);
    return timeline;
  }

 private:
  static constexpr double kRounding = 1e-12;

  uint32_t BinAt(double time) const { return std::min(static_cast<uint32_t>(time / bin_s_), bins_ - 1); }

  void Widen() {
    bin_s_ *= 2;
    for (auto& [op_class, busy] : series_) {
      for (uint32_t bin = 0; bin < bins_; ++bin) {
        const size_t left = 2 * static_cast<size_t>(bin);
        busy[bin] = (left < bins_ ? busy[left] : 0) + (left + 1 < bins_ ? busy[left + 1] : 0);
      }
    }
  }

  const uint32_t bins_;
  double bin_s_ = 0;
  // Where the last kernel ended.
  double end_ = 0;
  std::map<ops::OpClass, std::vector<double>> series_;
};

v1::ProfileReport Header(const trace::Trace& trace, const silicon::Catalog& catalog,
                         const silicon::SiliconClass& silicon) {
  v1::ProfileReport report;
  report.set_report_version(kReportVersion);
  report.set_trace_id(trace.id);
  report.set_trace_name(trace.name);
  report.set_content_digest(trace.content_digest_hex);
  report.set_catalog_digest(catalog.digest_hex());
  if (!trace.work_done.empty()) {
    report.mutable_work_done()->set_unit(static_cast<v1::WorkUnit>(trace.work_done.front().unit));
    report.mutable_work_done()->set_count(trace.work_done.front().count);
  }
  report.set_silicon_class(silicon.id);
  return report;
}

void AddKernels(std::vector<Row> rows, uint32_t most_kernels, v1::ProfileReport& report) {
  report.set_kernels_total(rows.size());
  double device_s = 0;
  double unlisted_s = 0;
  for (Row& row : rows) {
    device_s += row.totals.device_s();
    if (report.kernels_size() < static_cast<int64_t>(most_kernels)) {
      *report.add_kernels() = std::move(row.totals);
    } else {
      unlisted_s += row.totals.device_s();
    }
  }
  report.set_kernels_s(device_s);
  report.set_unlisted_s(unlisted_s);
}

// What a reader of kernels should know of what is not among them.
template <typename Report>
void AddNotes(const PreparedTrace& prepared, uint64_t kernels, Report& report) {
  if (kernels == 0) report.add_warnings("this machine is modelled by whole steps: it has no kernels");
  const double share = prepared.work.coverage.Share();
  if (share >= 1) return;
  report.add_warnings(absl::StrFormat(
      "the work of %.2f %% of the trace is not known; it is not among the kernels, and replays charge it at the mean",
      100 * (1 - share)));
}

// The runs from `first` on, at most `most` of them, and how many there are in all.
class Runs {
 public:
  Runs(const trace::Trace& trace, uint64_t first, uint64_t most, v1::ScheduleReport& report)
      : trace_(trace), first_(first), most_(most), report_(report) {}

  void Add(const ScheduledKernel& kernel) {
    const uint64_t index = total_++;
    if (index < first_ || index - first_ >= most_) return;
    std::vector<uint32_t> key(kernel.signatures.begin(), kernel.signatures.end());
    const auto [known, fresh] = kinds_.emplace(std::move(key), static_cast<uint32_t>(kinds_.size()));
    if (fresh) {
      v1::KernelTotals kind = WithoutSums(trace_, kernel);
      kind.set_limit(static_cast<v1::Limit>(kernel.limit));
      *report_.add_kinds() = std::move(kind);
    }
    v1::ScheduleRuns& runs = *report_.mutable_runs();
    runs.add_kind(known->second);
    runs.add_start_s(kernel.begin.value());
    runs.add_duration_s((kernel.end - kernel.begin).value());
    runs.add_device_s(static_cast<double>(kernel.occurrences) * kernel.device.value());
    runs.add_count(kernel.occurrences);
    runs.add_operator_id(trace_.operators[kernel.first_operator].id);
  }

  uint64_t total() const { return total_; }

 private:
  const trace::Trace& trace_;
  const uint64_t first_;
  const uint64_t most_;
  v1::ScheduleReport& report_;
  uint64_t total_ = 0;
  std::map<std::vector<uint32_t>, uint32_t> kinds_;
};

}  // namespace

absl::StatusOr<v1::ScheduleReport> BuildSchedule(const trace::Trace& trace, const silicon::Catalog& catalog,
                                                 const silicon::SiliconClass& silicon, const v1::ReplayOptions& options,
                                                 uint64_t first_run, uint64_t most_runs) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  const absl::StatusOr<PreparedTrace> prepared = PrepareFor(trace, catalog, options);
  if (!prepared.ok()) return prepared.status();
  v1::ScheduleReport report;
  Runs runs(trace, first_run, most_runs, report);
  const replay::ClassReplay replay = replay::ReplayOn(*prepared, catalog.TargetFor(silicon, options.stack()),
                                                      [&runs](const ScheduledKernel& kernel) { runs.Add(kernel); });
  // What was heard of a replay that came to nothing is no schedule.
  if (replay.verdict != replay::Verdict::kSupported) report.Clear();
  report.set_report_version(kReportVersion);
  report.set_trace_id(trace.id);
  report.set_trace_name(trace.name);
  report.set_catalog_digest(catalog.digest_hex());
  report.set_silicon_class(silicon.id);
  report.set_verdict(static_cast<v1::Verdict>(replay.verdict));
  report.set_reason(replay.reason);
  report.set_stack(replay.stack == nullptr ? options.stack() : replay.stack->name);
  if (replay.verdict != replay::Verdict::kSupported) return report;
  report.set_devices(static_cast<uint32_t>(replay.devices));
  report.set_wall_s(replay.wall.value());
  report.set_runs_total(runs.total());
  AddNotes(*prepared, runs.total(), report);
  for (const std::string& warning : replay.warnings) report.add_warnings(warning);
  return report;
}

absl::StatusOr<v1::ProfileReport> BuildProfile(const trace::Trace& trace, const silicon::Catalog& catalog,
                                               const silicon::SiliconClass& silicon, const v1::ReplayOptions& options,
                                               const ProfileOptions& profile) {
  if (absl::Status status = ValidateOptions(options); !status.ok()) return status;
  const absl::StatusOr<PreparedTrace> prepared = PrepareFor(trace, catalog, options);
  if (!prepared.ok()) return prepared.status();
  Rows rows(trace, profile.group);
  TimelineBins timeline(profile.timeline_bins);
  const replay::ClassReplay replay = replay::ReplayOn(*prepared, catalog.TargetFor(silicon, options.stack()),
                                                      [&rows, &timeline](const ScheduledKernel& kernel) {
                                                        rows.Add(kernel);
                                                        timeline.Add(kernel);
                                                      });
  v1::ProfileReport report = Header(trace, catalog, silicon);
  report.set_verdict(static_cast<v1::Verdict>(replay.verdict));
  report.set_reason(replay.reason);
  report.set_stack(replay.stack == nullptr ? options.stack() : replay.stack->name);
  if (replay.verdict != replay::Verdict::kSupported) return report;
  report.set_devices(static_cast<uint32_t>(replay.devices));
  for (const std::string& warning : replay.warnings) report.add_warnings(warning);
  AddNotes(*prepared, rows.size(), report);
  AddKernels(rows.Take(), profile.most_kernels, report);
  if (profile.timeline_bins > 0) *report.mutable_timeline() = timeline.Take();
  AddCeilings(replay, silicon, report);
  return report;
}

}  // namespace sandglass::report
