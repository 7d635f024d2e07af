// How many numbers a catalog has, and what they rest on.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_STATISTICS_H_
#define SANDGLASS_ANALYZER_SILICON_STATISTICS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "proto/silicon.pb.h"

namespace sandglass::silicon {

struct FigureCounts {
  uint64_t measured = 0;
  uint64_t datasheet = 0;
  uint64_t derived = 0;
  // With a range, which the validator demands.
  uint64_t assumed = 0;

  uint64_t cited() const { return measured + datasheet + derived; }
  uint64_t total() const { return cited() + assumed; }
};

struct CatalogStatistics {
  uint64_t classes = 0;
  // Numbers that are used.
  FigureCounts figures;
  // Numbers of other sources, not used.
  FigureCounts alternatives;
  // By field, without the places in lists: "matrix_rates.peak".
  std::map<std::string, FigureCounts> fields;
};

CatalogStatistics CountFigures(const std::vector<v1::SiliconClass>& classes);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_STATISTICS_H_
