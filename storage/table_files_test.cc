#include "storage/table_files.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "storage/ingest_fixture.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

using TableFilesTest = IngestTest;

std::string DamageOrDie(const std::string& path, const TableFile& table) {
  const auto damage = DamageOf(path, table);
  EXPECT_TRUE(damage.ok()) << damage.status();
  return damage.ok() ? *damage : "an error";
}

// As of a table that was written without one.
TEST_F(TableFilesTest, WhereNoChecksumWasRecordedThoseOfBlocksDecide) {
  Collect(1, "trace", {{3000, kColumns}});
  Restart();
  ingest_.reset();
  store_.reset();
  const auto tables = TableFiles(folder_.File("store"));
  ASSERT_TRUE(tables.ok()) << tables.status();
  ASSERT_GE(tables->size(), 3u);
  for (TableFile table : *tables) {
    const std::string path = folder_.File("store") + "/" + table.name;
    EXPECT_FALSE(table.checksum.empty());
    EXPECT_EQ(DamageOrDie(path, table), "");
    table.checksum = "";
    EXPECT_EQ(DamageOrDie(path, table), "") << table.name;
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekg(20);
      const char byte = static_cast<char>(file.get() ^ 0x10);
      file.seekp(20);
      file.put(byte);
    }
    EXPECT_EQ(DamageOrDie(path, table), "has blocks without their checksums") << table.name;
    fs::resize_file(path, 7);
    EXPECT_EQ(DamageOrDie(path, table), "has 7 bytes of " + std::to_string(table.bytes));
    fs::remove(path);
    EXPECT_EQ(DamageOrDie(path, table), "is missing");
  }
}

}  // namespace
}  // namespace sandglass::storage
