// Scans and molecular dynamics worked by hand; laws that hold for all operators; what cannot be derived.
#include "analyzer/ops/work.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

// u and delta [b, 3, 5], A [3, 4], B and C [b, 4, 5], D [3].
Op SelectiveScan(int64_t batch) {
  Op op("sandglass::selective_scan");
  op.In(kF32, {batch, 3, 5}).In(kF32, {batch, 3, 5}).In(kF32, {3, 4});
  return op.In(kF32, {batch, 4, 5}).In(kF32, {batch, 4, 5}).In(kF32, {3});
}

TEST(SelectiveScanWorkTest, ForwardAndBackward) {
  // 30 positions · (14 · 4 + 3) = 1770. Read 2 · 30 + 12 + 2 · 40 + 3 = 155 elements, written 30.
  const trace::Signature forward = SelectiveScan(2);
  // 30 · (27 · 4 + 8) = 3480. Read 30 more; the gradients of all six inputs are 155 elements.
  Op backward("sandglass::selective_scan_backward");
  backward.In(kF32, {2, 3, 5}).In(kF32, {2, 3, 5}).In(kF32, {2, 3, 5}).In(kF32, {3, 4});
  backward.In(kF32, {2, 4, 5}).In(kF32, {2, 4, 5}).In(kF32, {3});
  ExpectWork({
      {"forward", forward, OpClass::kSelectiveScan, 0, 1770, 620, 120},
      {"backward", backward, OpClass::kSelectiveScan, 0, 3480, 740, 620},
  });
  ASSERT_TRUE(WorkOf(forward)->loop.has_value());
  EXPECT_EQ(WorkOf(forward)->loop->steps, 5);
  EXPECT_EQ(WorkOf(forward)->loop->operators_per_step, 10);
  EXPECT_EQ(WorkOf(backward)->loop->steps, 5);
  EXPECT_EQ(WorkOf(backward)->loop->operators_per_step, 25);
}

TEST(SelectiveScanWorkTest, LengthBeforeChannels) {
  Op op("sandglass::selective_scan");
  op.In(kF32, {2, 5, 3}).In(kF32, {2, 5, 3}).In(kF32, {3, 4}).In(kF32, {2, 5, 4}).In(kF32, {2, 5, 4}).In(kF32, {3});
  EXPECT_EQ(WorkOf(op)->loop->steps, 5);
  EXPECT_EQ(WorkOf(op)->vector.value(), 1770);
}

Op Phase(const char* name) {
  return Op(name).Kind(trace::Kind::kMdPhase).Int("atoms", 100).Int("grid_points", 64).StatedFlop(1000);
}

TEST(MdWorkTest, BytesByPhase) {
  ExpectWork({
      {"search: 20, 20", Phase("md::pair_search"), OpClass::kMdPairSearch, 0, 1000, 2000, 2000},
      {"pairs: 32, 12", Phase("md::nonbonded_pairs"), OpClass::kMdPairs, 0, 1000, 3200, 1200},
      {"bonded: 24, 12", Phase("md::bonded"), OpClass::kMdBonded, 0, 1000, 2400, 1200},
      // 1600 + 4 · 64; 8 · 64.
      {"spread", Phase("md::pme_spread"), OpClass::kMdSpread, 0, 1000, 1856, 512},
      // 2800 + 4 · 64; 1200.
      {"gather", Phase("md::pme_gather"), OpClass::kMdGather, 0, 1000, 3056, 1200},
      // 30 · 64; 28 · 64.
      {"fft", Phase("md::pme_fft"), OpClass::kMdFft, 0, 1000, 1920, 1792},
      {"constraints: 40, 24", Phase("md::constraints"), OpClass::kMdConstraints, 0, 1000, 4000, 2400},
      {"integration: 40, 24", Phase("md::update"), OpClass::kMdIntegration, 0, 1000, 4000, 2400},
      {"other: 12, 12", Phase("md::other"), OpClass::kMdOther, 0, 1000, 1200, 1200},
      {"reads stated", Phase("md::bonded").StatedRead(7), OpClass::kMdBonded, 0, 1000, 7, 1200},
      {"by the producer's class", Phase("GROMACS NxN").Class("md_pairs"), OpClass::kMdPairs, 0, 1000, 3200, 1200},
      {"bytes stated", Phase("md::bonded").StatedBytes(7, 8), OpClass::kMdBonded, 0, 1000, 7, 8},
  });
  EXPECT_EQ(WorkOf(Phase("md::bonded"))->vector_dtype, kF32);
}

