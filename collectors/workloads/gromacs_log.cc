#include "collectors/workloads/gromacs_log.h"

#include <algorithm>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace sandglass::collectors {
namespace {

// The phases, in the order of a step.
constexpr const char* kPhases[] = {"md_pair_search", "md_pairs",       "md_bonded",      "md_spread", "md_fft",
                                   "md_gather",      "md_integration", "md_constraints", "md_other"};

// Which phase a row belongs to, by how it begins.
struct RowPhase {
  absl::string_view begins;
  const char* op_class;
};

// Rows of the table of FLOP that are in none of these are md_other.
constexpr RowPhase kFlopRows[] = {
    {"Pair Search", "md_pair_search"},
    {"NxN", "md_pairs"},
    {"NB ", "md_pairs"},
    {"Free energy", "md_pairs"},
    {"1,4 nonbonded", "md_bonded"},
    {"Bonds", "md_bonded"},
    {"Angles", "md_bonded"},
    {"Propers", "md_bonded"},
    {"Impropers", "md_bonded"},
    {"RB-Dihedrals", "md_bonded"},
    {"Urey-Bradley", "md_bonded"},
    {"Calc Weights", "md_spread"},
    {"Spread Q", "md_spread"},
    {"Gather F", "md_gather"},
    {"3D-FFT", "md_fft"},
    {"Solve PME", "md_fft"},
    {"Update", "md_integration"},
    {"Virial", "md_integration"},
    {"Stop-CM", "md_integration"},
    {"Calc-Ekin", "md_integration"},
    {"Lincs", "md_constraints"},
    {"Shake", "md_constraints"},
    {"Settle", "md_constraints"},
    {"Constraint-", "md_constraints"},
};

// Rows of the table of times that are in none of these are md_other. "PME mesh" is the sum of the rows of its own
// breakdown and of what those leave out, which is md_other too.
constexpr RowPhase kTimeRows[] = {
    {"Neighbor search", "md_pair_search"},
    {"Force", "md_pairs"},
    {"NB X/F buffer ops.", "md_pairs"},
    {"PME spread", "md_spread"},
    {"PME gather", "md_gather"},
    {"PME 3D-FFT", "md_fft"},
    {"PME solve", "md_fft"},
    {"Update", "md_integration"},
    {"Constraints", "md_constraints"},
};

template <size_t n>
const char* PhaseOf(absl::string_view row, const RowPhase (&table)[n]) {
  for (const RowPhase& entry : table) {
    if (absl::StartsWith(row, entry.begins)) return entry.op_class;
  }
  return "md_other";
}

absl::Status Missing(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("GROMACS log: no ", what, "; the run did not end as it should"));
}

// A row of a table: its name, and the numbers at its end.
struct Row {
  absl::string_view name;
  std::vector<double> numbers;
};

Row ReadRow(absl::string_view line) {
  Row row{.name = absl::StripAsciiWhitespace(line), .numbers = {}};
  while (true) {
    const size_t space = row.name.find_last_of(" \t");
    if (space == absl::string_view::npos) break;
    double number = 0;
    if (!absl::SimpleAtod(row.name.substr(space + 1), &number) || !std::isfinite(number)) break;
    row.numbers.insert(row.numbers.begin(), number);
    row.name = absl::StripTrailingAsciiWhitespace(row.name.substr(0, space));
  }
  return row;
}

bool IsRule(absl::string_view line) {
  line = absl::StripAsciiWhitespace(line);
  return line.size() > 10 && line.find_first_not_of('-') == absl::string_view::npos;
}

// The rows between the first rule after `title` and the rule before the total; and the position after the total.
absl::StatusOr<std::vector<Row>> ReadTable(const std::vector<absl::string_view>& lines, absl::string_view title,
                                           bool total_follows) {
  const auto begin = std::find_if(lines.begin(), lines.end(), [&](absl::string_view line) {
    return absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), title);
  });
  const auto rule = std::find_if(begin, lines.end(), IsRule);
  if (rule == lines.end()) return Missing(absl::StrCat("table \"", title, "\""));
  const auto end = std::find_if(rule + 1, lines.end(), IsRule);
  if (end == lines.end()) return Missing(absl::StrCat("end of the table \"", title, "\""));
  if (total_follows && (end + 1 == lines.end() || ReadRow(*(end + 1)).name != "Total")) {
    return Missing(absl::StrCat("total of the table \"", title, "\""));
  }
  std::vector<Row> rows;
  for (auto line = rule + 1; line != end; ++line) rows.push_back(ReadRow(*line));
  return rows;
}

