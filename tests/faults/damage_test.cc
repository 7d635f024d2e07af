// Faults 5 to 9 and 38: files that are cut, flipped or gone, and backups.
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "collectors/stream/channel.h"
#include "collectors/stream/ingest_writer.h"
#include "grpcpp/grpcpp.h"
#include "proto/analysis_service.grpc.pb.h"
#include "storage/patient_call.h"
#include "storage/wait_until.h"
#include "tests/end_to_end/process.h"
#include "tests/faults/fault_table.h"
#include "tests/faults/numbered_trace.h"
#include "tests/faults/server_process.h"

namespace sandglass::faults {
namespace {

namespace fs = std::filesystem;
using collectors::IngestWriter;
using testing::Outcome;
using testing::RunProgram;

std::string ReadFile(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

void WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

void Flip(const fs::path& path, size_t at) {
  std::string bytes = ReadFile(path);
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  WriteFile(path, bytes);
}

// Three sealed traces in tables of their own; a fourth one is sealed, and a fifth open, in the log.
class DamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = testing::NewFolder();
    server_.emplace(store());
    for (int i = 1; i <= 3; ++i) {
      Collect(i);
      // The next start moves the log into tables.
      server_->Kill();
      ASSERT_TRUE(server_->Start());
    }
    Collect(4);
    open_ = Begin(5);
    for (uint64_t id = 1; id <= 500; ++id) ASSERT_TRUE(open_->Add(NumberedOperator(id, 5)).ok());
    storage::WaitUntil([&] { return open_->stats().durable_operators >= 500; }, "the open trace to be durable");
    server_->Kill();
    fs::copy(store(), folder_ + "/whole", fs::copy_options::recursive);
  }

  std::string store() const { return folder_ + "/store"; }
  std::string backups() const { return folder_ + "/backups"; }

  std::unique_ptr<IngestWriter> Begin(int number) {
    stubs_.push_back(v1::IngestService::NewStub(collectors::MakeChannel(server_->address())));
    collectors::IngestWriterOptions options;
    options.chunk.operators = 100;
    auto writer = std::make_unique<IngestWriter>(*stubs_.back(), options);
    const absl::Status status = writer->Begin(NumberedHeader(absl::StrCat("trace-", number)));
    EXPECT_TRUE(status.ok()) << status;
    return writer;
  }

  void Collect(int number) {
    const auto writer = Begin(number);
    for (uint64_t id = 1; id <= 3000; ++id) ASSERT_TRUE(writer->Add(NumberedOperator(id, number)).ok());
    const auto manifest = writer->Finish(OneStep());
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    digests_[manifest->trace_id()] = manifest->content_digest();
  }

  void MakeWhole() {
    fs::remove_all(store());
    fs::copy(folder_ + "/whole", store(), fs::copy_options::recursive);
  }

