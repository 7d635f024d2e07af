#include "tests/accuracy/row_sets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/importers/execution_trace/execution_trace_text.h"
#include "tests/accuracy/row_set_fixture.h"
#include "tests/accuracy/system_tables.h"

namespace sandglass::accuracy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

TEST_F(RowSetsTest, ProductsAreThoseOfTheNewestTable) {
  const std::string header = "framework,gemm_dtype,m,n,k,latency\n";
  Write("aiconfigurator/h100_sxm/vllm_0.9.1_gemm_perf.csv.gz", absl::StrCat(header, "VLLM,bfloat16,1,2,3,9\n"));
  Write("aiconfigurator/h100_sxm/vllm_0.24.0_gemm_perf.csv.gz",
        absl::StrCat(header, "VLLM,bfloat16,4,5,6,0.5\nVLLM,fp8,4,5,6,0.25\nVLLM,unheard,4,5,6,1\n"));
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
  EXPECT_DOUBLE_EQ(rows[0].power_window.value(), 1e-3);
  // In FP8 the activations, 4 x 6 in BF16, are quantized first, and the limit is felt at once.
  ASSERT_EQ(rows[1].work.size(), 2u);
  EXPECT_DOUBLE_EQ(WorkOfRow(rows[1]).read.value(), 4 * 6 * 2);
  EXPECT_DOUBLE_EQ(WorkOfRow(rows[1]).written.value(), 4 * 6);
  EXPECT_EQ(ops::WorkOf(rows[1].work[1])->matrix_dtype, trace::DataType::kFloat8E4m3);
  EXPECT_DOUBLE_EQ(rows[1].power_window.value(), 0);
}

