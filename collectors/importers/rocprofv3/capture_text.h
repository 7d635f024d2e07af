// Files of rocprofv3 for tests, put together record by record.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::collectors::rocprofv3 {

// A kernel of 300 by 2 threads in blocks of 128 by 2. `more` are JSON members of the record, each with a comma before.
inline std::string DispatchRecord(int kernel, int64_t start_ns, int64_t end_ns, int agent = 40,
                                  absl::string_view more = R"(,"stream_id":{"handle":7})") {
  return absl::StrCat(
      R"({"size":184,"kind":2,"operation":2,"thread_id":9,"correlation_id":{"internal":1,"external":0},)",
      R"("start_timestamp":)", start_ns, R"(,"end_timestamp":)", end_ns,
      R"(,"dispatch_info":{"size":72,"agent_id":{"handle":)", agent, R"(},"queue_id":{"handle":3},"kernel_id":)",
      kernel, R"(,"dispatch_id":1,"private_segment_size":0,"group_segment_size":512,)",
      R"("workgroup_size":{"x":128,"y":2,"z":1},"grid_size":{"x":300,"y":2,"z":1}})", more, "}");
}

inline std::string CopyRecord(int64_t start_ns, int64_t end_ns, int from, int to, int64_t bytes) {
  return absl::StrCat(R"({"size":80,"kind":1,"operation":2,"start_timestamp":)", start_ns, R"(,"end_timestamp":)",
                      end_ns, R"(,"dst_agent_id":{"handle":)", to, R"(},"src_agent_id":{"handle":)", from,
                      R"(},"bytes":)", bytes, "}");
}

// One process: agents 39 (a CPU), 41 and 40 (GPUs 1 and 0), kernels 1 and 2. Records are JSON lists without brackets.
inline std::string CaptureProcess(absl::string_view dispatches, absl::string_view copies = "",
                                  absl::string_view hip_calls = "") {
  return absl::StrCat(
      R"({"metadata":{"pid":9,"command":["python","train.py"],"config":{}},)",
      R"("agents":[{"id":{"handle":39},"type":1,"product_name":"AMD EPYC"},)",
      R"({"id":{"handle":41},"type":2,"name":"gfx950","product_name":"AMD Instinct MI355X","logical_node_type_id":1},)",
      R"({"id":{"handle":40},"type":2,"name":"gfx942","product_name":"","logical_node_type_id":0}],"counters":[],)",
      R"("strings":{"buffer_records":[{"kind":"NONE","operations":[]},)",
      R"({"kind":"MEMORY_COPY","operations":["NONE","MEMORY_COPY_HOST_TO_HOST","MEMORY_COPY_HOST_TO_DEVICE"]}]},)",
      R"("kernel_symbols":[{"kernel_id":1,"kernel_name":"_Z3addv.kd","formatted_kernel_name":"add<4>"},)",
      R"({"kernel_id":2,"kernel_name":"mul.kd"}],)",
      R"("callback_records":{"counter_collection":[]},"buffer_records":{"kernel_dispatch":[)", dispatches,
      R"(],"hip_api":[)", hip_calls, R"(],"memory_copy":[)", copies, "]}}");
}

inline std::string CaptureFile(absl::string_view processes) {
  return absl::StrCat(R"({"rocprofiler-sdk-tool":[)", processes, "]}");
}

}  // namespace sandglass::collectors::rocprofv3

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ROCPROFV3_CAPTURE_TEXT_H_
