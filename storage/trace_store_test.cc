#include "storage/trace_store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "storage/database.h"
#include "storage/ingest.h"
#include "storage/key.h"
#include "storage/sample_trace.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

constexpr auto kColumns = v1::Chunk::FORM_COLUMNS;

// Puts a sealed trace of one or several chunks into a store.
v1::TraceManifest Collect(TraceStore& store, uint64_t client, const std::string& name, int chunks = 1,
                          uint32_t tenant = kDefaultTenant) {
  Ingest ingest(store);
  const auto open = ingest.Open(tenant, SampleOpen(client, name));
  EXPECT_TRUE(open.ok()) << open.status();
  v1::AppendStart start;
  start.set_trace_id(open->trace_id());
  start.set_epoch(open->epoch());
  start.set_resume_seq(1);
  start.set_chain_digest(open->chain_digest());
  const auto trace = ingest.Attach(tenant, start);
  EXPECT_TRUE(trace.ok()) << trace.status();
  Chunker chunker;
  for (int i = 0; i < chunks; ++i) {
    EXPECT_TRUE(ingest.Append(*trace, chunker.NextSample(3000, kColumns), [](const auto&) {}).ok());
  }
  const auto sealed = ingest.Seal(tenant, SampleSeal(*open, chunker));
  EXPECT_TRUE(sealed.ok()) << sealed.status();
  return sealed.ok() ? sealed->manifest() : v1::TraceManifest();
}

std::unique_ptr<TraceStore> OpenOrDie(const std::string& path, const StoreOptions& options = {}) {
  absl::StatusOr<std::unique_ptr<TraceStore>> store = TraceStore::Open(path, options);
  EXPECT_TRUE(store.ok()) << store.status();
  return store.ok() ? *std::move(store) : nullptr;
}

absl::Status ReadAll(const TraceStore& store, const std::string& id) {
  return store.ReadColumns(kDefaultTenant, id, 0,
                           [](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> { return true; });
}

void ExpectError(const absl::Status& status, absl::StatusCode code, const std::string& part) {
  EXPECT_EQ(status.code(), code) << status;
  EXPECT_NE(std::string(status.message()).find(part), std::string::npos) << status;
  EXPECT_EQ(status.message().find('\n'), absl::string_view::npos) << status;
}

TEST(TraceStore, ListsNewestFirstAndFindsByName) {
  TemporaryFolder folder;
  const auto store = OpenOrDie(folder.File("s"));
  const v1::TraceManifest first = Collect(*store, 1, "runs/a");
  const v1::TraceManifest second = Collect(*store, 2, "runs/b");
  const v1::TraceManifest third = Collect(*store, 3, "runs/a");
  const auto list = store->ListSealed(kDefaultTenant);
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[0].trace_id(), third.trace_id());
  EXPECT_EQ((*list)[2].trace_id(), first.trace_id());
  EXPECT_EQ(store->FindSealed(1, "runs/a")->trace_id(), third.trace_id());
  EXPECT_EQ(store->FindSealed(1, first.trace_id())->trace_id(), first.trace_id());
  ExpectError(store->FindSealed(1, "runs/bb").status(), absl::StatusCode::kNotFound,
              "no trace 'runs/bb'; there is runs/b, runs/a");
  ExpectError(store->FindSealed(2, "runs/a").status(), absl::StatusCode::kNotFound, "there are no sealed traces yet");
  ExpectError(store->FindSealed(2, first.trace_id()).status(), absl::StatusCode::kNotFound, "no trace");
  ExpectError(store->FindSealed(1, std::string("\x1b[2J\0", 5)).status(), absl::StatusCode::kNotFound,
              "'\\033[2J\\000'");
  EXPECT_TRUE(store->ListSealed(2)->empty());
}

