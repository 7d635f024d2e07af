// Explanations of whole operators on three classes of the catalog, worked by hand from its constants. Rates in FLOP/s
// and B/s, energies in J/FLOP and J/B; shares of the peaks stand beside them:
//
//                     matrix bf16   vector fp32   memory        link                    floor    chip
//   nvidia-h100-sxm   989e12 1      66.91e12 .95  3350e9 .88    450e9 .85, 3.5, .9 us   2.5 us   132 cores of 128 x 256
//   google-tpu-v5p    459e12 .85    14.3e12 .85   2765e9 .85    540e9, 1 us, 8,960      0.5 us   8 arrays of 128
//   aws-trainium2     667e12 .8     17.6e12 .7    2.9e12 .8     640e9, 2 us, 16         1 us     8 arrays of 128
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analyzer/models/explanation.h"
#include "analyzer/ops/signature_builder.h"
#include "analyzer/ops/work.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/silicon/support.h"
#include "gtest/gtest.h"

namespace sandglass::models {
namespace {

using ops::kBf16;
using ops::kF32;
using ops::Op;
using silicon::Support;

struct Case {
  const char* silicon;
  Support support;
  Limit limit;
  // Terms by name, in s, FLOP, B and counts.
  std::vector<std::pair<const char*, double>> time;
  // Terms by name, in J.
  std::vector<std::pair<const char*, double>> energy;
  // A part of a term's note.
  const char* note = "";
};

// The root of the sum of the squares.
double Root(double a, double b) { return std::sqrt(a * a + b * b); }

// The first term of that name, from the root down; nullptr: none.
const Term* Find(const Term& term, const std::string& name) {
  if (term.name == name) return &term;
  for (const Term& below : term.terms) {
    if (const Term* found = Find(below, name)) return found;
  }
  return nullptr;
}

bool HasNote(const Term& term, const char* note) {
  if (absl::StrContains(term.note, note)) return true;
  for (const Term& below : term.terms) {
    if (HasNote(below, note)) return true;
  }
  return false;
}

void ExpectTerms(const Term& tree, const std::vector<std::pair<const char*, double>>& expected) {
  for (const auto& [name, value] : expected) {
    const Term* term = Find(tree, name);
    ASSERT_NE(term, nullptr) << "no term " << name;
    EXPECT_NEAR(term->value, value, 1e-9 * value) << name;
  }
}

// Fails where a class does not run `signature` as its row says. `forced`: how it runs, whatever the stack says.
void ExpectCases(const trace::Signature& signature, const std::vector<Case>& cases,
                 std::optional<Support> forced = std::nullopt) {
  static const auto* const catalog = new silicon::Catalog(*silicon::Catalog::Embedded());
  const absl::StatusOr<ops::Work> work = ops::WorkOf(signature);
  ASSERT_TRUE(work.ok()) << work.status();
  for (const Case& expected : cases) {
    SCOPED_TRACE(absl::StrCat(signature.name, " on ", expected.silicon));
    const silicon::Target target = catalog->TargetFor(**catalog->Find(expected.silicon), "");
    silicon::OperatorSupport support = silicon::SupportOf(*target.stack, signature, work->op_class);
    if (forced.has_value()) support = {.support = *forced};
    EXPECT_EQ(support.support, expected.support);
    const OperatorOptions options = {.host = target.host};
    const auto estimate = EstimateOperator(*work, support, *target.silicon, *target.stack, options);
    const auto explanation = ExplainOperator(*work, support, *target.silicon, *target.stack, options);
    ASSERT_TRUE(estimate.ok()) << estimate.status();
    ASSERT_TRUE(explanation.ok()) << explanation.status();
    EXPECT_EQ(estimate->limit, expected.limit);
    ExpectTerms(explanation->time, expected.time);
    ExpectTerms(explanation->energy, expected.energy);
    EXPECT_TRUE(HasNote(explanation->time, expected.note)) << expected.note;
  }
}

// 4096³ is 2·4096³ = 137,438,953,472 FLOP; two operands of 33,554,432 B are read and one is written: 100,663,296 B.
//
// GPU: 32 · 16 = 512 blocks on 132 cores are ⌈3.88⌉ = 4 waves; padded, and with what beginning and end of a tile cost,
// 132 · 4 · 2·128·256·(4096 + 180) = 147,962,462,208 FLOP.
// Arrays: 4096 rows streamed through 32 · 32 blocks of weights, and 3·128 − 2 to fill and drain: 4,194,686 cycles of
// 2·128² FLOP each: 137,451,470,848 FLOP.
TEST(ExplanationByHandTest, Product) {
  const trace::Signature mm = Op("aten::mm").In(kBf16, {4096, 4096}).In(kBf16, {4096, 4096}).Out(kBf16, {4096, 4096});
  const double flop = 137438953472;
  const double bytes = 100663296;
  const double matrix = 147962462208.0 / (989e12 * 0.95);
  const double together = std::cbrt(std::pow(matrix, 3) + std::pow(bytes / (3350e9 * 0.88), 3));
  ExpectCases(mm, {{.silicon = "nvidia-h100-sxm",
                    .support = Support::kNative,
                    .limit = Limit::kMatrix,
                    .time = {{"padded product", 147962462208.0},
                             {"matrix_rates[0].peak", 989e12},
                             {"matrix_efficiency", 0.95},
                             {"matrix", matrix},  // 157.5 us
                             {"traffic", bytes},
                             {"memory.bandwidth", 3350e9},
                             {"memory", bytes / (3350e9 * 0.88)},  // 34.1 us
                             {"units together", together},
                             {"launch", 2.5e-6},
                             {"device time", 2.5e-6 + together}},
                    .energy = {{"matrix", flop * 1e-12}, {"memory", bytes * 114e-12}},
                    .note = "512 blocks of 256 x 128 in 4 waves over 132 cores"},
                   {.silicon = "google-tpu-v5p",
                    .support = Support::kNative,
                    .limit = Limit::kMatrix,
                    .time = {{"padded product", 137451470848.0},
                             {"matrix", 137451470848.0 / (459e12 * 0.85)},  // 352.3 us
                             {"memory", bytes / (2765e9 * 0.85)},           // 42.8 us
                             {"launch", 0.5e-6},
                             {"device time", 0.5e-6 + 137451470848.0 / (459e12 * 0.85)}},
                    .energy = {{"matrix", flop * 0.32e-12}, {"memory", bytes * 60e-12}},
                    .note = "4194686 cycles of an array of 128 x 128, over 8 arrays"},
                   {.silicon = "aws-trainium2",
                    .support = Support::kNative,
                    .limit = Limit::kMatrix,
                    .time = {{"padded product", 137451470848.0},
                             {"matrix", 137451470848.0 / (667e12 * 0.8)},  // 257.6 us
                             {"memory", bytes / (2.9e12 * 0.8)},           // 43.4 us
                             {"launch", 1e-6},
                             {"device time", 1e-6 + 137451470848.0 / (667e12 * 0.8)}},
                    .energy = {{"matrix", flop * 0.55e-12}, {"memory", bytes * 70e-12}},
                    .note = "4194686 cycles of an array of 128 x 128, over 8 arrays"}});
  // On programmable units alone: 137,438,953,472 FLOP on Trainium's lanes are 11.16 ms.
  ExpectCases(mm,
              {{.silicon = "aws-trainium2",
                .support = Support::kEmulated,
                .limit = Limit::kVector,
                .time = {{"vector work", flop / (17.6e12 * 0.7)}, {"device time", 1e-6 + flop / (17.6e12 * 0.7)}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 70e-12}}}},
              Support::kEmulated);
}

// 1024 rows of 4096: 12 FLOP each of 4,194,304 elements and 8 a row are 50,339,840; 16,777,216 B are read one and
// a half times and written once: 41,943,040 B.
TEST(ExplanationByHandTest, Softmax) {
  const trace::Signature softmax = Op("aten::_softmax").In(kF32, {1024, 4096}).Int("dim", 1).Out(kF32, {1024, 4096});
  const double flop = 50339840;
  const double bytes = 33554432;
  // On a GPU 9 of each element's 12 are done again, lanes take two for each, and half of what is read again counts,
  // because 264 rows of 16 KiB fit the cache.
  const double again = 88088576;
  const double with_cache = 41943040;
  ExpectCases(softmax,
              {{.silicon = "nvidia-h100-sxm",
                .support = Support::kNative,
                .limit = Limit::kMemory,
                .time = {{"vector work", 2 * again / (66.91e12 * 0.95)},  // 2.77 us
                         {"memory", with_cache / (3350e9 * 0.88)},        // 14.2 us
                         {"device time", 2.5e-6 + Root(2 * again / (66.91e12 * 0.95), with_cache / (3350e9 * 0.88))}},
                .energy = {{"vector", again * 7e-12}, {"memory", bytes * 114e-12}}},
               {.silicon = "google-tpu-v5p",
                .support = Support::kNative,
                .limit = Limit::kMemory,
                .time = {{"vector work", flop / (14.3e12 * 0.85)},  // 4.14 us
                         {"memory", bytes / (2765e9 * 0.85)},       // 17.8 us
                         {"device time", 0.5e-6 + bytes / (2765e9 * 0.85)}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 60e-12}}},
               {.silicon = "aws-trainium2",
                .support = Support::kNative,
                .limit = Limit::kMemory,
                .time = {{"vector work", flop / (17.6e12 * 0.7)},  // 4.09 us
                         {"memory", bytes / (2.9e12 * 0.8)},       // 18.1 us
                         {"device time", 1e-6 + bytes / (2.9e12 * 0.8)}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 70e-12}}}});
  // Decomposed it keeps 0.36 of its speed: 17.8 us become 49.6 us, at the same energy.
  ExpectCases(softmax,
              {{.silicon = "google-tpu-v5p",
                .support = Support::kDecomposed,
                .limit = Limit::kMemory,
                .time = {{"longest of the units", bytes / (2765e9 * 0.85)},
                         {"stacks[0].decomposed_retained", 0.36},
                         {"decomposed", bytes / (2765e9 * 0.85) / 0.36},
                         {"device time", 0.5e-6 + bytes / (2765e9 * 0.85) / 0.36}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 60e-12}}}},
              Support::kDecomposed);
  // On the host, a Xeon of 7.17e12 FLOP/s at .8 and 307.2e9 B/s at .8 with a floor of 5 us: 8.78 us and 171 us, for its
  // caches hold 56 rows; copies at 63 GB/s take 612.5 us and two waits 20 us.
  ExpectCases(softmax,
              {{.silicon = "nvidia-h100-sxm",
                .support = Support::kHostFallback,
                .limit = Limit::kHost,
                .time = {{"on the host, intel-xeon-8480", 5e-6 + with_cache / (307.2e9 * 0.8)},
                         {"vector work", flop / (7.17e12 * 0.8)},
                         {"copies to the host and back", bytes / 63e9},
                         {"waiting for each other", 20e-6},
                         {"device time", 5e-6 + with_cache / (307.2e9 * 0.8) + bytes / 63e9 + 20e-6}},
                .energy = {}}},
              Support::kHostFallback);
}

