#include "collectors/importers/kineto/linker.h"

#include "absl/container/flat_hash_map.h"
#include "collectors/importers/kineto/served_threads.h"

namespace sandglass::collectors::kineto {
namespace {

constexpr uint32_t kAmbiguous = kNoEvent - 1;

// Events by a number that they bear.
using Index = absl::flat_hash_map<int64_t, uint32_t>;

// The operators by external id. Ids that several bear are marked.
Index OperatorsById(const Trace& trace, uint64_t& ambiguous) {
  Index operators;
  operators.reserve(trace.events.size() / 2);
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.kind != EventKind::kOperator || event.external_id == kNone) continue;
    const auto [found, is_new] = operators.try_emplace(event.external_id, i);
    if (is_new) continue;
    if (found->second != kAmbiguous) ++ambiguous;
    found->second = kAmbiguous;
  }
  return operators;
}

Index CallsByCorrelation(const Trace& trace) {
  Index calls;
  calls.reserve(trace.events.size() / 2);
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (event.kind == EventKind::kRuntime && event.correlation != kNone) calls.try_emplace(event.correlation, i);
  }
  return calls;
}

uint32_t Find(const Index& index, int64_t number) {
  const auto found = index.find(number);
  return number == kNone || found == index.end() ? kNoEvent : found->second;
}

}  // namespace

Links LinkDeviceWork(const Trace& trace, const CallTree& tree) {
  Links links;
  links.of.resize(trace.events.size());
  const Index operators = OperatorsById(trace, links.ambiguous_ids);
  const Index calls = CallsByCorrelation(trace);
  const ServedThreads served(trace, tree);
  for (uint32_t i = 0; i < trace.events.size(); ++i) {
    const Event& event = trace.events[i];
    if (!IsDeviceWork(event.kind)) continue;
    Link& link = links.of[i];
    const uint32_t call = Find(calls, event.correlation);
    link.has_call = call != kNoEvent;
    const uint32_t by_call = link.has_call ? tree.CallerOf(call) : kNoEvent;
    uint32_t by_id = kNoEvent;
    if (trace.generation != Generation::kSecond) by_id = Find(operators, event.external_id);
    // Work cannot begin before the operator that launched it.
    if (by_id == kAmbiguous || (by_id != kNoEvent && trace.events[by_id].start_ns > event.start_ns)) by_id = kNoEvent;
    if (by_id != kNoEvent && by_call != kNoEvent && !tree.IsWithin(by_call, by_id) && !tree.IsWithin(by_id, by_call)) {
      ++links.disagreements;
    } else if (by_call != kNoEvent && by_call != by_id) {
      link = {.launcher = by_call, .method = v1::LINK_METHOD_CORRELATION, .has_call = true};
    } else if (by_id != kNoEvent) {
      link = {.launcher = by_id, .method = v1::LINK_METHOD_EXTERNAL_ID, .has_call = link.has_call};
    } else if (const uint32_t waiting = link.has_call ? served.CallerOf(call) : kNoEvent; waiting != kNoEvent) {
      link = {.launcher = waiting, .method = v1::LINK_METHOD_CONTAINMENT, .has_call = true};
    }
  }
  return links;
}

}  // namespace sandglass::collectors::kineto
