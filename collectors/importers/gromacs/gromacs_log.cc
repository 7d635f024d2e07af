#include "collectors/importers/gromacs/gromacs_log.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "collectors/importers/gromacs/accounts.h"
#include "collectors/importers/md/log_text.h"

namespace sandglass::collectors::gromacs {
namespace {

constexpr absl::string_view kVersion = "GROMACS version:";
constexpr absl::string_view kDynamics[] = {"md", "md-vv", "md-vv-avek", "sd", "bd"};
constexpr int64_t kMostGridPoints = 1 << 16;
constexpr double kNsPerPs = 1e-3;
// Of a time step, in ps: more than any model of molecules bears.
constexpr double kMostStepPs = 1000;
// More than any host has.
constexpr size_t kMostGpus = 256;

// The text after `key` on the first line that begins with it, past any of " =:".
std::optional<absl::string_view> TextAfter(Lines lines, absl::string_view key) {
  for (absl::string_view line : lines) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, key)) continue;
    if (!line.empty() && line.find_first_of(" =:\t") != 0) continue;
    line.remove_prefix(std::min(line.size(), line.find_first_not_of(" =:\t")));
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) return line;
  }
  return std::nullopt;
}

// The number that the text begins with.
std::optional<double> NumberOf(std::optional<absl::string_view> text) {
  if (!text.has_value()) return std::nullopt;
  return md::ToNumber(text->substr(0, text->find_first_of(" \t\r")));
}

// The count that the text begins with, from 1.
std::optional<int64_t> CountOf(std::optional<absl::string_view> text) {
  if (!text.has_value()) return std::nullopt;
  const std::optional<int64_t> count = md::ToCount(text->substr(0, text->find_first_of(" \t\r")));
  return count.value_or(0) > 0 ? count : std::nullopt;
}

// The parts of a log, each from the line with the version on.
class Parts {
 public:
  explicit Parts(Lines lines) : lines_(lines) {
    for (size_t i = 0; i < lines.size(); ++i) {
      if (absl::StartsWith(lines[i], kVersion)) starts_.push_back(i);
    }
  }

  size_t size() const { return starts_.size(); }
  // Of its first line, from 1.
  size_t LineNumber(size_t part) const { return starts_[part] + 1; }
  Lines Of(size_t part) const {
    const size_t end = part + 1 < starts_.size() ? starts_[part + 1] : lines_.size();
    return lines_.subspan(starts_[part], end - starts_[part]);
  }

 private:
  const Lines lines_;
  std::vector<size_t> starts_;
};

// What a part says, or else the nearest before it: one that goes on from a checkpoint does not repeat all.
class Settings {
 public:
  void Take(Lines part) {
    for (size_t i = 0; i < kKeys.size(); ++i) {
      if (const auto text = TextAfter(part, kKeys[i]); text.has_value()) texts_[i] = text;
    }
  }

  // Requires: it is one of the keys.
  std::optional<absl::string_view> Of(absl::string_view key) const {
    return texts_[static_cast<size_t>(std::find(kKeys.begin(), kKeys.end(), key) - kKeys.begin())];
  }

 private:
  static constexpr std::array<absl::string_view, 8> kKeys = {
      "GROMACS version", "Brand", "integrator", "dt", "rcoulomb", "fourier-nx", "fourier-ny", "fourier-nz"};

  std::array<std::optional<absl::string_view>, kKeys.size()> texts_;
};

std::optional<int64_t> GridPoints(std::optional<int64_t> x, std::optional<int64_t> y, std::optional<int64_t> z) {
  if (!x || !y || !z || std::max({*x, *y, *z}) > kMostGridPoints) return std::nullopt;
  return *x * *y * *z;
}

// Where the program itself chose another cut-off and grid while it ran, to balance its ranks, the last choice counts:
// "final     1.628 nm  1.628 nm      28  28  28   0.187 nm  0.521 nm".
void TakeBalance(Lines lines, md::Run& run) {
  const auto title = std::find_if(lines.begin(), lines.end(), [](absl::string_view line) {
    return absl::StartsWith(absl::StripLeadingAsciiWhitespace(line), "P P   -   P M E   L O A D");
  });
  if (title == lines.end()) return;
  run.cutoff_nm.reset();
  run.grid_points.reset();
  const std::optional<absl::string_view> chosen =
      TextAfter(lines.subspan(static_cast<size_t>(title - lines.begin())), "final");
  if (!chosen.has_value()) return;
  const std::vector<absl::string_view> words = absl::StrSplit(*chosen, ' ', absl::SkipEmpty());
  if (words.size() < 7 || words[1] != "nm" || words[3] != "nm") return;
  run.cutoff_nm = NumberOf(words[0]);
  run.grid_points = GridPoints(CountOf(words[4]), CountOf(words[5]), CountOf(words[6]));
}

