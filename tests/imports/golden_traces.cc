#include "tests/imports/golden_traces.h"

#include <google/protobuf/text_format.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/chakra/chakra_bytes.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/formats.h"
#include "collectors/importers/gromacs/gromacs_text.h"
#include "collectors/importers/kineto/kineto_text.h"
#include "collectors/importers/lammps/lammps_text.h"
#include "collectors/importers/nsight/nsight_database.h"
#include "collectors/importers/rocprofv3/capture_text.h"
#include "collectors/importers/xplane/import_space.h"
#include "collectors/importers/xplane/space_bytes.h"

namespace sandglass::imports {
namespace {

std::string ReadOrDie(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.empty()) {
    std::fprintf(stderr, "%s cannot be read\n", path.c_str());
    std::abort();
  }
  return bytes;
}

// A product within a module, its kernel, a copy and a collective, as the third generation has them.
std::string Kineto() {
  using collectors::kineto::KinetoEvent;
  const char* const product =
      R"("External id": 2, "Record function id": 0, "Input Dims": [[16, 559], [559, 64]], )"
      R"("Input type": ["c10::BFloat16", "c10::BFloat16"], "Input Strides": [[559, 1], [1, 559]])";
  const char* const kernel =
      R"("External id": 2, "correlation": 77, "device": 0, "stream": 7, "grid": [4, 1, 1], "block": [128, 1, 1], )"
      R"("registers per thread": 16, "shared memory": 49152)";
  const char* const collective =
      R"("Collective name": "allreduce", "In msg nelems": 1024, "Out msg nelems": 1024, "dtype": "BFloat16", )"
      R"("Process Group Name": "0", "Process Group Ranks": "[0, 1]", "External id": 3)";
  return collectors::kineto::KinetoFile(
      {KinetoEvent("cpu_op", "aten::linear", "100.5", "60", R"("External id": 1)"),
       KinetoEvent("cpu_op", "aten::mm", "102.25", "50", product),
       KinetoEvent("cuda_runtime", "cudaLaunchKernel", "120", "5", R"("External id": 2, "correlation": 77)"),
       KinetoEvent("kernel", "gemm_bf16", "140", "20.125", kernel, "7"),
       KinetoEvent("gpu_memcpy", "Memcpy HtoD (Pageable -> Device)", "170", "1.5",
                   R"("correlation": 99, "device": 0, "stream": 7, "bytes": 4096)", "7"),
       KinetoEvent("cpu_op", "record_param_comms", "180", "4", collective),
       KinetoEvent("user_annotation", "ProfilerStep#1", "90", "200")},
      R"("deviceProperties": [{"id": 0, "name": "NVIDIA H100 80GB HBM3"}], "baseTimeNanoseconds": 1700000000000000000,
         "distributedInfo": {"backend": "nccl", "rank": 1, "world_size": 2},)");
}

std::string Chakra() {
  using collectors::chakra::AddAttribute;
  chakra_et::Node load = collectors::chakra::ChakraNode(1, "load", chakra_et::NODE_TYPE_MEM_LOAD, true);
  chakra_et::Node product = collectors::chakra::ChakraNode(2, "mm", chakra_et::NODE_TYPE_COMP, false);
  product.add_data_deps(1);
  product.set_start_time_micros(100);
  product.set_duration_micros(5);
  AddAttribute("num_ops", product).set_int64_val(48);
  AddAttribute("tensor_size", product).set_uint64_val(104);
  AddAttribute("stream", product).set_int64_val(7);
  return collectors::chakra::ChakraFile({load, product, collectors::chakra::AllReduce(1 << 20)});
}

// A product of a program, run on a GPU and joined to its kernel.
std::string Xplane() {
  using collectors::xplane::PlaneBuilder;
  PlaneBuilder gpu("/device:GPU:0");
  gpu.Stat({"device_vendor", "AMD"}).Stat({"core_count", 304}).Stat({"memory_size", 206'141'652'992});
  gpu.Stat({"compute_cap_major", 9}).Stat({"compute_cap_minor", 4}).Line(1, "Stream #1(Kernel)", 1000);
  std::vector<collectors::xplane::NamedStat> stats = collectors::xplane::OfInstruction("dot.1");
  stats.push_back({"kernel_details", "regs:32 static_shared:16 dynamic_shared:0 grid:2,1,1 block:64,1,1"});
  gpu.Event("Cijk_Ailk_Bljk_BBS", 2'000'500, 3'000'000, stats);
  gpu.Event("copy", 9'000'000, 1'000'000, {{"memcpy_details", "kind:Unknown size:64"}, {"correlation_id", 3}});
  return collectors::xplane::SpaceOf({collectors::xplane::Programs(), gpu});
}

std::string Rocprofv3() {
  using collectors::rocprofv3::CopyRecord;
  using collectors::rocprofv3::DispatchRecord;
  return collectors::rocprofv3::CaptureFile(collectors::rocprofv3::CaptureProcess(
      absl::StrCat(DispatchRecord(2, 5000, 5400), ",", DispatchRecord(1, 3000, 5100, 41)),
      CopyRecord(10, 30, 39, 41, 4096)));
}

std::string Nsight() {
  return collectors::nsight::MakeDatabase(absl::StrCat(collectors::nsight::kSchema, collectors::nsight::kStep));
}

void AppendMessage(const char* name, const google::protobuf::Message& message, std::string& text) {
  std::string body;
  google::protobuf::TextFormat::Printer printer;
  printer.SetInitialIndentLevel(1);
  printer.PrintToString(message, &body);
  absl::StrAppend(&text, name, " {\n", body, "}\n");
}

void AppendCounts(const char* name, const collectors::Counts& counts, std::string& text) {
  for (const auto& [what, count] : counts) absl::StrAppend(&text, "# ", name, " ", what, ": ", count, "\n");
}

const collectors::ImportFormat* FormatOf(const std::string& bytes) {
  for (const collectors::ImportFormat& format : collectors::ImportFormats()) {
    if (format.matches(bytes)) return &format;
  }
  return nullptr;
}

}  // namespace

std::vector<GoldenTrace> GoldenTraces(const std::string& root) {
  const std::string data = absl::StrCat(root, "/tests/imports/data/");
  return {{"kineto", Kineto()},
          {"onnxruntime", ReadOrDie(data + "onnxruntime_profile.json")},
          {"rocprofv3", Rocprofv3()},
          {"chakra", Chakra()},
          {"xplane", Xplane()},
          {"gromacs-log", collectors::gromacs::kLog},
          {"lammps-log", collectors::lammps::kMeltLog},
          {"nsight", Nsight()},
          {"pytorch-execution-trace", ReadOrDie(data + "execution_trace_torch_1_13.json")}};
}

std::string GoldenPath(const GoldenTrace& trace) {
  return absl::StrCat("tests/imports/golden/", trace.format, ".textproto");
}

absl::StatusOr<std::string> ImportedText(const GoldenTrace& trace) {
  const collectors::ImportFormat* const format = FormatOf(trace.bytes);
  if (format == nullptr || format->name != trace.format) {
    return absl::InvalidArgumentError(
        absl::StrCat("taken for ", format == nullptr ? "no format" : format->name, ", and is ", trace.format));
  }
  collectors::ImportOptions options;
  options.name = trace.format;
  collectors::KeepingSink sink;
  const std::unique_ptr<collectors::ByteSource> source = collectors::MemoryByteSource(trace.bytes);
  const auto report = format->import(*source, options, sink);
  if (!report.ok()) return report.status();
  std::string text = absl::StrCat("# What the import of a small trace of format ", trace.format,
                                  " gives. Made by `bazel run //tests/imports:golden_update`.\n");
  AppendCounts("imported", report->imported, text);
  AppendCounts("linked", report->linked, text);
  AppendCounts("left out", report->left_out, text);
  AppendCounts("missing", report->missing, text);
  AppendMessage("header", sink.header(), text);
  for (const v1::Operator& op : sink.operators()) AppendMessage("operator", op, text);
  AppendMessage("summary", sink.summary(), text);
  return text;
}

}  // namespace sandglass::imports
