// What all importers share: what they are asked, and what they say of their work.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_IMPORTER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_IMPORTER_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

inline constexpr char kImporterVersion[] = "sandglass-import 1";

// Is told now and then how many parts of a file (events, nodes) have been read. False: to stop.
using ReadProgress = std::function<bool(uint64_t parts)>;

struct ImportOptions {
  // The trace's name; never empty.
  std::string name;
  // The command that repeats the import.
  std::string command;
  // What the user knows of the run and the file does not say; unspecified, empty: what the file shows.
  v1::Phase phase = v1::PHASE_UNSPECIFIED;
  std::string silicon_class;
  std::vector<v1::WorkDone> work_done;
  // The file that the bytes are of, for formats whose library opens files itself; empty: there is none.
  std::string path;
  // How many ranks the run had, each with a file of its own beside this one; 0: not known.
  uint32_t ranks = 0;
  // A second file of the same run, with what this one lacks; empty: none. A PyTorch ExecutionTrace beside a Kineto
  // file; the Kineto file of the capture beside that of a graph's replays.
  std::string execution_trace;
  std::string capture;
  // Is told now and then how far it is: how many events have been read or sent. False: to stop, with Cancelled.
  std::function<bool(absl::string_view doing, uint64_t events)> progress = [](absl::string_view, uint64_t) {
    return true;
  };
};

// Counts by what is counted; the names are those of Completeness.other.
using Counts = std::map<std::string, uint64_t>;

// Sums over what was taken, which must not be confused: work of a device, how long it was at work, and how long the
// host was.
struct ImportTimes {
  // Of kernels, copies and fills together, and of those whose launcher is known.
  int64_t device_work_ps = 0;
  int64_t linked_device_work_ps = 0;
  // During which at least one of them ran, devices taken together.
  int64_t device_busy_ps = 0;
  // Of operators that no other called.
  int64_t host_ps = 0;
};

// Adds a time to a sum, which stays at the most that it can hold.
inline void AddTime(int64_t ps, int64_t& sum) {
  if (__builtin_add_overflow(sum, ps, &sum)) sum = std::numeric_limits<int64_t>::max();
}

struct ImportReport {
  v1::TraceHeader header;
  v1::TraceManifest manifest;
  // What was taken.
  Counts imported;
  // Of device work, by how its launcher was found.
  Counts linked;
  ImportTimes times;
  // What was left out on purpose, since it says nothing of its own or lies outside what was recorded.
  Counts left_out;
  // What was lost or is missing: damaged, not linked, without shapes.
  Counts missing;
  // The first of each kind that was wrong, in words, with the byte.
  std::vector<std::string> problems;
};

// Reads a trace from `source` into `sink`, from Begin to Finish. After an error of sending, from Begin on, the sink was
// aborted. Errors: those of the format, with the byte where it is wrong; those of the source and the sink.
using ImportFunction = absl::StatusOr<ImportReport> (*)(ByteSource& source, const ImportOptions& options,
                                                        TraceSink& sink);

// A format of trace files.
struct ImportFormat {
  // As TraceHeader.source_format has it.
  const char* name;
  // For people.
  const char* what;
  // Whether a file that begins so, unpacked, is of this format.
  bool (*matches)(absl::string_view start);
  ImportFunction import;
  // Whether ImportOptions::execution_trace and ::capture mean something to it.
  bool takes_companions = false;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_IMPORTER_H_