// The number after `key` on the first line that begins with it, past any of " =:".
std::optional<double> NumberAfter(const std::vector<absl::string_view>& lines, absl::string_view key) {
  for (absl::string_view line : lines) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, key)) continue;
    if (!line.empty() && line.find_first_of(" =:\t") != 0) continue;
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" =:\t")));
    double number = 0;
    if (absl::SimpleAtod(line.substr(0, line.find_first_of(" \t\r")), &number) && std::isfinite(number)) return number;
  }
  return std::nullopt;
}

// A count from the log; absent where it is not a whole number from 1 to a trillion.
std::optional<int64_t> CountAfter(const std::vector<absl::string_view>& lines, absl::string_view key) {
  const std::optional<double> number = NumberAfter(lines, key);
  if (!number.has_value() || *number < 1 || *number > 1e12 || *number != std::floor(*number)) return std::nullopt;
  return static_cast<int64_t>(*number);
}

MdPhase& PhaseNamed(const char* op_class, std::vector<MdPhase>& phases) {
  for (MdPhase& phase : phases) {
    if (phase.op_class == op_class) return phase;
  }
  phases.push_back({.op_class = op_class, .flop = {}, .wall_seconds = {}});
  return phases.back();
}

absl::Status ReadFlops(const std::vector<absl::string_view>& lines, std::vector<MdPhase>& phases) {
  constexpr double kMega = 1e6;
  const absl::StatusOr<std::vector<Row>> rows = ReadTable(lines, "M E G A - F L O P S", true);
  if (!rows.ok()) return rows.status();
  for (const Row& row : *rows) {
    // Number of calls, FLOP, and percent.
    if (row.numbers.size() < 3 || row.numbers[1] < 0) return Missing(absl::StrCat("FLOP of \"", row.name, "\""));
    MdPhase& phase = PhaseNamed(PhaseOf(row.name, kFlopRows), phases);
    phase.flop = phase.flop.value_or(0) + row.numbers[1] * kMega;
  }
  return absl::OkStatus();
}

// Adds the seconds of a row, which stand third from its end, and returns them.
absl::StatusOr<double> AddSeconds(const Row& row, const char* op_class, std::vector<MdPhase>& phases) {
  if (row.numbers.size() < 3) return Missing(absl::StrCat("time of \"", row.name, "\""));
  const double seconds = row.numbers[row.numbers.size() - 3];
  if (seconds < 0) return Missing(absl::StrCat("time of \"", row.name, "\""));
  MdPhase& phase = PhaseNamed(op_class, phases);
  phase.wall_seconds = phase.wall_seconds.value_or(0) + seconds;
  return seconds;
}

absl::Status ReadTimes(const std::vector<absl::string_view>& lines, GromacsLog& log) {
  const absl::StatusOr<std::vector<Row>> rows = ReadTable(lines, "R E A L   C Y C L E", true);
  if (!rows.ok()) return rows.status();
  double mesh = 0;
  for (const Row& row : *rows) {
    if (row.name == "PME mesh" && row.numbers.size() >= 3) {
      mesh = row.numbers[row.numbers.size() - 3];
      continue;
    }
    const absl::StatusOr<double> seconds = AddSeconds(row, PhaseOf(row.name, kTimeRows), log.phases);
    if (!seconds.ok()) return seconds.status();
    // Ranks, threads, calls, then the times.
    if (row.name == "Force" && row.numbers.size() >= 6) {
      log.threads = static_cast<int64_t>(std::clamp(row.numbers[1], 0.0, 1e6));
      log.evaluations = static_cast<int64_t>(std::clamp(row.numbers[2], 0.0, 1e12));
    }
  }
  if (log.evaluations < 1) return Missing("row \"Force\" with a count of calls");
  if (mesh == 0) return absl::OkStatus();
  const absl::StatusOr<std::vector<Row>> parts = ReadTable(lines, "Breakdown of PME mesh computation", false);
  if (!parts.ok()) return parts.status();
  for (const Row& row : *parts) {
    const absl::StatusOr<double> seconds = AddSeconds(row, PhaseOf(row.name, kTimeRows), log.phases);
    if (!seconds.ok()) return seconds.status();
    mesh -= *seconds;
  }
  MdPhase& other = PhaseNamed("md_other", log.phases);
  other.wall_seconds = other.wall_seconds.value_or(0) + std::max(0.0, mesh);
  return absl::OkStatus();
}

