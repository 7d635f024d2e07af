// What durable, acknowledged ingest costs, as ratios of one run: client and server on this machine, to its disk.
//
//   TMPDIR=/a/disk bazel run -c opt //tests/benchmarks:ingest [-- --store DIR] [--operators N]
//
// The operators are those of all sealed traces of --store; without it, of a Transformer's training that is collected
// first, and of two real traces of GPUs, where SANDGLASS_DATA has them. The server is `sandglass serve` in a process of
// its own.
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/chain_digest.h"
#include "proto/ingest_service.grpc.pb.h"
#include "storage/sample_trace.h"
#include "tests/benchmarks/reference_mix.h"
#include "tests/benchmarks/store_stages.h"
#include "tests/benchmarks/timing.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::benchmarks {
namespace {

using faults::ServerProcess;

constexpr uint32_t kChunkOperators = 4096;
constexpr size_t kChunkBytes = 256 << 10;
// Of each trace that is loaded in bulk.
constexpr uint64_t kBulkBytes = 128 << 20;
constexpr uint32_t kBulkTraces = 2;

absl::Status StatusOf(const grpc::Status& status) {
  return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
}

uint64_t PayloadBytes(const std::vector<v1::Chunk>& chunks) {
  uint64_t bytes = 0;
  for (const v1::Chunk& chunk : chunks) bytes += chunk.payload().size();
  return bytes;
}

// Sends the chunks of one trace, as far ahead as the credit allows, and waits for the last acknowledgement.
class RawClient {
 public:
  RawClient(v1::IngestService::Stub& stub, uint64_t number) : stub_(stub), number_(number) {}

  // Seconds from the first chunk to the last acknowledgement.
  double Send(const std::vector<v1::Chunk>& chunks) {
    Open();
    grpc::ClientContext context;
    const auto stream = stub_.Append(&context);
    v1::AppendRequest request;
    *request.mutable_start() = Start();
    stream->Write(request);
    const Clock::time_point start = Clock::now();
    std::thread reader([&] {
      v1::AppendResponse response;
      while (durable_ < chunks.size() && stream->Read(&response)) durable_ = response.durable_seq();
    });
    for (const v1::Chunk& chunk : chunks) {
      *request.mutable_chunk() = chunk;
      if (!stream->Write(request)) break;
    }
    reader.join();
    const double seconds = SecondsSince(start);
    stream->WritesDone();
    Check(StatusOf(stream->Finish()), "append");
    CheckAll(durable_, chunks);
    return seconds;
  }

  // Seconds from each chunk to its acknowledgement, one at a time.
  std::vector<double> PingPong(const std::vector<v1::Chunk>& chunks) {
    Open();
    grpc::ClientContext context;
    const auto stream = stub_.Append(&context);
    v1::AppendRequest request;
    *request.mutable_start() = Start();
    stream->Write(request);
    std::vector<double> seconds;
    for (const v1::Chunk& chunk : chunks) {
      *request.mutable_chunk() = chunk;
      const Clock::time_point start = Clock::now();
      stream->Write(request);
      v1::AppendResponse response;
      if (!stream->Read(&response)) break;
      seconds.push_back(SecondsSince(start));
    }
    stream->WritesDone();
    Check(StatusOf(stream->Finish()), "append");
    CheckAll(seconds.size(), chunks);
    return seconds;
  }

  // Ends the trace; what the store takes for it.
  v1::TraceManifest Seal(const std::vector<v1::Chunk>& chunks) {
    v1::SealRequest request;
    request.set_trace_id(opened_.trace_id());
    request.set_epoch(opened_.epoch());
    Digest chain{};
    uint64_t operators = 0;
    for (const v1::Chunk& chunk : chunks) {
      chain = ChainDigest(chain, chunk.seq(), Sha256(chunk.payload()));
      operators += chunk.operators();
    }
    request.set_last_seq(chunks.size());
    request.set_operators(operators);
    request.set_chain_digest(DigestBytes(chain));
    *request.mutable_summary() = faults::OneStep();
    v1::SealResponse response;
    grpc::ClientContext context;
    Check(StatusOf(stub_.Seal(&context, request, &response)), "seal");
    return response.manifest();
  }

 private:
  static void CheckAll(uint64_t acknowledged, const std::vector<v1::Chunk>& chunks) {
    if (acknowledged == chunks.size()) return;
    Check(absl::InternalError(absl::StrCat(acknowledged, " of ", chunks.size(), " chunks were acknowledged")),
          "append");
  }
  void Open() {
    v1::OpenRequest request = storage::SampleOpen(number_, "benchmark");
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    Check(StatusOf(stub_.Open(&context, request, &opened_)), "open");
  }
  v1::AppendStart Start() const {
    v1::AppendStart start;
    start.set_trace_id(opened_.trace_id());
    start.set_epoch(opened_.epoch());
    start.set_resume_seq(1);
    start.set_chain_digest(opened_.chain_digest());
    return start;
  }

