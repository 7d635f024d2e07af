// Rings worked by hand, and the laws that they keep.
#include "analyzer/models/link_time.h"

#include <gtest/gtest.h>

#include <cmath>

#include "absl/strings/match.h"
#include "analyzer/silicon/silicon_fixture.h"

namespace sandglass::models {
namespace {

using ::sandglass::testing::MakeFigure;
using trace::TransferType;

// 450 GB/s and 6.2 us, as NVLink of an H100 among eight.
silicon::SiliconClass EightAt450() {
  silicon::SiliconClass chip = testing::RoundChip();
  chip.link = silicon::Link{.bytes_per_s = MakeFigure(450e9),
                            .latency_s = MakeFigure(6.2e-6),
                            .max_chips = MakeFigure(8),
                            .topology = "switch"};
  return chip;
}

ops::Transfer Of(TransferType type, double bytes, int64_t ranks) {
  return {.type = type, .bytes = Bytes::Of(bytes), .ranks = ranks};
}

struct RingCase {
  const char* what;
  TransferType type;
  double bytes;
  int64_t ranks;
  double sent;
  double hops;
  double moving_s;
  double waiting_s;
};

constexpr RingCase kRings[] = {
    // Two passes: 2 · 7/8 · 1e9 = 1.75e9 B, / 450e9 = 3.8889 ms; 14 · 6.2 us = 86.8 us.
    {"all-reduce", TransferType::kAllReduce, 1e9, 8, 1.75e9, 14, 1.75 / 450, 86.8e-6},
    // One pass: 7/8 · 1e9 = 0.875e9 B, 1.9444 ms; 7 · 6.2 us = 43.4 us.
    {"all-gather", TransferType::kAllGather, 1e9, 8, 0.875e9, 7, 0.875 / 450, 43.4e-6},
    {"reduce-scatter", TransferType::kReduceScatter, 1e9, 8, 0.875e9, 7, 0.875 / 450, 43.4e-6},
    {"all-to-all", TransferType::kAllToAll, 1e9, 8, 0.875e9, 7, 0.875 / 450, 43.4e-6},
    // A pipelined ring sends everything once: 1e9 B, 2.2222 ms.
    {"broadcast", TransferType::kBroadcast, 1e9, 8, 1e9, 7, 1.0 / 450, 43.4e-6},
    {"reduce", TransferType::kReduce, 1e9, 8, 1e9, 7, 1.0 / 450, 43.4e-6},
    // Two passes of nothing.
    {"barrier", TransferType::kBarrier, 0, 8, 0, 14, 0, 86.8e-6},
    {"send", TransferType::kSend, 1e9, 2, 1e9, 1, 1.0 / 450, 6.2e-6},
    {"receive", TransferType::kReceive, 1e9, 2, 1e9, 1, 1.0 / 450, 6.2e-6},
    // Between two: 2 · 1/2 · 1e9 = 1e9 B; two hops.
    {"all-reduce of a pair", TransferType::kAllReduce, 1e9, 2, 1e9, 2, 1.0 / 450, 12.4e-6},
    // 3 of 8: 2 · 2/3 · 3e6 = 4e6 B, 8.889 us; 4 · 6.2 us = 24.8 us, which is most of it.
    {"a small all-reduce", TransferType::kAllReduce, 3e6, 3, 4e6, 4, 4e-3 / 450, 24.8e-6},
};

TEST(LinkTimeTest, RingsByHand) {
  for (const RingCase& expected : kRings) {
    SCOPED_TRACE(expected.what);
    const auto found = TransferTime(Of(expected.type, expected.bytes, expected.ranks), EightAt450());
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_DOUBLE_EQ(found->sent.value(), expected.sent);
    EXPECT_DOUBLE_EQ(found->hops, expected.hops);
    EXPECT_DOUBLE_EQ(found->moving.value(), expected.moving_s);
    EXPECT_DOUBLE_EQ(found->waiting.value(), expected.waiting_s);
    EXPECT_DOUBLE_EQ(found->total().value(), expected.moving_s + expected.waiting_s);
  }
  // 3.8889 ms and 86.8 us.
  EXPECT_NEAR(TransferTime(Of(TransferType::kAllReduce, 1e9, 8), EightAt450())->total().value(), 3.9757e-3, 1e-7);
}

// A link that states its hop: 1.75e9 B at .97 of 450 GB/s are 4.009 ms, 2e9 B at four times of it 1.111 ms; 6.2 us and
// 13 further messages of .8 us are 16.6 us; √(10.4 us · 4.009 ms) = 204 us.
TEST(LinkTimeTest, FurtherMessagesAreShortAndPiecesFillTheLink) {
  silicon::SiliconClass chip = EightAt450();
  chip.link->hop_s = MakeFigure(0.8e-6);
  const auto reduce = TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip);
  ASSERT_TRUE(reduce.ok()) << reduce.status();
  const double moving = 1.75 / (450 * 0.97);
  EXPECT_NEAR(reduce->moving.value(), moving, 1e-12);
  EXPECT_NEAR(reduce->within.value(), 1.0 / 900, 1e-12);
  EXPECT_NEAR(reduce->waiting.value(), 16.6e-6, 1e-15);
  EXPECT_NEAR(reduce->filling.value(), std::sqrt(10.4e-6 * moving), 1e-12);
  EXPECT_NEAR(reduce->total().value(), moving + 1.0 / 900 + 16.6e-6 + std::sqrt(10.4e-6 * moving), 1e-12);
  // One message has nothing to fill, and nothing takes nothing.
  const auto send = TransferTime(Of(TransferType::kSend, 1e9, 2), chip);
  ASSERT_TRUE(send.ok());
  EXPECT_EQ(send->filling, Seconds());
  EXPECT_NEAR(send->waiting.value(), 6.2e-6, 1e-15);
  EXPECT_EQ(RingTime(Bytes::Of(800), 2, 1, chip).total(), Seconds());
  // More bytes, or ranks in rings, are never faster.
  Seconds last;
  for (const int64_t ranks : {2, 3, 4, 8}) {
    const Seconds time = TransferTime(Of(TransferType::kAllReduce, 1e6, ranks), chip)->total();
    EXPECT_GE(time, last) << ranks;
    last = time;
  }
}

// At half of 1.83 GHz threads see a message after twice the time; bytes move as fast.
TEST(LinkTimeTest, SlowCoresPollLonger) {
  silicon::SiliconClass chip = EightAt450();
  chip.link->hop_s = MakeFigure(0.8e-6);
  const LinkEstimate fast = *TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip);
  chip.power.clock_hz = MakeFigure(0.915e9);
  const LinkEstimate slow = *TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip);
  EXPECT_DOUBLE_EQ(slow.waiting.value(), 2 * fast.waiting.value());
  EXPECT_DOUBLE_EQ(slow.filling.value(), std::sqrt(2) * fast.filling.value());
  EXPECT_EQ(slow.moving, fast.moving);
  // A link of which further messages are not known is as its latency says.
  chip.link->hop_s.reset();
  EXPECT_DOUBLE_EQ(TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip)->waiting.value(), 86.8e-6);
}

