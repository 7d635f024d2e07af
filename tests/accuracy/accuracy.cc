// How well the models predict published measurements, beside others on the same rows.
//
//   bazel run -c opt //tests/accuracy -- --data DIR [--device "NAME=CLASS"]… [--catalog DIR] [--set NAME] [--rows FILE]
//     [--residuals FILE]
//
// DIR holds sets in the layout of the shared data (row_sets.h), of whatever devices. Each device must be a class of the
// catalog; --catalog lays a folder of classes over it, for those that are not. --residuals writes what error bands are
// made of: with all of the shared data, analyzer/models/error_residuals.textproto.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "analyzer/models/error_prior.h"
#include "analyzer/silicon/catalog.h"
#include "tests/accuracy/bands.h"
#include "tests/accuracy/predictors.h"
#include "tests/accuracy/row_sets.h"
#include "tests/accuracy/row_table.h"
#include "tests/accuracy/score_table.h"

namespace sandglass::accuracy {
namespace {

constexpr int kBadInput = 2;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "accuracy: %s\n", std::string(status.message()).c_str());
  return kBadInput;
}

// Keeps the sets whose names begin with `name`. Errors: NotFound, where there is none.
absl::Status KeepNamed(const std::string& name, std::vector<RowSet>& sets) {
  std::string names;
  for (const RowSet& set : sets) absl::StrAppend(&names, names.empty() ? "" : ", ", set.name);
  sets.erase(std::remove_if(sets.begin(), sets.end(),
                            [&name](const RowSet& set) { return !absl::StartsWith(set.name, name); }),
             sets.end());
  if (!sets.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no set is called ", name, ": there are ", names));
}

// Of "NAME=CLASS".
std::map<std::string, std::string> ClassesByName(const std::vector<std::string>& devices) {
  std::map<std::string, std::string> named;
  for (const std::string& device : devices) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(device, absl::MaxSplits('=', 1));
    named[parts.first] = parts.second;
  }
  return named;
}

// The tables; and what bands are made of into the file `residuals`, empty: nowhere. Errors: Unavailable.
absl::Status PrintScores(const std::vector<ScoredSet>& scored, const models::ErrorPriors& bands,
                         const std::string& residuals) {
  const std::vector<BandGroup> groups = GroupsOf(scored, bands);
  std::fputs(InMarkdown(scored).c_str(), stdout);
  std::fputs(InMarkdown(ScoreBands(groups)).c_str(), stdout);
  if (residuals.empty() || (std::ofstream(residuals) << ResidualsText(groups)).flush()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(residuals, ": cannot be written"));
}

int Main(int argc, char** argv) {
  CLI::App app("Scores the models on published measurements.", "accuracy");
  const char* shared = std::getenv("SANDGLASS_DATA");
  std::string data = shared == nullptr ? "" : absl::StrCat(shared, "/accuracy");
  std::string overlay;
  std::string rows;
  std::string only;
  std::string residuals;
  std::vector<std::string> devices;
  app.add_option("--data", data, "folder with neusight/, aiconfigurator/ …")->type_name("DIR");
  app.add_option("--device", devices, "which class a device of the rows is")->type_name("NAME=CLASS");
  app.add_option("--catalog", overlay, "folder of classes to lay over the catalog")->type_name("DIR");
  app.add_option("--set", only, "only sets whose names begin so")->type_name("NAME");
  app.add_option("--rows", rows, "write every row with its prediction there, tab-separated")->type_name("FILE");
  app.add_option("--residuals", residuals, "write what error bands are made of there")
      ->type_name("FILE")
      ->excludes("--set");
  CLI11_PARSE(app, argc, argv);
  if (data.empty())
    return Fail(absl::NotFoundError("give --data DIR, or set SANDGLASS_DATA to the folder of accuracy/"));

  const auto catalog = overlay.empty() ? silicon::Catalog::Embedded() : silicon::Catalog::WithOverlay(overlay);
  if (!catalog.ok()) return Fail(catalog.status());
  const auto classes = DeviceClasses::From(*catalog, ClassesByName(devices));
  if (!classes.ok()) return Fail(classes.status());
  auto sets = ReadRowSets(data);
  if (!sets.ok()) return Fail(sets.status());
  if (absl::Status status = KeepNamed(only, *sets); !status.ok()) return Fail(status);
  const auto bands = models::ErrorPriors::Embedded();
  if (!bands.ok()) return Fail(bands.status());
  std::vector<ScoredSet> scored;
  for (const RowSet& set : *sets) {
    std::fprintf(stderr, "accuracy: %s, %zu rows\n", set.name.c_str(), set.rows.size());
    scored.push_back(ScoreSet(set, *classes, *bands));
  }
  if (absl::Status status = PrintScores(scored, *bands, residuals); !status.ok()) return Fail(status);
  if (rows.empty()) return 0;
  const absl::Status written = WriteRows(*sets, *classes, rows);
  return written.ok() ? 0 : Fail(written);
}

}  // namespace
}  // namespace sandglass::accuracy

int main(int argc, char** argv) { return sandglass::accuracy::Main(argc, argv); }
