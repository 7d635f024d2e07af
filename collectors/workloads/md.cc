#include "collectors/workloads/md.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "collectors/importers/gromacs/gromacs_log.h"
#include "collectors/importers/md/md_run.h"
#include "collectors/workloads/child_process.h"
#include "collectors/workloads/sizes.h"

namespace sandglass::collectors {
namespace {

constexpr int64_t kDefaultSteps = 500;
constexpr double kDefaultBoxNm = 4;
// Below this the cut-off of 1 nm does not fit into half of the box; above it preparation takes minutes.
constexpr double kMinBoxNm = 2.5;
constexpr double kMaxBoxNm = 40;
constexpr int kAtomsPerMolecule = 3;
constexpr int64_t kDefaultThreads = 2;

std::string Parameters(int64_t steps, uint64_t seed) {
  return absl::StrCat(
      "integrator = md\ndt = 0.002\nnsteps = ", steps,
      "\ncutoff-scheme = Verlet\ncoulombtype = PME\nrcoulomb = 1.0\nrvdw = 1.0\ntcoupl = v-rescale\ntc-grps = System\n"
      "tau-t = 0.1\nref-t = 300\ngen-vel = yes\ngen-temp = 300\ngen-seed = ",
      // The program takes positive numbers of 31 bits.
      1 + seed % 2147483646, "\nld-seed = 1\nnstlog = 0\nnstenergy = 100\n");
}

// Boxes that are no multiple of the water that fills them have molecules too close at their walls, which blow up.
std::string RelaxationParameters() {
  return "integrator = steep\nnsteps = 100\nemtol = 100\nemstep = 0.01\ncutoff-scheme = Verlet\ncoulombtype = PME\n"
         "rcoulomb = 1.0\nrvdw = 1.0\n";
}

std::string Topology(int64_t molecules) {
  return absl::StrCat(
      "#include \"oplsaa.ff/forcefield.itp\"\n#include \"oplsaa.ff/spce.itp\"\n[ system ]\nwater\n[ molecules ]\nSOL ",
      molecules, "\n");
}

// A folder that goes away with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }

  absl::Status Make() {
    std::error_code error;
    std::string pattern = (std::filesystem::temp_directory_path(error) / "sandglass-md-XXXXXX").string();
    if (error || mkdtemp(pattern.data()) == nullptr) {
      return absl::InternalError(absl::StrCat(pattern, ": cannot make a temporary folder; set TMPDIR"));
    }
    path_ = pattern;
    return absl::OkStatus();
  }

  const std::string& path() const { return path_; }
  std::string File(absl::string_view name) const { return absl::StrCat(path_, "/", name); }

 private:
  std::string path_;
};

class Md final : public Workload {
 public:
  explicit Md(const WorkloadOptions& options)
      : options_(options),
        steps_(options.steps.value_or(kDefaultSteps)),
        box_nm_(options.box_nm.value_or(kDefaultBoxNm)),
        threads_(options.threads.value_or(kDefaultThreads)) {}

  absl::Status Prepare() override {
    if (absl::Status status = Check(); !status.ok()) return status;
    if (absl::Status status = folder_.Make(); !status.ok()) return status;
    const std::string edge = absl::StrCat(box_nm_);
    if (absl::Status status =
            Gmx({"solvate", "-cs", "spc216.gro", "-box", edge, edge, edge, "-o", "box.gro"}, "solvate.out");
        !status.ok()) {
      return status;
    }
    if (absl::Status status = WriteInputs(); !status.ok()) return status;
    if (absl::Status status = Relax(); !status.ok()) return status;
    return Gmx({"grompp", "-f", "md.mdp", "-c", "relaxed.gro", "-p", "topol.top", "-o", "run.tpr"}, "grompp.out");
  }

