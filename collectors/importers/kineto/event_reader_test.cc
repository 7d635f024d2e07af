#include "collectors/importers/kineto/event_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/kineto/trace_reader.h"

namespace sandglass::collectors::kineto {
namespace {

using ::testing::Contains;
using ::testing::Pair;

// Events of all kinds and of all ways in which writers wrote them; `n` makes them differ.
std::vector<std::string> Events(int n) {
  const std::string ids = absl::StrCat("\"External id\": ", n, ", \"correlation\": ", n);
  const std::string times = absl::StrCat("\"ts\": ", n * 10, ".125, \"dur\": 3.5");
  return {
      absl::StrCat(R"({"ph": "X", "cat": "cpu_op", "name": "aten::mm", "pid": 1, "tid": )", n % 3, ", ", times,
                   R"(, "args": {"Input Dims": [[)", n % 7, R"(, 8], [8, 4]], "Input type": ["float", "float"],
                      "Input Strides": [[8, 1], [4, 1]], "Concrete Inputs": ["", ""], "Record function id": )",
                   n, ", ", ids, "}}"),
      absl::StrCat(R"({"name": "caf\u00e9 \"x\"", "args": {"Collective name": "all_gather", "dtype": "Float",
                      "In msg nelems": 8, "Out msg nelems": "16", "Process Group Name": "0",
                      "Process Group Ranks": "[0, 1]"}, "tid": "main", "pid": "p", "cat": "cpu_op", "dur": 1,
                      "ts": "17.5", "ph": "X"})"),
      absl::StrCat(R"({"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 5, "dur": 0, "args": {
                      "device": 0, "stream": )",
                   n % 2, R"(, "grid": [1, 2, )", n % 5, R"(], "block": [128, 1, 1],
                      "registers per thread": 16, "shared memory": 0, "est. achieved occupancy %": 0.5, )",
                   ids, "}}"),
      absl::StrCat(R"({"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 1, "tid": 1, "ts": -2.5,
                      "dur": 18446744073709551615, "args": {"correlation": 18446744073709551615}})"),
      absl::StrCat(R"({"ph": "X", "cat": "cuda_runtime", "name": "cudaLaunchKernel", "pid": 1, "tid": 1, "ts": -2.5,
                      "dur": 1e1, "args": {"correlation": 18446744073709551615, "kernel": "k"}})"),
      absl::StrCat(R"({"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy HtoD", "pid": 0, "tid": 7, "ts": 6, "dur": 1,
                      "args": {"bytes": )",
                   n % 11, "}}"),
      R"({"p\u0068": "X", "c\u0061t": "cpu_op", "name": "written otherwise", "pid": 1, "tid": 1, "ts": 1, "dur": 1,
          "args": {"Extern\u0061l id": 7}})",
      R"({"ph": "s", "cat": "ac2g", "name": "ac2g", "id": 1})",
      R"({"ph": "X", "cat": "python_function", "name": "f", "ts": "no number"})",
      R"({"name": "no one's", "pid": 1, "ph": "X", "cat": "foreign", "ts": 1, "dur": 1})",
      R"({"ph": "X", "cat": "cpu_op", "name": "no time", "pid": 1, "tid": 1, "dur": 1})",
      R"({"ph": "X", "cat": "cpu_op", "name": 5, "pid": 1, "tid": 1, "ts": 1, "dur": 1})",
      R"({"ph": "X", "cat": "cpu_op", "name": "list", "pid": null, "tid": [1], "ts": 1, "dur": 1, "args": []})",
      "{\"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"control \x01\", \"pid\": 1, \"tid\": 1, \"ts\": 1, \"dur\": 1}",
      R"({"ph": "X", "cat": "cpu_op", "name": "big", "pid": 123456789012345678901, "tid": 1, "ts": 1, "dur": 1})",
      R"({"ph": "X", "cat": "cpu_op", "name": "dims", "pid": 1, "tid": 1, "ts": 1, "dur": 1,
          "args": {"Input Dims": [[123456789012345678901]], "Input type": ["float"]}})",
      R"({"ph": "X", "cat": "cpu_op", "name": "broken", "pid": 1, "tid": 1, "ts": 1.2.3, "dur": 1})",
      R"({"ph": "X", "cat": "cpu_op", "name": "broken", "pid": 1, "tid": 1, "ts": 1, "dur": tru})",
      R"({"ph": "X", "cat": "cpu_op", "name": "broken" "pid": 1, "tid": 1, "ts": 1, "dur": 1})",
      R"({})",
  };
}