TEST_F(RowSetsTest, OtherTablesOfASystemStandBeside) {
  const std::string header = "gemm_dtype,m,n,k,latency\n";
  const auto table = [&](const char* name, const char* rows) {
    Write(absl::StrCat("aiconfigurator/x/", name, "_gemm_perf.csv.gz"), absl::StrCat(header, rows));
  };
  table("vllm_0.24.0", "bfloat16,4,5,6,3\nbfloat16,7,5,6,4\n");
  table("vllm_0.22.0", "bfloat16,4,5,6,2\nbfloat16,9,9,9,2\n");
  table("vllm_0.9.0", "bfloat16,4,5,6,1\n");
  table("trtllm_1.3.0rc9", "bfloat16,4,5,6,7\n");
  table("trtllm_1.3.0rc20", "bfloat16,4,5,6,8\n");
  const auto set = ReadServingProducts(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_THAT(set->published, ElementsAre("vLLM before", "TensorRT-LLM"));
  ASSERT_EQ(set->rows.size(), 2u);
  EXPECT_THAT(set->rows[0].published, ElementsAre(Pair("TensorRT-LLM", 8e-3), Pair("vLLM before", 2e-3)));
  EXPECT_TRUE(set->rows[1].published.empty());
}

// A release comes after its candidates.
TEST_F(RowSetsTest, VersionsAreNumbers) {
  for (const char* version : {"1.3.0rc9", "1.3.0", "1.2.11", "1.3.0rc20"}) {
    Write(absl::StrCat("aiconfigurator/x/trtllm_", version, "_gemm_perf.csv.gz"), "");
  }
  const auto tables = TablesOf(folder_, "trtllm", "gemm_perf");
  ASSERT_EQ(tables.size(), 1u);
  EXPECT_THAT(tables.at("x"),
              ElementsAre(HasSubstr("1.3.0_"), HasSubstr("rc20_"), HasSubstr("rc9_"), HasSubstr("1.2.11_")));
}

// What a kernel's calls take at least is expected as the other systems have it, kernel by kernel.
TEST_F(RowSetsTest, CallsThatWaitForTheHost) {
  const std::string header = "kernel_source,gemm_dtype,m,n,k,latency\n";
  Write("aiconfigurator/a/vllm_1.0.0_gemm_perf.csv.gz",
        absl::StrCat(header,
                     "slow,fp8_block,1,2,3,5\nslow,fp8_block,1,2,4,4\nslow,fp8_block,1,2,5,3\n"
                     "slow,fp8_block,1,2,6,2\nfast,fp8_block,1,2,7,1\nslow,fp8,1,2,3,1\n"));
  Write("aiconfigurator/b/vllm_1.0.0_gemm_perf.csv.gz", absl::StrCat(header, "slow,fp8_block,1,2,3,9\n"));
  const auto set = ReadServingProducts(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 7u);
  // A quarter of the other system's calls are no longer than 3 ms; there is none of the fast kernel.
  for (const MeasuredRow& row : set->rows) {
    const double of_slow = row.device == "a" ? 9e-3 : 3e-3;
    EXPECT_DOUBLE_EQ(row.launch.value(), row.op_class == "gemm fp8" || row.measured.value() == 1e-3 ? 0 : of_slow);
  }
}

// A file of sheets, each of blocks; the columns of a block stand in its first line or in the second, in any order.
TEST_F(RowSetsTest, DeepbenchHasBlocksOfSheets) {
  Write("deepbench/train__a.csv.gz",
        "Results FP32,Precision,Float\n"
        "Results FP32,Dense Matrix Multiplication,,M,N,K,A Transpose,B Transpose,,Time (msec),TERAFLOPS\n"
        "Results FP32,,DeepSpeech,8,16,32,N,N,,0.5,1\n"
        "Results FP32,,DeepSpeech,8,16,32,N,N,,,1\n"
        "Results FP32,Convolution\n"
        "Results FP32,,,W,H,C,N,K ,S (Filter width),R (Filter height),pad_w,pad_h,Horizontal stride,Vertical stride,"
        "Forward (msec),wrt Inputs (msec),wrt Parameters (msec)\n"
        "Results FP32,,Vision,20,10,3,2,6,4,2,1,0,3,2,1,N/A*,3\n"
        "Results FP32,Recurrent Layers - LSTM,Source,Hidden Units,N,Timesteps,,Time Forward (msec),"
        "Time Backward wrt inputs (msec),Time Backward wrt weights (msec)\n"
        "Results FP32,,,8,16,32,,9,2,3\n"
        "\"Results - FP16 ip, Mixed math\",Convolution\n"
        "\"Results - FP16 ip, Mixed math\",,,W,H,C,N,K ,R,S,pad_h,pad_w,Vertical stride,Horizontal stride,"
        "Forward (msec),wrt Inputs (msec),wrt Parameters (msec)\n"
        "\"Results - FP16 ip, Mixed math\",,,20,10,3,2,6,2,4,0,1,2,3,0.25,0.5,\n"
        "Results - Psuedo FP16,,,20,10,3,2,6,2,4,0,1,2,3,0.25,0.5,0.75\n"
        "Specs,GPU Model,NVIDIA Tesla X\n");
  Write("deepbench/inference__a.csv.gz", "Results FP32,Dense Matrix Multiplication,,M\n");
  const auto set = ReadDeepbench(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 7u);
  EXPECT_EQ(set->rows[0].device, "Tesla X");
  EXPECT_EQ(set->rows[0].op_class, "gemm fp32");
  EXPECT_DOUBLE_EQ(set->rows[0].measured.value(), 0.5e-3);
  EXPECT_EQ(WorkOfRow(set->rows[0]).problem->k, 32);
  EXPECT_EQ(set->rows[1].op_class, "convolution fp32");
  // 2 images of 5 × 7 results, 3 channels of 2 × 4 taps.
  const ops::Work convolution = WorkOfRow(set->rows[1]);
  EXPECT_EQ(convolution.problem->m, 2 * 5 * 7);
  EXPECT_EQ(convolution.problem->k, 3 * 2 * 4);
  EXPECT_EQ(set->rows[2].op_class, "convolution of weights' gradients fp32");
  EXPECT_DOUBLE_EQ(set->rows[2].measured.value(), 3e-3);
  // 32 steps of [16, 8] by [8, 4·8]; both gradients together.
  EXPECT_EQ(set->rows[3].op_class, "recurrent layer fp32");
  EXPECT_EQ(WorkOfRow(set->rows[3]).second_turns, 32);
  EXPECT_EQ(FlopOf(*WorkOfRow(set->rows[3]).second_problem), Flop::Of(2 * 16 * 8 * 32));
  EXPECT_EQ(set->rows[4].op_class, "recurrent layer's gradients fp32");
  EXPECT_DOUBLE_EQ(set->rows[4].measured.value(), 5e-3);
  EXPECT_EQ(set->rows[5].op_class, "convolution fp16");
  EXPECT_EQ(WorkOfRow(set->rows[5]).problem->m, 2 * 5 * 7);
  EXPECT_EQ(set->rows[6].op_class, "convolution of inputs' gradients fp16");
}

// Experts that stand on one device; Nemotron's have no gate.
TEST_F(RowSetsTest, BlocksOfExperts) {
  Write("aiconfigurator/x/vllm_0.24.0_moe_perf.csv.gz",
        "moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency\n"
        "bfloat16,3,64,32,2,8,2,1,balanced,0.5\nfp8,3,64,32,2,8,1,1,power_law_1.2,0.5\n"
        "bfloat16,3,64,32,2,8,1,2,balanced,0.5\nint4_wo,3,64,32,2,8,1,1,balanced,0.5\n"
        "bfloat16,3,64,33,2,8,2,1,balanced,0.5\nbfloat16,3,64,32,22,512,1,1,balanced,0.5\n");
  const auto set = ReadExperts(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 3u);
  EXPECT_EQ(set->rows[0].op_class, "bfloat16 balanced");
  EXPECT_DOUBLE_EQ(set->rows[0].measured.value(), 0.5e-3);
  const ops::Work gated = WorkOfRow(set->rows[0]);
  EXPECT_EQ(gated.problem->n, 32);
  EXPECT_EQ(gated.second_problem->k, 16);
  EXPECT_EQ(gated.problem->batch, 6);
  EXPECT_EQ(set->rows[1].op_class, "fp8 uneven");
  EXPECT_EQ(WorkOfRow(set->rows[1]).matrix_dtype, trace::DataType::kFloat8E4m3);
  EXPECT_EQ(WorkOfRow(set->rows[2]).problem->n, 32);
}

// Of each stack the newest table of each system; kernels that are not known are left out.
TEST_F(RowSetsTest, RecurrencesAreKernelsOfAStack) {
  constexpr char kDelta[] =
      "kernel_source,phase,batch_size,seq_len,d_conv,num_k_heads,head_k_dim,num_v_heads,head_v_dim,latency\n";
  Write("aiconfigurator/x/vllm_0.9.0_gdn_perf.csv.gz", absl::StrCat(kDelta, "causal_conv1d_fn,c,9,9,4,2,8,4,8,9\n"));
  Write(
      "aiconfigurator/x/vllm_0.22.0_gdn_perf.csv.gz",
      absl::StrCat(kDelta,
                   "causal_conv1d_fn,context,2,100,4,2,8,4,16,0.5\nchunk_gated_delta_rule,context,2,100,4,2,8,4,16,1\n"
                   "fused_recurrent_gated_delta_rule,generation,2,1,4,2,8,4,16,2\nother,context,2,1,4,2,8,4,16,2\n"
                   "causal_conv1d_update,generation,2,1,4,2,8,4,16,0\n"));
  Write("aiconfigurator/x/trtllm_1.0.0_mamba2_perf.csv.gz",
        "kernel_source,batch_size,seq_len,d_state,d_conv,nheads,head_dim,n_groups,chunk_size,latency\n"
        "causal_conv1d_update,2,1,16,4,3,8,2,128,0.25\nmamba_chunk_scan_combined,2,200,16,4,4,8,2,128,0.25\n");
  const auto set = ReadRecurrences(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 5u);
  EXPECT_EQ(set->rows[0].op_class, "causal_conv1d_fn vllm");
  EXPECT_EQ(set->rows[0].device, "x");
  EXPECT_DOUBLE_EQ(set->rows[0].measured.value(), 0.5e-3);
  // 2 sequences of 16 channels, those of queries: in BF16, with 16 weights of 4 taps.
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[0]).read.value(), 2 * (2 * 16 * 100 + 16 * 4));
  EXPECT_EQ(WorkOfRow(set->rows[1]).recurrence->heads, 8);
  EXPECT_EQ(WorkOfRow(set->rows[1]).recurrence->chunks, 2);
  // 8 states of 128 in FP32, queries, keys, values, decays and factors.
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[2]).read.value(), 8 * 128 * 4 + 2 * (2 * 32 + 128 + 8) + 4 * 8);
  // 3 · 8 channels and 2 · 32 of both projections, for each of two.
  EXPECT_EQ(set->rows[3].op_class, "mamba2 causal_conv1d_update trtllm");
  EXPECT_EQ(WorkOfRow(set->rows[3]).thread_turns, 2 * (24 + 64));
  EXPECT_EQ(WorkOfRow(set->rows[4]).recurrence->chunk, 128);
}

