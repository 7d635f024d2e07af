#include "collectors/importers/execution_trace/process_groups.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/json_values.h"
#include "proto/trace_validator.h"

namespace sandglass::collectors::execution_trace {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;

constexpr size_t kMostGroups = 4096;

// `size` ranks from `first` on, `step` apart; empty, if they are no ranks.
std::vector<uint32_t> EvenRanks(int64_t first, int64_t step, int64_t size) {
  if (first < 0 || first > kMaxListEntries || step < 1 || step > kMaxListEntries) return {};
  if (size < 1 || size > kMaxListEntries) return {};
  std::vector<uint32_t> ranks;
  for (int64_t i = 0; i < size; ++i) ranks.push_back(static_cast<uint32_t>(first + i * step));
  return ranks;
}

}  // namespace

std::optional<uint32_t> ProcessGroups::Add(absl::string_view name, std::vector<uint32_t> ranks) {
  if (ranks.empty() || groups_.size() >= kMostGroups || name.size() > kMaxNameBytes) return std::nullopt;
  const auto [found, is_new] = by_name_.try_emplace(std::string(name), static_cast<uint32_t>(groups_.size()));
  if (is_new) {
    v1::ProcessGroup& group = groups_.emplace_back();
    group.set_name(std::string(name));
    *group.mutable_ranks() = {ranks.begin(), ranks.end()};
  }
  return found->second;
}

// A name may be as long as a store takes a key, which is longer.
void ProcessGroups::AddExtra(absl::string_view name, absl::string_view what, absl::string_view text) {
  std::string key = absl::StrCat("process_group ", name, " ", what);
  if (text.empty() || text.size() > kMaxNameBytes || key.size() > kMaxNameBytes) return;
  extras_.try_emplace(std::move(key), text);
}

void ProcessGroups::AddEntry(const element& entry) {
  std::vector<uint32_t> ranks;
  for (const element& rank : EntriesOf(MemberOf(entry, "ranks"))) {
    const int64_t number = SignedOf(rank);
    if (number < 0 || number > UINT32_MAX || ranks.size() == static_cast<size_t>(kMaxListEntries)) return;
    ranks.push_back(static_cast<uint32_t>(number));
  }
  // The group of all processes is listed without its members.
  const bool is_world = ranks.empty();
  if (is_world) ranks = EvenRanks(0, 1, SignedOf(MemberOf(entry, "group_size")));
  const auto size = static_cast<uint32_t>(ranks.size());
  const absl::string_view name = TextOf(MemberOf(entry, "pg_name"));
  const std::optional<uint32_t> group = Add(name, std::move(ranks));
  if (!group.has_value()) return;
  if (is_world) world_size_ = size;
  if (const int64_t backend = SignedOf(MemberOf(entry, "backend_id")); backend > 0)
    by_backend_.try_emplace(backend, *group);
  for (const char* what : {"pg_desc", "backend_config"}) {
    AddExtra(name, what, TextOf(MemberOf(entry, what)));
  }
}

bool ProcessGroups::AddList(absl::string_view json) {
  array entries;
  // The parser copies the text: it is part of another document.
  if (parser_.parse(json.data(), json.size()).get(entries) != simdjson::SUCCESS) return false;
  for (const element entry : entries) AddEntry(entry);
  return true;
}

std::optional<uint32_t> ProcessGroups::Find(const GroupReference& reference) {
  if (const auto found = by_backend_.find(reference.backend); found != by_backend_.end()) return found->second;
  if (reference.name.empty()) return std::nullopt;
  if (const auto found = by_name_.find(reference.name); found != by_name_.end()) return found->second;
  const std::optional<uint32_t> group =
      Add(reference.name, EvenRanks(reference.first_rank, reference.rank_step, reference.size));
  if (group.has_value()) AddExtra(reference.name, "pg_desc", reference.description);
  return group;
}

void ProcessGroups::NoteRank(uint32_t group, int64_t rank) {
  const v1::ProcessGroup& members = groups_[group];
  if (rank < 0 || rank >= members.ranks_size()) return;
  const int64_t global = members.ranks(static_cast<int>(rank));
  if (rank_.has_value() && *rank_ != global) {
    rank_ = -1;
  } else {
    rank_ = global;
  }
}

void ProcessGroups::MoveTo(Trace& trace) {
  trace.process_groups = std::move(groups_);
  for (auto& [key, value] : extras_) trace.extras.try_emplace(key, std::move(value));
  trace.world_size = world_size_;
  if (!rank_.has_value() || *rank_ < 0) return;
  if (world_size_.has_value() && *rank_ >= *world_size_) return;
  trace.rank = static_cast<uint32_t>(*rank_);
}

}  // namespace sandglass::collectors::execution_trace