  v1::TraceHeader Header() const override {
    v1::TraceHeader header;
    header.set_source_format(gromacs::kFormat);
    header.set_importer_version("1");
    header.add_producers("GROMACS");
    header.set_clock_base("run");
    header.set_phase(v1::PHASE_SIMULATE);
    header.set_run_mode(v1::RUN_MODE_MEASURED);
    header.set_model(
        absl::StrCat("md water spc/e atoms=", atoms_, " box=", box_nm_, "nm pme cutoff=1nm dt=2fs steps=", steps_));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    header.set_started_unix_ns(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
    return header;
  }

  absl::StatusOr<v1::TraceSummary> Record(TraceSink& sink, const ReportProgress& report) override {
    // One rank, so that no times overlap; the grid stays as it was asked for.
    if (absl::Status status = Gmx({"mdrun", "-s", "run.tpr", "-deffnm", "run", "-ntmpi", "1", "-ntomp",
                                   absl::StrCat(threads_), "-notunepme", "-pin", "off"},
                                  "mdrun.out");
        !status.ok()) {
      return status;
    }
    std::ifstream file(folder_.File("run.log"));
    std::ostringstream text;
    text << file.rdbuf();
    const absl::StatusOr<gromacs::GromacsLog> log = gromacs::ParseGromacsLog(text.str());
    if (!log.ok()) return log.status();
    uint64_t sent = 0;
    for (const v1::Operator& op : md::OperatorsOf(log->runs)) {
      if (absl::Status status = sink.Add(op); !status.ok()) return status;
      ++sent;
    }
    if (report) report({.step = steps_, .steps = steps_, .operators = sent});
    v1::TraceSummary summary;
    for (v1::WorkDone& done : md::WorkOf(log->runs)) *summary.add_work_done() = std::move(done);
    return summary;
  }

 private:
  absl::Status Check() const {
    if (options_.shapes_only) {
      return absl::InvalidArgumentError("--device meta: workload md runs a program of its own and has no shape run");
    }
    if (options_.phase != v1::PHASE_UNSPECIFIED) {
      if (absl::Status s = CheckPhase("md", options_.phase, {v1::PHASE_SIMULATE}); !s.ok()) return s;
    }
    if (box_nm_ < kMinBoxNm || box_nm_ > kMaxBoxNm) {
      return absl::InvalidArgumentError(
          absl::StrCat("--box ", box_nm_, ": must be from ", kMinBoxNm, " to ", kMaxBoxNm, " nm"));
    }
    return CheckSizes({{"--steps", steps_}, {"--threads", threads_}});
  }

  absl::Status Relax() const {
    const absl::Status prepared =
        Gmx({"grompp", "-f", "relax.mdp", "-c", "box.gro", "-p", "topol.top", "-o", "relax.tpr"}, "relax-grompp.out");
    if (!prepared.ok()) return prepared;
    return Gmx({"mdrun", "-s", "relax.tpr", "-deffnm", "relax", "-c", "relaxed.gro", "-ntmpi", "1", "-ntomp",
                absl::StrCat(threads_), "-pin", "off"},
               "relax.out");
  }

  absl::Status WriteInputs() {
    // The second line of the coordinates is the number of atoms.
    std::ifstream box(folder_.File("box.gro"));
    std::string line;
    std::getline(box, line);
    std::getline(box, line);
    if (!absl::SimpleAtoi(line, &atoms_) || atoms_ < kAtomsPerMolecule || atoms_ % kAtomsPerMolecule != 0) {
      return absl::InternalError(
          absl::StrCat("gmx solvate: box.gro has \"", line, "\" in place of its count of atoms"));
    }
    std::ofstream topology(folder_.File("topol.top"));
    topology << Topology(atoms_ / kAtomsPerMolecule);
    std::ofstream parameters(folder_.File("md.mdp"));
    parameters << Parameters(steps_, options_.seed);
    std::ofstream relaxation(folder_.File("relax.mdp"));
    relaxation << RelaxationParameters();
    topology.close();
    parameters.close();
    relaxation.close();
    if (!topology || !parameters || !relaxation) {
      return absl::InternalError(absl::StrCat(folder_.path(), ": cannot write; is the disk full? set TMPDIR"));
    }
    return absl::OkStatus();
  }

  absl::Status Gmx(std::vector<std::string> arguments, const std::string& output) const {
    arguments.insert(arguments.begin(), {"gmx", "-nobackup", "-quiet"});
    absl::Status status = RunChild(arguments, folder_.path(), output);
    if (!absl::IsNotFound(status)) return status;
    return absl::NotFoundError("gmx: GROMACS is not installed; install it with `apt-get install gromacs`");
  }

  WorkloadOptions options_;
  int64_t steps_;
  double box_nm_;
  int64_t threads_;
  int64_t atoms_ = 0;
  TemporaryFolder folder_;
};

}  // namespace

std::unique_ptr<Workload> MakeMd(const WorkloadOptions& options) { return std::make_unique<Md>(options); }

}  // namespace sandglass::collectors