// Prefill of 6 positions by 4 heads that share 2 of keys; decoding of one position that sees 9 before it and itself.
// The oldest tables have no column of windows; rows with one, or with a cache in FP8, are left out.
TEST_F(RowSetsTest, AttentionIsPrefillOrDecoding) {
  const std::string columns =
      "attn_dtype,kv_cache_dtype,batch_size,isl,num_heads,num_key_value_heads,head_dim,step,latency";
  Write("aiconfigurator/a/vllm_0.9.0_context_attention_perf.csv.gz",
        absl::StrCat(columns, "\nbfloat16,bfloat16,3,6,4,2,16,0,0.5\nbfloat16,bfloat16,3,6,4,2,16,0,0.2\n"));
  Write("aiconfigurator/b/vllm_0.9.0_context_attention_perf.csv.gz",
        absl::StrCat(columns, "\nbfloat16,bfloat16,3,6,4,2,16,0,0.7\n"));
  Write(
      "aiconfigurator/a/vllm_0.9.0_generation_attention_perf.csv.gz",
      absl::StrCat(columns, ",window_size\nbfloat16,bfloat16,3,1,4,2,16,9,1,0\nbfloat16,bfloat16,3,1,4,2,16,9,1,128\n",
                   "bfloat16,fp8,3,1,4,2,16,9,1,0\n"));
  const auto set = ReadServingAttention(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 4u);
  const MeasuredRow& prefill = set->rows[0];
  EXPECT_EQ(prefill.op_class, "context");
  ASSERT_EQ(prefill.work.size(), 2u);
  // Keys and values are written: 2 of 3 · 2 · 6 · 16.
  EXPECT_DOUBLE_EQ(WorkOfRow(prefill).written.value(), 2 * 3 * 2 * 6 * 16 * 2);
  const ops::MatrixProblem problem = *ops::WorkOf(prefill.work[1])->problem;
  EXPECT_EQ(problem.batch, 3 * 2);
  EXPECT_EQ(problem.m, 2 * 6);
  EXPECT_EQ(problem.k, 3);
  // The least of the other system.
  EXPECT_EQ(prefill.launch, Seconds::Of(0.7e-3));
  EXPECT_EQ(set->rows[2].launch, Seconds::Of(0.2e-3));
  const MeasuredRow& decoding = set->rows[3];
  EXPECT_EQ(decoding.op_class, "generation");
  EXPECT_EQ(decoding.launch, Seconds());
  EXPECT_EQ(ops::WorkOf(decoding.work[1])->problem->m, 2);
  EXPECT_EQ(ops::WorkOf(decoding.work[1])->problem->k, 10);
}