  // The newest file whose name has these ends.
  fs::path File(const std::string& begin, const std::string& end) const {
    fs::path newest;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ + "/whole")) {
      const std::string name = entry.path().filename();
      if (absl::StartsWith(name, begin) && absl::EndsWith(name, end)) newest = std::max(newest, fs::path(name));
    }
    return store() / newest;
  }

  std::vector<fs::path> Tables() const {
    std::vector<fs::path> tables;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder_ + "/whole")) {
      if (entry.path().extension() == ".sst") tables.push_back(store() / entry.path().filename());
    }
    return tables;
  }

  // All files but those that change with every look.
  std::map<std::string, std::string> Snapshot() const {
    std::map<std::string, std::string> files;
    for (const fs::directory_entry& entry : fs::directory_iterator(store())) {
      const std::string name = entry.path().filename();
      if (name.rfind("LOG", 0) != 0 && name != "LOCK" && entry.is_regular_file()) files[name] = ReadFile(entry.path());
    }
    return files;
  }

  // How many sealed traces the running server has, each with the digest that it was sealed with.
  size_t Listed() { return Listed(*server_); }
  size_t Listed(const ServerProcess& server) {
    const auto stub = v1::AnalysisService::NewStub(collectors::MakeChannel(server.address()));
    v1::ListTracesRequest request;
    v1::ListTracesResponse response;
    const grpc::Status status =
        storage::Ask([&](grpc::ClientContext& context) { return stub->ListTraces(&context, request, &response); });
    EXPECT_TRUE(status.ok()) << status.error_message();
    for (const v1::TraceManifest& manifest : response.traces()) {
      EXPECT_EQ(manifest.content_digest(), digests_[manifest.trace_id()]);
    }
    return static_cast<size_t>(response.traces_size());
  }

  // How many traces can be read to their ends; reading the others says DATA_LOSS.
  size_t Readable() { return Readable(*server_); }
  size_t Readable(const ServerProcess& server) {
    const auto stub = v1::AnalysisService::NewStub(collectors::MakeChannel(server.address()));
    size_t readable = 0;
    for (const auto& [id, digest] : digests_) {
      const grpc::Status status = ReadWhole(*stub, id);
      if (status.ok()) {
        ++readable;
      } else {
        EXPECT_TRUE(status.error_code() == grpc::StatusCode::DATA_LOSS ||
                    status.error_code() == grpc::StatusCode::NOT_FOUND ||
                    status.error_code() == grpc::StatusCode::FAILED_PRECONDITION)
            << status.error_code() << ": " << status.error_message();
      }
    }
    return readable;
  }

  // Signatures and operators; 3000 of them are one page.
  static grpc::Status ReadWhole(v1::AnalysisService::Stub& stub, const std::string& id) {
    v1::GetTraceRequest trace_request;
    trace_request.set_trace(id);
    v1::GetTraceResponse trace;
    const grpc::Status status =
        storage::Ask([&](grpc::ClientContext& context) { return stub.GetTrace(&context, trace_request, &trace); });
    if (!status.ok()) return status;
    v1::ListOperatorsRequest request;
    request.set_trace(id);
    v1::ListOperatorsResponse response;
    return storage::Ask([&](grpc::ClientContext& context) { return stub.ListOperators(&context, request, &response); });
  }

  // Whether the server refuses the store, in one line, and leaves it as it is.
  bool Refuses() {
    const std::map<std::string, std::string> before = Snapshot();
    const bool started = server_->Start();
    if (started) {
      server_->Kill();
      return false;
    }
    EXPECT_TRUE(Snapshot() == before) << "a refused start changed the store";
    return true;
  }

  Outcome Store(const std::vector<std::string>& words) {
    std::vector<std::string> command = {kProgram, "store"};
    command.insert(command.end(), words.begin(), words.end());
    return RunProgram(command);
  }

  // Makes a backup, and the whole store of it, so that its tables are those of the backup.
  void BackUp() {
    ASSERT_EQ(Store({"backup", "--store", store(), "--to", backups()}).code, 0);
    fs::remove_all(folder_ + "/whole");
    const Outcome restored = Store({"restore", "--from", backups(), "--to", folder_ + "/whole"});
    ASSERT_EQ(restored.code, 0) << restored.err;
  }

  // Numbers of those that are done.
  std::vector<std::string> Backups() const {
    std::vector<std::string> numbers;
    std::error_code none;
    for (const fs::directory_entry& entry : fs::directory_iterator(backups() + "/meta", none)) {
      const std::string name = entry.path().filename();
      if (name.find_first_not_of("0123456789") == std::string::npos) numbers.push_back(name);
    }
    return numbers;
  }

  std::string folder_;
  std::optional<ServerProcess> server_;
  // Of all writers, before them.
  std::vector<std::unique_ptr<v1::IngestService::Stub>> stubs_;
  std::unique_ptr<IngestWriter> open_;
  std::map<std::string, std::string> digests_;
};

TEST_F(DamageTest, Fault05_ALogThatIsTornAtItsEnd) {
  const fs::path log = File("", ".log");
  const std::string whole = ReadFile(log);
  // What RocksDB had begun to write when the power went.
  WriteFile(log, whole + std::string("\x5a\x91\x33\x07\x40\x00\x01half a record", 20));
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  EXPECT_EQ(Listed(), 4u);
  server_->Kill();
  // A part of what was acknowledged is another matter.
  MakeWhole();
  WriteFile(log, whole.substr(0, whole.size() - 10));
  EXPECT_TRUE(Refuses());
  EXPECT_TRUE(absl::StrContains(server_->Errors(), "what was acknowledged is not all there: trace "))
      << server_->Errors();
  Saw(5, "half a record behind the log's last, and the last one cut",
      "opens with all traces; refuses and names the trace");
}

TEST_F(DamageTest, Fault06_ALogThatIsFlippedInTheMiddle) {
  const fs::path log = File("", ".log");
  int refused = 0;
  for (const size_t part : {3, 5, 7}) {
    MakeWhole();
    Flip(log, fs::file_size(log) * part / 10);
    refused += Refuses() ? 1 : 0;
  }
  EXPECT_EQ(refused, 3);
  EXPECT_TRUE(absl::StrContains(server_->Errors(), ".log")) << server_->Errors();
  Saw(6, "a bit flipped at 3, 5 and 7 tenths of the log", "refused each time, the file named, nothing changed");
}