TEST(StatedWorkTest, FiguresOfTheProducer) {
  ExpectWork({
      {"a copy between memories", Op("Memcpy HtoD").Kind(trace::Kind::kMemcpy).StatedFlop(0).StatedBytes(64, 64),
       OpClass::kCopy, 0, 0, 64, 64},
      {"a kernel of its own class", Op("vendor::fused").Class("recurrent_step").StatedFlop(10).StatedBytes(1, 2),
       OpClass::kRecurrentStep, 0, 10, 1, 2},
  });
}

// Operators with a batch axis, made by its size.
struct Scalable {
  const char* what;
  trace::Signature (*make)(int64_t batch);
};

const Scalable kScalable[] = {
    {"mm",
     [](int64_t b) {
       return Op("aten::mm").In(kF32, {b, 3}).In(kF32, {3, 4}).get();
     }},
    {"bmm",
     [](int64_t b) {
       return Op("aten::bmm").In(kF32, {b, 2, 3}).In(kF32, {b, 3, 4}).get();
     }},
    {"addmm",
     [](int64_t b) {
       return Op("aten::addmm").In(kF32, {4}).In(kF32, {b, 3}).In(kF32, {3, 4}).get();
     }},
    {"convolution",
     [](int64_t b) {
       Op op("aten::convolution");
       op.In(kF32, {b, 2, 5}).In(kF32, {3, 2, 3}).None().Ints("stride", {1}).Ints("padding", {0}).Ints("dilation", {1});
       return op.Flag("transposed", false).get();
     }},
    {"convolution_backward",
     [](int64_t b) {
       return Op("aten::convolution_backward").In(kF32, {b, 3, 3}).In(kF32, {b, 2, 5}).In(kF32, {3, 2, 3}).get();
     }},
    {"gelu",
     [](int64_t b) {
       return Op("aten::gelu").In(kF32, {b, 5}).get();
     }},
    {"sum",
     [](int64_t b) {
       return Op("aten::sum").In(kF32, {b, 5}).Ints("dim", {1}).get();
     }},
    {"softmax",
     [](int64_t b) {
       return Op("aten::_softmax").In(kF32, {b, 5}).Int("dim", -1).get();
     }},
    {"layer norm",
     [](int64_t b) {
       return Op("aten::native_layer_norm").In(kF32, {b, 5}).get();
     }},
    {"topk",
     [](int64_t b) {
       return Op("aten::topk").In(kF32, {b, 8}).Int("k", 2).get();
     }},
    {"sort",
     [](int64_t b) {
       return Op("aten::sort").In(kF32, {b, 8}).get();
     }},
    {"cumsum",
     [](int64_t b) {
       return Op("aten::cumsum").In(kF32, {b, 8}).Int("dim", 1).get();
     }},
    {"selective_scan", [](int64_t b) { return SelectiveScan(b).get(); }},
};