void SetInteger(const char* name, int64_t value, v1::OpSignature& signature) {
  v1::Attribute& attribute = *signature.add_attributes();
  attribute.set_position(static_cast<uint32_t>(signature.attributes_size() - 1));
  attribute.set_name(name);
  attribute.set_integer(value);
}

}  // namespace

absl::StatusOr<GromacsLog> ParseGromacsLog(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  GromacsLog log;
  for (absl::string_view line : lines) {
    if (!absl::ConsumePrefix(&line, "GROMACS version:")) continue;
    log.version = std::string(absl::StripAsciiWhitespace(line));
    break;
  }
  if (log.version.empty()) return Missing("line \"GROMACS version:\"");
  const std::optional<int64_t> atoms = CountAfter(lines, "There are");
  if (!atoms.has_value()) return Missing("line \"There are: N Atoms\"");
  log.atoms = *atoms;
  const std::optional<int64_t> ranks = CountAfter(lines, "On");
  if (!ranks.has_value()) return Missing("line \"On N MPI ranks\"");
  if (*ranks > 1) {
    return absl::UnimplementedError(
        absl::StrCat("GROMACS log: made by ", *ranks, " ranks, whose times overlap; run with -ntmpi 1"));
  }
  const auto nx = CountAfter(lines, "fourier-nx");
  const auto ny = CountAfter(lines, "fourier-ny");
  const auto nz = CountAfter(lines, "fourier-nz");
  constexpr int64_t kMaxGrid = 1 << 16;
  if (nx && ny && nz && std::max({*nx, *ny, *nz}) <= kMaxGrid) log.grid_points = *nx * *ny * *nz;
  log.cutoff_nm = NumberAfter(lines, "rcoulomb");

  if (absl::Status status = ReadFlops(lines, log.phases); !status.ok()) return status;
  if (absl::Status status = ReadTimes(lines, log); !status.ok()) return status;
  const auto order = [](const MdPhase& phase) {
    return std::find(std::begin(kPhases), std::end(kPhases), phase.op_class) - std::begin(kPhases);
  };
  std::sort(log.phases.begin(), log.phases.end(),
            [&](const MdPhase& a, const MdPhase& b) { return order(a) < order(b); });
  return log;
}

std::vector<v1::Operator> OperatorsOf(const GromacsLog& log) {
  constexpr double kPicoseconds = 1e12;
  constexpr double kMetresPerNm = 1e-9;
  std::vector<v1::Operator> operators;
  for (const MdPhase& phase : log.phases) {
    v1::Operator& op = operators.emplace_back();
    op.set_id(operators.size());
    op.set_occurrences(static_cast<uint64_t>(log.evaluations));
    if (phase.wall_seconds.has_value()) {
      op.set_duration_ps(static_cast<int64_t>(std::llround(*phase.wall_seconds * kPicoseconds)));
      op.set_self_ps(op.duration_ps());
    }
    v1::OpSignature& signature = *op.mutable_signature();
    signature.set_kind(v1::OPERATOR_KIND_MD_PHASE);
    signature.set_name(absl::StrCat("md::", absl::StripPrefix(phase.op_class, "md_")));
    signature.set_op_class(phase.op_class);
    if (phase.flop.has_value()) {
      signature.mutable_flops_flop()->set_value(*phase.flop / static_cast<double>(log.evaluations));
      signature.mutable_flops_flop()->set_provenance(v1::PROVENANCE_STATED);
    }
    SetInteger("atoms", log.atoms, signature);
    if (log.grid_points.has_value()) SetInteger("grid_points", *log.grid_points, signature);
    if (log.cutoff_nm.has_value()) {
      v1::Attribute& cutoff = *signature.add_attributes();
      cutoff.set_position(static_cast<uint32_t>(signature.attributes_size() - 1));
      cutoff.set_name("cutoff_m");
      cutoff.set_real(*log.cutoff_nm * kMetresPerNm);
    }
    SetInteger("threads", log.threads, signature);
  }
  return operators;
}

}  // namespace sandglass::collectors