TEST_F(DamageTest, Fault07_ALogThatIsGone) {
  fs::remove(File("", ".log"));
  EXPECT_TRUE(Refuses());
  EXPECT_TRUE(absl::StrContains(server_->Errors(), "is missing with 3000 operators")) << server_->Errors();
  Saw(7, "the newest log deleted", "refused, traces named, nothing changed");
}

TEST_F(DamageTest, Fault08_ATableThatIsDamaged) {
  const std::map<std::string, std::function<void(const fs::path&)>> damages = {
      {"flipped in the middle", [](const fs::path& path) { Flip(path, fs::file_size(path) / 2); }},
      {"flipped at its end", [](const fs::path& path) { Flip(path, fs::file_size(path) - 3); }},
      {"cut in half", [](const fs::path& path) { fs::resize_file(path, fs::file_size(path) / 2); }},
  };
  size_t tried = 0;
  size_t readable = 0;
  for (const fs::path& table : Tables()) {
    for (const auto& [name, damage] : damages) {
      MakeWhole();
      damage(table);
      const Outcome looked = Store({"mend", "--store", store()});
      EXPECT_EQ(looked.code, 1) << name << looked.out << looked.err;
      EXPECT_TRUE(absl::StrContains(looked.out, table.filename().string())) << looked.out;
      const Outcome mended = Store({"mend", "--store", store(), "--quarantine"});
      EXPECT_TRUE(mended.code == 0 || mended.code == 3) << mended.err;
      ASSERT_TRUE(server_->Start()) << server_->Errors();
      const size_t whole = Readable();
      // What is not readable was named, by mend and in the store; nothing that is readable was.
      size_t named = 0;
      for (const auto& [id, digest] : digests_) named += absl::StrContains(mended.out, id) ? 1 : 0;
      EXPECT_EQ(whole + named, digests_.size()) << table << ", " << name << "\n" << mended.out;
      server_->Kill();
      const Outcome scrubbed = Store({"scrub", "--store", store()});
      EXPECT_EQ(scrubbed.code == 0, absl::StrContains(scrubbed.out, "damaged: 0")) << scrubbed.out;
      readable += whole;
      ++tried;
    }
  }
  Saw(8, absl::StrCat(tried, " damages of ", Tables().size(), " tables, one at a time, then `store mend --quarantine`"),
      absl::StrCat(readable, " of ", tried * digests_.size(),
                   " traces served exactly, every other one named; DATA_LOSS for whoever reads it"));
}

TEST_F(DamageTest, Fault08_AMendThatIsKilled) {
  const std::vector<fs::path> tables = Tables();
  // From the plan on nobody else may write to the store.
  const std::vector<std::pair<const char*, bool>> points = {
      {"mend-linked", false},  {"mend-planned", true}, {"mend-forgotten", true},   {"mend-moved", true},
      {"append-log", true},    {"written", true},      {"mend-salvaged", true},    {"mend-lost-known", true},
      {"mend-settled", true},  {"mend-listed", true},  {"inventory-rename", true}, {"mend-noted", true},
      {"sync-manifest", true},
  };
  int killed = 0;
  for (const fs::path& table : {tables.front(), tables[tables.size() / 2], tables.back()}) {
    for (const auto& [point, planned] : points) {
      MakeWhole();
      Flip(table, fs::file_size(table) / 2);
      const Outcome cut_off = RunProgram({kProgramWithFaults, "store", "mend", "--store", store(), "--quarantine"},
                                         {{"SANDGLASS_FAULT", absl::StrCat("drop ", point, " 1")}});
      EXPECT_EQ(cut_off.code, 128 + SIGKILL) << point << cut_off.err;
      EXPECT_TRUE(Refuses()) << point;
      EXPECT_EQ(fs::exists(store() + "/quarantine/MENDING"), planned) << point;
      EXPECT_TRUE(!planned || absl::StrContains(server_->Errors(), "finish it with sandglass store mend --quarantine"))
          << server_->Errors();
      const Outcome mended = Store({"mend", "--store", store(), "--quarantine"});
      EXPECT_TRUE(mended.code == 0 || mended.code == 3) << mended.err;
      ASSERT_TRUE(server_->Start()) << point << server_->Errors();
      size_t named = 0;
      for (const auto& [id, digest] : digests_) named += absl::StrContains(mended.out, id) ? 1 : 0;
      EXPECT_EQ(Readable() + named, digests_.size()) << point << "\n" << mended.out;
      server_->Kill();
      ++killed;
    }
  }
  Saw(8, absl::StrCat("`store mend --quarantine` killed ", killed, " times, with what was not synced lost"),
      "the store does not open before another mend has finished it; then every trace is served exactly or named");
}

