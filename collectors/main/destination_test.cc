#include "collectors/main/destination.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "collectors/stream/ingest_writer.h"
#include "proto/client_security.h"
#include "storage/trace_store.h"

namespace sandglass::collectors {
namespace {

using Variables = std::map<std::string, std::string>;

TEST(DestinationTest, ResolvesTargets) {
  struct Case {
    const char* to;
    const char* store;
    Variables variables;
    // Of them either the target or a part of the error.
    Target target;
    const char* error;
  };
  const std::string here = std::filesystem::current_path();
  const Case cases[] = {
      {"h:1", "", {}, {"h:1", ""}, nullptr},
      {"", "/s", {}, {"", "/s"}, nullptr},
      {"", "s", {}, {"", here + "/s"}, nullptr},
      {"", "./t/../s/", {}, {"", here + "/s"}, nullptr},
      {"", "/", {}, {"", "/"}, nullptr},
      {"", "s", {{"BUILD_WORKING_DIRECTORY", "/home/u"}}, {"", "/home/u/s"}, nullptr},
      {"", "/s", {{"BUILD_WORKING_DIRECTORY", "/home/u"}}, {"", "/s"}, nullptr},
      {"", "", {{"SANDGLASS_SERVER", "h:2"}}, {"h:2", ""}, nullptr},
      {"", "", {{"SANDGLASS_STORE", "/t"}}, {"", "/t"}, nullptr},
      {"h:1", "", {{"SANDGLASS_STORE", "/t"}}, {"h:1", ""}, nullptr},
      {"", "/s", {{"SANDGLASS_SERVER", "h:2"}}, {"", "/s"}, nullptr},
      {"", "", {}, {}, "give --to HOST:PORT or --store DIR"},
      {"h:1", "/s", {}, {}, "exclude each other"},
      {"", "", {{"SANDGLASS_SERVER", "h:2"}, {"SANDGLASS_STORE", "/t"}}, {}, "unset one"},
      {"nowhere", "", {}, {}, "not HOST:PORT"},
      {"", "", {{"SANDGLASS_SERVER", "nowhere"}}, {}, "not HOST:PORT"},
  };
  for (const Case& c : cases) {
    const auto target = ResolveTarget(c.to, c.store, [&c](const char* name) {
      const auto it = c.variables.find(name);
      return it == c.variables.end() ? "" : it->second;
    });
    if (c.error != nullptr) {
      ASSERT_FALSE(target.ok()) << c.to << " " << c.store;
      EXPECT_TRUE(absl::StrContains(target.status().message(), c.error)) << target.status();
    } else {
      ASSERT_TRUE(target.ok()) << target.status();
      EXPECT_EQ(target->to, c.target.to);
      EXPECT_EQ(target->store, c.target.store);
    }
  }
}

TEST(DestinationTest, AStoreHasOneName) {
  const std::filesystem::path folder = std::filesystem::path(::testing::TempDir()) / "one_name";
  std::filesystem::create_directories(folder / "store");
  std::filesystem::create_symlink("store", folder / "link");
  const auto named = [](const std::string& store) {
    return ResolveTarget("", store, [](const char*) { return std::string(); })->store;
  };
  EXPECT_EQ(named(folder / "link"), named(folder / "store"));
  EXPECT_EQ(named(folder / "link" / ".." / "store/"), named(folder / "store"));
  // One that is still to be made, and then is.
  const std::string before = named(folder / "link" / "new");
  std::filesystem::create_directories(folder / "store" / "new");
  EXPECT_EQ(named(folder / "link" / "new"), before);
}

TEST(DestinationTest, ResolvesHowAServerIsReached) {
  setenv("SANDGLASS_TLS_CA", "ca", 1);
  const Environment environment = [](const char* name) {
    return std::string(name) == "BUILD_WORKING_DIRECTORY" ? std::string("/home/u") : std::string();
  };
  const auto server = ResolveSecurity({.token_file = "token"}, {"h:1", ""}, environment);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_EQ(server->ca_file, "/home/u/ca");
  EXPECT_EQ(server->certificate_file, "");
  EXPECT_EQ(server->token_file, "/home/u/token");
  // What the environment says is for whatever server there may be.
  EXPECT_TRUE(ResolveSecurity({}, {"", "/s"}, environment).ok());
  unsetenv("SANDGLASS_TLS_CA");
  const auto store = ResolveSecurity({.token_file = "token"}, {"", "/s"}, environment);
  EXPECT_EQ(store.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_TRUE(absl::StrContains(store.status().message(),
                                "--token-file is about a server, and the trace goes into the "
                                "store /s"))
      << store.status();
}

TEST(DestinationTest, ResolvesSpools) {
  struct Case {
    const char* spool;
    Variables variables;
    const char* folder;
  };
  const Case cases[] = {
      {"", {}, ""},
      {"", {{"BUILD_WORKING_DIRECTORY", "/home/u"}}, ""},
      {"s", {}, "s"},
      {"/s", {{"SANDGLASS_SPOOL", "/t"}}, "/s"},
      {"", {{"SANDGLASS_SPOOL", "/t"}}, "/t"},
      {"s", {{"BUILD_WORKING_DIRECTORY", "/home/u"}}, "/home/u/s"},
      {"", {{"SANDGLASS_SPOOL", "t"}, {"BUILD_WORKING_DIRECTORY", "/home/u"}}, "/home/u/t"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(ResolveSpool(c.spool,
                           [&c](const char* name) {
                             const auto it = c.variables.find(name);
                             return it == c.variables.end() ? "" : it->second;
                           }),
              c.folder);
  }
}

TEST(DestinationTest, AStoreNeedsNoServer) {
  const std::string directory = std::filesystem::path(::testing::TempDir()) / "embedded";
  std::string trace_id;
  {
    auto destination = Destination::Open({"", directory});
    ASSERT_TRUE(destination.ok()) << destination.status();
    IngestWriter writer((*destination)->stub(), {.destination = (*destination)->name()});
    ASSERT_TRUE(writer.Reach().ok());
    v1::TraceHeader header;
    header.set_name("small");
    header.set_phase(v1::PHASE_TRAIN);
    header.set_run_mode(v1::RUN_MODE_SHAPES_ONLY);
    ASSERT_TRUE(writer.Begin(header).ok());
    v1::Operator op;
    op.set_id(1);
    op.mutable_signature()->set_kind(v1::OPERATOR_KIND_HOST_OP);
    op.mutable_signature()->set_name("aten::add");
    ASSERT_TRUE(writer.Add(op).ok());
    v1::TraceSummary summary;
    v1::WorkDone& work = *summary.add_work_done();
    work.set_unit(v1::WORK_UNIT_STEP);
    work.set_count(1);
    const auto manifest = writer.Finish(summary);
    ASSERT_TRUE(manifest.ok()) << manifest.status();
    trace_id = manifest->trace_id();
    // The store stays locked as long as the destination has it.
    const auto second = Destination::Open({"", directory});
    EXPECT_FALSE(second.ok());
  }
  const auto store = storage::TraceStore::Open(directory, {});
  ASSERT_TRUE(store.ok()) << store.status();
  const auto found = (*store)->FindSealed(storage::kDefaultTenant, "small");
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->trace_id(), trace_id);
  EXPECT_EQ(found->operators(), 1u);
}

TEST(DestinationTest, AFolderThatIsNoStoreIsRefused) {
  const auto destination = Destination::Open({"", "/proc/no/such"});
  EXPECT_FALSE(destination.ok());
}

}  // namespace
}  // namespace sandglass::collectors
