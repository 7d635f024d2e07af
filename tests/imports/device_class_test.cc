#include "collectors/importers/format/device_class.h"

#include <gtest/gtest.h>

#include "analyzer/silicon/catalog.h"

namespace sandglass::imports {
namespace {

TEST(DeviceClassTest, EveryNameLeadsToAClassOfTheCatalog) {
  const auto catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  for (const collectors::DeviceName& name : collectors::DeviceNames()) {
    const auto found = catalog->Find(name.silicon_class);
    ASSERT_TRUE(found.ok()) << name.words << ": " << found.status();
    EXPECT_EQ((*found)->id, name.silicon_class);
    EXPECT_EQ(collectors::SiliconClassOf(name.words), name.silicon_class) << "hidden by a name before it";
  }
}

TEST(DeviceClassTest, DriversNamesAreKnown) {
  EXPECT_EQ(collectors::SiliconClassOf("NVIDIA H100 80GB HBM3"), "nvidia-h100-sxm");
  EXPECT_EQ(collectors::SiliconClassOf("NVIDIA H100 PCIe"), "nvidia-h100-pcie");
  EXPECT_EQ(collectors::SiliconClassOf("Tesla V100-SXM2-32GB"), "nvidia-v100-sxm2-32gb");
  EXPECT_EQ(collectors::SiliconClassOf("AMD Instinct MI300X VF"), "amd-mi300x");
  EXPECT_EQ(collectors::SiliconClassOf("NVIDIA A100-SXM4-80GB"), "nvidia-a100-sxm-80gb");
}

// A guess would be worse than a question.
TEST(DeviceClassTest, NamesThatFitSeveralClassesAreNotResolved) {
  for (const char* name : {"", "AMD Radeon Graphics", "NVIDIA A100-PG509-200", "NVIDIA L40", "Tesla V100-DGXS-32GB",
                           "NVIDIA GeForce RTX 2080 Ti", "ARTEMIS", "NVIDIA H100 NVL"}) {
    EXPECT_EQ(collectors::SiliconClassOf(name), "") << name;
  }
}

}  // namespace
}  // namespace sandglass::imports
