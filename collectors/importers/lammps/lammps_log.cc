#include "collectors/importers/lammps/lammps_log.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectors/importers/md/log_text.h"

namespace sandglass::collectors::lammps {
namespace {

constexpr absl::string_view kVersion = "LAMMPS (";
constexpr double kSecondsPerDay = 86400;
constexpr double kSecondsPerHour = 3600;
// Of one table, which has some ten.
constexpr size_t kMostPhases = 64;

// Commands that say what was simulated.
constexpr absl::string_view kCommands[] = {"units", "atom_style", "pair_style", "bond_style", "kspace_style"};

// Fixes that move atoms, or hold their temperature or pressure, by how their styles begin.
constexpr absl::string_view kIntegrators[] = {"nve", "nvt", "npt", "nph", "langevin", "temp/", "press/", "verlet"};

// The last row of every table: the time that no other row has.
constexpr absl::string_view kLastRow = "Other";

// Rows of the table, by their names.
constexpr md::RowPhase kRows[] = {
    {"Pair", "md_pairs"}, {"Neigh", "md_pair_search"}, {"Bond", "md_bonded"}, {kLastRow, "md_other"}};

std::vector<absl::string_view> Words(absl::string_view line) {
  return absl::StrSplit(line, absl::ByAnyChar(" \t\r,"), absl::SkipEmpty());
}

// The word before `unit` on the line; empty: there is none.
absl::string_view Before(const std::vector<absl::string_view>& words, absl::string_view unit) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == unit) return words[i - 1];
  }
  return "";
}

// Which fixes the script has, as far as the log repeats it.
struct Fixes {
  bool any = false;
  bool only_integrators = true;

  // Of a line "fix ID group style ...".
  void Add(const std::vector<absl::string_view>& words) {
    any = true;
    only_integrators &=
        words.size() > 3 && std::any_of(std::begin(kIntegrators), std::end(kIntegrators),
                                        [&](absl::string_view style) { return absl::StartsWith(words[3], style); });
  }
};

// What the log says of one run, from its line "Loop time of ..." on.
struct Ended {
  md::Run run;
  // Of the line, from 1.
  size_t line = 0;
  double wall_seconds = 0;
  bool is_minimisation = false;
  // Of the line before the table, from 1; whether the table has its last row.
  size_t table_line = 0;
  bool has_whole_table = false;
};

class Reader {
 public:
  explicit Reader(absl::string_view text) : lines_(absl::StrSplit(text, '\n')) {}

  absl::StatusOr<LammpsLog> Read() {
    while (next_ < lines_.size()) {
      const absl::string_view line = absl::StripTrailingAsciiWhitespace(lines_[next_++]);
      TakeLine(line);
    }
    EndRun();
    if (runs_begun_ > 0) {
      Problem(begun_line_, absl::StrCat("runs that did not end: ", runs_begun_, "; the first began here"));
      log_.missing["runs_without_end"] = runs_begun_;
    }
    if (runs_.empty()) return NoRun();
    log_.runs = md::Summed(runs_);
    return std::move(log_);
  }

 private:
  void TakeLine(absl::string_view line) {
    if (absl::StartsWith(line, kVersion) && log_.version.empty()) {
      const absl::string_view version = line.substr(kVersion.size());
      log_.version = md::Readable(version.substr(0, version.rfind(')')));
    } else if (absl::StartsWith(line, "Per MPI rank memory") || absl::StartsWith(line, "Memory usage per processor")) {
      EndRun();
      if (runs_begun_++ == 0) begun_line_ = next_;
    } else if (absl::StartsWith(line, "Loop time of ")) {
      EndRun();
      BeginEnd(line);
    } else if (absl::StartsWith(line, "Performance: ")) {
      TakePerformance(Words(line));
    } else if (absl::StartsWith(line, "Minimization stats:")) {
      if (ended_.has_value()) ended_->is_minimisation = true;
    } else if (absl::StartsWith(line, "MPI task timing breakdown:")) {
      TakeTable();
    } else if (absl::StrContains(line, "GPU(s) per node")) {
      Problem(next_, "a GPU works beside the host: a phase's time is what the host did and waited in it");
    } else if (absl::StartsWith(line, "ERROR")) {
      Problem(next_, absl::StrCat("the log has an error: ", md::Readable(line)));
    } else {
      TakeCommand(line);
    }
  }

  // "Loop time of 0.0408807 on 1 procs for 100 steps with 864 atoms"; processes with threads stand as their product.
  void BeginEnd(absl::string_view line) {
    // It ended, whether or not the line is understood.
    if (runs_begun_ > 0) --runs_begun_;
    const std::vector<absl::string_view> words = Words(line);
    const std::optional<double> seconds = words.size() > 3 ? md::ToNumber(words[3]) : std::nullopt;
    const std::optional<int64_t> threads = words.size() > 5 ? md::ToCount(words[5]) : std::nullopt;
    const std::optional<int64_t> steps = md::ToCount(Before(words, "steps"));
    const std::optional<int64_t> atoms = md::ToCount(Before(words, "atoms"));
    if (!seconds || !threads || !steps || !atoms) {
      ++log_.missing["runs_not_read"];
      Problem(next_, absl::StrCat("not understood: ", md::Readable(line)));
      return;
    }
    ended_.emplace();
    ended_->line = next_;
    ended_->wall_seconds = *seconds;
    ended_->run.evaluations = *steps;
    ended_->run.steps = *steps;
    ended_->run.atoms = *atoms;
    ended_->run.threads = *threads;
  }

