// What it costs to import a trace file, as ratios of one run.
//
//   SANDGLASS_DATA=… TMPDIR=/a/disk bazel run -c opt //tests/benchmarks:import [-- --file FILE] [--largest GIB]
//
// The file is a Kineto trace, packed by gzip; without --file, that of a V100 in SANDGLASS_DATA. Other sizes are grown
// from it. Python's json module reads the same file in the same run, as what other tools begin with.
#include <sched.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/read_whole.h"
#include "collectors/importers/kineto/importer.h"
#include "storage/sample_trace.h"
#include "tests/benchmarks/kineto_growth.h"
#include "tests/benchmarks/measured_run.h"
#include "tests/benchmarks/timing.h"

namespace sandglass::benchmarks {
namespace {

constexpr int kImportRounds = 5;
// Of the file, unpacked.
constexpr uint64_t kMostBytes = uint64_t{4} << 30;
constexpr char kProgram[] = "collectors/main/sandglass-collect";
constexpr char kReplay[] = "analyzer/serve/sandglass";
// What others take for this file, as multiples of what Python's json takes in the same run: a parser that ends in a
// table of events, and a report of the kernels' efficiency. From measurements on two cores: 0.69, 2.0 and 9.6 s.
constexpr double kParserOfJson = 2.0 / 0.69;
constexpr double kReportOfJson = 9.6 / 0.69;

[[noreturn]] void Die(absl::string_view what) {
  std::fprintf(stderr, "import: %s\n", std::string(what).c_str());
  std::exit(1);
}

double BestOf(const std::function<double()>& seconds) { return Best(seconds, kImportRounds); }

double SecondsOf(const std::function<void()>& work) {
  const Clock::time_point start = Clock::now();
  work();
  return SecondsSince(start);
}

// Keeps this thread, and those that it starts, on one core.
class OneCore {
 public:
  OneCore() {
    cpu_set_t one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof before_, &before_) != 0) Die("the system does not tell this process's cores");
    for (int core = 0; core < CPU_SETSIZE && CPU_COUNT(&one) == 0; ++core) {
      if (CPU_ISSET(core, &before_)) CPU_SET(core, &one);
    }
    if (sched_setaffinity(0, sizeof one, &one) != 0) Die("this process may not choose its core");
  }
  ~OneCore() { sched_setaffinity(0, sizeof before_, &before_); }
  OneCore(const OneCore&) = delete;
  OneCore& operator=(const OneCore&) = delete;

 private:
  cpu_set_t before_{};
};

// Takes all and keeps nothing.
class NullSink : public collectors::TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader&) override { return absl::OkStatus(); }
  absl::Status Add(const v1::Operator&) override { return absl::OkStatus(); }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary&) override { return v1::TraceManifest(); }
  void Abort() override {}
};

void ImportFrom(collectors::ByteSource& source) {
  NullSink sink;
  collectors::ImportOptions options;
  options.name = "benchmark";
  const auto report = collectors::kineto::Import(source, options, sink);
  if (!report.ok()) Die(report.status().message());
}

// zlib alone, on the same bytes.
double InflateSeconds(const std::string& path) {
  return BestOf([&] {
    return SecondsOf([&] {
      const std::unique_ptr<gzFile_s, int (*)(gzFile)> file(gzopen(path.c_str(), "rb"), gzclose);
      if (file == nullptr) Die("the file cannot be opened");
      gzbuffer(file.get(), 256 << 10);
      std::string block(256 << 10, '\0');
      while (gzread(file.get(), block.data(), static_cast<unsigned>(block.size())) > 0) {
      }
    });
  });
}

MeasuredRun RunOrDie(ProgramRunner& runner, const std::vector<std::string>& command) {
  const auto run = runner.Run(command);
  if (!run.has_value()) Die(absl::StrCat(command[0], " failed"));
  return *run;
}

// The whole program, from a file to a sealed trace.
MeasuredRun ImportByProgram(ProgramRunner& runner, const std::string& file) {
  const storage::TemporaryFolder folder;
  return RunOrDie(runner, {kProgram, "import", file, "--store", folder.File("store")});
}

double JsonSeconds(ProgramRunner& runner, const std::string& file) {
  const std::string script = absl::StrCat("import gzip, json\njson.load(gzip.open('", file, "'))\n");
  return BestOf([&] { return RunOrDie(runner, {"python3", "-c", script}).seconds; });
}

