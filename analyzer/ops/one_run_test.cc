#include "analyzer/ops/one_run.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace sandglass::ops {
namespace {

trace::Tensor Strided(std::vector<int64_t> dims, std::vector<int64_t> strides = {}) {
  trace::Tensor tensor;
  tensor.shape_known = true;
  tensor.dims = std::move(dims);
  tensor.strides = std::move(strides);
  return tensor;
}

TEST(OneRunTest, TensorsThatLieAlikeAndDense) {
  struct Case {
    const char* what;
    std::vector<trace::Tensor> tensors;
    bool in_one_run;
  };
  const std::vector<Case> cases = {
      {"none", {}, true},
      {"contiguous, with and without strides", {Strided({2, 3, 4}), Strided({2, 3, 4}, {12, 4, 1})}, true},
      {"a number beside a tensor", {Strided({2, 3}), Strided({}), Strided({1, 1}, {7, 9})}, true},
      {"axes of one element", {Strided({2, 1, 3}), Strided({2, 3}, {3, 1})}, true},
      {"both transposed", {Strided({3, 2}, {1, 3}), Strided({3, 2}, {1, 3})}, true},
      {"one transposed", {Strided({3, 2}), Strided({3, 2}, {1, 3})}, false},
      {"heads out of tokens, alone", {Strided({16, 8, 5, 4}, {160, 4, 32, 1})}, true},
      {"heads out of tokens, and contiguous", {Strided({16, 8, 5, 4}, {160, 4, 32, 1}), Strided({16, 8, 5, 4})}, false},
      {"a row beside a matrix", {Strided({5, 4}), Strided({4})}, false},
      {"a column beside a matrix", {Strided({5, 4}), Strided({5, 1})}, false},
      {"every second element", {Strided({5}, {2})}, false},
      {"half of each row", {Strided({5, 2}, {4, 1})}, false},
      {"one row again and again", {Strided({5, 4}, {0, 1})}, false},
  };
  for (const Case& c : cases) {
    std::vector<const trace::Tensor*> tensors;
    for (const trace::Tensor& tensor : c.tensors) tensors.push_back(&tensor);
    EXPECT_EQ(InOneRun(tensors), c.in_one_run) << c.what;
  }
}

}  // namespace
}  // namespace sandglass::ops
