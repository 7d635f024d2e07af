// Bytes as a database of Nsight Systems: they are refused, or what comes of them is a trace that a store takes.
#include "collectors/importers/nsight/importer.h"
#include "collectors/importers/nsight/nsight_database.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/sound_import.h"

namespace sandglass::fuzz {

using collectors::nsight::MakeDatabase;

std::vector<std::string> Seeds() {
  // Small, for each is cut at every byte.
  return {
      MakeDatabase(
          "CREATE TABLE StringIds (id, value);"
          "CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start, end, streamId, correlationId, globalPid, shortName);"
          "CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start, end, correlationId, globalTid);"
          "CREATE TABLE NVTX_EVENTS (start, end, text, globalTid);"
          "INSERT INTO StringIds VALUES (3, 'gemm');"
          "INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (50, 70, 7, 77, 83886080, 3);"
          "INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (30, 31, 77, 83886089);"
          "INSERT INTO NVTX_EVENTS VALUES (1, 99, 'step', 83886089), (20, 40, 'forward', 83886089)"),
      MakeDatabase("CREATE TABLE NVTX_EVENTS (start INT, end INT, text TEXT, globalTid INT);"
                   "INSERT INTO NVTX_EVENTS VALUES (1, 9, 'a', 1), (2, 8, 'b', 1), (3, 7, CAST(x'63ff' AS TEXT), 2)"),
      MakeDatabase(
          "CREATE TABLE CUPTI_ACTIVITY_KIND_MEMCPY (start INT, end INT, bytes INT, deviceId INT, streamId INT);"
          "INSERT INTO CUPTI_ACTIVITY_KIND_MEMCPY VALUES (1, 9, 64, 0, 7), (2, 8, 9e9, 1, 8)"),
      MakeDatabase(
          "CREATE TABLE CUPTI_ACTIVITY_KIND_GRAPH_TRACE (start, end, deviceId, streamId, correlationId, globalPid);"
          "CREATE TABLE TARGET_INFO_GPU (id, name);"
          "CREATE TABLE TARGET_INFO_CUDA_DEVICE (pid, cudaId, gpuId);"
          "INSERT INTO CUPTI_ACTIVITY_KIND_GRAPH_TRACE VALUES (5, 95, 0, 7, 77, 83886080);"
          "INSERT INTO TARGET_INFO_GPU VALUES (3, 'NVIDIA H100 80GB HBM3');"
          "INSERT INTO TARGET_INFO_CUDA_DEVICE VALUES (5, 0, 3)"),
  };
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sandglass::fuzz::RequireSoundImport(sandglass::collectors::nsight::Matches, sandglass::collectors::nsight::Import,
                                      data, size);
  return 0;
}
