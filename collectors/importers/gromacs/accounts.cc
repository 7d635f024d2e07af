#include "collectors/importers/gromacs/accounts.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "collectors/importers/md/log_text.h"

namespace sandglass::collectors::gromacs {
namespace {

// The phases, in the order of a step.
constexpr const char* kPhases[] = {"md_pair_search", "md_pairs",       "md_bonded",      "md_spread", "md_fft",
                                   "md_gather",      "md_integration", "md_constraints", "md_other"};

// Rows of the table of FLOP, by how they begin; those that are in none of these are md_other.
constexpr md::RowPhase kFlopRows[] = {
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

// The same of the table of times: rows that are in none of these are md_other. "PME mesh" is the sum of the rows of its
// own breakdown and of what those leave out, which is md_other too.
constexpr md::RowPhase kTimeRows[] = {
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
const char* PhaseOf(absl::string_view row, const md::RowPhase (&table)[n]) {
  for (const md::RowPhase& entry : table) {
    if (absl::StartsWith(row, entry.row)) return entry.op_class;
  }
  return "md_other";
}

// A row of a table: its name, and the numbers at its end.
struct Row {
  absl::string_view name;
  std::vector<double> numbers;
};

Row ReadRow(absl::string_view line) {
  // Ranks, threads, calls, wall time, cycles, percent.
  constexpr size_t kMostColumns = 6;
  Row row{.name = absl::StripAsciiWhitespace(line), .numbers = {}};
  while (row.numbers.size() < kMostColumns) {
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

// The rows between the first rule after the title and the next; where a total follows, that too.
struct Table {
  std::vector<Row> rows;
  Row total;
};

absl::StatusOr<Table> ReadTable(Lines lines, absl::string_view title, bool total_follows) {
  const auto begin = std::find_if(lines.begin(), lines.end(), [&](absl::string_view line) {
    return absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), title);
  });
  const auto rule = std::find_if(begin, lines.end(), IsRule);
  if (rule == lines.end()) return Missing(absl::StrCat("table \"", title, "\""));
  const auto end = std::find_if(rule + 1, lines.end(), IsRule);
  if (end == lines.end()) return Missing(absl::StrCat("end of the table \"", title, "\""));
  Table table;
  for (auto line = rule + 1; line != end; ++line) table.rows.push_back(ReadRow(*line));
  if (!total_follows) return table;
  if (end + 1 != lines.end()) table.total = ReadRow(*(end + 1));
  if (table.total.name != "Total") return Missing(absl::StrCat("total of the table \"", title, "\""));
  return table;
}

// Mega-FLOP that no run has, and that would not fit into a trace.
constexpr double kMostMegaFlop = 1e23;

absl::Status ReadFlops(Lines lines, std::vector<md::Phase>& phases) {
  constexpr double kMega = 1e6;
  const absl::StatusOr<Table> table = ReadTable(lines, "M E G A - F L O P S", true);
  if (!table.ok()) return table.status();
  for (const Row& row : table->rows) {
    // At the end stand the number of calls, the FLOP, and percent; a number before them is of the name: "Virtual Site
    // 3".
    const size_t columns = row.numbers.size();
    const double mega_flop = columns < 3 ? -1 : row.numbers[columns - 2];
    if (mega_flop < 0 || mega_flop > kMostMegaFlop) return Missing(absl::StrCat("FLOP of \"", row.name, "\""));
    md::Phase& phase = md::PhaseOfClass(PhaseOf(row.name, kFlopRows), phases);
    phase.flop = phase.flop.value_or(0) + mega_flop * kMega;
  }
  return absl::OkStatus();
}

// Whether some ranks do only particle-mesh Ewald. Errors: the log does not say how many ranks there are.
absl::StatusOr<bool> HasMeshRanks(Lines lines) {
  for (size_t i = 0; i < lines.size(); ++i) {
    if (!absl::StartsWith(lines[i], "On ") || !absl::StrContains(lines[i], " MPI rank")) continue;
    int64_t ranks = 0;
    absl::string_view count = lines[i].substr(3);
    count = count.substr(0, count.find(' '));
    if (!absl::SimpleAtoi(count, &ranks) || ranks < 1) continue;
    return i + 1 < lines.size() && absl::StartsWith(lines[i + 1], "on ") &&
           absl::StrContains(lines[i + 1], " doing PME");
  }
  return Missing("line \"On N MPI ranks\"");
}

// Reads the rows of the table of times.
class Times {
 public:
  Times(const Table& table, Accounts& accounts) : table_(table), accounts_(accounts) {}

  absl::Status Read(Lines lines) {
    // Wall time, cycles, percent.
    const std::vector<double>& total = table_.total.numbers;
    if (total.size() < 3 || total[0] < 0 || total[1] <= 0) return Missing("wall time and cycles of all parts");
    accounts_.wall_seconds = total[0];
    seconds_per_cycle_ = total[0] / total[1];
    for (const Row& row : table_.rows) {
      if (absl::Status status = Add(row); !status.ok()) return status;
    }
    if (accounts_.evaluations < 1) return Missing("row \"Force\" with a count of calls");
    return mesh_seconds_ > 0 ? SplitMesh(lines) : absl::OkStatus();
  }

 private:
  absl::StatusOr<double> SecondsOf(const Row& row) const {
    // At the end stand the wall time, the cycles, and percent.
    const size_t columns = row.numbers.size();
    if (columns < 3) return Missing(absl::StrCat("time of \"", row.name, "\""));
    const double seconds =
        accounts_.has_mesh_ranks ? row.numbers[columns - 2] * seconds_per_cycle_ : row.numbers[columns - 3];
    if (seconds < 0) return Missing(absl::StrCat("time of \"", row.name, "\""));
    return seconds;
  }

  absl::Status Add(const Row& row) {
    const absl::StatusOr<double> seconds = SecondsOf(row);
    if (!seconds.ok()) return seconds.status();
    accounts_.has_gpu |= absl::StrContains(row.name, "GPU");
    const absl::string_view name = absl::StripAsciiWhitespace(absl::StripSuffix(row.name, "*"));
    const bool is_mesh = name == "PME mesh";
    // Ranks, threads of each, calls, then the times.
    if (row.numbers.size() >= 6 && (name == "Force" || (is_mesh && accounts_.has_mesh_ranks))) {
      accounts_.threads += static_cast<int64_t>(std::clamp(row.numbers[0] * row.numbers[1], 0.0, 1e9));
    }
    if (name == "Force" && row.numbers.size() >= 6) {
      accounts_.evaluations = static_cast<int64_t>(std::clamp(row.numbers[2], 0.0, 1e12));
    }
    if (is_mesh) {
      mesh_seconds_ = *seconds;
    } else {
      AddTo(PhaseOf(name, kTimeRows), *seconds);
    }
    return absl::OkStatus();
  }

  absl::Status SplitMesh(Lines lines) {
    // "... computation", and from 2025 on "... activities".
    const absl::StatusOr<Table> parts = ReadTable(lines, "Breakdown of PME mesh", false);
    if (!parts.ok()) return parts.status();
    double left = mesh_seconds_;
    for (const Row& row : parts->rows) {
      const absl::StatusOr<double> seconds = SecondsOf(row);
      if (!seconds.ok()) return seconds.status();
      AddTo(PhaseOf(row.name, kTimeRows), *seconds);
      left -= *seconds;
    }
    AddTo("md_other", std::max(0.0, left));
    return absl::OkStatus();
  }

  void AddTo(const char* op_class, double seconds) {
    md::Phase& phase = md::PhaseOfClass(op_class, accounts_.phases);
    phase.wall_seconds = phase.wall_seconds.value_or(0) + seconds;
  }

  const Table& table_;
  Accounts& accounts_;
  double seconds_per_cycle_ = 0;
  double mesh_seconds_ = 0;
};

}  // namespace

absl::Status Missing(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("GROMACS log: no ", what, "; the run did not end as it should"));
}

absl::StatusOr<Accounts> ReadAccounts(Lines lines) {
  Accounts accounts;
  if (absl::Status status = ReadFlops(lines, accounts.phases); !status.ok()) return status;
  const absl::StatusOr<bool> has_mesh_ranks = HasMeshRanks(lines);
  if (!has_mesh_ranks.ok()) return has_mesh_ranks.status();
  accounts.has_mesh_ranks = *has_mesh_ranks;
  const absl::StatusOr<Table> times = ReadTable(lines, "R E A L   C Y C L E", true);
  if (!times.ok()) return times.status();
  if (absl::Status status = Times(*times, accounts).Read(lines); !status.ok()) return status;
  const auto order = [](const md::Phase& phase) {
    return std::find(std::begin(kPhases), std::end(kPhases), phase.op_class) - std::begin(kPhases);
  };
  std::sort(accounts.phases.begin(), accounts.phases.end(),
            [&](const md::Phase& a, const md::Phase& b) { return order(a) < order(b); });
  if (accounts.has_gpu) {
    for (md::Phase& phase : accounts.phases) phase.wall_seconds.reset();
  }
  return accounts;
}

}  // namespace sandglass::collectors::gromacs