// FlashAttention 3 and others written for Hopper and later use what runs beside the threads; 3 plans in a kernel
// before.
TEST_F(RowSetsTest, AttentionIsByTheKernelsThatATableNames) {
  const auto row = [](const char* kernel) { return absl::StrCat("\n", kernel, ",bfloat16,bfloat16,3,6,4,2,16,0,0.5"); };
  Write("aiconfigurator/a/vllm_0.9.0_context_attention_perf.csv.gz",
        absl::StrCat("kernel_source,attn_dtype,kv_cache_dtype,batch_size,isl,num_heads,num_key_value_heads,head_dim,"
                     "step,latency",
                     row("vllm_flash_attn"), row("vllm_triton_attn"), row("vllm_flash_attn_fa3"),
                     row("vllm_flashinfer_trtllmprefill"), "\n"));
  const auto set = ReadServingAttention(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  std::vector<size_t> kernels;
  std::vector<bool> beside;
  for (const MeasuredRow& row : set->rows) {
    kernels.push_back(row.work.size());
    beside.push_back(ops::WorkOf(row.work.at(1))->attention->beside_threads);
  }
  EXPECT_THAT(kernels, ElementsAre(2, 2, 3, 2));
  EXPECT_THAT(beside, ElementsAre(false, false, true, true));
}

// Sizes count elements of two bytes; what is not of halves or not known is left out.
TEST_F(RowSetsTest, CollectivesCountElements) {
  Write("aiconfigurator/a/nccl_2.1_nccl_perf.csv.gz",
        "op_name,nccl_dtype,num_gpus,message_size,latency\nall_reduce,half,4,1000,0.02\nall_gather,half,4,1000,0.01\n"
        "reduce_scatter,half,4,1000,0.01\nall_reduce,int8,4,1000,0.02\nunheard,half,4,1000,0.02\n");
  Write("aiconfigurator/a/nccl_2.0_nccl_perf.csv.gz",
        "op_name,nccl_dtype,num_gpus,message_size,latency\nall_reduce,half,4,1000,7\n");  // an older table
  const auto set = ReadCollectives(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 3u);
  EXPECT_DOUBLE_EQ(set->rows[0].measured.value(), 20e-6);
  for (const MeasuredRow& row : set->rows) {
    const ops::Work work = WorkOfRow(row);
    ASSERT_TRUE(work.transfer.has_value()) << row.op_class;
    EXPECT_EQ(work.transfer->bytes, Bytes::Of(2000)) << row.op_class;
    EXPECT_EQ(work.transfer->ranks, 4) << row.op_class;
  }
}

TEST_F(RowSetsTest, WhatIsMissingOrDamagedIsAnErrorThatNamesIt) {
  Write("nothing/of/use", "");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()), HasSubstr("none of the sets is here"));
  Write("aiconfigurator/h100_sxm/vllm_1.0_gemm_perf.csv.gz", "gemm_dtype,m,n,k,latency\nbfloat16,4,many,6,0.5\n");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()),
              testing::AllOf(HasSubstr("vllm_1.0_gemm_perf"), HasSubstr("many"), HasSubstr("line \"2\"")));
  Write("neusight/model_ops_measured_vs_pred.csv.gz", "device,op\nTesla_P4,Linear\n");
  EXPECT_THAT(std::string(ReadRowSets(folder_).status().message()), HasSubstr("Missing column"));
}

