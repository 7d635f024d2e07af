#include "analyzer/report/economics/focus.h"

#include <array>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "analyzer/report/plain_text.h"
#include "analyzer/report/words.h"

namespace sandglass::report {
namespace {

constexpr char kProvider[] = "Sandglass";
constexpr double kSecondsPerHour = 3600;

// All digits, never an exponent, always a point: FOCUS forbids "1e+06", and readers guess types by the point.
std::string Decimal(double value) {
  std::array<char, 400> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed).ptr;
  std::string text(digits.data(), end);
  return text.find('.') == std::string::npos ? absl::StrCat(text, ".0") : text;
}

// As readers of the file will see the number.
double AsPrinted(double value) { return std::strtod(Decimal(value).c_str(), nullptr); }

std::string Stamp(absl::CivilDay day) { return absl::StrCat(absl::FormatCivilTime(day), "T00:00:00Z"); }

// Text of the file is ASCII: readers of it check that.
std::string Ascii(absl::string_view text) {
  std::string ascii = CsvCell(text);
  for (char& letter : ascii) {
    if (static_cast<unsigned char>(letter) >= 0x80) letter = '?';
  }
  return ascii;
}

struct Basis {
  const char* word;
  bool (v1::ClassUnitCost::*has)() const;
  const v1::Estimate& (v1::ClassUnitCost::*cost)() const;
  const v1::Price& (v1::ClassUnitCost::*price)() const;
};
constexpr Basis kBases[] = {
    {"owned", &v1::ClassUnitCost::has_owned, &v1::ClassUnitCost::owned, &v1::ClassUnitCost::owned_price},
    {"rented", &v1::ClassUnitCost::has_rented, &v1::ClassUnitCost::rented, &v1::ClassUnitCost::rented_price}};

// What work is, in FOCUS's words.
struct Service {
  const char* category;
  const char* subcategory;
  const char* name;
  const char* consumed_unit;
};
Service ServiceOf(v1::WorkUnit unit) {
  static constexpr char kMachineLearning[] = "AI and Machine Learning";
  static constexpr char kReplay[] = "Model Replay Estimate";
  switch (unit) {
    case v1::WORK_UNIT_TOKEN:
      return {kMachineLearning, "Machine Learning", kReplay, "Tokens"};
    case v1::WORK_UNIT_SAMPLE:
      return {kMachineLearning, "Machine Learning", kReplay, "Samples"};
    case v1::WORK_UNIT_MD_NANOSECOND:
      return {"Compute", "Other (Compute)", "Simulation Replay Estimate", "SimulatedNanoseconds"};
    default:
      return {kMachineLearning, "Machine Learning", kReplay, "Steps"};
  }
}

// A price that its owner may change at any time is dynamic; one that holds is standard. What a chip costs over its life
// is neither.
const char* PricingCategory(v1::PriceBasis basis) {
  switch (basis) {
    case v1::PRICE_BASIS_ON_DEMAND:
      return "Standard";
    case v1::PRICE_BASIS_SPOT:
    case v1::PRICE_BASIS_RENTAL_MARKET:
      return "Dynamic";
    default:
      return "Other";
  }
}

using Cells = std::vector<std::pair<const char*, std::string>>;

// One row, its columns in the order of their names; those of our own last.
Cells Row(const v1::CostReport& report, const v1::TraceCost& trace, const v1::ClassUnitCost& row, const Basis& basis,
          absl::CivilDay day) {
  const v1::Estimate& cost = (row.*basis.cost)();
  const v1::Price& price = (row.*basis.price)();
  const double work = trace.work_count();
  const double hours = AsPrinted(row.devices() * row.seconds().value() * work / kSecondsPerHour);
  const double hourly = AsPrinted(cost.value() * work / hours);
  // What a reader gets who multiplies what is printed.
  const std::string total = Decimal(hourly * hours);
  const Service service = ServiceOf(trace.unit());
  const absl::CivilMonth month(day);
  const std::string sub_account = absl::StrCat(row.silicon_class(), "/", basis.word);
  const std::string region = Ascii(price.region());
  return {
      {"BilledCost", "0.0"},
      {"BillingAccountId", "replay-estimate"},
      {"BillingAccountName", "Replay estimate"},
      {"BillingCurrency", "USD"},
      {"BillingPeriodEnd", Stamp(absl::CivilDay(month + 1))},
      {"BillingPeriodStart", Stamp(absl::CivilDay(month))},
      {"ChargeCategory", "Usage"},
      {"ChargeClass", ""},
      {"ChargeDescription", Ascii(absl::StrCat("Estimate, not billed: ", trace.trace_name(), " on ",
                                               row.silicon_class(), ", ", basis.word))},
      {"ChargeFrequency", "Usage-Based"},
      {"ChargePeriodEnd", Stamp(day + 1)},
      {"ChargePeriodStart", Stamp(day)},
      {"ConsumedQuantity", Decimal(work)},
      {"ConsumedUnit", service.consumed_unit},
      {"ContractedCost", total},
      {"ContractedUnitPrice", Decimal(hourly)},
      {"EffectiveCost", total},
      {"InvoiceId", ""},
      {"InvoiceIssuerName", kProvider},
      {"ListCost", total},
      {"ListUnitPrice", Decimal(hourly)},
      {"PricingCategory", PricingCategory(price.basis())},
      {"PricingQuantity", Decimal(hours)},
      {"PricingUnit", "Accelerator-Hours"},
      {"ProviderName", kProvider},
      {"PublisherName", kProvider},
      {"RegionId", region},
      {"RegionName", region},
      {"ServiceCategory", service.category},
      {"ServiceName", service.name},
      {"ServiceSubcategory", service.subcategory},
      {"SkuId", Ascii(row.silicon_class())},
      {"SkuMeter", "Accelerator Time"},
      {"SkuPriceId", Ascii(absl::StrCat(sub_account, "/", Word(price.basis()),
                                        price.region().empty() ? "" : absl::StrCat("/", price.region())))},
      {"SubAccountId", Ascii(sub_account)},
      {"SubAccountName", Ascii(absl::StrCat(row.silicon_class(), ", ", basis.word))},
      {"x_CatalogDigest", report.catalog_digest()},
      {"x_CostHigh", cost.has_high() ? Decimal(cost.high() * work) : ""},
      {"x_CostLow", cost.has_low() ? Decimal(cost.low() * work) : ""},
      {"x_DeviceCount", absl::StrCat(row.devices())},
      {"x_IsEstimate", "true"},
      {"x_PriceAsOf", Ascii(price.as_of())},
      {"x_PriceSource", Ascii(price.price().source().title())},
      {"x_Provenance", std::string(Word(cost.provenance()))},
      {"x_ReplaySeconds", Decimal(row.seconds().value() * work)},
      {"x_TraceId", Ascii(trace.trace_id())},
      {"x_TraceName", Ascii(trace.trace_name())},
  };
}

std::string Line(const Cells& cells, bool header) {
  return absl::StrCat(absl::StrJoin(cells, ",",
                                    [header](std::string* out, const auto& cell) {
                                      absl::StrAppend(out, header ? cell.first : cell.second);
                                    }),
                      "\n");
}

}  // namespace

absl::StatusOr<FocusFile> FocusCsv(const v1::CostReport& report) {
  absl::CivilDay day;
  if (!absl::ParseCivilTime(report.scenario().replay().price_date(), &day)) {
    return absl::InvalidArgumentError("FOCUS rows have a day, and none is given for prices: state --price-date");
  }
  FocusFile file;
  file.csv = Line(Row(report, v1::TraceCost(), v1::ClassUnitCost(), kBases[0], day), /*header=*/true);
  for (const v1::TraceCost& trace : report.traces()) {
    for (const v1::ClassUnitCost& row : trace.classes()) {
      if (row.verdict() != v1::VERDICT_SUPPORTED) continue;
      for (const Basis& basis : kBases) {
        if ((row.*basis.has)()) {
          absl::StrAppend(&file.csv, Line(Row(report, trace, row, basis, day), /*header=*/false));
        } else {
          file.unpriced.push_back(absl::StrCat(trace.trace_name(), " on ", row.silicon_class(), ", ", basis.word));
        }
      }
    }
  }
  return file;
}

}  // namespace sandglass::report
