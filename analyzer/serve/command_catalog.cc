#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/report/catalog_table.h"
#include "analyzer/report/json.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/console.h"
#include "analyzer/silicon/spec_files.h"
#include "analyzer/silicon/statistics.h"
#include "analyzer/silicon/validator.h"

namespace sandglass::serve {
namespace {

struct CatalogOptions {
  std::string name;
  std::string other;
  std::string folder;
  std::string format = "text";
};

absl::StatusOr<int> Done(const absl::Status& status) {
  if (!status.ok()) return status;
  return kExitOk;
}

absl::StatusOr<int> PrintJson(const google::protobuf::Message& message) {
  const auto json = report::Json(message);
  return json.ok() ? Done(Print(*json)) : json.status();
}

// The server's catalog where the user named a server; otherwise that of --catalog, or the one that is built in.
absl::StatusOr<v1::ListSiliconResponse> TheCatalog(const Globals& globals) {
  if (!globals.server.empty()) {
    auto session = Session::Open(globals);
    if (!session.ok()) return session.status();
    return (*session)->analysis().ListSilicon({});
  }
  const auto catalog = LoadCatalog(globals);
  if (!catalog.ok()) return catalog.status();
  v1::ListSiliconResponse response;
  for (const v1::SiliconClass& silicon : catalog->protos()) *response.add_classes() = silicon;
  response.set_catalog_digest(catalog->digest_hex());
  for (const v1::Claim& claim : catalog->claims()) *response.add_claims() = claim;
  return response;
}

absl::StatusOr<int> List(const Globals& globals, const CatalogOptions& options) {
  const auto catalog = TheCatalog(globals);
  if (!catalog.ok()) return catalog.status();
  if (options.format == "json") return PrintJson(*catalog);
  return Done(Print(report::CatalogList(*catalog)));
}

// The class of that id or alias in `listed`. A server's catalog is searched by what it sent.
absl::StatusOr<v1::SiliconClass> FindIn(const v1::ListSiliconResponse& listed, const std::string& name) {
  for (const v1::SiliconClass& silicon : listed.classes()) {
    std::vector<std::string> names(silicon.aliases().begin(), silicon.aliases().end());
    names.push_back(silicon.id());
    for (const std::string& known : names) {
      if (silicon::ComparableName(known) == silicon::ComparableName(name)) return silicon;
    }
  }
  // The built-in catalog knows how to name the nearest.
  const auto catalog = silicon::Catalog::Embedded();
  if (!catalog.ok()) return catalog.status();
  if (const auto nearest = catalog->Find(name); !nearest.ok()) return nearest.status();
  return absl::NotFoundError(absl::StrCat("class ", report::PlainText(name),
                                          " is not in the server's catalog: `sandglass catalog ls` lists its ids"));
}

absl::StatusOr<int> Show(const Globals& globals, const CatalogOptions& options) {
  const auto listed = TheCatalog(globals);
  if (!listed.ok()) return listed.status();
  const auto silicon = FindIn(*listed, options.name);
  if (!silicon.ok()) return silicon.status();
  if (options.format == "json") return PrintJson(*silicon);
  return Done(Print(report::CatalogClass(*silicon)));
}

absl::StatusOr<int> Diff(const Globals& globals, const CatalogOptions& options) {
  const auto listed = TheCatalog(globals);
  if (!listed.ok()) return listed.status();
  const auto a = FindIn(*listed, options.name);
  if (!a.ok()) return a.status();
  const auto b = FindIn(*listed, options.other);
  if (!b.ok()) return b.status();
  return Done(Print(report::CatalogDiff(*a, *b)));
}

absl::StatusOr<int> Claims(const Globals& globals, const CatalogOptions& options) {
  auto listed = TheCatalog(globals);
  if (!listed.ok()) return listed.status();
  if (options.format == "text") return Done(Print(report::ClaimsText(*listed)));
  v1::ClaimList list;
  list.mutable_claims()->Swap(listed->mutable_claims());
  return PrintJson(list);
}

std::string StatisticsText(const silicon::Catalog& catalog) {
  const silicon::CatalogStatistics statistics = silicon::CountFigures(catalog.protos());
  const silicon::FigureCounts& all = statistics.figures;
  std::string text =
      absl::StrCat(statistics.classes, " classes, ", all.total(), " numbers: ", all.cited(), " cited (", all.measured,
                   " measured, ", all.datasheet, " datasheet, ", all.derived, " derived), ", all.assumed,
                   " assumed with a range; ", statistics.alternatives.total(), " more of other sources, not used\n",
                   "catalog digest ", catalog.digest_hex(), "\n\nassumed, by field:\n");
  report::TextTable table;
  table.AddColumn("field", report::TextTable::Align::kLeft);
  table.AddColumn("numbers", report::TextTable::Align::kRight);
  table.AddColumn("assumed [%]", report::TextTable::Align::kRight);
  for (const auto& [field, counts] : statistics.fields) {
    table.AddRow({field, absl::StrCat(counts.total()),
                  report::Percent(static_cast<double>(counts.assumed) / static_cast<double>(counts.total()))});
  }
  return absl::StrCat(text, table.Text("  "));
}

// Every problem on a line of its own, on standard error; then the count as the command's one error.
absl::StatusOr<int> Validate(const Globals& globals, const CatalogOptions& options) {
  const std::string folder = options.folder.empty() ? globals.catalog : options.folder;
  silicon::SpecFiles files = silicon::EmbeddedSpecFiles();
  std::vector<std::string> shadowed;
  if (!folder.empty()) {
    const auto overlay = silicon::ReadSpecFiles(UserPath(folder));
    if (!overlay.ok()) return overlay.status();
    files = silicon::Overlay(std::move(files), *overlay, shadowed);
  }
  for (const std::string& name : shadowed) {
    Tell(Level::kWarning, absl::StrCat(name, " takes the place of the built-in one"));
  }
  const std::vector<std::string> problems = silicon::Catalog::FindProblems(files);
  for (const std::string& problem : problems) {
    Tell(Level::kError, problem);
  }
  if (!problems.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(problems.size(), problems.size() == 1 ? " problem" : " problems",
                                                   " in the catalog, listed above: mend the files"));
  }
  const auto catalog = silicon::Catalog::FromFiles(files);
  if (!catalog.ok()) return catalog.status();
  return Done(Print(StatisticsText(*catalog)));
}

}  // namespace

void AddCatalogCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CatalogOptions>();
  CLI::App* catalog = app.add_subcommand(
      "catalog", "Silicon classes: list, show every figure with its source, compare, validate; claims and evidence.");
  catalog->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* command = catalog->add_subcommand(name, help);
    command->callback(
        [options, run, &globals, &action] { action = [options, run, &globals] { return run(globals, *options); }; });
    return command;
  };
  CLI::App* ls = add("ls", "List the classes.", List);
  CLI::App* show = add("show", "Show every figure of a class.", Show);
  show->add_option("CLASS", options->name, "a class, by id or alias")->required();
  CLI::App* diff = add("diff", "Show in which figures two classes differ.", Diff);
  diff->add_option("A", options->name, "the one class, by id or alias")->required();
  diff->add_option("B", options->other, "the other class")->required();
  CLI::App* claims = add("claims", "Statements that people repeat about silicon, with what was found of each.", Claims);
  for (CLI::App* command : {ls, show, claims}) {
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }
  add("validate", "Check a folder of specs over the built-in catalog, or that alone; count its numbers.", Validate)
      ->add_option("DIR", options->folder, "a folder of *.textproto");
}

}  // namespace sandglass::serve