TEST(TraceStore, DeleteRemovesOnlyThatTrace) {
  TemporaryFolder folder;
  auto store = OpenOrDie(folder.File("s"));
  const v1::TraceManifest first = Collect(*store, 1, "a");
  const v1::TraceManifest second = Collect(*store, 2, "a");
  ASSERT_TRUE(store->Delete(1, second.trace_id()).ok());
  ExpectError(store->Delete(1, second.trace_id()), absl::StatusCode::kNotFound, "no trace");
  ExpectError(ReadAll(*store, second.trace_id()), absl::StatusCode::kNotFound, "no trace");
  EXPECT_EQ(store->FindSealed(1, "a")->trace_id(), first.trace_id());
  store = nullptr;
  store = OpenOrDie(folder.File("s"));
  EXPECT_EQ(store->ListSealed(1)->size(), 1u);
  EXPECT_TRUE(store->Verify(1, first.trace_id()).ok());
}

TEST(TraceStore, DamageIsNamed) {
  TemporaryFolder folder;
  const auto store = OpenOrDie(folder.File("s"));
  const std::string id = Collect(*store, 1, "a", 3).trace_id();
  ASSERT_TRUE(store->Verify(1, id).ok());
  const Key key{1, *ParseTraceId(id), Stream::kArrivedBlocks, 1};
  const std::string good = **store->database().Get(Family::kBlocks, EncodeKey(key));
  const auto write = [&](const std::string& bytes) {
    ASSERT_TRUE(store->database().Write({Change::Put(Family::kBlocks, EncodeKey(key), bytes)}, true).ok());
  };
  std::string flipped = good;
  flipped[good.size() / 2] = static_cast<char>(flipped[good.size() / 2] ^ 1);
  for (const std::string& bad : {flipped, good.substr(0, good.size() - 1), std::string()}) {
    write(bad);
    ExpectError(ReadAll(*store, id), absl::StatusCode::kDataLoss, "trace " + id + ", block 1: ");
    ExpectError(store->Verify(1, id), absl::StatusCode::kDataLoss, "trace " + id + ", block 1: ");
  }
  // A sound block in the wrong place.
  write(**store->database().Get(Family::kBlocks, EncodeKey({1, key.trace, Stream::kArrivedBlocks, 2})));
  ExpectError(ReadAll(*store, id), absl::StatusCode::kDataLoss, "block 1: its checksum does not match");
  ASSERT_TRUE(store->database().Write({Change::Delete(Family::kBlocks, EncodeKey(key))}, true).ok());
  ExpectError(ReadAll(*store, id), absl::StatusCode::kDataLoss, "block 1: it is missing");
  write(good);
  EXPECT_TRUE(store->Verify(1, id).ok());
  // The last block of a trace, and its signatures.
  ASSERT_TRUE(store->database()
                  .Write({Change::Delete(Family::kBlocks, EncodeKey({1, key.trace, Stream::kArrivedBlocks, 2}))}, true)
                  .ok());
  ExpectError(ReadAll(*store, id), absl::StatusCode::kDataLoss, "block 2: it is missing");
  ASSERT_TRUE(store->database()
                  .Write({Change::Delete(Family::kDictionary, EncodeKey({1, key.trace, Stream::kSignatures, 0}))}, true)
                  .ok());
  ExpectError(store->ReadSignatures(1, id).status(), absl::StatusCode::kDataLoss, "0 are there of 7");
}

TEST(TraceStore, AnotherVersionIsRefused) {
  TemporaryFolder folder;
  const std::string path = folder.File("s");
  {
    const auto store = OpenOrDie(path);
    const std::string key = EncodeKey({0, TraceId{}, Stream::kStoreVersion, 0});
    ASSERT_TRUE(store->database().Write({Change::Put(Family::kMeta, key, "sandglass-store 2")}, true).ok());
  }
  for (bool read_only : {false, true}) {
    StoreOptions options;
    options.read_only = read_only;
    ExpectError(TraceStore::Open(path, options).status(), absl::StatusCode::kFailedPrecondition,
                "has version 'sandglass-store 2', this program reads 'sandglass-store 1'; open it with");
  }
}

