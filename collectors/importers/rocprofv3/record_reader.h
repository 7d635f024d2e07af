// Reads the parts of a rocprofv3 file into a capture.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_RECORD_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_RECORD_READER_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/rocprofv3/capture.h"

namespace sandglass::collectors::rocprofv3 {

// Not safe for use by several threads at once.
class RecordReader {
 public:
  // Which parts of the file are to come one by one, for JsonPieces.
  static bool Opens(absl::string_view path);

  // Takes an element of one of the arrays that are open: a symbol, an agent, a record. `process` counts from 1; of
  // those behind the first nothing is taken, because handles and ids mean something else there, and their work is
  // counted. Errors: InvalidArgument, where a kernel, a copy, a symbol or an agent is none, in few words; nothing of it
  // is taken then.
  absl::Status AddElement(const JsonPiece& piece, uint64_t process);
  // Takes a member: what was run, and what operations are called.
  void AddMember(const JsonPiece& piece, uint64_t process);

  // What was read; kernels have the names of their symbols, wherever these stood.
  Capture Take() &&;

 private:
  // What tells signatures apart before names are known.
  struct Kernel {
    int64_t kernel_id = 0;
    v1::KernelLaunch launch;
  };
  struct Copy {
    int64_t kind = 0;
    int64_t operation = 0;
    std::optional<int64_t> bytes;
  };
  // A record whose signature and GPU are to be found when all is read.
  struct Record {
    int64_t start_ns = 0;
    int64_t duration_ps = 0;
    bool is_copy = false;
    // Index into kernels_ or copies_.
    uint32_t what = 0;
    // Handles; of a copy where it goes and where it comes from.
    std::optional<int64_t> agent;
    std::optional<int64_t> other_agent;
    std::optional<uint32_t> queue;
  };

  absl::Status AddRecord(absl::string_view name, const simdjson::dom::element& json);
  absl::Status AddSymbol(const simdjson::dom::element& json);
  absl::Status AddAgent(const simdjson::dom::element& json);
  absl::Status AddKernel(const simdjson::dom::element& json);
  absl::Status AddCopy(const simdjson::dom::element& json);
  absl::Status ReadTimes(const simdjson::dom::element& json, Record& record);
  void CountLeftOut(absl::string_view name);
  void AddSignatures();
  void AddWork();
  std::string NameOf(const Copy& copy) const;
  std::optional<uint32_t> GpuOf(const Record& record) const;

  simdjson::dom::parser parser_;
  absl::flat_hash_map<int64_t, std::string> symbols_;
  std::vector<Agent> agents_;
  // Names by kind and operation.
  std::vector<std::vector<std::string>> operations_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<Kernel> kernels_;
  std::vector<Copy> copies_;
  std::vector<Record> records_;
  absl::flat_hash_map<int64_t, uint32_t> gpu_numbers_;
  uint64_t names_cut_ = 0;
  Capture capture_;
};

}  // namespace sandglass::collectors::rocprofv3

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_RECORD_READER_H_