  // "Performance: 42.391 ns/day, 0.566 hours/ns, 981.269 timesteps/s". Three digits stand behind the point, so that the
  // larger of the two numbers is the exact one.
  void TakePerformance(const std::vector<absl::string_view>& words) {
    if (!ended_.has_value()) return;
    const std::optional<double> ns_per_day = md::ToNumber(Before(words, "ns/day"));
    const std::optional<double> hours_per_ns = md::ToNumber(Before(words, "hours/ns"));
    const bool by_day = ns_per_day.has_value() && (!hours_per_ns.has_value() || *ns_per_day >= *hours_per_ns);
    if (by_day && *ns_per_day > 0) {
      ended_->run.simulated_ns = ended_->wall_seconds * *ns_per_day / kSecondsPerDay;
    } else if (!by_day && hours_per_ns.value_or(0) > 0) {
      ended_->run.simulated_ns = ended_->wall_seconds / (*hours_per_ns * kSecondsPerHour);
    }
  }

  // Section | min | avg | max | %varavg | %total
  void TakeTable() {
    // The names of the columns, and a rule.
    constexpr size_t kHeadLines = 2;
    if (ended_.has_value()) ended_->table_line = next_;
    size_t row = next_ + kHeadLines;
    for (; row < lines_.size() && absl::StrContains(lines_[row], '|'); ++row) {
      if (ended_.has_value()) TakeRow(row, *ended_);
    }
    next_ = std::min(row, lines_.size());
  }

  void TakeRow(size_t row, Ended& ended) {
    const std::vector<absl::string_view> cells = absl::StrSplit(lines_[row], '|');
    const absl::string_view name = absl::StripAsciiWhitespace(cells[0]);
    const bool is_whole = cells.size() > 5;
    ended.has_whole_table |= is_whole && name == kLastRow;
    const std::optional<double> seconds = is_whole ? md::ToNumber(cells[2]) : std::nullopt;
    if (!seconds.has_value() || name.empty() || ended.run.phases.size() == kMostPhases) {
      ++log_.missing["rows_not_read"];
      Problem(row + 1, absl::StrCat("not understood: ", md::Readable(lines_[row])));
      return;
    }
    md::Phase& phase = PhaseOf(name, ended.run.phases);
    phase.wall_seconds = phase.wall_seconds.value_or(0) + *seconds;
  }

  md::Phase& PhaseOf(absl::string_view row, std::vector<md::Phase>& phases) const {
    for (const md::RowPhase& known : kRows) {
      if (row == known.row) return md::PhaseOfClass(known.op_class, phases);
    }
    if (row == "Modify" && fixes_.any && fixes_.only_integrators) return md::PhaseOfClass("md_integration", phases);
    const std::string name = absl::StrCat("lammps::", md::Readable(row));
    for (md::Phase& phase : phases) {
      if (phase.name == name) return phase;
    }
    phases.push_back({.name = name, .op_class = "md_other", .flop = {}, .wall_seconds = {}});
    return phases.back();
  }

  void TakeCommand(absl::string_view line) {
    const size_t space = line.find_first_of(" \t");
    if (space == absl::string_view::npos) return;
    const absl::string_view command = line.substr(0, space);
    if (command == "fix") {
      fixes_.Add(Words(line));
    } else if (std::find(std::begin(kCommands), std::end(kCommands), command) != std::end(kCommands)) {
      log_.commands[std::string(command)] = md::Readable(line.substr(space));
    }
  }

  // Files the run whose end was read, if there is one.
  void EndRun() {
    if (!ended_.has_value()) return;
    Ended ended = *std::exchange(ended_, std::nullopt);
    if (ended.is_minimisation) {
      ++log_.left_out["minimisations"];
    } else if (ended.run.steps == 0) {
      ++log_.left_out["runs_of_no_step"];
    } else if (ended.run.phases.empty()) {
      ++log_.missing["runs_without_table"];
      Problem(ended.line, "left out: no table \"MPI task timing breakdown\" follows");
    } else {
      if (!ended.has_whole_table) {
        ++log_.missing["tables_cut_off"];
        Problem(ended.table_line, absl::StrCat("the table is cut off: it has no row \"", kLastRow, "\""));
      }
      log_.wall_seconds += ended.wall_seconds;
      runs_.push_back(std::move(ended.run));
    }
  }

  absl::Status NoRun() const {
    std::string found;
    for (const Counts* counts : {&log_.left_out, &log_.missing}) {
      for (const auto& [name, count] : *counts) absl::StrAppend(&found, ", ", count, " ", name);
    }
    return absl::InvalidArgumentError(
        absl::StrCat("LAMMPS log: no run of molecular dynamics that ended with a table \"MPI task timing breakdown\"",
                     found, log_.problems.empty() ? "" : "; ", log_.problems.empty() ? "" : log_.problems[0]));
  }

  void Problem(size_t line, const std::string& what) {
    if (log_.problems.size() < md::kMostProblems) log_.problems.push_back(absl::StrCat("line ", line, ": ", what));
  }

  const std::vector<absl::string_view> lines_;
  // Index of the line to be read; so, counted from 1, the number of the one that was.
  size_t next_ = 0;
  LammpsLog log_;
  Fixes fixes_;
  std::vector<md::Run> runs_;
  std::optional<Ended> ended_;
  // Runs that have begun and not ended, and where the first of them began.
  uint64_t runs_begun_ = 0;
  size_t begun_line_ = 0;
};

}  // namespace

absl::StatusOr<LammpsLog> ParseLammpsLog(absl::string_view text) { return Reader(text).Read(); }

}  // namespace sandglass::collectors::lammps