TEST(TraceStore, OpenSaysWhatIsWrongWithTheDirectory) {
  TemporaryFolder folder;
  StoreOptions existing;
  existing.create_if_missing = false;
  ExpectError(TraceStore::Open(folder.File("none"), existing).status(), absl::StatusCode::kNotFound, "no store at");
  StoreOptions read_only;
  read_only.read_only = true;
  ExpectError(TraceStore::Open(folder.File("none"), read_only).status(), absl::StatusCode::kNotFound, "no store at");
  std::ofstream(folder.File("notes.txt")) << "not a store";
  ExpectError(TraceStore::Open(folder.path(), {}).status(), absl::StatusCode::kFailedPrecondition,
              "is not a Sandglass store: it holds 'notes.txt'");
  ExpectError(TraceStore::Open(folder.File("notes.txt"), {}).status(), absl::StatusCode::kFailedPrecondition,
              "cannot be opened");
}

TEST(TraceStore, AStoreThatIsOpenIsRefusedByNameOfItsHolder) {
  TemporaryFolder folder;
  const std::string path = folder.File("s");
  OpenOrDie(path).reset();
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    // As RocksDB does it; a forked process should start no threads.
    struct flock whole = {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    const int file = open((path + "/LOCK").c_str(), O_RDWR);
    const bool held = fcntl(file, F_SETLK, &whole) == 0 && write(ready[1], "x", 1) == 1;
    if (held) pause();
    _exit(1);
  }
  close(ready[1]);
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  ExpectError(TraceStore::Open(path, {}).status(), absl::StatusCode::kFailedPrecondition,
              "is locked by process " + std::to_string(child) + "; stop it, or ask it with --server HOST:PORT");
  StoreOptions read_only;
  read_only.read_only = true;
  EXPECT_TRUE(TraceStore::Open(path, read_only).ok());
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const auto here = OpenOrDie(path);
  ExpectError(TraceStore::Open(path, {}).status(), absl::StatusCode::kFailedPrecondition, "is locked by this process");
}

TEST(TraceStore, ReadOnlySeesSealedTracesAndChangesNothing) {
  TemporaryFolder folder;
  std::string id;
  {
    const auto store = OpenOrDie(folder.File("s"));
    id = Collect(*store, 1, "a").trace_id();
  }
  StoreOptions options;
  options.read_only = true;
  const auto store = OpenOrDie(folder.File("s"), options);
  EXPECT_TRUE(store->Verify(1, id).ok());
  ExpectError(store->Delete(1, id), absl::StatusCode::kFailedPrecondition, "read-only");
  ExpectError(store->TenantNumber("new").status(), absl::StatusCode::kNotFound, "no tenant");
}

TEST(TraceStore, TenantsAreApartAndKeepTheirNumbers) {
  TemporaryFolder folder;
  auto store = OpenOrDie(folder.File("s"));
  EXPECT_EQ(*store->TenantNumber("default"), kDefaultTenant);
  const uint32_t red = *store->TenantNumber("red");
  const uint32_t blue = *store->TenantNumber("blue");
  EXPECT_NE(red, blue);
  EXPECT_NE(red, kDefaultTenant);
  const std::string id = Collect(*store, 1, "a", 1, red).trace_id();
  // The same client key is another trace for another tenant.
  EXPECT_NE(Collect(*store, 1, "a", 1, blue).trace_id(), "");
  ExpectError(store->FindSealed(blue, id).status(), absl::StatusCode::kNotFound, "no trace");
  store = nullptr;
  store = OpenOrDie(folder.File("s"));
  EXPECT_EQ(*store->TenantNumber("red"), red);
  EXPECT_EQ(store->ListSealed(red)->size(), 1u);
}

TEST(IndexOf, ANameThatIsNotKnownFindsNothing) {
  TraceHead head;
  head.state = v1::TRACE_STATE_SEALED;
  EXPECT_EQ(IndexOf({1, {}}, head, "a").size(), 2u);
  EXPECT_EQ(IndexOf({1, {}}, head, "").size(), 1u);
}

}  // namespace
}  // namespace sandglass::storage
