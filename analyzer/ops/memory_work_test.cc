// Operators that move data: indices, orders, copies, random numbers, windows; worked by hand. fp32 is 4 bytes an
// element, an index 8.
#include "analyzer/ops/work_case.h"

namespace sandglass::ops {
namespace {

TEST(IndexWorkTest, Losses) {
  ExpectWork({
      // 4 targets · 2; 4 log-probabilities and 4 indices read: 16 + 32; two scalars written.
      {"nll", Op("aten::nll_loss_forward").In(kF32, {4, 10}).In(kI64, {4}).None().Out(kF32, {}).Out(kF32, {}),
       OpClass::kReduction, 0, 8, 48, 8},
      // Only the targets are read; zeros and gradients are 40 elements.
      {"nll backward",
       Op("aten::nll_loss_backward").In(kF32, {}).In(kF32, {4, 10}).In(kI64, {4}).None().Int("reduction", 1),
       OpClass::kScatter, 0, 8, 32, 160},
  });
}

TEST(IndexWorkTest, Embeddings) {
  ExpectWork({
      // 4 rows of 3: 48 and 32 of indices read.
      {"embedding", Op("aten::embedding").In(kF32, {10, 3}).In(kI64, {2, 2}), OpClass::kEmbedding, 0, 0, 80, 48},
      // 8 rows asked of a table of 2: 24 and 64 read, 96 written.
      {"more tokens than rows", Op("aten::embedding").In(kF32, {2, 3}).In(kI64, {8}), OpClass::kEmbedding, 0, 0, 88,
       96},
      // 12 additions; gradient 48, indices 32 and touched rows 48 read; table 120 and touched rows 48 written.
      {"backward", Op("aten::embedding_dense_backward").In(kF32, {4, 3}).In(kI64, {4}).Int("num_weights", 10),
       OpClass::kScatter, 0, 12, 128, 168},
  });
}

TEST(IndexWorkTest, Gathers) {
  ExpectWork({
      {"gather", Op("aten::gather").In(kF32, {2, 5}).Int("dim", 1).In(kI64, {2, 3}), OpClass::kEmbedding, 0, 0, 72, 24},
      // Two rows of 3: 24 and 16 read.
      {"index_select", Op("aten::index_select").In(kF32, {5, 3}).Int("dim", 0).In(kI64, {2}), OpClass::kEmbedding, 0, 0,
       40, 24},
      {"index", Op("aten::index").In(kF32, {5, 3}).List(kI64, {{2}}).Out(kF32, {2, 3}), OpClass::kEmbedding, 0, 0, 40,
       24},
      // 4 results from 2 elements: all of the source, once.
      {"repeated", Op("aten::take").In(kF32, {2}).In(kI64, {4}), OpClass::kEmbedding, 0, 0, 40, 16},
  });
}

TEST(IndexWorkTest, Scatters) {
  ExpectWork({
      // 6 additions; indices 48, source 24, touched 24 read.
      {"scatter_add in place",
       Op("aten::scatter_add_").In(kF32, {4, 3}).Int("dim", 0).In(kI64, {2, 3}).In(kF32, {2, 3}), OpClass::kScatter, 0,
       6, 96, 24},
      // A scalar to each of 6 indices; the destination, 48, copied first.
      {"scatter", Op("aten::scatter").In(kF32, {4, 3}).Int("dim", 0).In(kI64, {2, 3}).Real("value", 1),
       OpClass::kScatter, 0, 0, 96, 72},
      // indices 16, source 24, touched 24.
      {"index_add", Op("aten::index_add_").In(kF32, {4, 3}).Int("dim", 0).In(kI64, {2}).In(kF32, {2, 3}),
       OpClass::kScatter, 0, 6, 64, 24},
      {"index_put, accumulating",
       Op("aten::_index_put_impl_").In(kF32, {4, 3}).List(kI64, {{2}}).In(kF32, {2, 3}).Flag("accumulate", true),
       OpClass::kScatter, 0, 6, 64, 24},
      // A scalar to two rows of 3.
      {"index_put of a scalar",
       Op("aten::index_put_").In(kF32, {4, 3}).List(kI64, {{2}}).In(kF32, {}).Flag("accumulate", false),
       OpClass::kScatter, 0, 0, 16, 24},
      // 6 indices counted into 4 bins.
      {"bincount", Op("aten::bincount").In(kI64, {6}).None().Int("minlength", 4).Out(kI64, {4}), OpClass::kScatter, 0,
       6, 48, 32},
      // Two columns of 4.
      {"index_fill", Op("aten::index_fill_").In(kF32, {4, 3}).Int("dim", 1).In(kI64, {2}).Real("value", 0),
       OpClass::kScatter, 0, 0, 16, 32},
  });
}

TEST(OrderWorkTest, SortsAndScans) {
  ExpectWork({
      // 16 · log₂ 8; values 64 and indices 128 written.
      {"short sort", Op("aten::sort").In(kF32, {2, 8}).Int("dim", -1), OpClass::kSort, 0, 48, 64, 192},
      // 8192 · 13; four passes of 8 bits: 32768 read and 98304 written, then 3 · 98304 more of each.
      {"long sort", Op("aten::sort").In(kF32, {8192}).Int("dim", -1), OpClass::kSort, 0, 106496, 327680, 393216},
      {"argsort", Op("aten::argsort").In(kF32, {2, 8}).Out(kI64, {2, 8}), OpClass::kSort, 0, 48, 64, 128},
      // 16 · (1 + log₂ 2); 4 values and 4 indices written.
      {"topk", Op("aten::topk").In(kF32, {2, 8}).Int("k", 2).Int("dim", -1), OpClass::kSort, 0, 32, 64, 48},
      {"cumsum", Op("aten::cumsum").In(kF32, {2, 8}).Int("dim", 1), OpClass::kScan, 0, 16, 64, 64},
      {"nonzero", Op("aten::nonzero").In(kBool, {8}).Out(kI64, {3, 1}), OpClass::kScan, 0, 8, 8, 24},
  });
  EXPECT_EQ(WorkOf(Op("aten::sort").In(kF32, {8192}).Int("dim", -1))->kernels, 4);
  EXPECT_EQ(WorkOf(Op("aten::sort").In(kF32, {2, 8}).Int("dim", -1))->kernels, 1);
}

TEST(OrderWorkTest, FourierTransforms) {
  constexpr trace::DataType kC64 = trace::DataType::kComplex64;
  ExpectWork({
      // 5 · 16 · log₂ 8; 8 bytes an element.
      {"complex", Op("aten::_fft_c2c").In(kC64, {2, 8}).Ints("dim", {1}), OpClass::kFft, 0, 240, 128, 128},
      // Half of it; 16 real elements in, 2 · 5 complex out.
      {"from real", Op("aten::_fft_r2c").In(kF32, {2, 8}).Ints("dim", {1}).Out(kC64, {2, 5}), OpClass::kFft, 0, 120, 64,
       80},
      {"to real", Op("aten::_fft_c2r").In(kC64, {2, 5}).Ints("dim", {1}).Out(kF32, {2, 8}), OpClass::kFft, 0, 120, 80,
       64},
      // 5 · 16 · (1 + 3); two passes.
      {"two axes", Op("aten::_fft_c2c").In(kC64, {2, 8}).Ints("dim", {0, 1}), OpClass::kFft, 0, 320, 256, 256},
  });
}

TEST(CopyWorkTest, CopiesAndFills) {
  ExpectWork({
      {"copy_ with a cast", Op("aten::copy_").In(kF32, {2, 3}).In(kBf16, {2, 3}), OpClass::kCopy, 0, 0, 12, 24},
      {"copy_ of an expanded source", Op("aten::copy_").In(kF32, {2, 3}).In(kF32, {2, 3}, {0, 1}), OpClass::kCopy, 0, 0,
       12, 24},
      {"cast", Op("aten::_to_copy").In(kF32, {2, 3}).Int("dtype", 15).Out(kBf16, {2, 3}), OpClass::kCopy, 0, 0, 24, 12},
      {"cast to a ScalarType", Op("aten::_to_copy").In(kF32, {2, 3}).Int("dtype", 15), OpClass::kCopy, 0, 0, 24, 12},
      {"_to_copy of the same type", Op("aten::_to_copy").In(kF32, {2, 3}), OpClass::kCopy, 0, 0, 24, 24},
      {"clone", Op("aten::clone").In(kF32, {2, 3}), OpClass::kCopy, 0, 0, 24, 24},
      {"cat", Op("aten::cat").List(kF32, {{2, 3}, {1, 3}}).Int("dim", 0), OpClass::kCopy, 0, 0, 36, 36},
      {"slice_backward", Op("aten::slice_backward").In(kF32, {2, 3}).Ints("input_sizes", {4, 3}), OpClass::kCopy, 0, 0,
       24, 48},
      {"zero_", Op("aten::zero_").In(kF32, {2, 3}), OpClass::kCopy, 0, 0, 0, 24},
      {"zeros", Op("aten::zeros").Ints("size", {2, 3}), OpClass::kCopy, 0, 0, 0, 24},
      {"ones_like", Op("aten::ones_like").In(kBf16, {2, 3}), OpClass::kCopy, 0, 0, 0, 12},
      {"new_zeros", Op("aten::new_zeros").In(kBf16, {9}).Ints("size", {2, 3}), OpClass::kCopy, 0, 0, 0, 12},
      {"arange", Op("aten::arange").Int("end", 5).Out(kI64, {5}), OpClass::kCopy, 0, 0, 0, 40},
  });
}

TEST(CopyWorkTest, RandomNumbers) {
  ExpectWork({
      // 6 · (16 + 2).
      {"rand", Op("aten::rand").Ints("size", {2, 3}), OpClass::kRandom, 0, 108, 0, 24},
      // 6 · (16 + 16); nothing read.
      {"normal_", Op("aten::normal_").In(kF32, {2, 3}).Real("mean", 0).Real("std", 1), OpClass::kRandom, 0, 192, 0, 24},
      // Probabilities are read.
      {"bernoulli", Op("aten::bernoulli").In(kF32, {2, 3}), OpClass::kRandom, 0, 108, 24, 24},
      {"bernoulli_ of a number", Op("aten::bernoulli_").In(kF32, {2, 3}).Real("p", 0.5), OpClass::kRandom, 0, 108, 0,
       24},
      {"bernoulli_ of a tensor", Op("aten::bernoulli_").In(kF32, {2, 3}).In(kF32, {2, 3}), OpClass::kRandom, 0, 108, 24,
       24},
      // 6 · (16 + 3); a mask of bytes.
      {"dropout", Op("aten::native_dropout").In(kF32, {2, 3}).Real("p", 0.1).Flag("train", true), OpClass::kRandom, 0,
       114, 24, 30},
  });
}

TEST(PoolWorkTest, Windows) {
  ExpectWork({
      // 4 windows of 4; 16 + 32 written.
      {"maximum",
       Op("aten::max_pool2d_with_indices")
           .In(kF32, {1, 1, 4, 4})
           .Ints("kernel_size", {2})
           .Out(kF32, {1, 1, 2, 2})
           .Out(kI64, {1, 1, 2, 2}),
       OpClass::kPool, 0, 16, 64, 48},
      // Gradient 16 and indices 32 read.
      {"maximum backward",
       Op("aten::max_pool2d_with_indices_backward")
           .In(kF32, {1, 1, 2, 2})
           .In(kF32, {1, 1, 4, 4})
           .Ints("kernel_size", {2, 2})
           .In(kI64, {1, 1, 2, 2}),
       OpClass::kPool, 0, 4, 48, 64},
      // 4 gradients, each to 4 elements and scaled.
      {"average backward",
       Op("aten::avg_pool2d_backward").In(kF32, {1, 1, 2, 2}).In(kF32, {1, 1, 4, 4}).Ints("kernel_size", {2, 2}),
       OpClass::kPool, 0, 20, 16, 64},
      {"adaptive average", Op("aten::_adaptive_avg_pool2d").In(kF32, {1, 2, 4, 4}).Out(kF32, {1, 2, 1, 1}),
       OpClass::kPool, 0, 32, 128, 8},
      {"adaptive average backward",
       Op("aten::_adaptive_avg_pool2d_backward").In(kF32, {1, 2, 1, 1}).In(kF32, {1, 2, 4, 4}), OpClass::kPool, 0, 32,
       8, 128},
      // 16 finer elements · 8.
      {"bilinear", Op("aten::upsample_bilinear2d").In(kF32, {1, 1, 2, 2}).Out(kF32, {1, 1, 4, 4}), OpClass::kPool, 0,
       128, 16, 64},
  });
}

// Elements whose places are computed one by one: with strides that do not agree, or looked up.
TEST(MemoryWorkTest, Addressed) {
  struct Case {
    const char* what;
    trace::Signature signature;
    double addressed;
  };
  for (const Case& c : {
           Case{"alike", Op("aten::add").In(kF32, {4, 8}, {8, 1}).In(kF32, {4, 8}, {8, 1}), 0},
           Case{"a row for all", Op("aten::add").In(kF32, {4, 8}, {8, 1}).In(kF32, {8}, {1}), 32},
           Case{"transposed", Op("aten::mul").In(kF32, {4, 8}, {1, 4}).In(kF32, {4, 8}, {8, 1}), 32},
           Case{"transposed alone", Op("aten::neg").In(kF32, {4, 8}, {1, 4}), 0},
           Case{"copied as it lies", Op("aten::clone").In(kF32, {4, 8}, {1, 4}), 0},
           Case{"straightened", Op("aten::clone").In(kF32, {4, 8}, {1, 4}).Int("memory_format", 0), 32},
           Case{"half of each row", Op("aten::clone").In(kF32, {4, 4}, {8, 1}), 16},
           Case{"copied over", Op("aten::copy_").In(kF32, {4, 8}, {8, 1}).In(kF32, {4, 8}, {1, 4}), 32},
           Case{"looked up", Op("aten::embedding").In(kF32, {100, 8}).In(kI64, {3}).Out(kF32, {3, 8}), 24},
       }) {
    const absl::StatusOr<Work> work = WorkOf(c.signature);
    ASSERT_TRUE(work.ok()) << c.what << ": " << work.status();
    EXPECT_EQ(work->addressed, c.addressed) << c.what;
  }
}

}  // namespace
}  // namespace sandglass::ops
