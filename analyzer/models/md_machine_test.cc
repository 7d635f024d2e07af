#include "analyzer/models/md_machine.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ::sandglass::testing::MakeFigure;

silicon::MdReference Reference(double nodes, double atoms, double us_per_day, double step_fs) {
  return {.nodes = MakeFigure(nodes),
          .atoms = MakeFigure(atoms),
          .rate = MakeFigure(us_per_day * 1e-6 / 86400),
          .step_s = MakeFigure(step_fs * 1e-15)};
}

silicon::MdMachine Machine() {
  silicon::MdMachine machine;
  machine.references = {Reference(512, 23558, 85, 2.5)};
  machine.max_nodes = MakeFigure(512);
  machine.atoms_per_node = MakeFigure(4000);
  return machine;
}

TEST(MdMachineTest, OneReferenceIsReproduced) {
  // 85 us a day at 2.5 fs: 2.5e-15 · 86400 / 85e-6 = 2.5412 us a step, on 46.01 atoms a node.
  const MdStepModel model = FitMdStep(Machine());
  EXPECT_EQ(model.fixed.value(), 0);
  EXPECT_NEAR((model.per_atom * (23558.0 / 512)).value(), 2.5412e-6, 1e-10);
}

TEST(MdMachineTest, TwoReferencesGiveFixedAndPerAtomTimes) {
  silicon::MdMachine machine = Machine();
  // 100 atoms a node in 1 us, 1100 atoms a node in 2 us: .9 us and 1 ns an atom. 1 us at 1 fs is 86.4 us a day.
  machine.references = {Reference(10, 1000, 86.4, 1), Reference(10, 11000, 43.2, 1)};
  const MdStepModel model = FitMdStep(machine);
  EXPECT_NEAR(model.fixed.value(), 0.9e-6, 1e-12);
  EXPECT_NEAR(model.per_atom.value(), 1e-9, 1e-15);
}

TEST(MdMachineTest, AFallingLineIsNotBelieved) {
  silicon::MdMachine machine = Machine();
  machine.references = {Reference(10, 1000, 43.2, 1), Reference(10, 11000, 86.4, 1)};
  EXPECT_EQ(FitMdStep(machine).fixed.value(), 0);
  EXPECT_GT(FitMdStep(machine).per_atom.value(), 0);
}

TEST(MdMachineTest, NodesAndLimits) {
  const auto small = EstimateMdStep(Machine(), 3999);
  ASSERT_TRUE(small.ok());
  EXPECT_EQ(small->nodes, 1);
  const auto large = EstimateMdStep(Machine(), 4001);
  ASSERT_TRUE(large.ok());
  EXPECT_EQ(large->nodes, 2);
  EXPECT_EQ(EstimateMdStep(Machine(), 512 * 4000.0 + 1).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(EstimateMdStep(Machine(), 0).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sandglass::models