// 9/8 · 1e9 B at .85 of 450 GB/s are 2.941 ms, with 1.111 ms within and 20 us: a quarter less than in rings. Small
// messages, and pairs, go in rings.
TEST(LinkTimeTest, SwitchesReduceWhatIsLarge) {
  silicon::SiliconClass chip = EightAt450();
  chip.link->hop_s = MakeFigure(0.8e-6);
  const auto ring = TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip);
  chip.link->switch_reduction = MakeFigure(0.85);
  const auto reduce = TransferTime(Of(TransferType::kAllReduce, 1e9, 8), chip);
  ASSERT_TRUE(ring.ok() && reduce.ok());
  EXPECT_FALSE(ring->in_switch);
  EXPECT_TRUE(reduce->in_switch);
  EXPECT_DOUBLE_EQ(reduce->sent.value(), 1.125e9);
  EXPECT_NEAR(reduce->total().value(), 1.125 / (450 * 0.85) + 1.0 / 900 + 20e-6, 1e-12);
  EXPECT_LT(reduce->total(), ring->total());
  // More ranks send less through switches.
  EXPECT_LT(reduce->total(), TransferTime(Of(TransferType::kAllReduce, 1e9, 4), chip)->total());
  EXPECT_FALSE(TransferTime(Of(TransferType::kAllReduce, 1e3, 8), chip)->in_switch);
  EXPECT_FALSE(TransferTime(Of(TransferType::kAllReduce, 1e9, 2), chip)->in_switch);
  EXPECT_FALSE(TransferTime(Of(TransferType::kAllGather, 1e9, 8), chip)->in_switch);
}

TEST(LinkTimeTest, PassesOfARing) {
  // Three passes over 4 ranks: 3 · 3/4 · 800 = 1800 B; 9 hops.
  const LinkEstimate ring = RingTime(Bytes::Of(800), 3, 4, EightAt450());
  EXPECT_DOUBLE_EQ(ring.sent.value(), 1800);
  EXPECT_DOUBLE_EQ(ring.hops, 9);
  const LinkEstimate alone = RingTime(Bytes::Of(800), 2, 1, EightAt450());
  EXPECT_EQ(alone.sent.value(), 0);
  EXPECT_EQ(alone.total().value(), 0);
}

