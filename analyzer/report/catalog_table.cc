#include "analyzer/report/catalog_table.h"

#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "analyzer/report/numbers.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/text_table.h"
#include "analyzer/report/words.h"
#include "google/protobuf/message.h"

namespace sandglass::report {
namespace {

using Align = TextTable::Align;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

struct NamedFigure {
  // As in the catalog and in the assumptions of reports: "matrix_rates[0].energy".
  std::string path;
  // What tells the element of a list apart: "bf16".
  std::string of;
  const v1::Figure* figure;
};

// What tells one element of a list from the others; empty for what is in no list.
std::string Label(const Message& element) {
  if (const auto* rate = dynamic_cast<const v1::ComputeRate*>(&element)) return std::string(Word(rate->format()));
  if (const auto* stack = dynamic_cast<const v1::SoftwareStack*>(&element)) return stack->name();
  if (const auto* price = dynamic_cast<const v1::Price*>(&element)) {
    return absl::StrCat(Word(price->basis()), " ", price->as_of(), price->region().empty() ? "" : " ", price->region());
  }
  return "";
}

// All figures in `message`, in the order of the schema.
void Collect(const Message& message, const std::string& path, const std::string& of,
             std::vector<NamedFigure>& figures) {
  if (const auto* figure = dynamic_cast<const v1::Figure*>(&message)) {
    figures.push_back({path, of, figure});
    return;
  }
  const std::string label = Label(message);
  const std::string& inner = label.empty() ? of : label;
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) continue;
    const std::string below = absl::StrCat(path, path.empty() ? "" : ".", field->name());
    if (!field->is_repeated()) {
      Collect(reflection.GetMessage(message, field), below, inner, figures);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      Collect(reflection.GetRepeatedMessage(message, field, i), absl::StrCat(below, "[", i, "]"), inner, figures);
    }
  }
}

std::string SourceText(const v1::Source& source) {
  std::vector<std::string> parts;
  for (const std::string& part : {source.title(), source.locator(), source.date()}) {
    if (!part.empty()) parts.push_back(part);
  }
  return absl::StrJoin(parts, ", ");
}

std::string RangeText(const v1::Figure& figure) {
  if (!figure.has_low() || !figure.has_high()) return "";
  return absl::StrCat(ExactDigits(figure.low()), "-", ExactDigits(figure.high()));
}

std::string FigureTable(const std::vector<NamedFigure>& figures) {
  TextTable table;
  table.AddColumn("figure", Align::kLeft);
  table.AddColumn("of", Align::kLeft);
  table.AddColumn("value", Align::kRight);
  table.AddColumn("unit", Align::kLeft);
  table.AddColumn("range", Align::kLeft);
  table.AddColumn("basis", Align::kLeft);
  table.AddColumn("trust", Align::kLeft);
  table.AddColumn("source", Align::kLeft);
  for (const auto& [path, of, figure] : figures) {
    table.AddRow({path, of, ExactDigits(figure->value()), figure->unit(), RangeText(*figure),
                  std::string(Word(figure->basis())), std::string(Word(figure->confidence())),
                  SourceText(figure->source())});
  }
  return table.Text();
}

std::string Notes(const std::vector<NamedFigure>& figures) {
  std::string text;
  for (const auto& [path, of, figure] : figures) {
    if (!figure->note().empty())
      absl::StrAppend(&text, "  ", PlainText(absl::StrCat(path, ": ", figure->note())), "\n");
    for (const v1::Figure& other : figure->alternatives()) {
      absl::StrAppend(&text, "  ",
                      PlainText(absl::StrCat(path, ": not used: ", ExactDigits(other.value()), " ", other.unit(), " (",
                                             SourceText(other.source()), ") ", other.note())),
                      "\n");
    }
  }
  return text.empty() ? "" : absl::StrCat("\nNotes:\n", text);
}

absl::string_view ShapesWord(v1::DynamicShapes shapes) {
  switch (shapes) {
    case v1::DYNAMIC_SHAPES_ANY:
      return "any";
    case v1::DYNAMIC_SHAPES_RECOMPILE:
      return "each compiled anew";
    case v1::DYNAMIC_SHAPES_STATIC:
      return "compiled ahead only";
    default:
      return "?";
  }
}

