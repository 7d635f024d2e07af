#include "analyzer/silicon/statistics.h"

#include "absl/strings/match.h"
#include "analyzer/silicon/validator.h"

namespace sandglass::silicon {
namespace {

// "matrix_rates[0].peak" is "matrix_rates.peak".
std::string FieldOf(const std::string& path) {
  std::string field;
  bool inside = false;
  for (const char c : path) {
    inside = c == '[' || (inside && c != ']');
    if (!inside && c != ']') field += c;
  }
  return field;
}

void Count(const v1::Figure& figure, FigureCounts& counts) {
  switch (figure.basis()) {
    case v1::FIGURE_BASIS_MEASURED:
      ++counts.measured;
      break;
    case v1::FIGURE_BASIS_DATASHEET:
      ++counts.datasheet;
      break;
    case v1::FIGURE_BASIS_DERIVED:
      ++counts.derived;
      break;
    default:
      ++counts.assumed;
  }
}

}  // namespace

CatalogStatistics CountFigures(const std::vector<v1::SiliconClass>& classes) {
  CatalogStatistics statistics;
  statistics.classes = classes.size();
  for (const v1::SiliconClass& message : classes) {
    VisitFigures(message, [&](const std::string& path, const v1::Figure& figure) {
      if (absl::StrContains(path, "alternatives[")) {
        Count(figure, statistics.alternatives);
        return;
      }
      Count(figure, statistics.figures);
      Count(figure, statistics.fields[FieldOf(path)]);
    });
  }
  return statistics;
}

}  // namespace sandglass::silicon
