#include "analyzer/report/html_page.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "analyzer/report/json.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/web/page_files.h"
#include "google/protobuf/struct.pb.h"

namespace sandglass::report {
namespace {

// A page is to stay below 3 MB; script and style take 0.3 of them.
constexpr size_t kMostDataBytes = 2'500'000;
// Operators that are not native, of each class.
constexpr int kShownOperators = 3;
// Operators of unknown work, largest first.
constexpr int kShownUnknown = 20;

const std::string& PageFile(absl::string_view name) {
  static const std::string none;
  for (const auto& [file, contents] : web::PageFiles()) {
    if (file == name) return contents;
  }
  return none;
}

// As a Content-Security-Policy names a script.
std::string HashSource(const std::string& script) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(script.data()), script.size(), digest.data());
  return absl::StrCat(
      "'sha256-", absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest.data()), digest.size())),
      "'");
}

// Leaves out the half of a profile's kernels that takes least time; their time is told.
void Halve(v1::ProfileReport& profile) {
  const int kept = profile.kernels_size() / 2;
  double left_out_s = profile.unlisted_s();
  for (int i = kept; i < profile.kernels_size(); ++i) left_out_s += profile.kernels(i).device_s();
  profile.mutable_kernels()->DeleteSubrange(kept, profile.kernels_size() - kept);
  profile.set_unlisted_s(left_out_s);
}

// As JSON of at most kMostDataBytes, however many kernels there are and however long their names.
absl::StatusOr<std::string> FittingJson(v1::TraceReport report) {
  // What is not known is of the trace, and every class repeats it: the first one says it for all.
  report.mutable_coverage()->clear_coverage();
  for (int i = 0; i < report.replay().classes_size(); ++i) {
    auto& unknown = *report.mutable_replay()->mutable_classes(i)->mutable_coverage()->mutable_unknown();
    const int shown = i == 0 ? std::min(unknown.size(), kShownUnknown) : 0;
    unknown.DeleteSubrange(shown, unknown.size() - shown);
  }
  for (v1::ClassCoverage& coverage : *report.mutable_coverage()->mutable_classes()) {
    const int shown = std::min(coverage.operators_size(), kShownOperators);
    coverage.mutable_operators()->DeleteSubrange(shown, coverage.operators_size() - shown);
  }
  for (;;) {
    absl::StatusOr<std::string> json = JsonLine(report);
    if (!json.ok() || json->size() <= kMostDataBytes) return json;
    bool any = false;
    for (v1::ProfileReport& profile : *report.mutable_profiles()) {
      any = any || profile.kernels_size() > 1;
      Halve(profile);
    }
    if (!any) return json;
  }
}

// JSON between the tags of a script element: nothing in it can end the element.
std::string AsData(const std::string& json) { return absl::StrReplaceAll(json, {{"<", "\\u003c"}}); }

}  // namespace

absl::StatusOr<std::string> TraceReportPage(const v1::TraceReport& report) {
  const absl::StatusOr<std::string> json = FittingJson(report);
  if (!json.ok()) return json.status();
  google::protobuf::Value text;
  text.set_string_value(PageFile("licenses.txt"));
  const absl::StatusOr<std::string> licenses = JsonLine(text);
  if (!licenses.ok()) return licenses.status();
  const std::string& script = PageFile("report.js");
  // Plots bring styles of their own; scripts and everything from elsewhere stay out.
  const std::string policy =
      absl::StrCat("default-src 'none'; style-src 'unsafe-inline'; script-src ", HashSource(script));
  const std::string title = absl::StrCat(report.replay().trace_name(), " on silicon");
  return absl::StrCat(
      "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n",
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n",
      "<meta http-equiv=\"Content-Security-Policy\" content=\"", policy, "\">\n<title>", HtmlText(title),
      "</title>\n<style>", PageFile("report.css"),
      "</style></head>\n<body><main id=\"page\"><p>This report is drawn by ",
      "a script inside it, which this browser does not run. `sandglass replay` prints the same figures as text.</p>",
      "</main>\n<script id=\"data\" type=\"application/json\">", AsData(*json),
      "</script>\n<script id=\"licenses\" type=\"application/json\">", AsData(*licenses), "</script>\n<script>", script,
      "</script></body></html>\n");
}

}  // namespace sandglass::report