std::string InWords(const Event& event) {
  return absl::StrJoin(std::vector<int64_t>{event.start_ns, event.duration_ps, event.external_id, event.record_function,
                                            event.correlation, event.sequence, event.forward_thread, event.signature,
                                            event.track, static_cast<int64_t>(event.kind)},
                       " ");
}

std::vector<std::string> InWords(const Trace& trace) {
  std::vector<std::string> words;
  for (const Event& event : trace.events) words.push_back(InWords(event));
  for (const v1::OpSignature& signature : trace.signatures) words.push_back(signature.ShortDebugString());
  for (const Call& call : trace.calls) words.push_back(call.kernel);
  for (const Track& track : trace.tracks) words.push_back(absl::StrCat(track.process, "/", track.thread));
  return words;
}

// Single events are checked as a whole before they are read; in a file they are read many at once.
TEST(EventReaderTest, ManyAtOnceAreReadAsOneByOne) {
  std::vector<std::string> events;
  EventReader one_by_one(true);
  uint64_t refused = 0;
  for (int n = 0; n < 1'000; ++n) {
    for (std::string& event : Events(n)) {
      // The damaged ones are few, as in a file that is worth reading.
      if (n % 50 != 0 && (event.find("broken") != std::string::npos || event.find('\x01') != std::string::npos))
        continue;
      const std::string padded = event + std::string(kReadableBehindPiece, ' ');
      if (!one_by_one.Add(absl::string_view(padded).substr(0, event.size())).ok()) ++refused;
      events.push_back(std::move(event));
    }
  }
  const Trace expected = std::move(one_by_one).Take();
  for (const char* separator : {",", ",\n  "}) {
    const std::string file = absl::StrCat("{\"traceEvents\": [", absl::StrJoin(events, separator), "]}");
    const std::unique_ptr<ByteSource> source = MemoryByteSource(file);
    const absl::StatusOr<Trace> trace = ReadTrace(
        *source, [](uint64_t) { return true; }, true);
    ASSERT_TRUE(trace.ok()) << trace.status();
    EXPECT_EQ(trace->generation, expected.generation);
    EXPECT_TRUE(InWords(*trace) == InWords(expected));
    std::map<std::string, uint64_t> dropped = expected.dropped;
    dropped["damaged_events"] = refused;
    EXPECT_EQ(trace->dropped, dropped);
    EXPECT_THAT(trace->dropped, Contains(Pair("texts_mended", 1'000 * 2 + 20)));
    EXPECT_THAT(trace->dropped, Contains(Pair("category_foreign", 1'000)));
    EXPECT_GE(std::count_if(trace->events.begin(), trace->events.end(),
                            [](const Event& event) { return event.external_id == 7; }),
              1'000);
  }
}

// A thread may have any number, also the least, which stands for none elsewhere.
TEST(EventReaderTest, AThreadMayHaveTheLeastNumber) {
  const std::string event = absl::StrCat(
      R"({"ph": "X", "cat": "cpu_op", "name": "a", "pid": -9223372036854775808, "tid": -9223372036854775808, )",
      R"("ts": -1.5559, "dur": 1})", std::string(kReadableBehindPiece, ' '));
  EventReader reader(false);
  ASSERT_TRUE(reader.Add(absl::string_view(event).substr(0, event.size() - kReadableBehindPiece)).ok());
  const Trace trace = std::move(reader).Take();
  ASSERT_EQ(trace.tracks.size(), 1u);
  EXPECT_EQ(trace.tracks[0].thread, "-9223372036854775808");
  EXPECT_EQ(trace.events[0].start_ns, -1556);
}

// Mended, and still no event.
TEST(EventReaderTest, WhatIsMendedAndRefusedIsCounted) {
  const std::string event = absl::StrCat("{\"ph\": \"X\", \"cat\": \"cpu_op\", \"name\": \"a\tb\", \"ts\": 1}",
                                         std::string(kReadableBehindPiece, ' '));
  EventReader reader(false);
  EXPECT_FALSE(reader.Add(absl::string_view(event).substr(0, event.size() - kReadableBehindPiece)).ok());
  EXPECT_EQ(std::move(reader).Take().dropped.at("texts_mended"), 1u);
}

}  // namespace
}  // namespace sandglass::collectors::kineto