// Mamba's scan of u and delta [2, 1024, 512], A [1024, 16], B and C [2, 16, 512], D [1024]: 1,048,576 positions of
// 14·16 + 3 = 227 FLOP are 238,026,752; read 2 · 4,194,304 + 3 · 65,536 + 4,096 = 8,589,312 B, written 4,194,304 B,
// together 12,783,616 B; 512 turns of 10 primitives.
TEST(ExplanationByHandTest, SelectiveScan) {
  const auto scan = [](int64_t batch, int64_t channels, int64_t length) -> trace::Signature {
    return Op("sandglass::selective_scan")
        .In(kF32, {batch, channels, length})
        .In(kF32, {batch, channels, length})
        .In(kF32, {channels, 16})
        .In(kF32, {batch, 16, length})
        .In(kF32, {batch, 16, length})
        .In(kF32, {channels})
        .Out(kF32, {batch, channels, length});
  };
  const double flop = 238026752;
  const double bytes = 12783616;
  ExpectCases(scan(2, 1024, 512),
              {{.silicon = "nvidia-h100-sxm",  // a kernel for states of up to 256
                .support = Support::kNative,
                .limit = Limit::kMemory,
                .time = {{"vector work", flop / (66.91e12 * 0.95)},  // 3.745 us
                         {"memory", bytes / (3350e9 * 0.88)},        // 4.336 us
                         {"device time", 2.5e-6 + Root(flop / (66.91e12 * 0.95), bytes / (3350e9 * 0.88))}},
                .energy = {{"vector", flop * 7e-12}, {"memory", bytes * 114e-12}}},
               // A turn's state is 238,026,752 / 512 / 10 · 4 B = 186 kB and stays on chip. A turn takes 10 · 0.5 + 1
               // us, all of them 3,072 us, beside a roofline of 19.6 us.
               {.silicon = "google-tpu-v5p",
                .support = Support::kDecomposed,
                .limit = Limit::kSerial,
                .time = {{"steps", 512},
                         {"operators", 10},
                         {"operators of a turn", 5e-6},
                         {"stacks[0].loop_turn", 1e-6},
                         {"one turn", 6e-6},
                         {"serial", 3072e-6},
                         {"traffic", bytes},
                         {"memory", bytes / (2765e9 * 0.85)},       // 5.44 us
                         {"vector work", flop / (14.3e12 * 0.85)},  // 19.6 us
                         {"device time", 0.5e-6 + flop / (14.3e12 * 0.85) + 3072e-6}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 60e-12}}},
               {.silicon = "aws-trainium2",  // a kernel of the library
                .support = Support::kNative,
                .limit = Limit::kVector,
                .time = {{"vector work", flop / (17.6e12 * 0.7)},  // 19.3 us
                         {"memory", bytes / (2.9e12 * 0.8)},       // 5.5 us
                         {"device time", 1e-6 + flop / (17.6e12 * 0.7)}},
                .energy = {{"vector", flop * 3e-12}, {"memory", bytes * 70e-12}}}});
  // 512 · 4096 · 16 positions of 227 FLOP are 7,616,856,064 in 16 turns. Over 10 primitives that is a state of 190 MB,
  // which spills from 128 MiB: each FLOP moves three elements of 4 B.
  const double spilling = 512.0 * 4096 * 16 * 227;
  ExpectCases(scan(512, 4096, 16), {{.silicon = "google-tpu-v5p",
                                     .support = Support::kDecomposed,
                                     .limit = Limit::kMemory,
                                     .time = {{"traffic", 12 * spilling},
                                              {"memory", 12 * spilling / (2765e9 * 0.85)},  // 38.9 ms
                                              {"serial", 16 * 6e-6},
                                              {"device time", 0.5e-6 + 12 * spilling / (2765e9 * 0.85) + 96e-6}},
                                     .energy = {{"vector", spilling * 3e-12}, {"memory", 12 * spilling * 60e-12}},
                                     .note = "does not fit the chip"}});
}