  v1::IngestService::Stub& stub_;
  const uint64_t number_;
  v1::OpenResponse opened_;
  std::atomic<uint64_t> durable_ = 0;
};

// Takes chunks and acknowledges them, and does nothing else: what gRPC alone costs.
class SilentService final : public v1::IngestService::Service {
  grpc::Status Open(grpc::ServerContext*, const v1::OpenRequest*, v1::OpenResponse* response) override {
    response->set_trace_id("none");
    response->set_next_seq(1);
    return grpc::Status::OK;
  }
  grpc::Status Append(grpc::ServerContext*,
                      grpc::ServerReaderWriter<v1::AppendResponse, v1::AppendRequest>* stream) override {
    v1::AppendRequest request;
    v1::AppendResponse response;
    while (stream->Read(&request)) {
      if (!request.has_chunk()) continue;
      response.set_durable_seq(request.chunk().seq());
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
};

double TransportSeconds(const std::function<double(v1::IngestService::Stub&)>& measure) {
  SilentService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(absl::StrCat("127.0.0.1:", port)));
  const double seconds = measure(*stub);
  server->Shutdown();
  return seconds;
}

double PackSeconds(const ReferenceMix& mix, uint64_t operators) {
  std::vector<v1::Operator> made(operators);
  for (uint64_t i = 0; i < operators; ++i) mix.Write(i, made[i]);
  return Best([&] {
    collectors::ChunkPacker packer({});
    const Clock::time_point start = Clock::now();
    for (const v1::Operator& op : made) packer.Add(op);
    packer.Flush();
    return SecondsSince(start);
  });
}

// Durable ingest where the client packs, too.
double WriterSeconds(v1::IngestService::Stub& stub, const ReferenceMix& mix, uint64_t operators) {
  std::vector<v1::Operator> made(operators);
  for (uint64_t i = 0; i < operators; ++i) mix.Write(i, made[i]);
  return Best([&] {
    collectors::IngestWriterOptions options;
    collectors::IngestWriter writer(stub, options);
    Check(writer.Begin(storage::SampleHeader("benchmark")), "begin");
    const Clock::time_point start = Clock::now();
    for (const v1::Operator& op : made) Check(writer.Add(op), "add");
    while (writer.stats().durable_operators + kChunkOperators < operators) {
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    const double seconds = SecondsSince(start);
    writer.Abort();
    return seconds;
  });
}

// Adds real traces of GPUs, where they are at hand; the mix says what it is made of.
void ImportShared(const std::string& store) {
  const char* data = std::getenv("SANDGLASS_DATA");
  for (const char* file : {"TraceLens/h100/Qwen_Qwen1.5-0.5B-Chat__1016005.json.gz",
                           "HolisticTraceAnalysis/df_index_resolver/df_index_resolver.json.gz"}) {
    const std::string path = std::string(data == nullptr ? "" : data) + "/traces/" + file;
    if (data == nullptr || !std::filesystem::exists(path)) {
      std::fprintf(stderr, "ingest: the mix lacks %s: set SANDGLASS_DATA to the folder of traces/\n", file);
      continue;
    }
    const testing::Outcome outcome =
        testing::RunProgram({"collectors/main/sandglass-collect", "import", path, "--store", store});
    if (outcome.code == 0) continue;
    std::fprintf(stderr, "ingest: a trace could not be imported: %s", outcome.err.c_str());
    std::exit(1);
  }
}

std::string CollectMix(const std::string& folder) {
  const std::string store = folder + "/collected";
  const testing::Outcome outcome = testing::RunProgram(
      {"collectors/main/sandglass-collect", "run", "transformer", "--store", store, "--name", "transformer"});
  if (outcome.code != 0) {
    std::fprintf(stderr, "ingest: the Transformer could not be collected: %s", outcome.err.c_str());
    std::exit(1);
  }
  ImportShared(store);
  return store;
}

void Row(const char* what, const std::string& floor, const std::string& target, const std::string& figure) {
  std::printf("%-58s %12s %12s %14s\n", what, floor.c_str(), target.c_str(), figure.c_str());
}

// Loading what is there already, past the network and the checks.
void MeasureBulk(const ReferenceMix& mix, uint64_t operators) {
  const std::vector<v1::Chunk> chunks = mix.Chunks(operators, v1::Chunk::FORM_COLUMNS, kChunkOperators, kChunkBytes);
  const std::vector<std::string> blocks = BlocksOf(chunks, kBulkBytes);
  const BulkSeconds seconds = TimeBulk(blocks, kBulkTraces);
  double bytes = 0;
  for (const std::string& block : blocks) bytes += kBulkTraces * static_cast<double>(block.size());
  Row("bulk import / SstFileWriter, same values", "0.5", "0.8",
      absl::StrFormat("%.2f", seconds.writer / seconds.table));
  Row("  MB/s: by a table, SstFileWriter alone, by the log", "", "",
      absl::StrFormat("%.0f %.0f %.0f", bytes / seconds.table / 1e6, bytes / seconds.writer / 1e6,
                      bytes / seconds.log / 1e6));
}

struct Form {
  const char* name;
  v1::Chunk::Form form;
  double floor_mops;
  double target_mops;
};

void Measure(const ReferenceMix& mix, uint64_t operators) {
  const storage::TemporaryFolder folder;
  ServerProcess server(folder.File("server"));
  const auto stub = v1::IngestService::NewStub(collectors::MakeChannel(server.address()));
  faults::ServerSetup unsynced;
  unsynced.program = faults::kProgramWithFaults;
  unsynced.environment = {{"SANDGLASS_FAULT", "unsynced"}};
  ServerProcess fast(folder.File("unsynced"), unsynced);
  const auto fast_stub = v1::IngestService::NewStub(collectors::MakeChannel(fast.address()));
  uint64_t number = 0;
  Row("", "floor", "target", "figure");
  for (const Form& form :
       {Form{"rows", v1::Chunk::FORM_ROWS, 0.5, 1}, Form{"packed", v1::Chunk::FORM_COLUMNS, 1.5, 3}}) {
    const std::vector<v1::Chunk> chunks = mix.Chunks(operators, form.form, kChunkOperators, kChunkBytes);
    const double bytes = static_cast<double>(PayloadBytes(chunks));
    const double count = static_cast<double>(operators);
    const double durable = Best([&] { return RawClient(*stub, ++number).Send(chunks); });
    const double sync_off = Best([&] { return RawClient(*fast_stub, ++number).Send(chunks); });
    const StageSeconds stages = TimeStages(chunks);
    const double transport = TransportSeconds(
        [&](v1::IngestService::Stub& silent) { return Best([&] { return RawClient(silent, 1).Send(chunks); }); });
    const double serial = transport + stages.digest + stages.prepare + stages.write;
    Row(absl::StrCat("durable ingest, ", form.name, ", Mop/s").c_str(), absl::StrFormat("%.1f", form.floor_mops),
        absl::StrFormat("%.1f", form.target_mops), absl::StrFormat("%.2f", count / durable / 1e6));
    Row("  bytes an operator on the wire; MB/s", "", "",
        absl::StrFormat("%.1f; %.0f", bytes / count, bytes / durable / 1e6));
    Row("  / serial limit of its stages", "0.5", "0.75", absl::StrFormat("%.2f", serial / durable));
    Row("  stages alone, Mop/s: gRPC, SHA-256, check and pack, write", "", "",
        absl::StrFormat("%.1f %.1f %.1f %.1f", count / transport / 1e6, count / stages.digest / 1e6,
                        count / stages.prepare / 1e6, count / stages.write / 1e6));
    Row("  durable / sync off", "0.7", "0.9", absl::StrFormat("%.2f", sync_off / durable));
    RawClient sealed(*stub, ++number);
    sealed.Send(chunks);
    const v1::TraceManifest manifest = sealed.Seal(chunks);
    Row("  stored bytes an operator", "16", "10",
        absl::StrFormat("%.1f", static_cast<double>(manifest.stored_bytes()) / count));
  }
  const double pack = PackSeconds(mix, operators);
  const double writer = WriterSeconds(*stub, mix, operators);
  Row("durable ingest with the client's packing, Mop/s", "", "",
      absl::StrFormat("%.2f", static_cast<double>(operators) / writer / 1e6));
  Row("  the client's packing alone, Mop/s", "", "",
      absl::StrFormat("%.2f", static_cast<double>(operators) / pack / 1e6));
  const std::vector<v1::Chunk> small = mix.Chunks(uint64_t{500} * 256, v1::Chunk::FORM_COLUMNS, 256, kChunkBytes);
  const double acknowledged = Median(RawClient(*stub, ++number).PingPong(small));
  const double put = SyncedPutSeconds(PayloadBytes(small) / small.size());
  const double sync_off = Median(RawClient(*fast_stub, ++number).PingPong(small));
  const double transport =
      TransportSeconds([&](v1::IngestService::Stub& silent) { return Median(RawClient(silent, 1).PingPong(small)); });
  Row("ack p50 / synced Put p50 of the same size", "4", "2", absl::StrFormat("%.2f", acknowledged / put));
  Row("  in ms: ack, Put, ack with sync off, gRPC alone", "", "",
      absl::StrFormat("%.3f %.3f %.3f %.3f", acknowledged * 1e3, put * 1e3, sync_off * 1e3, transport * 1e3));
  MeasureBulk(mix, operators);
  Row("server's peak memory, MiB", "2048", "1024", absl::StrCat(server.PeakResidentBytes() >> 20));
}

int Main(int argc, char** argv) {
  CLI::App app("Measures ingest.", "ingest");
  std::string store;
  uint64_t operators = 2000000;
  app.add_option("--store", store, "a store whose sealed traces are the reference mix")->type_name("DIR");
  app.add_option("--operators", operators, "how many are sent at a time")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const storage::TemporaryFolder folder;
  const auto mix = ReferenceMix::Read(store.empty() ? CollectMix(folder.path()) : store);
  Check(mix.status(), "read the reference mix");
  std::printf("reference mix: %s; %llu operators a run, best of %d\n\n", mix->description().c_str(),
              static_cast<unsigned long long>(operators), kRounds);
  Measure(*mix, operators);
  return 0;
}

}  // namespace
}  // namespace sandglass::benchmarks

int main(int argc, char** argv) { return sandglass::benchmarks::Main(argc, argv); }