constexpr TransferType kCollectives[] = {
    TransferType::kAllReduce, TransferType::kAllGather, TransferType::kReduceScatter, TransferType::kAllToAll,
    TransferType::kBroadcast, TransferType::kReduce,    TransferType::kBarrier,
};

TEST(LinkTimeTest, OneRankCostsNothing) {
  for (const TransferType type : kCollectives) {
    SCOPED_TRACE(static_cast<int>(type));
    const auto found = TransferTime(Of(type, 1e9, 1), EightAt450());
    ASSERT_TRUE(found.ok()) << found.status();
    EXPECT_EQ(found->sent.value(), 0);
    EXPECT_EQ(found->hops, 0);
    EXPECT_EQ(found->total().value(), 0);
  }
}

TEST(LinkTimeTest, MoreRanksThanTheLinkJoinsAreRefused) {
  EXPECT_TRUE(TransferTime(Of(TransferType::kAllReduce, 1e9, 8), EightAt450()).ok());
  for (const TransferType type : kCollectives) {
    const auto found = TransferTime(Of(type, 1e9, 9), EightAt450());
    EXPECT_EQ(found.status().code(), absl::StatusCode::kFailedPrecondition) << static_cast<int>(type);
    EXPECT_TRUE(absl::StrContains(found.status().message(), "joins 8 devices and 9 take part")) << found.status();
  }
}

TEST(LinkTimeTest, KindsWithoutAModelAreRefused) {
  for (const TransferType type : {TransferType::kOther, TransferType::kUnspecified}) {
    EXPECT_EQ(TransferTime(Of(type, 1e9, 4), EightAt450()).status().code(), absl::StatusCode::kFailedPrecondition);
  }
}

double TotalOf(TransferType type, double bytes, int64_t ranks, const silicon::SiliconClass& chip) {
  const auto found = TransferTime(Of(type, bytes, ranks), chip);
  EXPECT_TRUE(found.ok()) << found.status();
  return found.ok() ? found->total().value() : -1;
}

TEST(LinkTimeTest, MoreBandwidthIsNeverSlowerAndMoreLatencyNeverFaster) {
  for (const TransferType type : kCollectives) {
    SCOPED_TRACE(static_cast<int>(type));
    silicon::SiliconClass faster = EightAt450();
    faster.link->bytes_per_s = MakeFigure(900e9);
    silicon::SiliconClass later = EightAt450();
    later.link->latency_s = MakeFigure(12.4e-6);
    for (const double bytes : {0.0, 1.0, 1e6, 1e9}) {
      const double base = TotalOf(type, bytes, 8, EightAt450());
      EXPECT_LE(TotalOf(type, bytes, 8, faster), base) << bytes;
      EXPECT_GE(TotalOf(type, bytes, 8, later), base) << bytes;
      EXPECT_GE(TotalOf(type, 2 * bytes, 8, EightAt450()), base) << bytes;
    }
    // Twice the bandwidth halves the moving, and leaves the waiting.
    const auto slow = TransferTime(Of(type, 1e9, 8), EightAt450());
    const auto fast = TransferTime(Of(type, 1e9, 8), faster);
    ASSERT_TRUE(slow.ok() && fast.ok());
    EXPECT_DOUBLE_EQ(slow->moving.value(), 2 * fast->moving.value());
    EXPECT_DOUBLE_EQ(slow->waiting.value(), fast->waiting.value());
  }
}

TEST(LinkTimeTest, MoreRanksAreNeverFaster) {
  for (const TransferType type : kCollectives) {
    for (const double bytes : {0.0, 1e3, 1e9}) {
      for (int64_t ranks = 1; ranks < 8; ++ranks) {
        EXPECT_LE(TotalOf(type, bytes, ranks, EightAt450()), TotalOf(type, bytes, ranks + 1, EightAt450()))
            << static_cast<int>(type) << " " << bytes << " " << ranks;
      }
    }
  }
}

// A scatter and then a gather.
TEST(LinkTimeTest, AnAllReduceIsItsTwoHalves) {
  for (const int64_t ranks : {2, 3, 8}) {
    EXPECT_DOUBLE_EQ(TotalOf(TransferType::kAllReduce, 1e9, ranks, EightAt450()),
                     TotalOf(TransferType::kReduceScatter, 1e9, ranks, EightAt450()) +
                         TotalOf(TransferType::kAllGather, 1e9, ranks, EightAt450()));
  }
}

}  // namespace
}  // namespace sandglass::models
