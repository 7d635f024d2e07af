#include "collectors/importers/nsight/trace_reader.h"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/nsight/signatures.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::nsight {
namespace {

constexpr char kKernels[] = "CUPTI_ACTIVITY_KIND_KERNEL";
constexpr char kCopies[] = "CUPTI_ACTIVITY_KIND_MEMCPY";
constexpr char kFills[] = "CUPTI_ACTIVITY_KIND_MEMSET";
constexpr char kCalls[] = "CUPTI_ACTIVITY_KIND_RUNTIME";
constexpr char kGraphs[] = "CUPTI_ACTIVITY_KIND_GRAPH_TRACE";
constexpr char kRanges[] = "NVTX_EVENTS";
constexpr char kGpus[] = "TARGET_INFO_GPU";
constexpr const char* kTables[] = {kKernels, kCopies, kFills, kCalls, kGraphs, kRanges, kGpus};

// What stands for a graph of kernels, none of which was recorded.
constexpr char kGraphName[] = "CUDA graph";

constexpr uint64_t kRowsBetweenReports = 1 << 16;
// So that a duration in ps fits into 63 bits.
constexpr int64_t kMostDurationNs = std::numeric_limits<int64_t>::max() / 1000;
constexpr size_t kMostGpus = 4096;
constexpr size_t kMostExtras = 64;
constexpr size_t kMostTextBytes = 4096;

// A globalTid holds the thread in its lowest bits and above them the process; a globalPid is the same without a thread.
constexpr int kThreadBits = 24;
int64_t ProcessOf(int64_t global_id) { return global_id >> kThreadBits; }
int64_t PidOf(int64_t process) { return process & ((int64_t{1} << kThreadBits) - 1); }

std::optional<uint32_t> Small(std::optional<int64_t> number) {
  if (!number.has_value() || *number < 0 || *number > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return static_cast<uint32_t>(*number);
}

// Of NVTX events, those that have a beginning and an end: of a stack of a thread, and free ones; then the same of the
// extended interface.
bool IsRange(int64_t event_type) {
  return event_type == 59 || event_type == 60 || event_type == 70 || event_type == 71;
}

class Reader {
 public:
  Reader(Database& database, const std::function<bool(uint64_t)>& progress)
      : database_(database), progress_(progress) {}

  absl::StatusOr<Trace> Read() {
    using Step = absl::Status (Reader::*)();
    for (const Step step :
         {&Reader::ReadStrings, &Reader::ReadGpus, &Reader::ReadKernels, &Reader::ReadCopies, &Reader::ReadFills,
          &Reader::ReadGraphs, &Reader::ReadCalls, &Reader::ReadRanges, &Reader::ReadAbout}) {
      if (absl::Status status = (this->*step)(); !status.ok()) return status;
    }
    trace_.signatures = signatures_.Take();
    if (database_.wrong_types() > 0) trace_.missing["values_of_wrong_type"] = database_.wrong_types();
    if (signatures_.names_cut() > 0) trace_.missing["names_cut"] = signatures_.names_cut();
    return std::move(trace_);
  }

 private:
  absl::Status ForEachRow(const char* table, absl::Span<const char* const> columns, const Database::TakeRow& take) {
    return database_.ForEachRow(table, columns, [&](const Database::Row& row) {
      if (++rows_ % kRowsBetweenReports == 0 && !progress_(rows_)) {
        return absl::CancelledError("the import was stopped");
      }
      return take(row);
    });
  }

  void Problem(const char* name, const char* table, const Database::Row& row, const char* what) {
    trace_.problems.Add(name, absl::StrCat(table, ", row ", row.number(), ": ", what));
  }

  absl::Status ReadStrings() {
    return ForEachRow("StringIds", {"id", "value"}, [&](const Database::Row& row) {
      const std::optional<int64_t> id = row.Integer(0);
      const std::optional<absl::string_view> text = row.Text(1);
      if (id.has_value() && text.has_value()) strings_.try_emplace(*id, *text);
      return absl::OkStatus();
    });
  }

  // The first of the columns that names a text; empty: none does.
  absl::string_view TextOf(const Database::Row& row, std::initializer_list<int> columns) const {
    for (const int column : columns) {
      const std::optional<int64_t> id = row.Integer(column);
      const auto found = id.has_value() ? strings_.find(*id) : strings_.end();
      if (found != strings_.end() && !found->second.empty()) return found->second;
    }
    return "";
  }

  absl::Status ReadGpus() {
    absl::Status status = ForEachRow(kGpus, {"id", "name"}, [&](const Database::Row& row) {
      const std::optional<uint32_t> id = Small(row.Integer(0));
      if (!id.has_value() || trace_.gpus.size() == kMostGpus) return absl::OkStatus();
      trace_.gpus.try_emplace(*id, PlainText(row.Text(1).value_or("").substr(0, kMostTextBytes)));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    // A process may see some of the host's GPUs, and numbers those anew.
    return ForEachRow("TARGET_INFO_CUDA_DEVICE", {"pid", "cudaId", "gpuId"}, [&](const Database::Row& row) {
      const std::optional<int64_t> pid = row.Integer(0);
      const std::optional<int64_t> number = row.Integer(1);
      const std::optional<uint32_t> gpu = Small(row.Integer(2));
      if (pid.has_value() && number.has_value() && gpu.has_value()) gpu_of_[{*pid, *number}] = *gpu;
      return absl::OkStatus();
    });
  }

  std::optional<uint32_t> GpuOf(std::optional<int64_t> device, std::optional<int64_t> global_pid) {
    std::optional<uint32_t> gpu = Small(device);
    if (device.has_value() && global_pid.has_value()) {
      const auto found = gpu_of_.find({PidOf(ProcessOf(*global_pid)), *device});
      if (found != gpu_of_.end()) gpu = found->second;
    }
    if (!gpu.has_value()) return std::nullopt;
    if (trace_.gpus.count(*gpu) == 0 && trace_.gpus.size() == kMostGpus) return std::nullopt;
    trace_.gpus.try_emplace(*gpu);
    return gpu;
  }

  // The times of a row, in its first two columns. Absent: they make no sense, which is counted.
  std::optional<std::pair<int64_t, int64_t>> TimesOf(const char* table, const Database::Row& row) {
    const std::optional<int64_t> start = row.Integer(0);
    const std::optional<int64_t> end = row.Integer(1);
    int64_t duration = 0;
    if (!start.has_value() || !end.has_value()) {
      Problem("events_without_times", table, row, "has no start or no end: left out");
    } else if (*end < *start) {
      Problem("events_of_negative_duration", table, row, "ends before it starts: left out");
    } else if (__builtin_sub_overflow(*end, *start, &duration) || duration > kMostDurationNs ||
               *end == std::numeric_limits<int64_t>::max()) {
      Problem("events_that_are_too_long", table, row, "takes more than a hundred days: left out");
    } else {
      return std::pair(*start, *end);
    }
    return std::nullopt;
  }

  // Device work, of which the columns begin with: start, end, deviceId, streamId, correlationId, globalPid.
  std::optional<Work> WorkOf(const char* table, const Database::Row& row, WorkKind kind) {
    const auto times = TimesOf(table, row);
    if (!times.has_value()) return std::nullopt;
    Work work;
    work.kind = kind;
    work.start_ns = times->first;
    work.end_ns = times->second;
    const std::optional<int64_t> correlation = row.Integer(4);
    const std::optional<int64_t> global_pid = row.Integer(5);
    work.gpu = GpuOf(row.Integer(2), global_pid);
    work.queue = Small(row.Integer(3));
    if (correlation.has_value() && global_pid.has_value()) {
      work.call = CallKey{ProcessOf(*global_pid), *correlation};
      wanted_calls_.insert(*work.call);
    }
    return work;
  }

  absl::Status ReadKernels() {
    return ForEachRow(kKernels,
                      {"start", "end", "deviceId", "streamId", "correlationId", "globalPid", "demangledName",
                       "shortName", "gridX", "gridY", "gridZ", "blockX", "blockY", "blockZ", "registersPerThread",
                       "staticSharedMemory", "dynamicSharedMemory"},
                      [&](const Database::Row& row) {
                        std::optional<Work> work = WorkOf(kKernels, row, WorkKind::kKernel);
                        if (!work.has_value()) return absl::OkStatus();
                        const absl::string_view name = TextOf(row, {6, 7});
                        if (name.empty())
                          Problem("kernels_without_name", kKernels, row, "its name is not in StringIds");
                        KernelShape shape;
                        for (int i = 0; i < 6; ++i) shape.grid_and_block[i] = Small(row.Integer(8 + i));
                        shape.registers = Small(row.Integer(14));
                        const std::optional<uint32_t> fixed_bytes = Small(row.Integer(15));
                        const std::optional<uint32_t> given_bytes = Small(row.Integer(16));
                        if (fixed_bytes.has_value() && given_bytes.has_value()) {
                          shape.shared_bytes = int64_t{*fixed_bytes} + *given_bytes;
                        }
                        work->signature = signatures_.OfKernel(name, shape);
                        trace_.work.push_back(*work);
                        return absl::OkStatus();
                      });
  }

  absl::Status ReadCopies() {
    return ForEachRow(kCopies,
                      {"start", "end", "deviceId", "streamId", "correlationId", "globalPid", "bytes", "copyKind"},
                      [&](const Database::Row& row) {
                        std::optional<Work> work = WorkOf(kCopies, row, WorkKind::kCopy);
                        if (!work.has_value()) return absl::OkStatus();
                        work->signature = signatures_.OfCopy(row.Integer(7), row.Integer(6));
                        trace_.work.push_back(*work);
                        return absl::OkStatus();
                      });
  }

  absl::Status ReadFills() {
    return ForEachRow(kFills, {"start", "end", "deviceId", "streamId", "correlationId", "globalPid", "bytes"},
                      [&](const Database::Row& row) {
                        std::optional<Work> work = WorkOf(kFills, row, WorkKind::kFill);
                        if (!work.has_value()) return absl::OkStatus();
                        work->signature = signatures_.OfFill(row.Integer(6));
                        trace_.work.push_back(*work);
                        return absl::OkStatus();
                      });
  }

  // Only what launched device work is kept: the others are many, and say nothing.
  absl::Status ReadCalls() {
    return ForEachRow(kCalls, {"start", "end", "correlationId", "globalTid"}, [&](const Database::Row& row) {
      ++trace_.left_out["runtime_calls"];
      const std::optional<int64_t> correlation = row.Integer(2);
      const std::optional<int64_t> thread = row.Integer(3);
      if (!correlation.has_value() || !thread.has_value()) return absl::OkStatus();
      const CallKey key = {ProcessOf(*thread), *correlation};
      if (!wanted_calls_.contains(key)) return absl::OkStatus();
      const auto times = TimesOf(kCalls, row);
      if (!times.has_value()) return absl::OkStatus();
      const bool is_new =
          trace_.calls.try_emplace(key, Call{.start_ns = times->first, .end_ns = times->second, .thread = *thread})
              .second;
      if (!is_new)
        Problem("calls_of_one_number", kCalls, row, "another call has its correlationId: the first is taken");
      return absl::OkStatus();
    });
  }

  absl::Status ReadRanges() {
    return ForEachRow(kRanges, {"start", "end", "globalTid", "eventType", "text", "textId", "endGlobalTid"},
                      [&](const Database::Row& row) {
                        TakeRange(row);
                        return absl::OkStatus();
                      });
  }

  void TakeRange(const Database::Row& row) {
    const std::optional<int64_t> thread = row.Integer(2);
    if (const auto type = row.Integer(3); type.has_value() && !IsRange(*type)) {
      ++trace_.left_out["nvtx_events_that_are_no_ranges"];
      return;
    }
    // A range that the recording's end cut off has none.
    const auto times = TimesOf(kRanges, row);
    if (!times.has_value()) return;
    if (!thread.has_value() || row.Integer(6).value_or(*thread) != *thread) {
      ++trace_.left_out["ranges_of_no_one_thread"];
      return;
    }
    absl::string_view name = row.Text(4).value_or("");
    if (name.empty()) name = TextOf(row, {5});
    if (name.empty()) Problem("ranges_without_name", kRanges, row, "has no text, or its textId is not in StringIds");
    trace_.ranges.push_back(Range{
        .start_ns = times->first, .end_ns = times->second, .thread = *thread, .signature = signatures_.OfRange(name)});
  }

  // Of graphs that were recorded as a whole it is not known what ran, and known how long.
  absl::Status ReadGraphs() {
    return ForEachRow(kGraphs, {"start", "end", "deviceId", "streamId", "correlationId", "globalPid"},
                      [&](const Database::Row& row) {
                        std::optional<Work> work = WorkOf(kGraphs, row, WorkKind::kGraph);
                        if (!work.has_value()) return absl::OkStatus();
                        Problem("graphs_without_kernels", kGraphs, row,
                                "a CUDA graph was recorded as a whole, without its kernels: what it computes is not "
                                "known; record with --cuda-graph-trace=node");
                        work->signature = signatures_.OfKernel(kGraphName, {});
                        trace_.work.push_back(*work);
                        return absl::OkStatus();
                      });
  }

  absl::Status ReadAbout() {
    absl::Status status = ForEachRow("TARGET_INFO_SESSION_START_TIME", {"utcEpochNs"}, [&](const Database::Row& row) {
      if (const auto start = row.Integer(0); start.has_value() && *start > 0) trace_.start_unix_ns = *start;
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    return ForEachRow("META_DATA_EXPORT", {"name", "value"}, [&](const Database::Row& row) {
      const std::string name = PlainText(row.Text(0).value_or("").substr(0, kMostTextBytes));
      if (!absl::StrContains(name, "VERSION") || trace_.extras.size() == kMostExtras) return absl::OkStatus();
      trace_.extras.try_emplace(name, PlainText(row.Text(1).value_or("").substr(0, kMostTextBytes)));
      return absl::OkStatus();
    });
  }

  Database& database_;
  const std::function<bool(uint64_t)>& progress_;
  uint64_t rows_ = 0;
  Trace trace_;
  Signatures signatures_;
  absl::flat_hash_map<int64_t, std::string> strings_;
  // A process's number of a device → the host's.
  std::map<std::pair<int64_t, int64_t>, uint32_t> gpu_of_;
  // Calls that device work names.
  absl::flat_hash_set<CallKey> wanted_calls_;
};

}  // namespace

bool HasTables(const Database& database) {
  return std::any_of(std::begin(kTables), std::end(kTables), [&](const char* table) { return database.Has(table); });
}

absl::StatusOr<Trace> ReadTrace(Database& database, const std::function<bool(uint64_t)>& progress) {
  return Reader(database, progress).Read();
}

}  // namespace sandglass::collectors::nsight
