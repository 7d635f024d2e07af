#include "tests/faults/fault_table.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

namespace sandglass::faults {
namespace {

struct Line {
  std::string done;
  std::string seen;
};

// Prints what was collected when all tests have run.
class Table : public ::testing::Environment {
 public:
  void Add(int fault, Line line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    lines_.emplace(fault, std::move(line));
  }

  void TearDown() override {
    if (lines_.empty()) return;
    std::printf("\nfault | done | seen\n");
    for (const auto& [fault, line] : lines_) {
      std::printf("%5d | %s | %s\n", fault, line.done.c_str(), line.seen.c_str());
    }
    std::printf("\n");
  }

 private:
  std::mutex mutex_;
  std::multimap<int, Line> lines_;
};

// Before main, so that gtest knows of it when it runs; gtest owns it.
Table* const table = static_cast<Table*>(::testing::AddGlobalTestEnvironment(new Table));

}  // namespace

void Saw(int fault, const std::string& done, const std::string& seen) {
  const bool failed = ::testing::Test::HasFailure();
  table->Add(fault, {done, failed ? "FAILED: " + seen : seen});
}

}  // namespace sandglass::faults