TEST(WorkLawTest, TwiceTheBatchIsTwiceTheFlop) {
  for (const Scalable& op : kScalable) {
    SCOPED_TRACE(op.what);
    const absl::StatusOr<Work> once = WorkOf(op.make(6));
    const absl::StatusOr<Work> twice = WorkOf(op.make(12));
    ASSERT_TRUE(once.ok() && twice.ok()) << once.status() << twice.status();
    EXPECT_GT((once->matrix + once->vector).value(), 0);
    EXPECT_DOUBLE_EQ(twice->matrix.value(), 2 * once->matrix.value());
    EXPECT_DOUBLE_EQ(twice->vector.value(), 2 * once->vector.value());
    // Parameters are read once, whatever the batch.
    EXPECT_LE(twice->read.value(), 2 * once->read.value());
    EXPECT_GT(twice->read.value(), once->read.value());
    EXPECT_GT(twice->written.value(), once->written.value());
    // A longer batch is not a longer loop.
    if (once->loop.has_value()) {
      EXPECT_EQ(twice->loop->steps, once->loop->steps);
    }
  }
}

TEST(WorkLawTest, HalfTheWidthIsHalfTheBytesAndTheSameFlop) {
  for (const Scalable& op : kScalable) {
    SCOPED_TRACE(op.what);
    // Indices keep their 8 bytes.
    if (std::string(op.what) == "topk" || std::string(op.what) == "sort") continue;
    trace::Signature narrow = op.make(6);
    for (trace::Tensor& tensor : narrow.inputs) tensor.dtype = kBf16;
    const absl::StatusOr<Work> wide_work = WorkOf(op.make(6));
    const absl::StatusOr<Work> narrow_work = WorkOf(narrow);
    ASSERT_TRUE(wide_work.ok() && narrow_work.ok());
    EXPECT_DOUBLE_EQ(narrow_work->matrix.value(), wide_work->matrix.value());
    EXPECT_DOUBLE_EQ(narrow_work->vector.value(), wide_work->vector.value());
    EXPECT_DOUBLE_EQ(narrow_work->read.value(), wide_work->read.value() / 2);
    EXPECT_DOUBLE_EQ(narrow_work->written.value(), wide_work->written.value() / 2);
  }
}

TEST(WorkLawTest, RecordedAndInferredResultsAgree) {
  const std::vector<std::pair<trace::Signature, trace::Signature>> pairs = {
      {Op("aten::mm").In(kF32, {2, 3}).In(kF32, {3, 4}),
       Op("aten::mm").In(kF32, {2, 3}).In(kF32, {3, 4}).Out(kF32, {2, 4})},
      {Op("aten::add").In(kF32, {2, 1}).In(kF32, {3}),
       Op("aten::add").In(kF32, {2, 1}).In(kF32, {3}).Out(kF32, {2, 3})},
      {Op("aten::sum").In(kF32, {2, 3}).Ints("dim", {0}),
       Op("aten::sum").In(kF32, {2, 3}).Ints("dim", {0}).Out(kF32, {3})},
      {Op("aten::embedding").In(kF32, {9, 3}).In(kI64, {4}),
       Op("aten::embedding").In(kF32, {9, 3}).In(kI64, {4}).Out(kF32, {4, 3})},
      {Op("aten::eq").In(kF32, {4}).In(kF32, {4}), Op("aten::eq").In(kF32, {4}).In(kF32, {4}).Out(kBool, {4})},
      {Op("aten::cat").List(kF32, {{2}, {3}}), Op("aten::cat").List(kF32, {{2}, {3}}).Out(kF32, {5})},
      {Op("aten::zeros").Ints("size", {4}), Op("aten::zeros").Ints("size", {4}).Out(kF32, {4})},
  };
  for (const auto& [inferred, recorded] : pairs) {
    SCOPED_TRACE(inferred.name);
    const absl::StatusOr<Work> a = WorkOf(inferred);
    const absl::StatusOr<Work> b = WorkOf(recorded);
    ASSERT_TRUE(a.ok() && b.ok()) << a.status() << b.status();
    EXPECT_EQ(a->matrix, b->matrix);
    EXPECT_EQ(a->vector, b->vector);
    EXPECT_EQ(a->read, b->read);
    EXPECT_EQ(a->written, b->written);
  }
}