// The newest table that has power, without short products, scales by block and weights that hold something else.
TEST_F(RowSetsTest, PowerIsOfTheNewestTableThatHasIt) {
  const std::string columns = "gemm_dtype,m,n,k,latency";
  Write("aiconfigurator/sys/vllm_0.9.0_gemm_perf.csv.gz",
        columns + ",power,power_limit\nbfloat16,64,128,256,0.2,300,700\nbfloat16,64,128,256,0.2,650,700\n" +
            "bfloat16,64,128,256,0.09,300,700\nfp8_block,64,128,256,0.2,300,700\n" +
            "bfloat16,4096,65536,32768,9,300,700\nbfloat16,64,128,256,0.2,,700\n");
  Write("aiconfigurator/sys/vllm_0.10.0_gemm_perf.csv.gz", columns + "\nbfloat16,64,128,256,0.2\n");
  const auto set = ReadPower(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 2u);
  EXPECT_EQ(set->quantity, Quantity::kPower);
  EXPECT_EQ(set->rows[0].op_class, "bfloat16 under .9 of the limit");
  EXPECT_EQ(set->rows[0].power, Watts::Of(300));
  EXPECT_EQ(set->rows[1].op_class, "bfloat16 near the limit");
  EXPECT_THAT(set->rows[0].published, ElementsAre(Pair("at the limit", 700)));
}

