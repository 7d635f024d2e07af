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
                           "NVIDIA GeForce RTX 2080 Ti", "ARTEMIS", "NVIDIA H100 NVL", "NVIDIA GH200 480GB"}) {
    EXPECT_EQ(collectors::SiliconClassOf(name), "") << name;
  }
}

// A sound device of those counts.
collectors::DeviceCounts CountsOf(const collectors::CountedDevice& device) {
  return {.units = device.units,
          .memory_bytes = static_cast<int64_t>(0.98 * static_cast<double>(device.sold_gib << 30)),
          .capability_major = device.capability_major,
          .capability_minor = device.capability_minor,
          .warp_threads = device.warp_threads};
}

TEST(DeviceClassTest, CountsLeadToOneClassOfTheCatalogWhereTheNameSaysNothing) {
  const auto catalog = silicon::Catalog::Embedded();
  ASSERT_TRUE(catalog.ok()) << catalog.status();
  for (const collectors::CountedDevice& device : collectors::CountedDevices()) {
    EXPECT_TRUE(catalog->Find(device.silicon_class).ok()) << device.silicon_class;
    EXPECT_EQ(collectors::SiliconClassOf("", CountsOf(device)), device.silicon_class);
    EXPECT_EQ(collectors::SiliconClassOf("AMD Radeon Graphics", CountsOf(device)), device.silicon_class);
    // A name that is not known is of another product.
    EXPECT_EQ(collectors::SiliconClassOf("NVIDIA GH200 480GB", CountsOf(device)), "");
    // Of anything that is not said, nothing is known.
    for (auto count : {&collectors::DeviceCounts::units, &collectors::DeviceCounts::memory_bytes,
                       &collectors::DeviceCounts::capability_major, &collectors::DeviceCounts::capability_minor,
                       &collectors::DeviceCounts::warp_threads}) {
      collectors::DeviceCounts counts = CountsOf(device);
      counts.*count = std::nullopt;
      EXPECT_EQ(collectors::SiliconClassOf("", counts), "");
    }
  }
  EXPECT_EQ(collectors::SiliconClassOf("AMD Instinct MI300X", {}), "amd-mi300x");
}

// A real one: an MI250's half, which has what an MI210 has.
TEST(DeviceClassTest, CountsThatSeveralProductsHaveAreNotResolved) {
  EXPECT_EQ(collectors::SiliconClassOf("AMD Radeon Graphics", {.units = 104,
                                                               .memory_bytes = 68702699520,
                                                               .capability_major = 9,
                                                               .capability_minor = 0,
                                                               .warp_threads = 64}),
            "");
}

}  // namespace
}  // namespace sandglass::imports
