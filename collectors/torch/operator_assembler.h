// Builds operator records from events.
//
// A thread's events are kept until its outermost operator ends; then the whole tree of calls goes out, parents before
// children, in order of start. Ids are 1, 2, 3 … in the order in which records go out, so a parent's id is smaller
// than its children's. Trees of different threads go out in the order in which they are consumed.
//
// Forward and backward are joined by libtorch's sequence numbers (forward_links.h). What an autograd node calls
// differentiates the same forward operator as the node.
//
// Not thread-safe. Memory is bounded by the largest tree and the number of distinct signatures and addresses.
#ifndef SANDGLASS_COLLECTORS_TORCH_OPERATOR_ASSEMBLER_H_
#define SANDGLASS_COLLECTORS_TORCH_OPERATOR_ASSEMBLER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "collectors/torch/event.h"
#include "collectors/torch/forward_links.h"
#include "collectors/torch/signature_cache.h"
#include "collectors/torch/storage_generations.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

struct AssemblerOptions {
  // Whether records carry times; a shape run's have none.
  bool record_times = true;
  // Index into TraceHeader.devices that operators get.
  std::optional<uint32_t> device = std::nullopt;
  // Storages of the model's parameters, as events name them. Empty: not known, and records do not say.
  absl::flat_hash_set<uint64_t> parameter_storages = {};
};

class OperatorAssembler {
 public:
  using Emit = std::function<absl::Status(const v1::Operator&)>;
  // Consumes what waits of another thread's events; called when a forward operator is looked for and is not there yet.
  using CatchUp = std::function<void(uint64_t torch_thread)>;

  // An error of `emit` is kept in status(), and nothing more goes out.
  OperatorAssembler(AssemblerOptions options, Emit emit, CatchUp catch_up = nullptr);

  // Takes one event of the thread that libtorch calls `torch_thread`. Requires: EventWriter wrote it.
  void Consume(uint64_t torch_thread, std::span<const uint64_t> event);

  // Sends out operators that have not ended, without duration and results.
  void Finish();

  const absl::Status& status() const { return status_; }
  // How many records went out.
  uint64_t operators() const { return last_id_; }
  // Operators that had not ended at Finish.
  uint64_t unfinished() const { return unfinished_; }
  // First and last instant that was seen, in ns; absent: none, or times are not recorded.
  std::optional<int64_t> first_ns() const { return first_ns_; }
  std::optional<int64_t> last_ns() const { return last_ns_; }

 private:
  // A part of one of a thread's arrays.
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };
  struct Pending {
    const OpInfo* op = nullptr;
    bool backward = false;
    bool ended = false;
    bool results_recorded = false;
    bool children_missing = false;
    int32_t parent = -1;  // index into Thread::tree; -1: none
    int64_t start_ns = 0;
    int64_t end_ns = 0;
    int64_t children_ns = 0;
    int64_t sequence = -1;
    uint64_t forward_thread = 0;
    uint64_t started = 0;  // counted in events
    uint64_t id = 0;
    uint64_t forward_id = 0;
    Range arguments;  // of Thread::words
    Range results;
    Range argument_storages;  // of Thread::storages
    Range result_storages;
  };
  struct Thread {
    uint64_t torch_thread = 0;
    uint32_t number = 0;
    std::vector<Pending> tree;
    std::vector<uint32_t> open;  // indices into tree, outermost first
    std::vector<uint64_t> words;
    std::vector<uint64_t> storages;
    ForwardLinks forward;
  };

  Thread& ThreadOf(uint64_t torch_thread);
  void Start(Thread& thread, std::span<const uint64_t> event);
  void End(Thread& thread, std::span<const uint64_t> event);
  Range NumberArguments(Thread& thread, const Pending& op);
  Range NumberResults(Thread& thread, const Pending& op);
  void EmitTree(Thread& thread);
  void EmitOne(Thread& thread, Pending& op);
  void SetTimes(const Pending& op);
  void LinkForward(Thread& thread, Pending& op);

  AssemblerOptions options_;
  Emit emit_;
  CatchUp catch_up_;
  absl::Status status_;
  absl::flat_hash_map<uint64_t, std::unique_ptr<Thread>> threads_;
  StorageGenerations storages_;
  SignatureCache signatures_;
  v1::Operator record_;
  uint64_t events_ = 0;
  uint64_t last_id_ = 0;
  uint64_t unfinished_ = 0;
  std::optional<int64_t> first_ns_;
  std::optional<int64_t> last_ns_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_OPERATOR_ASSEMBLER_H_
