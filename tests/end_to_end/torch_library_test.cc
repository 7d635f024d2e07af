// libsandglass_torch.so in programs that are not ours: a Python script and a C++ program, from their first operator to
// the replay of the trace they leave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/end_to_end/process.h"

namespace sandglass::testing {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kSandglass = "analyzer/serve/sandglass";
constexpr const char* kExample = "collectors/torch/example/example";
constexpr const char* kExampleScript = "collectors/torch/example/example.py";
constexpr const char* kPython = "/usr/bin/python3";

std::string Library() { return std::filesystem::absolute("collectors/torch/library/libsandglass_torch.so"); }

// How a trace of that name is read: from a store or from a server.
struct Place {
  std::string option;
  std::string value;
};

Outcome Ask(const Place& place, std::vector<std::string> question) {
  question.insert(question.begin(), kSandglass);
  question.insert(question.end(), {place.option, place.value});
  return RunProgram(question);
}

// How many operators of that name the trace has.
int64_t Count(const std::string& operators, const std::string& name) {
  const std::vector<std::string> lines = absl::StrSplit(operators, '\n');
  return std::count_if(lines.begin(), lines.end(), [&](const std::string& line) {
    return absl::StrContains(line, absl::StrCat("  ", name, "  "));
  });
}

void ExpectTheExamplesTrace(const Place& place, const std::string& name) {
  const Outcome shown = Ask(place, {"traces", "show", name});
  EXPECT_EQ(shown.code, 0) << shown.err;
  EXPECT_THAT(shown.out, HasSubstr("train, measured"));
  EXPECT_THAT(shown.out, HasSubstr("160 samples = 5.00 steps"));
  EXPECT_THAT(shown.out, HasSubstr("nothing that is known of")) << "nothing is missing";

  const Outcome listed = Ask(place, {"traces", "ops", name, "--limit", "0"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  // Two layers, five steps, four parameters. Autograd runs on the thread that asks for it, or on its own.
  EXPECT_EQ(Count(listed.out, "aten::addmm"), 2 * 5);
  EXPECT_EQ(Count(listed.out, "AddmmBackward0"), 2 * 5);
  EXPECT_EQ(Count(listed.out, "aten::threshold_backward"), 5);
  EXPECT_EQ(Count(listed.out, "torch::autograd::AccumulateGrad"), 4 * 5);
  EXPECT_EQ(Count(listed.out, "aten::addcdiv_"), 4 * 5) << "the optimizer's update";
  EXPECT_FALSE(absl::StrContains(listed.out, "sandglass::")) << "its own calls are not of the model";

  const Outcome replayed = Ask(place, {"replay", name, "--on", "h100,tpu-v6e"});
  EXPECT_EQ(replayed.code, 0) << replayed.err;
  EXPECT_THAT(replayed.out, HasSubstr("nvidia-h100-sxm"));
}

TEST(TorchLibraryTest, OnlyItsInterfaceCanBeSeen) {
  const Outcome symbols = RunProgram({"/usr/bin/nm", "--dynamic", "--defined-only", Library()});
  ASSERT_EQ(symbols.code, 0) << symbols.err;
  const std::vector<std::string> lines = absl::StrSplit(symbols.out, '\n', absl::SkipEmpty());
  EXPECT_GE(lines.size(), 6u);
  for (const std::string& line : lines) {
    // Copies of the C++ library's templates are as good as its own.
    EXPECT_TRUE(absl::StrContains(line, " sandglass_") || absl::StrContains(line, " A SANDGLASS_TORCH_1") ||
                absl::StrContains(line, " W _ZNSt") || absl::StrContains(line, " W _ZNKSt"))
        << line;
  }
}

TEST(TorchLibraryTest, AProgramInCppIsTracedAtAServerAndReplayed) {
  Running server({kSandglass, "serve", "--store", NewFolder() + "/store", "--listen", "127.0.0.1:0"});
  const std::vector<std::string> words = absl::StrSplit(server.first_line(), ' ');
  const std::string& address = words.back();
  const Outcome example = RunProgram({kExample, address});
  ASSERT_EQ(example.code, 0) << example.err;
  EXPECT_THAT(example.out, StartsWith("sealed 01"));
  EXPECT_EQ(example.err, "");
  ExpectTheExamplesTrace({"--server", address}, "example/mlp-cc");
  EXPECT_EQ(server.Stop(SIGTERM), 0);
}

TEST(TorchLibraryTest, AProgramInCppIsToldWhatIsWrong) {
  const Outcome example = RunProgram({kExample, "nowhere"});
  EXPECT_EQ(example.code, 1);
  EXPECT_THAT(example.err, StartsWith("example: error: 'nowhere' is not HOST:PORT"));
  EXPECT_EQ(std::count(example.err.begin(), example.err.end(), '\n'), 1) << example.err;
}

class PythonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const bool kHasTorch = RunProgram({kPython, "-c", "import torch"}).code == 0;
    if (!kHasTorch) {
      GTEST_SKIP() << "Python has no torch: third_party/setup installs python3-torch";
    }
  }

  // Runs `body` in a script that has loaded the library and has the place of a store in `store`.
  Outcome Run(const std::string& body) {
    return RunProgram({kPython, "-c",
                       absl::StrCat("import sys\nimport torch\ntorch.ops.load_library(sys.argv[1])\n",
                                    "store = sys.argv[2]\ntraces = torch.ops.sandglass\n", body),
                       Library(), store_});
  }

  Outcome Ask(const std::vector<std::string>& question) { return testing::Ask(place(), question); }
  Place place() const { return {"--store", store_}; }
  const std::string& store() const { return store_; }

 private:
  const std::string store_ = NewFolder() + "/store";
};

TEST_F(PythonTest, AScriptIsTracedIntoAStoreAndReplayed) {
  const Outcome example = RunProgram({kPython, kExampleScript, Library(), store()});
  ASSERT_EQ(example.code, 0) << example.err;
  EXPECT_THAT(example.out, StartsWith("sealed 01"));
  EXPECT_EQ(example.err, "");
  ExpectTheExamplesTrace(place(), "example/mlp-python");
}

TEST_F(PythonTest, TheEndOfAScriptThatWentWellSeals) {
  const Outcome script = Run(R"(
traces.trace_begin("script", store=store, unit="token", work_per_step=8)
for _ in range(3):
    torch.ones(4).sigmoid()
    traces.trace_step()
traces.trace_step(1.5)
)");
  EXPECT_EQ(script.code, 0);
  EXPECT_THAT(script.err, StartsWith("sandglass: sealed script 01"));
  EXPECT_THAT(script.err, EndsWith(" operators, at the end of the program\n"));
  EXPECT_THAT(Ask({"traces", "show", "script"}).out, HasSubstr("25.5 tokens = 4.00 steps"));
}

TEST_F(PythonTest, AScriptThatFailsSealsNothing) {
  for (const char* end : {"raise ValueError('the model is broken')", "sys.exit(3)"}) {
    const Outcome script =
        Run("traces.trace_begin('script', store=store)\ntraces.trace_step()\n" + std::string(end) + "\n");
    EXPECT_NE(script.code, 0);
    EXPECT_THAT(script.err, EndsWith(absl::StrCat("sandglass: the program failed (exit status ", script.code,
                                                  "): the trace 'script' was given up\n")));
    EXPECT_THAT(Ask({"traces", "ls"}).out, Not(HasSubstr("script")));
  }
}

TEST_F(PythonTest, AStepThatNobodyTellsIsNotInvented) {
  const Outcome script =
      Run("traces.trace_begin('script', store=store)\ntorch.ones(4).sigmoid()\ntraces.trace_end()\n");
  EXPECT_EQ(script.code, 0) << script.err;
  EXPECT_THAT(script.err, HasSubstr("warning: 'script' does not say how much work it is"));
  EXPECT_THAT(Ask({"traces", "show", "script"}).out, Not(HasSubstr("steps")));
}

TEST_F(PythonTest, ParametersAreCountedOnceEach) {
  const Outcome script = Run(R"(
tied = torch.randn(10, 4)
both = torch.randn(2, 4, 4)
parameters = [tied, tied, both[0], both[1]]
traces.trace_begin("weights", store=store, model="two views of one storage", parameters=parameters)
torch.mm(torch.mm(tied, both[1]), torch.randn(4, 3))
traces.trace_step()
traces.trace_end()
)");
  ASSERT_EQ(script.code, 0) << script.err;
  const std::string shown = Ask({"traces", "show", "weights"}).out;
  // 10 x 4 and twice 4 x 4, of 4 bytes.
  EXPECT_THAT(shown, HasSubstr("72.0 parameters"));
  EXPECT_THAT(shown, HasSubstr("weights 288 B"));
  EXPECT_THAT(shown, HasSubstr("two views of one storage"));
}

TEST_F(PythonTest, ShapesOfAModelThatIsNotThereAreRecorded) {
  const Outcome script = Run(R"(
weight = torch.empty(4096, 4096, device="meta")
traces.trace_begin("shapes", store=store, shapes_only=True, drop_when_slow=True, parameters=[weight])
torch.mm(torch.empty(8, 4096, device="meta"), weight)
traces.trace_step()
traces.trace_end()
)");
  ASSERT_EQ(script.code, 0) << script.err;
  const std::string shown = Ask({"traces", "show", "shapes"}).out;
  EXPECT_THAT(shown, HasSubstr("shapes only"));
  EXPECT_THAT(shown, HasSubstr("weights 64.0 MiB"));
  const std::string operators = Ask({"traces", "ops", "shapes", "--limit", "0"}).out;
  EXPECT_EQ(Count(operators, "aten::mm"), 1);
  EXPECT_THAT(operators, HasSubstr("4096"));
}

// The interface for C, through a language that is no C++.
TEST_F(PythonTest, TheFunctionsForCSayWhatIsWrongAndWhatWasDone) {
  const Outcome script = Run(R"(
import ctypes
c = ctypes.CDLL(sys.argv[1])
c.sandglass_trace_step_of.argtypes = [ctypes.c_double]
c.sandglass_last_error.restype = ctypes.c_char_p
print(c.sandglass_trace_step_of(1.0), c.sandglass_last_error().decode())
import os
os.environ["SANDGLASS_STORE"] = store
print(c.sandglass_trace_begin(b"given-up", None), repr(c.sandglass_last_error().decode()))
print(c.sandglass_trace_abort(), c.sandglass_trace_abort(), c.sandglass_last_error().decode())
print(c.sandglass_trace_begin(b"counted", None))
torch.ones(4).sigmoid()
print(c.sandglass_trace_step_of(0.0), c.sandglass_last_error().decode())
print(c.sandglass_trace_step_of(2.5), c.sandglass_trace_step())
id = ctypes.create_string_buffer(27)
print(c.sandglass_trace_end(id), len(id.value))
)");
  ASSERT_EQ(script.code, 0) << script.err;
  EXPECT_EQ(script.out,
            "1 no trace is being recorded: begin one with trace_begin\n"
            "0 ''\n"
            "0 1 no trace is being recorded: begin one with trace_begin\n"
            "0\n"
            "1 work 0: must be a number above zero\n"
            "0 0\n"
            "0 26\n");
  EXPECT_THAT(Ask({"traces", "show", "counted"}).out, HasSubstr("3.50 steps"));
  EXPECT_THAT(Ask({"traces", "ls"}).out, Not(HasSubstr("given-up")));
}

TEST_F(PythonTest, ErrorsAreRuntimeErrorsInOneLine) {
  const Outcome script = Run(R"(
def said(call, *arguments, **options):
    try:
        call(*arguments, **options)
    except RuntimeError as error:
        print(error)

said(traces.trace_end)
said(traces.trace_step)
said(traces.trace_begin, "a")
said(traces.trace_begin, "a", store=store, to="127.0.0.1:1")
said(traces.trace_begin, "a", store=store, phase="training")
said(traces.trace_begin, "a", store=store, work_per_step=0)
said(traces.trace_begin, "a//b", store=store)
traces.trace_begin("a", store=store)
said(traces.trace_begin, "b", store=store)
said(traces.trace_step, -1)
traces.trace_abort()
said(traces.trace_abort)
)");
  ASSERT_EQ(script.code, 0) << script.err;
  const std::vector<std::string> lines = absl::StrSplit(script.out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 10u) << script.out;
  EXPECT_EQ(lines[0], "no trace is being recorded: begin one with trace_begin");
  EXPECT_EQ(lines[1], lines[0]);
  EXPECT_THAT(lines[2], StartsWith("nowhere to put the trace: give `to` (HOST:PORT) or `store`"));
  EXPECT_THAT(lines[3], HasSubstr("give `to` or `store`, not both"));
  EXPECT_EQ(lines[4], "phase training: must be one of decode, infer, prefill, simulate, train");
  EXPECT_EQ(lines[5], "work_per_step 0: must be a number above zero");
  EXPECT_THAT(lines[6], HasSubstr("a//b"));
  EXPECT_THAT(lines[7], StartsWith("'a' is being recorded: end it with trace_end"));
  EXPECT_EQ(lines[8], "work -1: must be a number above zero");
  EXPECT_EQ(lines[9], lines[0]);
  EXPECT_EQ(script.err, "");
}

TEST_F(PythonTest, OtherThreadsRunWhileATraceWaitsForItsServer) {
  const Outcome script = Run(R"(
import threading, time
done, longest = False, 0.0
def watch():
    global longest
    last = time.monotonic()
    while not done:
        time.sleep(0.01)
        now = time.monotonic()
        longest, last = max(longest, now - last), now
watcher = threading.Thread(target=watch)
watcher.start()
began = time.monotonic()
try:
    traces.trace_begin("a", to="127.0.0.1:1")
except RuntimeError as error:
    print(error)
waited = time.monotonic() - began
done = True
watcher.join()
print("waited", waited > 3, "stood still", longest > 2)
)");
  ASSERT_EQ(script.code, 0) << script.err;
  EXPECT_THAT(script.out, HasSubstr("sandglass serve --store DIR --listen 127.0.0.1:1"));
  EXPECT_THAT(script.out, EndsWith("waited True stood still False\n"));
}

TEST_F(PythonTest, AllThreadsAreSeen) {
  const Outcome script = Run(R"(
import threading
def work():
    for _ in range(100):
        x = torch.ones(4, requires_grad=True)
        x.sigmoid().sum().backward()
traces.trace_begin("threads", store=store)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
traces.trace_step()
traces.trace_end()
)");
  ASSERT_EQ(script.code, 0) << script.err;
  const std::string operators = Ask({"traces", "ops", "threads", "--limit", "0"}).out;
  EXPECT_EQ(Count(operators, "aten::sigmoid"), 400);
  EXPECT_EQ(Count(operators, "aten::sigmoid_backward"), 400);
}

TEST_F(PythonTest, AForkedProcessLeavesTheTraceAlone) {
  const Outcome script = Run(R"(
import os
traces.trace_begin("forked", store=store)
torch.ones(4).sigmoid()
child = os.fork()
if child == 0:
    torch.ones(4).tanh()
    for call in (traces.trace_end, lambda: traces.trace_begin("child", store=store)):
        try:
            call()
        except RuntimeError as error:
            print(error, flush=True)
    sys.exit(4)
print("child", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
# As most scripts do it: its workers are forked too.
data = torch.utils.data.DataLoader(torch.arange(8.0), batch_size=2, num_workers=2)
print("sum", sum(batch.sum().item() for batch in data))
traces.trace_step()
traces.trace_end()
)");
  ASSERT_EQ(script.code, 0) << script.err;
  const std::vector<std::string> lines = absl::StrSplit(script.out, '\n', absl::SkipEmpty());
  ASSERT_EQ(lines.size(), 4u) << script.out;
  EXPECT_THAT(lines[0], StartsWith("this process was forked from "));
  EXPECT_EQ(lines[1], lines[0]);
  EXPECT_EQ(lines[2], "child 4");
  EXPECT_EQ(lines[3], "sum 28.0");
  EXPECT_EQ(script.err, "") << "a child's end is not the end of the trace";
  const std::string operators = Ask({"traces", "ops", "forked", "--limit", "0"}).out;
  EXPECT_EQ(Count(operators, "aten::sigmoid"), 1);
  EXPECT_EQ(Count(operators, "aten::tanh"), 0);
}

TEST_F(PythonTest, ItGoesWithPythonsOwnProtobufAndGrpc) {
  const Outcome script = RunProgram({kPython, "-c", R"(
import sys
import grpc
from google.protobuf import struct_pb2
import torch
torch.ops.load_library(sys.argv[1])
torch.ops.sandglass.trace_begin("beside", store=sys.argv[2])
torch.ones(4).sigmoid()
torch.ops.sandglass.trace_step()
torch.ops.sandglass.trace_end()
channel = grpc.insecure_channel("127.0.0.1:1")
try:
    channel.unary_unary("/a/b")(struct_pb2.Value(number_value=1).SerializeToString(), timeout=1)
except grpc.RpcError as error:
    print(error.code())
)",
                                     Library(), store()});
  EXPECT_EQ(script.code, 0) << script.err;
  EXPECT_EQ(script.out, "StatusCode.UNAVAILABLE\n");
  EXPECT_THAT(Ask({"traces", "ls"}).out, HasSubstr("beside"));
}

}  // namespace
}  // namespace sandglass::testing