// Sizes and a rate, or a time, without a header; the least of an operator's other rows is the host's time.
TEST_F(RowSetsTest, LlmcompassHasOneFileAnOperator) {
  const std::string prefix = "llmcompass/ae__figure5__";
  Write(prefix + "ab__real_hardware__matmul_A100.csv", "64, 256, 128, 0.5ms, 1.5Tflops\n8, 16, 32, 0.25ms, 2Tflops\n");
  Write(prefix + "cf__real_hardware__softmax_A100.csv", "4096, 32, 10");
  Write(prefix + "de__real_hardware__layernorm_A100.csv", "4096, 32, 2.5\n");
  Write(prefix + "g__real_hardware__gelu_A100.csv", "1024, 0.5\n");
  const auto set = ReadLlmcompass(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 5u);
  // [64, 256] by [256, 128].
  EXPECT_EQ(ops::WorkOf(set->rows[0].work[0])->problem->n, 128);
  EXPECT_EQ(ops::WorkOf(set->rows[0].work[0])->problem->k, 256);
  EXPECT_NEAR(set->rows[0].measured.value(), 0.5e-3, 1e-12);
  EXPECT_NEAR(set->rows[0].launch.value(), 0.25e-3, 1e-12);
  // 131,072 elements at 10^10 a second.
  EXPECT_NEAR(set->rows[2].measured.value(), 13.1072e-6, 1e-12);
  EXPECT_EQ(set->rows[2].launch, Seconds());
  // Three quarters of the host's time are before the kernel.
  EXPECT_NEAR(set->rows[0].timer.value(), 0.1875e-3, 1e-12);
  EXPECT_EQ(set->rows[0].stack, "");
  EXPECT_EQ(set->rows[4].stack, "torch-compile");
  EXPECT_NEAR(set->rows[4].measured.value(), 2.048e-6, 1e-12);
  Write(prefix + "g__real_hardware__gelu_A100.csv", "1024, fast\n");
  EXPECT_THAT(std::string(ReadLlmcompass(folder_).status().message()), HasSubstr("gelu_A100.csv:1: \"fast\""));
  Write(prefix + "g__real_hardware__gelu_A100.csv", "1024, 0.5\n1024\n");
  EXPECT_THAT(std::string(ReadLlmcompass(folder_).status().message()),
              HasSubstr("gelu_A100.csv:2: has 1 numbers: 2 must stand in it"));
}