TEST(WorkLawTest, PositionsThatWereNotFilledInFollowTheOrder) {
  trace::Signature signature = Op("aten::addmm").In(kF32, {4}).In(kF32, {2, 3}).In(kF32, {3, 4});
  for (trace::Tensor& tensor : signature.inputs) tensor.position = 0;
  ExpectWork({{"addmm", signature, OpClass::kGemm, 48, 8, 88, 32}});
}

struct Bad {
  trace::Signature signature;
  absl::StatusCode code;
  const char* message;
};

void ExpectErrors(const std::vector<Bad>& cases) {
  for (const Bad& bad : cases) {
    const absl::StatusOr<Work> work = WorkOf(bad.signature);
    ASSERT_FALSE(work.ok()) << bad.message;
    EXPECT_EQ(work.status().code(), bad.code) << work.status();
    EXPECT_TRUE(absl::StrContains(work.status().message(), bad.message)) << work.status();
    EXPECT_TRUE(absl::StrContains(work.status().message(), bad.signature.name)) << work.status();
  }
}

TEST(WorkErrorTest, WhatContradictsOrOverflows) {
  constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
  constexpr int64_t kHuge = int64_t{1} << 40;
  ExpectErrors({
      {Op("aten::neg").In(kF32, {kHuge, kHuge}), kInvalid, "inputs[0].dims: product overflows"},
      {Op("aten::add").In(kF32, {1, kHuge}).In(kF32, {kHuge, 1}), kInvalid, "(inferred).dims: product overflows"},
      {Op("aten::neg").In(kF32, {2}).Out(kF32, {kHuge, kHuge}), kInvalid, "outputs[0].dims: product overflows"},
      {Op("aten::cat").List(kF32, {{INT64_MAX}, {1}}), kInvalid, "inputs[1].dims: sum over the list overflows"},
      {Op("aten::zeros").Ints("size", {kHuge, kHuge}), kInvalid, "product overflows"},
      {Op("aten::_scaled_dot_product_flash_attention")
           .In(kF32, {1, 1, 1, INT64_MAX})
           .In(kF32, {1, 1, 1, INT64_MAX})
           .In(kF32, {1, 1, 1, INT64_MAX})
           .Flag("is_causal", false),
       kInvalid, "inputs[2].dims: the last axis overflows"},
      {Op("aten::_softmax").In(kF32, {2}).Int("dim", int64_t{1} << 32), kInvalid, "and none at 4294967296"},
      {Op("aten::neg").In(kF32, {2, -1}), kInvalid, "inputs[0].dims: -1 is negative"},
      {Op("aten::mm").In(kF32, {2, 3}).In(kF32, {4, 5}), kInvalid, "inputs[1].dims: the inner axis is 4, but 3"},
      {Op("aten::bmm").In(kF32, {5, 2, 3}).In(kF32, {6, 3, 4}), kInvalid, "inputs[1].dims: the batch is 6, but 5"},
      {Op("aten::mm").In(kF32, {}).In(kF32, {4, 5}), kInvalid, "inputs[0].dims: 0 axes, where the operator takes 1"},
      {Op("aten::add").In(kF32, {2}).In(kF32, {3}), kInvalid, "inputs[1].dims: 3 does not broadcast to 2"},
      {Op("aten::_softmax").In(kF32, {2}).Int("dim", 3), kInvalid, "inputs[0].dims: 1 axes, and none at 3"},
      {Op("aten::convolution_backward").In(kF32, {1, 3, 3}).In(kF32, {1, 5, 5}).In(kF32, {3, 2, 3}), kInvalid,
       "inputs[2].dims: 2 channels a group do not divide 5"},
      {Op("sandglass::selective_scan").In(kF32, {2, 7, 5}).In(kF32, {2, 7, 5}).In(kF32, {3, 4}), kInvalid,
       "inputs[2].dims: 3 channels"},
  });
}