void Row(const std::string& what, const std::string& goal, const std::string& figure) {
  std::printf("%-66s %10s %12s\n", what.c_str(), goal.c_str(), figure.c_str());
}

void MeasureFile(ProgramRunner& runner, const std::string& file, const std::string& text) {
  const double megabytes = static_cast<double>(text.size()) / 1e6;
  Row("", "goal", "figure");
  const auto import_plain = [&] {
    const auto source = collectors::MemoryByteSource(text);
    return SecondsOf([&] { ImportFrom(*source); });
  };
  {
    const OneCore one_core;
    Row("plain, MB/s on one core", "400", absl::StrFormat("%.0f", megabytes / BestOf(import_plain)));
  }
  Row("  on all", "", absl::StrFormat("%.0f", megabytes / BestOf(import_plain)));
  const double inflate = InflateSeconds(file);
  const double packed = BestOf([&] {
    const auto source = collectors::OpenByteSource(file);
    if (!source.ok()) Die(source.status().message());
    return SecondsOf([&] { ImportFrom(**source); });
  });
  Row("gzip / inflating the same bytes", "0.8", absl::StrFormat("%.2f", inflate / packed));
  Row("  inflating alone, MB/s", "", absl::StrFormat("%.0f", megabytes / inflate));
  const double json = JsonSeconds(runner, file);
  const double program = BestOf([&] { return ImportByProgram(runner, file).seconds; });
  const double replay = BestOf([&] {
    return RunOrDie(runner, {kReplay, "replay", file, "--work", "1", "step"}).seconds;
  });
  Row("a parser's time / import by the program, into a store", "10",
      absl::StrFormat("%.1f", json * kParserOfJson / program));
  Row("a report's time / import and replay on every class", "20",
      absl::StrFormat("%.1f", json * kReportOfJson / replay));
  Row("  in s: Python's json, import, import and replay", "", absl::StrFormat("%.2f %.2f %.2f", json, program, replay));
}

void MeasureSizes(ProgramRunner& runner, const std::string& text, double largest_gib) {
  const auto growth = KinetoGrowth::Of(text);
  if (!growth.ok()) Die(growth.status().message());
  const storage::TemporaryFolder folder;
  const std::string path = folder.File("grown.json");
  std::printf("\n%-18s %10s %20s %10s\n", "plain file, MB", "MB/s", "peak memory, MiB", "at most");
  const auto largest = static_cast<uint64_t>(largest_gib * (1 << 30));
  for (uint64_t size = text.size();; size = std::min(size * 4, largest)) {
    const auto bytes = growth->Write(path, size);
    if (!bytes.ok()) Die(bytes.status().message());
    const MeasuredRun run = ImportByProgram(runner, path);
    std::printf("%-18.0f %10.0f %20d %10d\n", static_cast<double>(*bytes) / 1e6,
                static_cast<double>(*bytes) / run.seconds / 1e6, static_cast<int>(run.peak_resident_bytes >> 20),
                static_cast<int>((*bytes / 2 >> 20) + 64));
    if (size >= largest) break;
  }
}

int Main(int argc, char** argv) {
  ProgramRunner runner;
  CLI::App app("Measures imports of Kineto files.", "import");
  const char* data = std::getenv("SANDGLASS_DATA");
  std::string file = data == nullptr ? ""
                                     : absl::StrCat(data, "/traces/HolisticTraceAnalysis/df_index_resolver/",
                                                    "df_index_resolver.json.gz");
  double largest_gib = 1;
  app.add_option("--file", file, "a Kineto file, packed by gzip")->type_name("FILE");
  app.add_option("--largest", largest_gib, "up to which size files are grown, in GiB")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (file.empty()) Die("give --file FILE, or set SANDGLASS_DATA to the folder of traces/");
  const auto source = collectors::OpenByteSource(file);
  Check(source.status(), "open the file");
  const auto text = collectors::ReadWhole(**source, kMostBytes);
  Check(text.status(), "read the file");
  std::printf("%s, %.1f MB unpacked; best of %d\n\n", file.c_str(), static_cast<double>(text->size()) / 1e6,
              kImportRounds);
  MeasureFile(runner, file, *text);
  MeasureSizes(runner, *text, largest_gib);
  return 0;
}

}  // namespace
}  // namespace sandglass::benchmarks

int main(int argc, char** argv) { return sandglass::benchmarks::Main(argc, argv); }
