#include "tests/accuracy/row_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyzer/ops/work.h"

namespace sandglass::accuracy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

// A folder of files with this text.
class RowSetsTest : public ::testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    const std::filesystem::path file = std::filesystem::path(folder_) / path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  const std::string folder_ =
      absl::StrCat(::testing::TempDir(), "/", ::testing::UnitTest::GetInstance()->current_test_info()->name());
};

constexpr char kNeusight[] = "neusight/model_ops_measured_vs_pred.csv.gz";
constexpr char kNeusightHeader[] =
    "device,model,op,fw_ops,input_shapes,output_shape,meas_fw_ms,roofline_fw_ms,habitat_fw_ms,micro_fw_ms,"
    "neusight_fw_ms";

ops::Work WorkOfRow(const MeasuredRow& row) {
  const absl::StatusOr<ops::Work> work = ops::WorkOf(row.work.at(0));
  EXPECT_TRUE(work.ok()) << work.status();
  return work.value_or(ops::Work());
}

TEST_F(RowSetsTest, NodesBecomeTheOperatorsOfTheirKernels) {
  Write(kNeusight, absl::StrCat(kNeusightHeader, R"csv(
Tesla_P4,m,Linear,"[['Linear', (8, 3, 5)]]","[(2, 4, 3)]","(2, 4, 5)",2,1,,0,4
Tesla_P4,m,BMM,"[['BMM', (6, 7, 3, 5)]]","[(6, 7, 3), (6, 3, 5)]","(6, 7, 5)",1,,,,
Tesla_P4,m,VECadd,"[['VECadd', (2, 4)]]","[(2, 4), (4,)]","(2, 4)",1,,,,
Tesla_P4,m,VECmulu,"[['VECmulu', (2, 4)]]","[(2, 4)]","(2, 4)",1,,,,
Tesla_P4,m,VECln,"[['VECln', (2, 4)]]","[(1, 2, 4)]","(1, 2, 4)",1,,,,
Tesla_P4,m,VECsoftmax,"[['VECsoftmax', (2, 4)]]","[(2, 4)]","(2, 4)",1,,,,
Tesla_P4,m,getitem,"[['MEM', ((1,), (1,))]]","[(1,)]","(1,)",1,,,,
Tesla_P4,m,VECrelu,"[['VECrelu', (2, 4)]]","[(2, 4)]","(2, 4)",0,,,,
)csv"));
  const auto set = ReadNeusightOperators(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 6u);
  const MeasuredRow& linear = set->rows[0];
  EXPECT_EQ(linear.device, "Tesla_P4");
  EXPECT_EQ(linear.op_class, "FC");
  EXPECT_DOUBLE_EQ(linear.measured.value(), 2e-3);
  EXPECT_THAT(linear.published, ElementsAre(Pair("neusight", Seconds::Of(4e-3)), Pair("roofline", Seconds::Of(1e-3))));
  const ops::Work product = WorkOfRow(linear);
  EXPECT_EQ(product.problem->m, 8);
  EXPECT_EQ(product.problem->k, 3);
  EXPECT_EQ(product.problem->n, 5);
  const ops::Work batched = WorkOfRow(set->rows[1]);
  EXPECT_EQ(batched.problem->batch, 6);
  EXPECT_EQ(batched.problem->m, 7);
  EXPECT_EQ(batched.problem->k, 3);
  EXPECT_EQ(batched.problem->n, 5);
  // A broadcast operand is read once, one that is a number not at all.
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[2]).read.value(), (8 + 4) * 4);
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[3]).read.value(), 8 * 4);
  EXPECT_EQ(WorkOfRow(set->rows[4]).op_class, ops::OpClass::kNormalization);
  EXPECT_EQ(WorkOfRow(set->rows[5]).op_class, ops::OpClass::kSoftmax);
}

// Of three other devices the medians are 2, 6 and 8 us; its own 90 us do not count.
TEST_F(RowSetsTest, TheTimerIsThatOfTheOtherDevices) {
  const auto nothing = [](const char* device, const char* milliseconds) {
    return absl::StrCat("\n", device, R"csv(,m,getitem,"[['MEM', ((1,), (1,))]]","[(1,)]","(1,)",)csv", milliseconds,
                        ",,,,");
  };
  Write(kNeusight, absl::StrCat(kNeusightHeader, nothing("a", "0.002"), nothing("b", "0.006"), nothing("c", "0.009"),
                                nothing("c", "0.007"), nothing("d", "0.09"), "\n",
                                R"csv(d,m,VECrelu,"[['VECrelu', (2, 4)]]","[(2, 4)]","(2, 4)",1,,,,)csv", "\n"));
  const auto set = ReadNeusightOperators(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 1u);
  EXPECT_NEAR(set->rows[0].timer.value(), 6e-6, 1e-12);
}

TEST_F(RowSetsTest, ProductsAreThoseOfTheNewestTable) {
  const std::string header = "framework,gemm_dtype,m,n,k,latency\n";
  Write("aiconfigurator/h100_sxm/vllm_0.9.1_gemm_perf.csv.gz", absl::StrCat(header, "VLLM,bfloat16,1,2,3,9\n"));
  Write("aiconfigurator/h100_sxm/vllm_0.24.0_gemm_perf.csv.gz",
        absl::StrCat(header, "VLLM,bfloat16,4,5,6,0.5\nVLLM,fp8,4,5,6,0.25\nVLLM,unheard,4,5,6,1\n"));
  Write("aiconfigurator/h100_sxm/trtllm_9.9.9_gemm_perf.csv.gz", absl::StrCat(header, "TRTLLM,bfloat16,1,1,1,1\n"));
  const auto sets = ReadRowSets(folder_);
  ASSERT_TRUE(sets.ok()) << sets.status();
  ASSERT_EQ(sets->size(), 1u);
  const std::vector<MeasuredRow>& rows = sets->at(0).rows;
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].op_class, "gemm bfloat16");
  EXPECT_DOUBLE_EQ(rows[0].measured.value(), 0.5e-3);
  EXPECT_EQ(WorkOfRow(rows[0]).problem->m, 4);
  EXPECT_EQ(WorkOfRow(rows[0]).problem->n, 5);
  EXPECT_EQ(WorkOfRow(rows[0]).problem->k, 6);
  EXPECT_EQ(WorkOfRow(rows[1]).matrix_dtype, trace::DataType::kFloat8E4m3);
}

TEST_F(RowSetsTest, WhatIsMissingOrDamagedIsAnErrorThatNamesIt) {
  Write("nothing/of/use", "");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()), HasSubstr("none of the sets is here"));
  Write("aiconfigurator/h100_sxm/vllm_1.0_gemm_perf.csv.gz", "gemm_dtype,m,n,k,latency\nbfloat16,4,many,6,0.5\n");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()),
              testing::AllOf(HasSubstr("vllm_1.0_gemm_perf"), HasSubstr("many"), HasSubstr("line \"2\"")));
  Write(kNeusight, "device,op\nTesla_P4,Linear\n");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()), HasSubstr("fw_ops"));
}

}  // namespace
}  // namespace sandglass::accuracy
