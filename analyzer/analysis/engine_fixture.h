// For tests: an engine over a real store in a folder of its own, filled through its ingest.
#ifndef SANDGLASS_ANALYZER_ANALYSIS_ENGINE_FIXTURE_H_
#define SANDGLASS_ANALYZER_ANALYSIS_ENGINE_FIXTURE_H_

#include <cstdlib>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "analyzer/analysis/engine.h"
#include "analyzer/analysis/store_fixture.h"
#include "gtest/gtest.h"
#include "storage/ingest.h"
#include "storage/trace_store.h"

namespace sandglass::analysis {

class EngineFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string folder = absl::StrCat(::testing::TempDir(), "/engine_XXXXXX");
    ASSERT_NE(mkdtemp(folder.data()), nullptr);
    auto store = storage::TraceStore::Open(folder, {});
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    ingest_ = std::make_unique<storage::Ingest>(*store_);
    auto catalog = silicon::Catalog::Embedded();
    ASSERT_TRUE(catalog.ok()) << catalog.status();
    catalog_ = std::make_unique<silicon::Catalog>(*std::move(catalog));
    engine_ = std::make_unique<Engine>(*store_, storage::kDefaultTenant, *catalog_);
  }

  v1::TraceManifest SubmitTiny(const std::string& name, int layers, int chunk_rows = 1000) {
    const auto manifest = Submit(*ingest_, TinyTraining(name, layers), chunk_rows);
    EXPECT_TRUE(manifest.ok()) << manifest.status();
    return manifest.value_or(v1::TraceManifest());
  }

  std::unique_ptr<storage::TraceStore> store_;
  // One at most for a store: a server that brings its own wants this one gone.
  std::unique_ptr<storage::Ingest> ingest_;
  std::unique_ptr<silicon::Catalog> catalog_;
  std::unique_ptr<Engine> engine_;
};

}  // namespace sandglass::analysis

#endif  // SANDGLASS_ANALYZER_ANALYSIS_ENGINE_FIXTURE_H_
