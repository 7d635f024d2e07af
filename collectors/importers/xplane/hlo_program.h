// A program of the XLA compiler, with its instructions at hand by name and number.
//
// Programs are compiled code: a kernel's event names the instruction that it is of, and the instruction says the
// shapes. Not safe for use by several threads while programs are added.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_PROGRAM_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_PROGRAM_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "proto/hlo.pb.h"

namespace sandglass::collectors::xplane {

class HloProgram {
 public:
  // `bytes` is a serialized HloProto; nullptr: it is none.
  static std::unique_ptr<HloProgram> Parse(absl::string_view bytes);

  HloProgram(const HloProgram&) = delete;
  HloProgram& operator=(const HloProgram&) = delete;

  const std::string& name() const { return hlo_.hlo_module().name(); }
  // nullptr: there is none.
  const hlo::HloInstructionProto* Find(absl::string_view name) const;
  const hlo::HloInstructionProto* Instruction(int64_t id) const;
  const hlo::HloComputationProto* Computation(int64_t id) const;
  // Whether it runs once each time that the program does: it is not in the body of a loop, nor called.
  bool IsInEntry(const hlo::HloInstructionProto& instruction) const;

 private:
  HloProgram() = default;
  void Index();

  hlo::HloProto hlo_;
  absl::flat_hash_map<absl::string_view, const hlo::HloInstructionProto*> by_name_;
  absl::flat_hash_map<int64_t, const hlo::HloInstructionProto*> by_id_;
  absl::flat_hash_map<int64_t, const hlo::HloComputationProto*> computations_;
  absl::flat_hash_set<const hlo::HloInstructionProto*> entry_;
};

// The programs of a recording.
class HloPrograms {
 public:
  // Adds a program under its number; false: `bytes` is none.
  bool Add(uint64_t number, absl::string_view bytes);

  // The program of that number; without one, the only program of that name. nullptr: it is not there.
  const HloProgram* Find(std::optional<uint64_t> number, absl::string_view name) const;

 private:
  absl::flat_hash_map<uint64_t, std::unique_ptr<HloProgram>> by_number_;
  // nullptr: several have that name.
  absl::flat_hash_map<std::string, const HloProgram*> by_name_;
};

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_HLO_PROGRAM_H_