// An empty tensor is no work, however long its other axes.
TEST(WorkErrorTest, EmptyIsNotOverflow) {
  const trace::Signature signature = Op("aten::neg").In(kF32, {int64_t{1} << 40, int64_t{1} << 40, 0});
  ExpectWork({{"empty", signature, OpClass::kElementwise, 0, 0, 0, 0}});
}

TEST(WorkErrorTest, WhatIsMissing) {
  constexpr absl::StatusCode kMissing = absl::StatusCode::kFailedPrecondition;
  ExpectErrors({
      {Op("aten::mm").In(kF32, {2, 3}), kMissing, "inputs: argument 1 is not among the recorded tensors"},
      {Op("aten::mm").In(kF32, {2, 3}).Shapeless(kF32), kMissing, "inputs[1] has no shape"},
      {Op("aten::add").In(kF32, {2, 3}).Shapeless(kF32), kMissing, "inputs[1] has no shape"},
      {Op("aten::add").In(kF32, {2, 3}).Shapeless(kF32).Out(kF32, {2, 3}), kMissing, "inputs[1] has no shape"},
      {Op("aten::neg").In(trace::DataType::kUnspecified, {2}), kMissing, "inputs[0].dtype: not known"},
      {Op("aten::neg").In(trace::DataType::kOther, {2}), kMissing, "inputs[0].dtype: not known"},
      {Op("aten::sum"), kMissing, "inputs: argument 0"},
      {Op("aten::_softmax").Shapeless(kF32), kMissing, "inputs[0] has no shape"},
      {Op("aten::nonzero").In(kBool, {8}), kMissing, "outputs[0]: not recorded"},
      {Op("aten::index").In(kF32, {8}).List(kI64, {{2}}), kMissing, "outputs[0]: not recorded"},
      {Op("aten::index").In(kF32, {8}), kMissing, "no index is recorded at argument 1"},
      {Op("aten::index_put_").In(kF32, {8}).List(kBool, {{8}}).In(kF32, {}), kMissing, "a mask's count is in its data"},
      {Op("aten::topk").In(kF32, {8}), kMissing, "attributes: k is not recorded"},
      {Op("aten::avg_pool2d").In(kF32, {1, 1, 4, 4}).Out(kF32, {1, 1, 2, 2}), kMissing, "kernel_size is not recorded"},
      {Op("aten::convolution").In(kF32, {1, 2, 5}).In(kF32, {3, 2, 3}), kMissing, "outputs[0]: not recorded"},
      {Op("aten::_scaled_dot_product_flash_attention").In(kF32, {1, 2, 8}).In(kF32, {1, 2, 8}).In(kF32, {1, 2, 8}),
       kMissing, "is_causal is not recorded"},
      {Op("aten::convolution")
           .In(kF32, {1, 2, 5})
           .In(kF32, {3, 2, 3})
           .None()
           .Ints("stride", {1})
           .Ints("padding", {INT64_MAX})
           .Ints("dilation", {INT64_MIN}),
       kMissing, "outputs[0]: not recorded"},
      {Op("aten::arange").Int("end", 5), kMissing, "outputs[0]: not recorded"},
      {Op("aten::_fft_c2c").In(kF32, {8}), kMissing, "attributes: dim is not recorded"},
      {Op("md::bonded").Int("atoms", 5), kMissing, "stated_flop"},
      {Op("md::bonded").StatedFlop(5), kMissing, "attributes: atoms is not recorded"},
      {Op("md::pme_fft").StatedFlop(5).Int("atoms", 5), kMissing, "attributes: grid_points is not recorded"},
      {Op("sandglass::selective_scan").In(kF32, {2, 3, 5}), kMissing, "no tensor of three axes"},
      {Op("vendor::mystery").In(kF32, {2}), kMissing, "no formula"},
  });
}

}  // namespace
}  // namespace sandglass::ops
