#include "analyzer/serve/replay_stream.h"

#include <atomic>
#include <future>
#include <memory>

#include "analyzer/serve/analysis_fixture.h"
#include "gtest/gtest.h"

namespace sandglass::serve {
namespace {

class Counting : public NoAnalysis {
 public:
  absl::StatusOr<v1::ReplayReport> Replay(const v1::ReplayRequest&, analysis::Progress) override {
    ++replays;
    return v1::ReplayReport();
  }
  std::atomic<int> replays = 0;
};

TEST(ReplayStreamTest, WhoeverIsGoneBeforeTheTurnIsNotAnswered) {
  for (const bool gone : {false, true}) {
    const auto analysis = std::make_shared<Counting>();
    ReplayStream* stream = nullptr;
    {
      // Outlives the pool, whose thread waits for it.
      std::promise<void> go_on;
      storage::WorkQueue pool;
      // Everything else waits behind this.
      pool.Add(1, 1, [&go_on] { go_on.get_future().wait(); });
      stream = ReplayStream::Start(analysis, {}, pool, v1::ReplayRequest());
      if (gone) stream->OnCancel();
      go_on.set_value();
    }
    EXPECT_EQ(analysis->replays, gone ? 0 : 1);
    // As gRPC does at the end of a call.
    stream->OnDone();
  }
}

}  // namespace
}  // namespace sandglass::serve
