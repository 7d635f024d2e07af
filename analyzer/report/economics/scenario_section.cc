#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analyzer/report/economics/documents.h"
#include "analyzer/report/messages.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// The range of an assumption in the words of its shape.
std::string SpreadText(const v1::Assumption& assumption) {
  switch (assumption.spread_case()) {
    case v1::Assumption::kTriangular:
      return "triangular";
    case v1::Assumption::kUniform:
      return "uniform";
    case v1::Assumption::kLognormal:
      return absl::StrCat("lognormal, sigma ", Digits(assumption.lognormal().sigma()));
    case v1::Assumption::kGamma:
      return absl::StrCat("gamma, shape ", Digits(assumption.gamma().shape()), ", rate ",
                          Digits(assumption.gamma().rate()));
    default:
      return "";
  }
}

void Collect(const Message& message, const std::string& prefix, std::vector<ResultRow>& rows) {
  const auto* reflection = message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated()) continue;
    const std::string path = absl::StrCat(prefix, prefix.empty() ? "" : ".", std::string(field->name()));
    const Message& below = reflection->GetMessage(message, field);
    if (field->message_type() == v1::Assumption::descriptor()) {
      rows.push_back(AssumptionRow(path, static_cast<const v1::Assumption&>(below)));
    } else {
      Collect(below, path, rows);
    }
  }
}

}  // namespace

ResultRow AssumptionRow(const std::string& path, const v1::Assumption& assumption) {
  ResultRow row;
  row.item = path;
  row.unit = assumption.unit();
  row.provenance = ProvenanceOf(assumption.basis());
  const std::string spread = SpreadText(assumption);
  row.note = spread.empty() ? assumption.source() : absl::StrCat(spread, "; ", assumption.source());
  switch (assumption.spread_case()) {
    case v1::Assumption::kValue:
      row.value = assumption.value();
      break;
    case v1::Assumption::kTriangular:
      row.value = assumption.triangular().mode();
      row.low = assumption.triangular().low();
      row.high = assumption.triangular().high();
      break;
    case v1::Assumption::kUniform:
      row.value = (assumption.uniform().low() + assumption.uniform().high()) / 2;
      row.low = assumption.uniform().low();
      row.high = assumption.uniform().high();
      break;
    case v1::Assumption::kLognormal:
      row.value = assumption.lognormal().median();
      break;
    case v1::Assumption::kGamma:
      row.value = assumption.gamma().shape() / assumption.gamma().rate();
      break;
    default:
      break;
  }
  return row;
}

ResultSection AssumptionsSection(const v1::Scenario& scenario) {
  ResultSection section;
  section.title = absl::StrCat("Assumptions of scenario ", scenario.name());
  const v1::ReplayOptions& replay = scenario.replay();
  section.text = absl::StrCat("Precision ", Word(replay.precision()), ", money ", Word(replay.cost_basis()), ", PUE ",
                              Digits(replay.pue()), ", utilization ", Digits(replay.utilization()), ", goodput ",
                              Digits(replay.goodput()), ", electricity ", Digits(replay.electricity_usd_per_kwh()),
                              " USD/kWh; seed ", scenario.seed(), ", ", Grouped(scenario.paths()), " paths.");
  section.range = "low - high";
  Collect(scenario, "", section.rows);
  return section;
}

}  // namespace sandglass::report