std::string SupportTable(const v1::SoftwareStack& stack) {
  TextTable table;
  table.AddColumn("operator class", Align::kLeft);
  table.AddColumn("runs", Align::kLeft);
  table.AddColumn("ground", Align::kLeft);
  table.AddColumn("evidence", Align::kLeft);
  for (const v1::OperatorSupport& support : stack.operators()) {
    const std::string note = support.note().empty() ? "" : absl::StrCat(" (", support.note(), ")");
    const std::string names = absl::StrJoin(support.names(), " ");
    table.AddRow({absl::StrCat(support.op_class(), names.empty() ? "" : absl::StrCat(": ", names)),
                  std::string(Word(support.support())), std::string(Word(support.evidence())),
                  absl::StrCat(SourceText(support.source()), note)});
  }
  return absl::StrCat("\nStack ", PlainText(stack.name()), stack.fuses() ? ", fuses" : "",
                      stack.fuses_into_products() ? ", also into products" : "",
                      stack.kernel_language().empty() ? "" : ", kernels in ", PlainText(stack.kernel_language()),
                      ", shapes ", ShapesWord(stack.dynamic_shapes()), ", 64-bit floating point ", Word(stack.fp64()),
                      stack.operator_lists().empty() ? "" : ", lists ",
                      PlainText(absl::StrJoin(stack.operator_lists(), ", ")), ":\n", table.Text("  "));
}

// "989 TFLOP/s A": the peak in BF16, or where there is none in FP16, with a letter where it is assumed.
std::string HalfPrecisionPeak(const v1::SiliconClass& silicon) {
  for (const v1::ComputeFormat format : {v1::COMPUTE_FORMAT_BF16, v1::COMPUTE_FORMAT_FP16}) {
    for (const v1::ComputeRate& rate : silicon.matrix_rates()) {
      if (rate.format() != format) continue;
      const bool assumed = rate.peak().basis() == v1::FIGURE_BASIS_ASSUMED;
      return absl::StrCat(ExactDigits(rate.peak().value()), " ", rate.peak().unit(), assumed ? " A" : "");
    }
  }
  return "-";
}

std::string FirstFigure(bool known, const v1::Figure& figure) {
  const bool assumed = figure.basis() == v1::FIGURE_BASIS_ASSUMED;
  return known ? absl::StrCat(ExactDigits(figure.value()), " ", figure.unit(), assumed ? " A" : "") : "?";
}

}  // namespace

std::string CatalogList(const v1::ListSiliconResponse& catalog) {
  TextTable table;
  table.AddColumn("class", Align::kLeft);
  table.AddColumn("name", Align::kLeft);
  table.AddColumn("kind", Align::kLeft);
  table.AddColumn("since", Align::kLeft);
  table.AddColumn("16-bit matrix peak", Align::kRight);
  table.AddColumn("memory", Align::kRight);
  table.AddColumn("bandwidth", Align::kRight);
  table.AddColumn("power limit", Align::kRight);
  table.AddColumn("stacks", Align::kLeft);
  table.AddColumn("also called", Align::kLeft);
  for (const v1::SiliconClass& silicon : catalog.classes()) {
    std::vector<std::string> stacks;
    for (const v1::SoftwareStack& stack : silicon.stacks()) stacks.push_back(stack.name());
    table.AddRow({silicon.id(), silicon.display_name(), std::string(Word(silicon.generality())),
                  silicon.released().substr(0, 4), HalfPrecisionPeak(silicon),
                  FirstFigure(silicon.memory().has_capacity(), silicon.memory().capacity()),
                  FirstFigure(silicon.memory().has_bandwidth(), silicon.memory().bandwidth()),
                  FirstFigure(silicon.power().has_limit(), silicon.power().limit()),
                  stacks.empty() ? "?" : absl::StrJoin(stacks, ", "), absl::StrJoin(silicon.aliases(), ", ")});
  }
  return absl::StrCat(table.Text(),
                      "\nA: assumed; `sandglass catalog show CLASS` gives range, reason and sources.\ncatalog digest ",
                      PlainText(catalog.catalog_digest()), "\n");
}

