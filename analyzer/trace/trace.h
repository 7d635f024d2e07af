// A sealed trace in memory, as analysis sees it: plain values, decoded once from the store (trace_protos.h).
//
// A trace has few signatures (what an operator is, on which shapes) and many operators; each operator refers to its
// signature by index. Values were validated when the trace was taken in: ids are unique, durations are not negative,
// dimensions are not negative, parents come with smaller start times or are absent. Immutable after decoding, so safe
// to read from several threads.
#ifndef SANDGLASS_ANALYZER_TRACE_TRACE_H_
#define SANDGLASS_ANALYZER_TRACE_TRACE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sandglass::trace {

// Element types; the numbers are those of v1::DataType.
enum class DataType : uint8_t {
  kUnspecified = 0,
  kBool = 1,
  kInt8 = 2,
  kUint8 = 3,
  kInt16 = 4,
  kInt32 = 5,
  kInt64 = 6,
  kFloat16 = 7,
  kBfloat16 = 8,
  kFloat32 = 9,
  kFloat64 = 10,
  kComplex64 = 11,
  kComplex128 = 12,
  kFloat8E4m3 = 13,
  kFloat8E5m2 = 14,
  kFloat4E2m1 = 15,
  kInt4 = 16,
  kOther = 17,
};

// Bits of one element; nullopt for kUnspecified and kOther.
std::optional<int> ElementBits(DataType dtype);

// Whether elements are floating-point (real or complex).
bool IsFloatingPoint(DataType dtype);

struct Tensor {
  DataType dtype = DataType::kUnspecified;
  // Elements along each axis, outermost first; empty for a scalar. Meaningless unless `shape_known`.
  std::vector<int64_t> dims;
  // Distances between neighbours, in elements; empty: contiguous or not recorded.
  std::vector<int64_t> strides;
  bool shape_known = false;
  // Bytes of the storage behind it.
  std::optional<int64_t> storage_bytes;
  // Position in the argument or result list; elements of a tensor list share it.
  uint32_t position = 0;
  bool in_list = false;
  bool is_parameter = false;
};

// A non-tensor argument; monostate is None.
struct Attribute {
  uint32_t position = 0;
  std::string name;
  std::variant<std::monostate, int64_t, double, bool, std::string, std::vector<int64_t>> value;
};

// Kinds of transfers among ranks; the numbers are those of v1::Communication::Type.
enum class TransferType : uint8_t {
  kUnspecified = 0,
  kAllReduce = 1,
  kAllGather = 2,
  kReduceScatter = 3,
  kAllToAll = 4,
  kBroadcast = 5,
  kReduce = 6,
  kBarrier = 7,
  kSend = 8,
  kReceive = 9,
  kOther = 10,
};

// What a collective or a point-to-point transfer moves.
struct Communication {
  TransferType type = TransferType::kUnspecified;
  // Elements that this rank gives and receives; nullopt: not recorded.
  std::optional<int64_t> input_elements;
  std::optional<int64_t> output_elements;
  DataType dtype = DataType::kUnspecified;
  // Ranks of its group; nullopt: not recorded.
  std::optional<int64_t> ranks;
};

// What a record describes; the numbers are those of v1::OperatorKind.
enum class Kind : uint8_t {
  kUnspecified = 0,
  kHostOp = 1,
  kDeviceKernel = 2,
  kMemcpy = 3,
  kCollective = 4,
  kPointToPoint = 5,
  kMemory = 6,
  kAnnotation = 7,
  kMdPhase = 8,
};

// Whether it is work that a device did as its profiler saw it: what operators launch.
inline bool IsDeviceWork(Kind kind) { return kind == Kind::kDeviceKernel || kind == Kind::kMemcpy; }

// All of an operator that is the same each time it occurs.
struct Signature {
  Kind kind = Kind::kUnspecified;
  // The framework's name ("aten::addmm").
  std::string name;
  // Schema with overload and argument names; empty: not recorded.
  std::string op_schema;
  // Canonical class if the producer knew it; empty: derive it from the name.
  std::string op_class;
  std::vector<Tensor> inputs;
  // Empty and `outputs_recorded` false: to be inferred.
  std::vector<Tensor> outputs;
  bool outputs_recorded = false;
  std::vector<Attribute> attributes;
  // Figures that the producer states for one occurrence.
  std::optional<double> stated_flop;
  std::optional<double> stated_read_bytes;
  std::optional<double> stated_written_bytes;
  // For collectives and point-to-point transfers.
  std::optional<Communication> communication;
};

// One operator.
struct Operator {
  uint64_t id = 0;
  // Index into Trace::signatures.
  uint32_t signature = 0;
  // Index of the parent in Trace::operators; kNoParent: a root.
  uint32_t parent = kNoParent;
  // For work of a device, index of the operator that launched it; kNoParent: not known, or no such work.
  uint32_t launcher = kNoParent;
  std::optional<int64_t> start_ns;
  std::optional<int64_t> duration_ps;
  std::optional<int64_t> self_ps;
  // Host thread; absent: none.
  std::optional<uint32_t> thread;
  // How many times in a row it occurred; durations are of all together.
  uint64_t occurrences = 1;
  // Range in Trace::storages of its tensors' storage ids, inputs first.
  uint64_t first_storage = 0;
  uint32_t storage_count = 0;

  static constexpr uint32_t kNoParent = 0xffffffffu;
};

// Part of a model's life; the numbers are those of v1::Phase.
enum class Phase : uint8_t { kUnspecified = 0, kTrain = 1, kPrefill = 2, kDecode = 3, kInfer = 4, kSimulate = 5 };

// What work is counted in; the numbers are those of v1::WorkUnit.
enum class WorkUnit : uint8_t { kUnspecified = 0, kToken = 1, kSample = 2, kStep = 3, kMdNanosecond = 4 };

struct WorkDone {
  WorkUnit unit = WorkUnit::kUnspecified;
  double count = 0;
};

// A device that the trace mentions.
struct TracedDevice {
  // What the source called it, unchanged.
  std::string raw_name;
  // Empty: not resolved.
  std::string silicon_class;
  // Who says that it is of that class; empty: nobody.
  std::string asserted_by;
};

struct Trace {
  std::string id;
  std::string name;
  std::string content_digest_hex;
  std::string model;
  Phase phase = Phase::kUnspecified;
  // Only shapes were propagated: durations mean nothing and are absent.
  bool shapes_only = false;
  // The first is the one that reports count in.
  std::vector<WorkDone> work_done;
  std::vector<TracedDevice> devices;
  std::optional<int64_t> declared_parameter_bytes;
  std::optional<int64_t> declared_optimizer_bytes;
  std::optional<int64_t> declared_cache_bytes;
  // Recording limits, ns on the trace's clock.
  std::optional<int64_t> window_start_ns;
  std::optional<int64_t> window_end_ns;
  uint64_t dropped_operators = 0;
  uint64_t rejected_operators = 0;
  bool truncated = false;

  std::vector<Signature> signatures;
  // In the order of the trace.
  std::vector<Operator> operators;
  // Storage identities, see Operator::first_storage; 0: unknown.
  std::vector<uint64_t> storages;
};

}  // namespace sandglass::trace

#endif  // SANDGLASS_ANALYZER_TRACE_TRACE_H_