// Products of tables that are known; others are passed over.
TEST_F(RowSetsTest, TunedProductsAreOfEightAndSixteenBits) {
  Write("aiter/tuned_gemm.csv.gz",
        "source_table,device,B,M,N,K,us\n"
        "model_configs/a8w8_blockscale_tuned_gemm_x,MI300X,,64,128,256,7.5\n"
        "bf16_tuned_batched_gemm,MI300X,16,1,1280,8192,112\n"
        "a8w8_bpreshuffle_tuned_gemm,MI300X,,64,128,256,5\n"
        "a8w8_tuned_batched_gemm,MI300X,2,64,128,256,5\n"
        "fp6_tuned_gemm,MI300X,,64,128,256,5\n"
        "bf16_tuned_batched_gemm,MI300X,16,1,1280,8192,0\n");
  const auto set = ReadTunedProducts(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 4u);
  EXPECT_EQ(set->rows[0].op_class, "gemm fp8_block");
  EXPECT_NEAR(set->rows[0].measured.value(), 7.5e-6, 1e-15);
  EXPECT_EQ(WorkOfRow(set->rows[0]).matrix, Flop::Of(2.0 * 64 * 128 * 256));
  EXPECT_EQ(WorkOfRow(set->rows[0]).matrix_dtype, trace::DataType::kFloat8E4m3);
  // A byte for each of the operands, two for the result.
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[0]).read.value(), 64 * 256 + 128 * 256);
  EXPECT_DOUBLE_EQ(WorkOfRow(set->rows[0]).written.value(), 2 * 64 * 128);
  EXPECT_EQ(set->rows[1].op_class, "bmm bfloat16");
  EXPECT_EQ(WorkOfRow(set->rows[1]).problem->batch, 16);
  EXPECT_EQ(set->rows[2].op_class, "gemm int8");
  EXPECT_EQ(set->rows[3].op_class, "bmm int8");
}

// Rows of one chip whose model is known; others are passed over.
TEST_F(RowSetsTest, NeuronEncodersRunOnBothCoresAtOnce) {
  const std::string header = "Model,Scripts,Inst. Type,Throughput (inference/sec),Batch Size,Sequence Length\n";
  Write("aws_neuron/trn1__throughput_data_encoder.csv.gz",
        header + "distilbert-base-uncased,a,trn1.2xlarge,6400,16,128\n" +
            "xlm-roberta-base,a,trn1.32xlarge,46,8,128\n" + "unheard-of,a,trn1.2xlarge,46,8,128\n");
  Write("aws_neuron/trn1__latency_data_encoder.csv.gz", header + "albert-base-v2,a,trn1.2xlarge,2000,1,64\n");
  const auto set = ReadNeuron(folder_);
  ASSERT_TRUE(set.ok()) << set.status();
  ASSERT_EQ(set->rows.size(), 2u);
  const MeasuredRow& large = set->rows[0];
  EXPECT_EQ(large.op_class, "large batches");
  EXPECT_TRUE(large.wall);
  // 32 sequences of both cores, at 6,400 a second.
  EXPECT_NEAR(large.measured.value(), 5e-3, 1e-12);
  // In each of 6 layers 6 products of 768 (of which two in, and out of, 3,072) and two for each of 12 heads.
  double flop = 0;
  for (const trace::Signature& signature : large.work) flop += ops::WorkOf(signature)->matrix.value();
  const double rows = 32 * 128;
  EXPECT_DOUBLE_EQ(flop, 6 * (2 * rows * 768 * (4 * 768 + 2 * 3072) + 4.0 * 32 * 12 * 128 * 128 * 64));
  // Without an embedding of its own width it is projected, and pooled at the end.
  EXPECT_EQ(set->rows[1].work.size(), 3u + 2 + 12 * 22 + 3);
  EXPECT_NEAR(set->rows[1].measured.value(), 1e-3, 1e-12);
}