TEST_F(DamageTest, Fault08_AnInventoryThatIsGone) {
  fs::remove(store() + "/INVENTORY");
  EXPECT_TRUE(Refuses());
  const Outcome looked = Store({"mend", "--store", store()});
  EXPECT_EQ(looked.code, 1) << looked.out;
  EXPECT_TRUE(absl::StrContains(looked.out, "INVENTORY")) << looked.out;
  const Outcome mended = Store({"mend", "--store", store(), "--quarantine"});
  EXPECT_EQ(mended.code, 3) << mended.out << mended.err;
  EXPECT_TRUE(absl::StrContains(mended.out, "nobody knows what was acknowledged")) << mended.out;
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  EXPECT_EQ(Readable(), 4u);
  server_->Kill();
  const Outcome again = Store({"mend", "--store", store()});
  EXPECT_EQ(again.code, 0) << again.out;
  Saw(8, "the inventory deleted, then `store mend --quarantine`", "all traces exact; it says that nobody can tell");
}

TEST_F(DamageTest, Fault08_ABackupBringsATableBack) {
  BackUp();
  for (const fs::path& table : Tables()) {
    MakeWhole();
    Flip(table, fs::file_size(table) / 3);
    const Outcome mended = Store({"mend", "--store", store(), "--from", backups()});
    EXPECT_EQ(mended.code, 0) << mended.out << mended.err;
    EXPECT_TRUE(absl::StrContains(mended.out, "restored")) << mended.out;
    ASSERT_TRUE(server_->Start()) << server_->Errors();
    EXPECT_EQ(Readable(), 4u);
    server_->Kill();
  }
  Saw(8, "each table flipped, then `store mend --from BACKUPS`", "all traces exact, nothing lost");
}

TEST_F(DamageTest, Fault09_AManifestOrCurrentThatIsCut) {
  BackUp();
  int refused = 0;
  int tried = 0;
  for (const fs::path& file : {File("MANIFEST-", ""), File("CURRENT", "")}) {
    const size_t size = ReadFile(file).size();
    for (size_t cut = 0; cut < size; cut += 1 + size / 9) {
      MakeWhole();
      fs::resize_file(file, cut);
      ++tried;
      refused += Refuses() ? 1 : 0;
    }
  }
  EXPECT_EQ(refused, tried);
  const Outcome restored = Store({"restore", "--from", backups(), "--to", folder_ + "/restored"});
  EXPECT_EQ(restored.code, 0) << restored.err;
  fs::remove_all(store());
  fs::rename(folder_ + "/restored", store());
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  EXPECT_EQ(Listed(), 4u);
  EXPECT_EQ(Readable(), 4u);
  Saw(9, absl::StrCat("MANIFEST and CURRENT cut at ", tried, " places"),
      "refused each time, nothing changed; the backup restores all traces (storage/lost_files_test cuts every 41 "
      "bytes)");
}

TEST_F(DamageTest, Fault38_BackupsDuringIngest) {
  server_->setup().flags = {"--backups", backups(), "--backup-every", "0.0002", "--backups-kept", "100"};
  ASSERT_TRUE(server_->Start()) << server_->Errors();
  int number = 10;
  for (const absl::Time patience = absl::Now() + absl::Minutes(1); Backups().size() < 3 && absl::Now() < patience;) {
    Collect(number++);
  }
  Collect(number);
  // Not a moment's rest between the last seal and the end.
  server_->Kill();
  const Outcome listed = Store({"backups", backups()});
  EXPECT_EQ(listed.code, 0) << listed.err;
  size_t traces = 0;
  int restored = 0;
  for (const std::string& backup : Backups()) {
    const std::string to = folder_ + "/restored-" + backup;
    EXPECT_EQ(Store({"verify", "--from", backups(), "--number", backup}).code, 0);
    const Outcome outcome = Store({"restore", "--from", backups(), "--number", backup, "--to", to});
    ASSERT_EQ(outcome.code, 0) << outcome.err;
    const ServerProcess other(to);
    // A list's first page; its digests are compared.
    EXPECT_GT(Listed(other), 0u);
    traces += Readable(other);
    ++restored;
  }
  EXPECT_GE(restored, 2);
  Saw(38, absl::StrCat(restored, " backups while traces came in, each restored"),
      absl::StrCat(traces, " sealed traces in them, every digest computed anew and equal"));
}

}  // namespace
}  // namespace sandglass::faults
