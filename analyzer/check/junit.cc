#include "analyzer/check/junit.h"

#include <pugixml.hpp>
#include <sstream>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analyzer/check/rule_unit.h"
#include "analyzer/report/plain_text.h"

namespace sandglass::check {
namespace {

constexpr char kWholeBatch[] = "the whole batch";

// Without what XML 1.0 does not allow even as a reference: controls, and U+FFFE and U+FFFF.
std::string XmlText(absl::string_view text) {
  return absl::StrReplaceAll(report::PlainText(text), {{"\xef\xbf\xbe", "?"}, {"\xef\xbf\xbf", "?"}});
}

void Set(pugi::xml_node node, const char* name, absl::string_view value) {
  node.append_attribute(name).set_value(XmlText(value).c_str());
}

// Numbers of a suite, or of all.
struct Counts {
  int tests = 0;
  int failures = 0;
  int errors = 0;
  int skipped = 0;
  int warnings = 0;

  void Add(v1::CheckOutcome outcome) {
    ++tests;
    if (outcome == v1::CHECK_OUTCOME_FAILED) ++failures;
    if (outcome == v1::CHECK_OUTCOME_INCOMPLETE) ++errors;
    if (outcome == v1::CHECK_OUTCOME_SKIPPED) ++skipped;
    if (outcome == v1::CHECK_OUTCOME_WARNED) ++warnings;
  }
  void Write(pugi::xml_node node) const {
    node.append_attribute("tests").set_value(tests);
    node.append_attribute("failures").set_value(failures);
    node.append_attribute("errors").set_value(errors);
    node.append_attribute("skipped").set_value(skipped);
  }
};

// Its name is unique in its suite: CI systems tell cases apart by it.
std::string CaseName(const v1::Finding& finding) {
  if (finding.rule().empty()) return "completeness";
  return finding.silicon_class().empty() ? finding.rule()
                                         : absl::StrCat(finding.rule(), " on ", finding.silicon_class());
}

void AddResult(const char* element, const v1::Finding& finding, pugi::xml_node node) {
  pugi::xml_node result = node.append_child(element);
  Set(result, "message", finding.text());
  if (finding.metric() != v1::METRIC_UNSPECIFIED) Set(result, "type", MetricWord(finding.metric()));
}

void AddCase(const v1::Finding& finding, const std::string& suite_name, pugi::xml_node suite) {
  pugi::xml_node node = suite.append_child("testcase");
  Set(node, "name", CaseName(finding));
  Set(node, "classname", absl::StrCat("sandglass.", suite_name));
  switch (finding.outcome()) {
    case v1::CHECK_OUTCOME_FAILED:
      AddResult("failure", finding, node);
      break;
    case v1::CHECK_OUTCOME_INCOMPLETE:
      AddResult("error", finding, node);
      break;
    case v1::CHECK_OUTCOME_SKIPPED:
      AddResult("skipped", finding, node);
      break;
    default: {
      const char* head = finding.outcome() == v1::CHECK_OUTCOME_WARNED ? "warning: " : "";
      node.append_child("system-out").text().set(XmlText(absl::StrCat(head, finding.text())).c_str());
    }
  }
}

void AddSuite(const v1::CheckReport& report, const std::string& trace_name, Counts& all, pugi::xml_node root) {
  std::vector<const v1::Finding*> findings;
  for (const v1::Finding& finding : report.findings()) {
    if (finding.trace_name() == trace_name) findings.push_back(&finding);
  }
  if (findings.empty()) return;
  const std::string name = trace_name.empty() ? kWholeBatch : trace_name;
  pugi::xml_node suite = root.append_child("testsuite");
  Set(suite, "name", name);
  Counts counts;
  for (const v1::Finding* finding : findings) {
    counts.Add(finding->outcome());
    all.Add(finding->outcome());
  }
  counts.Write(suite);
  pugi::xml_node properties = suite.append_child("properties");
  const auto property = [&properties](const char* key, absl::string_view value) {
    pugi::xml_node node = properties.append_child("property");
    Set(node, "name", key);
    Set(node, "value", value);
  };
  property("catalog", report.catalog_digest());
  property("warnings", absl::StrCat(counts.warnings));
  for (const v1::Finding* finding : findings) AddCase(*finding, name, suite);
}

}  // namespace

std::string CheckJunit(const v1::CheckReport& report) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version").set_value("1.0");
  declaration.append_attribute("encoding").set_value("UTF-8");
  pugi::xml_node root = document.append_child("testsuites");
  Set(root, "name", report.policy_title().empty() ? "sandglass check" : report.policy_title());
  Counts all;
  for (const v1::CheckedTrace& trace : report.traces()) AddSuite(report, trace.trace_name(), all, root);
  AddSuite(report, "", all, root);
  all.Write(root);
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

}  // namespace sandglass::check
