// The text of a small class without fault, for tests that put faults into it.
//
// Pure functions.
#ifndef SANDGLASS_ANALYZER_SILICON_SPEC_TEXT_FIXTURE_H_
#define SANDGLASS_ANALYZER_SILICON_SPEC_TEXT_FIXTURE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace sandglass::silicon {

inline constexpr char kTestSource[] = "source { title: \"a test\" date: \"2026-11\" }";

// A figure of that field, on a line of its own.
inline std::string Datasheet(absl::string_view field, double value, absl::string_view unit) {
  return absl::StrCat(field, " { value: ", value, " unit: \"", unit,
                      "\" basis: FIGURE_BASIS_DATASHEET confidence: CONFIDENCE_HIGH ", kTestSource, " }\n");
}

// Class "chip", also called "Small Chip": 100 TFLOP/s in BF16 and 900 GB/s within 300 W, with stack "eager", which runs
// everything. It refers to no other file.
inline std::string GoodSpec() {
  return absl::StrCat(
      "id: \"chip\"\ndisplay_name: \"Chip\"\nvendor: \"Maker\"\nreleased: \"2026\"\ngenerality: GENERALITY_GENERAL\n",
      "aliases: \"Small Chip\"\n",                                                                         //
      "matrix_rates { format: COMPUTE_FORMAT_BF16\n", Datasheet("peak", 100, "TFLOP/s"),                   //
      Datasheet("energy", 1, "pJ/FLOP"), "}\n", Datasheet("matrix_efficiency", 0.8, "ratio"),              //
      "memory {\n", Datasheet("capacity", 16, "GB"), Datasheet("bandwidth", 900, "GB/s"),                  //
      Datasheet("efficiency", 0.9, "ratio"), Datasheet("energy", 60, "pJ/B"), "}\n",                       //
      "power {\n", Datasheet("limit", 300, "W"), Datasheet("idle", 50, "W"),                               //
      "host_share { value: 80 low: 40 high: 120 unit: \"W\" basis: FIGURE_BASIS_ASSUMED ",                 //
      "confidence: CONFIDENCE_LOW note: \"a guess\" ", kTestSource, " }\n}\n",                             //
      "gpu {\n", Datasheet("cores", 10, "count"), Datasheet("tile_rows", 128, "count"),                    //
      Datasheet("tile_columns", 64, "count"), "}\n",                                                       //
      "stacks { name: \"eager\"\n", Datasheet("dispatch", 5, "us"), Datasheet("operator_floor", 2, "us"),  //
      Datasheet("loop_turn", 1, "us"),
      "operators { op_class: \"*\" support: SUPPORT_NATIVE evidence: EVIDENCE_KIND_DOCUMENTED ", kTestSource, " }\n}\n",
      "prices { basis: PRICE_BASIS_PURCHASE as_of: \"2026-11-23\"\n", Datasheet("price", 1000, "USD"), "}\n",
      "version: 1\n");
}

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SPEC_TEXT_FIXTURE_H_