// A list of operators in an archive, and a run at a clock.
TEST_F(RowSetsTest, EnergaizerRunsAreListsOfOperators) {
  Write("energaizer/figures__fig11_dvfs_results__dvfs_report.csv.gz",
        "model,batch,seq,mode,config,prec,freq,measured_time,measured_energy,gee_time,gee_energy,measured_freq\n"
        "toy,2,8,prefill,small,bf16,600,3,0.5,4,0.25,599.5\n");
  const std::string list = R"([[{"dim": 64, "op": "typecast_to_fp32", "prec": "bf16"}, ["elementwise"]],)"
                           R"([{"dim": 64, "op": "pointwise_add", "prec": "bf16"}, ["elementwise"]],)"
                           R"([{"batch": 3, "dimM": 4, "dimN": 5, "dimK": 6, "precM": "bf16"}, ["gemm"]],)"
                           R"([{"batch": 7, "dim": 9, "prec": "fp32"}, ["softmax"]]])";
  WriteArchive("energaizer/workloads.tar.gz", "all/toy_small_pbf16_b2_s8_modeprefill.json", list);
  const auto sets = ReadEnergaizer(folder_);
  ASSERT_TRUE(sets.ok()) << sets.status();
  ASSERT_EQ(sets->size(), 2u);
  const MeasuredRow& row = (*sets)[1].rows.at(0);
  ASSERT_EQ(row.work.size(), 4u);
  EXPECT_EQ(row.work[0].outputs[0].dtype, trace::DataType::kFloat32);
  EXPECT_EQ(ops::WorkOf(row.work[2])->matrix, Flop::Of(2 * 3 * 4 * 5 * 6));
  EXPECT_EQ(row.work[3].inputs[0].dtype, trace::DataType::kFloat32);
  EXPECT_EQ(row.energy, Joules::Of(0.5));
  EXPECT_EQ(row.clock_hz, 599.5e6);
  EXPECT_THAT(row.published, ElementsAre(Pair("energaizer", 0.25)));
  EXPECT_THAT((*sets)[0].rows.at(0).published, ElementsAre(Pair("energaizer", 4e-3)));
  WriteArchive("energaizer/workloads.tar.gz", "all/another.json", list);
  EXPECT_THAT(std::string(ReadEnergaizer(folder_).status().message()), HasSubstr("lacks toy_small_pbf16_b2_s8"));
  Write("energaizer/workloads.tar.gz", "no archive");
  EXPECT_TRUE(absl::IsDataLoss(ReadEnergaizer(folder_).status()));
}

// A training of the batch that the trace has, under the card's own limit and one more.
TEST_F(RowSetsTest, EpochsUnderALimitAreToldFromTheCardsOwn) {
  const std::string data = folder_ + "/data";
  Write("data/zeus/summary_power_v100.csv.gz",
        "dataset,network,batch_size,optimizer,power_limit,time_per_epoch,average_power\n"
        "imagenet,resnet50,32,adadelta,250,100,200\nimagenet,resnet50,32,adadelta,150,120,140\n"
        "imagenet,resnet50,64,adadelta,150,90,140\nsquad,bert,32,adamw,150,80,140\n");
  // Without the trace nothing is told.
  EXPECT_THAT(*ReadZeus(data), ElementsAre());
  Write("traces/param/resnet_et.json.gz",
        collectors::execution_trace::ExecutionTraceFile(
            "1.0.1", {collectors::execution_trace::FlatNode(collectors::execution_trace::MmNode(3, 1))}));
  const auto sets = ReadZeus(data);
  ASSERT_TRUE(sets.ok()) << sets.status();
  ASSERT_EQ(sets->size(), 2u);
  ASSERT_EQ((*sets)[0].rows.size(), 1u);
  const MeasuredRow& row = (*sets)[0].rows[0];
  EXPECT_EQ(row.op_class, "150 of 250 W");
  EXPECT_EQ(row.measured, Seconds::Of(120));
  EXPECT_EQ(row.limited->own_time, Seconds::Of(100));
  EXPECT_EQ(row.limited->limit, Watts::Of(150));
  ASSERT_NE(row.run, nullptr);
  EXPECT_EQ(row.run->operators.size(), 1u);
  EXPECT_THAT(row.published, ElementsAre(Pair("no effect", 100)));
  const MeasuredRow& energy = (*sets)[1].rows.at(0);
  EXPECT_EQ((*sets)[1].quantity, Quantity::kEnergy);
  EXPECT_EQ(energy.energy, Joules::Of(120 * 140));
  EXPECT_EQ(energy.limited->own_energy, Joules::Of(100 * 200));
  EXPECT_THAT(energy.published, ElementsAre(Pair("no effect", 20000)));
}

}  // namespace
}  // namespace sandglass::accuracy
