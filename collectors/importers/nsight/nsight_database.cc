#include "collectors/importers/nsight/nsight_database.h"

#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>

namespace sandglass::collectors::nsight {

const char kSchema[] = R"sql(
CREATE TABLE StringIds (id INTEGER NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE CUPTI_ACTIVITY_KIND_KERNEL (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
  contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER,
  demangledName INTEGER NOT NULL, shortName INTEGER NOT NULL, registersPerThread INTEGER NOT NULL,
  gridX INTEGER NOT NULL, gridY INTEGER NOT NULL, gridZ INTEGER NOT NULL, blockX INTEGER NOT NULL,
  blockY INTEGER NOT NULL, blockZ INTEGER NOT NULL, staticSharedMemory INTEGER NOT NULL,
  dynamicSharedMemory INTEGER NOT NULL);
CREATE TABLE CUPTI_ACTIVITY_KIND_MEMCPY (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
  contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER,
  bytes INTEGER NOT NULL, copyKind INTEGER NOT NULL);
CREATE TABLE CUPTI_ACTIVITY_KIND_MEMSET (start INTEGER NOT NULL, end INTEGER NOT NULL, deviceId INTEGER NOT NULL,
  contextId INTEGER NOT NULL, streamId INTEGER NOT NULL, correlationId INTEGER, globalPid INTEGER,
  value INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE TABLE CUPTI_ACTIVITY_KIND_RUNTIME (start INTEGER NOT NULL, end INTEGER NOT NULL, globalTid INTEGER,
  correlationId INTEGER, nameId INTEGER NOT NULL);
CREATE TABLE NVTX_EVENTS (start INTEGER NOT NULL, end INTEGER, eventType INTEGER NOT NULL, text TEXT,
  globalTid INTEGER, endGlobalTid INTEGER, textId INTEGER);
CREATE TABLE TARGET_INFO_GPU (id INTEGER NOT NULL, name TEXT);
)sql";

// The process is number 5, its thread 9: 5 << 24 is 83886080.
const char kStep[] = R"sql(
INSERT INTO StringIds VALUES (1, 'void gemm<float>(int)'), (2, 'gemm'), (3, 'forward'), (4, 'cudaLaunchKernel');
INSERT INTO TARGET_INFO_GPU VALUES (0, 'NVIDIA H100 80GB HBM3');
INSERT INTO NVTX_EVENTS VALUES (1000, 9000, 59, 'step', 83886089, NULL, NULL),
                               (2000, 6000, 59, NULL, 83886089, NULL, 3),
                               (2500, NULL, 34, 'a mark', 83886089, NULL, NULL);
INSERT INTO CUPTI_ACTIVITY_KIND_RUNTIME VALUES (3000, 3100, 83886089, 77, 4), (3200, 3300, 83886089, 78, 4),
                                               (3400, 3500, 83886089, 79, 4), (7000, 7100, 83886089, 80, 4);
INSERT INTO CUPTI_ACTIVITY_KIND_KERNEL VALUES (5000, 5750, 0, 1, 7, 77, 83886080, 1, 2, 32, 4, 2, 1, 128, 1, 1, 16, 32);
INSERT INTO CUPTI_ACTIVITY_KIND_MEMCPY VALUES (5500, 6500, 0, 1, 8, 78, 83886080, 64, 1);
INSERT INTO CUPTI_ACTIVITY_KIND_MEMSET VALUES (8000, 8010, 0, 1, 7, 79, 83886080, 0, 4096);
)sql";

namespace {

void Require(int result, const std::string& what) {
  if (result == SQLITE_OK) return;
  std::fprintf(stderr, "a test's database: %s: %s\n", what.c_str(), sqlite3_errstr(result));
  std::abort();
}

}  // namespace

std::string MakeDatabase(const std::string& statements) {
  sqlite3* handle = nullptr;
  Require(sqlite3_open(":memory:", &handle), "open");
  // Small, so that tests can be thorough.
  Require(sqlite3_exec(handle, "PRAGMA page_size = 512", nullptr, nullptr, nullptr), "page_size");
  char* message = nullptr;
  const int result = sqlite3_exec(handle, statements.c_str(), nullptr, nullptr, &message);
  Require(result, message == nullptr ? statements : message);
  sqlite3_int64 size = 0;
  unsigned char* bytes = sqlite3_serialize(handle, "main", &size, 0);
  std::string database(reinterpret_cast<const char*>(bytes), static_cast<size_t>(size));
  sqlite3_free(bytes);
  sqlite3_close(handle);
  return database;
}

}  // namespace sandglass::collectors::nsight