std::string CatalogClass(const v1::SiliconClass& silicon) {
  std::vector<NamedFigure> figures;
  Collect(silicon, "", "", figures);
  std::string text =
      PlainText(absl::StrCat(silicon.display_name(), " (", silicon.id(), "), ", silicon.vendor(), ", ",
                             silicon.released(), ", ", Word(silicon.generality()), ", version ", silicon.version()));
  absl::StrAppend(&text, "\nalso called: ", PlainText(absl::StrJoin(silicon.aliases(), ", ")), "\n\n",
                  FigureTable(figures), Notes(figures));
  for (const v1::SoftwareStack& stack : silicon.stacks()) absl::StrAppend(&text, SupportTable(stack));
  return text;
}

std::string CatalogDiff(const v1::SiliconClass& a, const v1::SiliconClass& b) {
  std::vector<NamedFigure> of_a;
  std::vector<NamedFigure> of_b;
  Collect(a, "", "", of_a);
  Collect(b, "", "", of_b);
  // Elements of lists are matched by what they are of, not by their place.
  const auto key = [](const NamedFigure& figure) {
    std::string path;
    for (const absl::string_view part : absl::StrSplit(figure.path, '.')) {
      absl::StrAppend(&path, path.empty() ? "" : ".", part.substr(0, part.find('[')));
    }
    return figure.of.empty() ? path : absl::StrCat(path, " of ", figure.of);
  };
  std::map<std::string, const v1::Figure*> right;
  for (const NamedFigure& figure : of_b) right.emplace(key(figure), figure.figure);
  TextTable table;
  table.AddColumn("figure", Align::kLeft);
  table.AddColumn(a.id(), Align::kRight);
  table.AddColumn(b.id(), Align::kRight);
  table.AddColumn("ratio", Align::kRight);
  table.AddColumn("bases", Align::kLeft);
  const auto value = [](const v1::Figure& figure) {
    return absl::StrCat(ExactDigits(figure.value()), " ", figure.unit());
  };
  size_t equal = 0;
  for (const NamedFigure& figure : of_a) {
    const auto found = right.find(key(figure));
    if (found == right.end()) {
      table.AddRow({key(figure), value(*figure.figure), "-", "", std::string(Word(figure.figure->basis()))});
      continue;
    }
    const v1::Figure& other = *found->second;
    right.erase(found);
    const bool same_unit = other.unit() == figure.figure->unit();
    if (same_unit && other.value() == figure.figure->value()) {
      ++equal;
      continue;
    }
    table.AddRow({key(figure), value(*figure.figure), value(other),
                  same_unit && figure.figure->value() > 0 ? Digits(other.value() / figure.figure->value()) : "",
                  absl::StrCat(Word(figure.figure->basis()), " / ", Word(other.basis()))});
  }
  for (const NamedFigure& figure : of_b) {
    if (right.count(key(figure)) == 0) continue;
    table.AddRow({key(figure), "-", value(*figure.figure), "", std::string(Word(figure.figure->basis()))});
    right.erase(key(figure));
  }
  return absl::StrCat(table.empty() ? "" : absl::StrCat(table.Text(), "\n"), equal,
                      " figures are equal and not shown.\n");
}

std::string ClaimsText(const v1::ListSiliconResponse& catalog) {
  std::string text;
  for (const v1::Claim& claim : catalog.claims()) {
    absl::StrAppend(&text, PlainText(absl::StrCat("\"", claim.statement(), "\"")), "\n  said by ",
                    PlainText(claim.said_by()), "\n  ", absl::AsciiStrToUpper(Word(claim.verdict())), ": ",
                    PlainText(claim.finding()), "\n");
    for (const v1::ClaimEvidence& evidence : claim.evidence()) {
      const v1::Figure& figure = evidence.figure();
      std::string range = RangeText(figure);
      if (!range.empty()) range = absl::StrCat(" (", range, ")");
      absl::StrAppend(&text, "    ",
                      PlainText(absl::StrCat(evidence.text(), ": ", ExactDigits(figure.value()), " ", figure.unit(),
                                             range, ", ", Word(figure.basis()), ": ", SourceText(figure.source()))),
                      "\n");
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

}  // namespace sandglass::report
