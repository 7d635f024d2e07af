// sandglass calibrate: how far the models are off from a user's own measured operators, kept for replays.
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "analyzer/models/calibration.h"
#include "analyzer/report/calibration_protos.h"
#include "analyzer/report/json.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"
#include "analyzer/serve/calibration_rows.h"
#include "analyzer/serve/cli.h"
#include "analyzer/serve/imported_trace.h"
#include "analyzer/silicon/catalog.h"
#include "analyzer/trace/trace.h"
#include "collectors/main/import_options.h"
#include "google/protobuf/text_format.h"
#include "proto/report.pb.h"
#include "xxhash.h"

namespace sandglass::serve {
namespace {

struct CalibrateOptions {
  std::vector<std::string> rows;
  std::vector<std::string> traces;
  collectors::ImportRequest facts;
  std::string out;
  std::string format = "text";
};

absl::StatusOr<std::vector<models::CalibrationRow>> RowsOfTrace(const std::string& path,
                                                                const CalibrateOptions& options,
                                                                const silicon::Catalog& catalog) {
  if (!ImportedTrace::IsFile(path)) return absl::NotFoundError(absl::StrCat(path, ": is no file that can be read"));
  const auto imported = ImportedTrace::Import(path, options.facts);
  if (!imported.ok()) return imported.status();
  const absl::StatusOr<trace::Trace> trace = (*imported)->Decode();
  if (!trace.ok()) return trace.status();
  return CalibrationRowsOf(*trace, catalog);
}

absl::StatusOr<std::string> DigestOf(const std::vector<std::string>& paths) {
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_64bits_reset(state.get());
  std::string part(1 << 20, '\0');
  for (const std::string& path : paths) {
    std::ifstream file(path, std::ios::binary);
    do {
      file.read(part.data(), static_cast<std::streamsize>(part.size()));
      XXH3_64bits_update(state.get(), part.data(), static_cast<size_t>(file.gcount()));
    } while (file);
    if (!file.eof()) return absl::UnavailableError(absl::StrCat(path, ": cannot be read"));
  }
  return absl::StrFormat("%016x", XXH3_64bits_digest(state.get()));
}

// The calibration as a table, and how well it does on classes that it has not seen.
std::string Text(const v1::Calibration& calibration) {
  report::TextTable groups;
  for (const char* name : {"chip", "operators", "in", "bound by", "class"}) {
    groups.AddColumn(name, report::TextTable::Align::kLeft);
  }
  for (const char* name : {"rows", "measured / modelled"}) groups.AddColumn(name, report::TextTable::Align::kRight);
  for (const v1::CalibrationEntry& entry : calibration.entries()) {
    const bool on_matrix = entry.matrix_format() != v1::COMPUTE_FORMAT_UNSPECIFIED;
    groups.AddRow({entry.chip(), entry.op_class(), on_matrix ? std::string(report::Word(entry.matrix_format())) : "",
                   std::string(report::Word(entry.limit())), entry.silicon_class(), absl::StrCat(entry.rows()),
                   absl::StrFormat("%.3f", entry.ratio())});
  }
  if (calibration.checks_size() < 2) {
    return absl::StrCat(groups.Text(),
                        "\nOne class only: what its rows say of another is taken at half, and cannot be checked.\n");
  }
  report::TextTable checks;
  checks.AddColumn("class left out", report::TextTable::Align::kLeft);
  for (const char* name : {"rows", "error [%]", "calibrated by the others [%]"}) {
    checks.AddColumn(name, report::TextTable::Align::kRight);
  }
  for (const v1::CalibrationCheck& check : calibration.checks()) {
    checks.AddRow({check.silicon_class(), absl::StrCat(check.rows()),
                   absl::StrFormat("%.1f", 100 * check.error_before()),
                   absl::StrFormat("%.1f", 100 * check.error_after())});
  }
  return absl::StrCat(groups.Text(), "\n", checks.Text());
}

absl::Status WriteTo(const std::string& path, const v1::Calibration& calibration) {
  std::string text;
  google::protobuf::TextFormat::PrintToString(calibration, &text);
  std::ofstream file(path);
  file << "# proto-file: proto/report.proto\n# proto-message: sandglass.v1.Calibration\n" << text;
  file.close();
  return file ? absl::OkStatus() : absl::UnavailableError(absl::StrCat(path, ": cannot be written"));
}

struct MeasuredFile {
  std::string path;
  std::vector<models::CalibrationRow> rows;
};

// Tables first, then traces.
absl::StatusOr<std::vector<MeasuredFile>> ReadFiles(const CalibrateOptions& options, const silicon::Catalog& catalog) {
  std::vector<MeasuredFile> files;
  const auto take = [&files](const std::string& path,
                             absl::StatusOr<std::vector<models::CalibrationRow>> rows) -> absl::Status {
    if (!rows.ok()) return rows.status();
    files.push_back({.path = path, .rows = *std::move(rows)});
    return absl::OkStatus();
  };
  for (const std::string& given : options.rows) {
    const std::string path = UserPath(given);
    if (absl::Status status = take(path, ReadCalibrationRows(path, catalog)); !status.ok()) return status;
  }
  for (const std::string& given : options.traces) {
    const std::string path = UserPath(given);
    if (absl::Status status = take(path, RowsOfTrace(path, options, catalog)); !status.ok()) return status;
  }
  return files;
}

// Says of itself what it was made from, by the names that the user gave.
absl::StatusOr<v1::Calibration> MakeCalibration(const CalibrateOptions& options, const silicon::Catalog& catalog) {
  const auto files = ReadFiles(options, catalog);
  if (!files.ok()) return files.status();
  std::vector<models::CalibrationRow> rows;
  std::vector<std::string> paths;
  for (const MeasuredFile& file : *files) {
    rows.insert(rows.end(), file.rows.begin(), file.rows.end());
    paths.push_back(file.path);
  }
  const absl::StatusOr<std::string> digest = DigestOf(paths);
  if (!digest.ok()) return digest.status();
  v1::Calibration calibration =
      report::CalibrationToProto(models::Calibration::From(rows), models::LeaveOneDeviceOut(rows));
  std::vector<std::string> given = options.rows;
  given.insert(given.end(), options.traces.begin(), options.traces.end());
  calibration.set_rows_file(absl::StrJoin(given, " "));
  calibration.set_rows_digest(*digest);
  calibration.set_date(absl::FormatTime("%Y-%m-%d", absl::Now(), absl::UTCTimeZone()));
  calibration.set_catalog_digest(catalog.digest_hex());
  return calibration;
}

absl::StatusOr<int> Calibrate(const Globals& globals, const CalibrateOptions& options) {
  if (options.rows.empty() && options.traces.empty()) {
    return absl::InvalidArgumentError("calibrate: give measured operators, by --rows FILE or --trace FILE");
  }
  const auto catalog = LoadCatalog(globals);
  if (!catalog.ok()) return catalog.status();
  const absl::StatusOr<v1::Calibration> calibration = MakeCalibration(options, *catalog);
  if (!calibration.ok()) return calibration.status();
  if (!options.out.empty()) {
    if (absl::Status status = WriteTo(UserPath(options.out), *calibration); !status.ok()) return status;
  }
  const absl::StatusOr<std::string> text =
      options.format == "json" ? report::Json(*calibration) : absl::StatusOr<std::string>(Text(*calibration));
  if (!text.ok()) return text.status();
  if (absl::Status status = Print(*text); !status.ok()) return status;
  return kExitOk;
}

}  // namespace

void AddCalibrateCommand(CLI::App& app, Globals& globals, Action& action) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* calibrate = app.add_subcommand("calibrate", "How far the models are off from your own measured operators.");
  calibrate
      ->add_option("--rows", options->rows,
                   "CSV files with the columns silicon_class,op,dtype,shapes,seconds and, if needed, attributes: "
                   "h100-sxm,aten::mm,bfloat16,4096x4096;4096x11008,0.000612")
      ->type_name("FILE");
  calibrate->add_option("--trace", options->traces, "trace files of your own runs, with kernels")->type_name("FILE");
  calibrate->add_option("--out", options->out, "keep it there, for `sandglass replay --calibration`")
      ->type_name("FILE");
  calibrate->add_option("--format", options->format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->capture_default_str();
  calibrate
      ->add_option("--device", options->facts.silicon_class,
                   "the silicon class that the traces ran on (default: by the name that they have)")
      ->type_name("CLASS");
  calibrate->footer(
      "Each class is left out in turn, and the rows of the others are asked what it takes: where that is no better "
      "than the models alone, the calibration says nothing of classes that were not measured.\n"
      "  sandglass calibrate --rows measured.csv --out mine.calibration\n"
      "  sandglass replay demo/transformer-7b-train --on h100-sxm --calibration mine.calibration");
  calibrate->callback(
      [&globals, &action, options] { action = [&globals, options] { return Calibrate(globals, *options); }; });
}

}  // namespace sandglass::serve