absl::Status CheckIntegrator(absl::string_view name) {
  if (name.empty() || std::find(std::begin(kDynamics), std::end(kDynamics), name) != std::end(kDynamics)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("GROMACS log: of integrator \"", name,
                   "\", which simulates no time; only logs of these are imported: ", absl::StrJoin(kDynamics, ", ")));
}

std::string Integrator(const Settings& settings) { return md::Readable(settings.Of("integrator").value_or("")); }

absl::StatusOr<md::Run> ReadRun(Lines part, const Settings& settings, GromacsLog& log) {
  if (absl::Status status = CheckIntegrator(Integrator(settings)); !status.ok()) return status;
  md::Run run;
  const std::optional<int64_t> atoms = CountOf(TextAfter(part, "There are"));
  if (!atoms.has_value()) return Missing("line \"There are: N Atoms\"");
  run.atoms = *atoms;
  absl::StatusOr<Accounts> accounts = ReadAccounts(part);
  if (!accounts.ok()) return accounts.status();
  run.evaluations = accounts->evaluations;
  run.threads = accounts->threads;
  run.phases = std::move(accounts->phases);
  log.wall_seconds += accounts->wall_seconds;
  log.has_mesh_ranks |= accounts->has_mesh_ranks;
  log.has_gpu |= accounts->has_gpu;
  // Forces are computed for the first configuration too; also where counters were set to zero on the way.
  run.steps = run.evaluations - 1;
  const std::optional<double> step_ps = NumberOf(settings.Of("dt"));
  if (step_ps.has_value() && *step_ps > 0 && *step_ps <= kMostStepPs) {
    run.simulated_ns = static_cast<double>(run.steps) * *step_ps * kNsPerPs;
  }
  run.grid_points = GridPoints(CountOf(settings.Of("fourier-nx")), CountOf(settings.Of("fourier-ny")),
                               CountOf(settings.Of("fourier-nz")));
  run.cutoff_nm = NumberOf(settings.Of("rcoulomb"));
  TakeBalance(part, run);
  return run;
}

// "#0: NVIDIA A100-SXM4-40GB, compute cap.: 8.0, ECC: yes, stat: compatible"
void AddGpus(Lines lines, GromacsLog& log) {
  for (absl::string_view line : lines) {
    line = absl::StripLeadingAsciiWhitespace(line);
    const size_t colon = line.find(": ");
    if (!absl::StartsWith(line, "#") || colon == absl::string_view::npos || !absl::StrContains(line, "stat:")) continue;
    if (log.devices.size() == kMostGpus) {
      log.problems.push_back(absl::StrCat("more than ", kMostGpus, " GPUs: the others are left out"));
      break;
    }
    line.remove_prefix(colon + 2);
    absl::ConsumePrefix(&line, "name: ");
    log.devices.push_back(md::Readable(line.substr(0, line.find(','))));
  }
}

// What is said of the whole log, by its last part.
void Describe(Lines last, const Settings& settings, GromacsLog& log) {
  log.version = md::Readable(settings.Of("GROMACS version").value_or(""));
  log.integrator = Integrator(settings);
  if (log.has_gpu) {
    AddGpus(last, log);
  } else if (const auto brand = settings.Of("Brand"); brand.has_value()) {
    log.devices.push_back(md::Readable(*brand));
  }
}

}  // namespace

absl::StatusOr<GromacsLog> ParseGromacsLog(absl::string_view text) {
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  const Parts parts(lines);
  if (parts.size() == 0) return Missing("line \"GROMACS version:\"");
  GromacsLog log;
  Settings settings;
  std::vector<md::Run> runs;
  absl::Status first_error;
  for (size_t part = 0; part < parts.size(); ++part) {
    settings.Take(parts.Of(part));
    absl::StatusOr<md::Run> run = ReadRun(parts.Of(part), settings, log);
    if (run.ok()) {
      runs.push_back(*std::move(run));
      continue;
    }
    ++log.parts_without_tables;
    first_error.Update(run.status());
    if (log.problems.size() == md::kMostProblems) continue;
    log.problems.push_back(absl::StrCat("part ", part + 1, " of ", parts.size(), ", from line ", parts.LineNumber(part),
                                        ": left out: ", run.status().message()));
  }
  if (runs.empty()) return first_error;
  log.runs = md::Summed(runs);
  Describe(parts.Of(parts.size() - 1), settings, log);
  return log;
}

}  // namespace sandglass::collectors::gromacs
