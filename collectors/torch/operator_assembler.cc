#include "collectors/torch/operator_assembler.h"

#include <algorithm>
#include <utility>

namespace sandglass::collectors {
namespace {

constexpr int64_t kPicosecondsPerNanosecond = 1000;

}  // namespace

OperatorAssembler::OperatorAssembler(AssemblerOptions options, Emit emit, CatchUp catch_up)
    : options_(std::move(options)),
      emit_(std::move(emit)),
      catch_up_(std::move(catch_up)),
      signatures_(options_.parameter_storages) {}

OperatorAssembler::Thread& OperatorAssembler::ThreadOf(uint64_t torch_thread) {
  std::unique_ptr<Thread>& thread = threads_[torch_thread];
  if (thread == nullptr) {
    thread = std::make_unique<Thread>();
    thread->torch_thread = torch_thread;
    thread->number = static_cast<uint32_t>(threads_.size() - 1);
  }
  return *thread;
}

void OperatorAssembler::Consume(uint64_t torch_thread, std::span<const uint64_t> event) {
  if (!status_.ok()) return;
  ++events_;
  Thread& thread = ThreadOf(torch_thread);
  if (ReadHead(event[0]).tag == EventTag::kStart) {
    Start(thread, event);
  } else {
    End(thread, event);
  }
}

void OperatorAssembler::Start(Thread& thread, std::span<const uint64_t> event) {
  Pending op;
  op.op = reinterpret_cast<const OpInfo*>(event[1]);
  op.backward = (ReadHead(event[0]).flags & kBackward) != 0;
  op.start_ns = static_cast<int64_t>(event[2]);
  op.sequence = static_cast<int64_t>(event[3]);
  op.forward_thread = event[4];
  op.started = events_;
  op.parent = thread.open.empty() ? -1 : static_cast<int32_t>(thread.open.back());
  op.arguments.begin = thread.words.size();
  thread.words.insert(thread.words.end(), event.begin() + EventWriter::kStartWords, event.end());
  op.arguments.end = thread.words.size();
  op.argument_storages = NumberArguments(thread, op);
  thread.open.push_back(static_cast<uint32_t>(thread.tree.size()));
  thread.tree.push_back(op);
}

void OperatorAssembler::End(Thread& thread, std::span<const uint64_t> event) {
  if (thread.open.empty()) return;  // began before the recording
  Pending& op = thread.tree[thread.open.back()];
  thread.open.pop_back();
  const uint8_t flags = ReadHead(event[0]).flags;
  op.end_ns = static_cast<int64_t>(event[1]);
  op.ended = op.end_ns != kUnknownTime;
  op.results_recorded = (flags & kResultsRecorded) != 0;
  op.children_missing |= (flags & kChildrenMissing) != 0;
  op.results.begin = thread.words.size();
  thread.words.insert(thread.words.end(), event.begin() + EventWriter::kEndWords, event.end());
  op.results.end = thread.words.size();
  op.result_storages = NumberResults(thread, op);
  if (op.parent >= 0) {
    Pending& parent = thread.tree[static_cast<size_t>(op.parent)];
    if (op.ended) {
      parent.children_ns += op.end_ns - op.start_ns;
    } else {
      parent.children_missing = true;
    }
  }
  if (thread.open.empty()) EmitTree(thread);
}

OperatorAssembler::Range OperatorAssembler::NumberArguments(Thread& thread, const Pending& op) {
  Range numbers{.begin = thread.storages.size()};
  for (size_t at = op.arguments.begin; at < op.arguments.end;) {
    const ArgumentView view = ReadArgument(std::span(thread.words).subspan(at));
    at += view.words;
    if (view.tag != ArgumentTag::kTensor) continue;
    const bool known = (view.flags & kNoStorage) == 0;
    thread.storages.push_back(known ? storages_.OfArgument(view.storage, events_) : 0);
  }
  numbers.end = thread.storages.size();
  return numbers;
}

OperatorAssembler::Range OperatorAssembler::NumberResults(Thread& thread, const Pending& op) {
  Range numbers{.begin = thread.storages.size()};
  for (size_t at = op.results.begin; at < op.results.end;) {
    const ArgumentView view = ReadArgument(std::span(thread.words).subspan(at));
    at += view.words;
    if (view.tag != ArgumentTag::kTensor) continue;
    if ((view.flags & kNoStorage) != 0) {
      thread.storages.push_back(0);
      continue;
    }
    uint64_t number = 0;
    size_t argument_index = op.argument_storages.begin;
    for (size_t from = op.arguments.begin; from < op.arguments.end && number == 0;) {
      const ArgumentView argument = ReadArgument(std::span(thread.words).subspan(from));
      from += argument.words;
      if (argument.tag != ArgumentTag::kTensor) continue;
      const bool same = (argument.flags & kNoStorage) == 0 && argument.storage == view.storage;
      if (same) number = thread.storages[argument_index];
      ++argument_index;
    }
    thread.storages.push_back(number != 0 ? number : storages_.OfResult(view.storage, op.started, events_));
  }
  numbers.end = thread.storages.size();
  return numbers;
}

void OperatorAssembler::Finish() {
  // In order of thread number, so that the result does not depend on the hash table.
  std::vector<Thread*> threads(threads_.size());
  for (auto& [torch_thread, thread] : threads_) threads[thread->number] = thread.get();
  for (Thread* thread : threads) {
    unfinished_ += thread->open.size();
    thread->open.clear();
    EmitTree(*thread);
  }
}

void OperatorAssembler::EmitTree(Thread& thread) {
  // By index: LinkForward may consume events of other threads, but never of this one.
  for (size_t i = 0; i < thread.tree.size() && status_.ok(); ++i) EmitOne(thread, thread.tree[i]);
  thread.tree.clear();
  thread.words.clear();
  thread.storages.clear();
}

void OperatorAssembler::EmitOne(Thread& thread, Pending& op) {
  // Before the id is given: this may send out another thread's operators.
  LinkForward(thread, op);
  op.id = ++last_id_;
  if (!op.backward && op.sequence >= 0) thread.forward.Note(op.sequence, op.id);

  record_.Clear();
  record_.set_id(op.id);
  if (op.parent >= 0) record_.set_parent_id(thread.tree[static_cast<size_t>(op.parent)].id);
  if (op.forward_id != 0) record_.set_forward_id(op.forward_id);
  if (op.sequence >= 0) record_.set_sequence_number(op.sequence);
  record_.set_thread(thread.number);
  if (options_.device.has_value()) record_.set_device(*options_.device);
  if (options_.record_times) SetTimes(op);
  for (const Range range : {op.argument_storages, op.result_storages}) {
    for (size_t i = range.begin; i < range.end; ++i) record_.add_storage_ids(thread.storages[i]);
  }

  const std::span<const uint64_t> words(thread.words);
  v1::OpSignature* signature =
      signatures_.Get(op.op, words.subspan(op.arguments.begin, op.arguments.end - op.arguments.begin),
                      words.subspan(op.results.begin, op.results.end - op.results.begin), op.results_recorded);
  // Lent for the call, not copied: signatures are large and records are many.
  record_.unsafe_arena_set_allocated_signature(signature);
  status_ = emit_(record_);
  record_.unsafe_arena_release_signature();
}

void OperatorAssembler::SetTimes(const Pending& op) {
  record_.set_start_ns(op.start_ns);
  first_ns_ = std::min(first_ns_.value_or(op.start_ns), op.start_ns);
  last_ns_ = std::max(last_ns_.value_or(op.start_ns), op.start_ns);
  if (!op.ended) return;
  last_ns_ = std::max(*last_ns_, op.end_ns);
  const int64_t duration_ns = std::max<int64_t>(0, op.end_ns - op.start_ns);
  record_.set_duration_ps(duration_ns * kPicosecondsPerNanosecond);
  // With a child missing, what is left would be called our own time though it is not.
  if (op.children_missing) return;
  record_.set_self_ps(std::max<int64_t>(0, duration_ns - op.children_ns) * kPicosecondsPerNanosecond);
}

void OperatorAssembler::LinkForward(Thread& thread, Pending& op) {
  if (!op.backward || op.sequence < 0) {
    if (op.parent >= 0) op.forward_id = thread.tree[static_cast<size_t>(op.parent)].forward_id;
    return;
  }
  const auto find = [&]() -> uint64_t {
    const auto found = threads_.find(op.forward_thread);
    return found == threads_.end() ? 0 : found->second->forward.Find(op.sequence);
  };
  op.forward_id = find();
  if (op.forward_id == 0 && op.forward_thread != thread.torch_thread && catch_up_) {
    catch_up_(op.forward_thread);
    op.forward_id = find();
  }
}

}  // namespace sandglass::collectors
