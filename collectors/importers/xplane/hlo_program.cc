#include "collectors/importers/xplane/hlo_program.h"

#include <utility>

namespace sandglass::collectors::xplane {
namespace {

using hlo::HloComputationProto;
using hlo::HloInstructionProto;

template <typename Map, typename Key>
auto ValueOrNull(const Map& map, const Key& key) -> typename Map::mapped_type {
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second;
}

}  // namespace

std::unique_ptr<HloProgram> HloProgram::Parse(absl::string_view bytes) {
  // The constructor is private.
  std::unique_ptr<HloProgram> program(new HloProgram());
  if (!program->hlo_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !program->hlo_.has_hlo_module()) {
    return nullptr;
  }
  // Most of a program is what is not read: literals, layouts, where memory is.
  program->hlo_.DiscardUnknownFields();
  program->Index();
  return program;
}

void HloProgram::Index() {
  for (const HloComputationProto& computation : hlo_.hlo_module().computations()) {
    computations_.emplace(computation.id(), &computation);
    for (const HloInstructionProto& instruction : computation.instructions()) {
      by_name_.emplace(instruction.name(), &instruction);
      by_id_.emplace(instruction.id(), &instruction);
      if (computation.id() == hlo_.hlo_module().entry_computation_id()) entry_.insert(&instruction);
    }
  }
}

const HloInstructionProto* HloProgram::Find(absl::string_view name) const { return ValueOrNull(by_name_, name); }

const HloInstructionProto* HloProgram::Instruction(int64_t id) const { return ValueOrNull(by_id_, id); }

const HloComputationProto* HloProgram::Computation(int64_t id) const { return ValueOrNull(computations_, id); }

bool HloProgram::IsInEntry(const HloInstructionProto& instruction) const { return entry_.contains(&instruction); }

bool HloPrograms::Add(uint64_t number, absl::string_view bytes) {
  std::unique_ptr<HloProgram> program = HloProgram::Parse(bytes);
  if (program == nullptr) return false;
  const auto [place, is_new] = by_number_.try_emplace(number, std::move(program));
  if (!is_new) return true;
  const auto [named, is_only] = by_name_.try_emplace(place->second->name(), place->second.get());
  if (!is_only) named->second = nullptr;
  return true;
}

const HloProgram* HloPrograms::Find(std::optional<uint64_t> number, absl::string_view name) const {
  if (!number.has_value()) return ValueOrNull(by_name_, name);
  const auto found = by_number_.find(*number);
  return found == by_number_.end() ? nullptr : found->second.get();
}

}  // namespace sandglass::collectors::xplane
