#include "storage/rocks_log.h"

#include <cstdarg>
#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"

namespace sandglass::storage {
namespace {

namespace fs = std::filesystem;

void Say(RocksLog& log, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log.Logv(format, arguments);
  va_end(arguments);
}

TEST(RocksLogTest, ANewStoreHasOne) {
  const TemporaryFolder folder;
  const std::string store = folder.File("store");
  ASSERT_TRUE(TraceStore::Open(store, {}).ok());
  EXPECT_TRUE(fs::exists(store + "/LOG"));
}

TEST(RocksLogTest, GrowsNoFurtherThanItsBound) {
  const TemporaryFolder folder;
  RocksLog log(folder.path());
  const std::string message(1000, 'x');
  for (int i = 0; i < 5000; ++i) Say(log, "%d %s", i, message.c_str());
  EXPECT_LT(fs::file_size(folder.File("LOG")), 1100u << 10);
  EXPECT_LT(fs::file_size(folder.File("LOG.old")), 1100u << 10);
  // The newest message is there.
  std::ifstream file(folder.File("LOG"));
  std::string last;
  for (std::string line; std::getline(file, line);) last = line;
  EXPECT_NE(last.find(" 4999 xxx"), std::string::npos) << last;
}

TEST(RocksLogTest, NamesTheLogThatIsDamaged) {
  const auto log = RocksLog::Silent();
  EXPECT_EQ(log->damaged_log(), "");
  Say(*log, "%s: dropping %d bytes; Corruption", "some/where/000123.log", 45);
  EXPECT_EQ(log->damaged_log(), "000123.log");
}

}  // namespace
}  // namespace sandglass::storage