// 250,000,000 numbers of 4 B over 8 ranks: twice 7/8 of 1 GB, 1.75 GB, leave each, in 14 messages one after the other.
TEST(ExplanationByHandTest, AllReduce) {
  // In the switches of an H100's server: 9/8 of the bytes out of each; in an A100's in rings, polled at 1.41 GHz.
  const double kInSwitch = 1.125e9 / (450e9 * 0.85);
  const double kMoving = 1.75e9 / (300e9 * 0.97);
  const double kPolling = 1830.0 / 1410;
  const double kWaiting = kPolling * 15.2e-6;
  const double kFilling = std::sqrt(kPolling * 11.7e-6 * kMoving);
  trace::Signature all_reduce = Op("nccl:all_reduce").Kind(trace::Kind::kCollective);
  all_reduce.communication = trace::Communication{.type = trace::TransferType::kAllReduce,
                                                  .input_elements = 250000000,
                                                  .output_elements = 250000000,
                                                  .dtype = kF32,
                                                  .ranks = 8};
  ExpectCases(all_reduce, {{.silicon = "nvidia-h100-sxm",
                            .support = Support::kNative,
                            .limit = Limit::kCommunication,
                            .time = {{"sent by each device", 1.125e9},
                                     {"link.bandwidth", 450e9},
                                     {"link efficiency", 0.85},
                                     {"moving", kInSwitch},  // 2,941 us
                                     {"moved within a device", 2e9 / (4 * 450e9)},
                                     {"waiting", 20e-6},
                                     {"link", kInSwitch + 20e-6 + 2e9 / (4 * 450e9)},
                                     {"device time", 2.5e-6 + kInSwitch + 20e-6 + 2e9 / (4 * 450e9)}},
                            .energy = {}},
                           {.silicon = "nvidia-a100-sxm-80gb",
                            .support = Support::kNative,
                            .limit = Limit::kCommunication,
                            .time = {{"sent by each device", 1.75e9},
                                     {"link.bandwidth", 300e9},
                                     {"link efficiency", 0.97},
                                     {"moving", kMoving},  // 6,014 us
                                     {"moved within a device", 2e9 / (4 * 300e9)},
                                     {"messages after the first", 13},
                                     {"polling at this clock", kPolling},
                                     {"further messages", 11.7e-6},
                                     {"waiting", kWaiting},
                                     {"filling", kFilling},
                                     {"link", kMoving + kWaiting + kFilling + 2e9 / (4 * 300e9)}},
                            .energy = {}},
                           {.silicon = "google-tpu-v5p",
                            .support = Support::kNative,
                            .limit = Limit::kCommunication,
                            .time = {{"moving", 1.75e9 / 540e9},  // 3,241 us
                                     {"waiting", 14e-6},
                                     {"device time", 0.5e-6 + 1.75e9 / 540e9 + 14e-6}},
                            .energy = {}},
                           {.silicon = "aws-trainium2",
                            .support = Support::kNative,
                            .limit = Limit::kCommunication,
                            .time = {{"moving", 1.75e9 / 640e9},  // 2,734 us
                                     {"waiting", 28e-6},
                                     {"device time", 1e-6 + 1.75e9 / 640e9 + 28e-6}},
                            .energy = {}}});
}

}  // namespace
}  // namespace sandglass::models
