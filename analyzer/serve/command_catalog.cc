#include <memory>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "analyzer/report/catalog_table.h"
#include "analyzer/report/json.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/serve/cli.h"

namespace sandglass::serve {
namespace {

struct CatalogOptions {
  std::string name;
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
  return response;
}

absl::StatusOr<int> List(const Globals& globals, const CatalogOptions& options) {
  const auto catalog = TheCatalog(globals);
  if (!catalog.ok()) return catalog.status();
  if (options.format == "json") return PrintJson(*catalog);
  return Done(Print(report::CatalogList(*catalog)));
}

absl::StatusOr<int> Show(const Globals& globals, const CatalogOptions& options) {
  const auto listed = TheCatalog(globals);
  if (!listed.ok()) return listed.status();
  std::string id = options.name;
  if (globals.server.empty()) {
    const auto catalog = LoadCatalog(globals);
    if (!catalog.ok()) return catalog.status();
    const auto found = catalog->Find(options.name);
    if (!found.ok()) return found.status();
    id = (*found)->id;
  }
  for (const v1::SiliconClass& silicon : listed->classes()) {
    if (silicon.id() != id) continue;
    if (options.format == "json") return PrintJson(silicon);
    return Done(Print(report::CatalogClass(silicon)));
  }
  return absl::NotFoundError(absl::StrCat("class ", report::PlainText(options.name),
                                          " is not in the server's catalog: `sandglass catalog ls` lists its ids"));
}

absl::StatusOr<int> Validate(const Globals& globals, const CatalogOptions& options) {
  Globals chosen = globals;
  if (!options.folder.empty()) chosen.catalog = options.folder;
  const auto catalog = LoadCatalog(chosen);
  if (!catalog.ok()) return catalog.status();
  return Done(Print(
      absl::StrCat(catalog->classes().size(), " classes are valid, catalog digest ", catalog->digest_hex(), "\n")));
}

}  // namespace

void AddCatalogCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CatalogOptions>();
  CLI::App* catalog =
      app.add_subcommand("catalog", "Silicon classes: list, show every figure with its source, validate.");
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
  for (CLI::App* command : {ls, show}) {
    command->add_option("--format", options->format, "text or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->capture_default_str();
  }
  add("validate", "Check a folder of specs, or the catalog that is built in.", Validate)
      ->add_option("DIR", options->folder, "a folder of *.textproto");
}

}  // namespace sandglass::serve
