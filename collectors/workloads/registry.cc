#include "collectors/workloads/registry.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "collectors/workloads/convnet.h"
#include "collectors/workloads/liquid.h"
#include "collectors/workloads/mamba.h"
#include "collectors/workloads/md.h"
#include "collectors/workloads/moe.h"
#include "collectors/workloads/transformer.h"

namespace sandglass::collectors {
namespace {

struct Entry {
  const char* name;
  const char* what;
  std::unique_ptr<Workload> (*make)(const WorkloadOptions& options);
};

constexpr Entry kWorkloads[] = {
    {"transformer", "decoder with causal attention: train, prefill, decode with a key-value cache", MakeTransformer},
    {"mamba", "selective state space model (Mamba-1): train, prefill, decode", MakeMamba},
    {"liquid", "liquid time-constant cells with their ODE solver, or closed-form ones: train, infer", MakeLiquid},
    {"moe", "decoder with routed experts: train, infer", MakeMoe},
    {"convnet", "residual network for images: train, infer", MakeConvnet},
    {"md", "molecular dynamics of a water box, by GROMACS: simulate", MakeMd},
};

}  // namespace

std::vector<WorkloadDescription> ListWorkloads() {
  std::vector<WorkloadDescription> list;
  for (const Entry& entry : kWorkloads) list.push_back({.name = entry.name, .what = entry.what});
  return list;
}

absl::StatusOr<std::unique_ptr<Workload>> MakeWorkload(absl::string_view name, const WorkloadOptions& options) {
  std::vector<std::string> names;
  for (const Entry& entry : kWorkloads) {
    if (name == entry.name) return entry.make(options);
    names.push_back(entry.name);
  }
  return absl::NotFoundError(
      absl::StrCat("workload ", name, ": there is none; there are ", absl::StrJoin(names, ", ")));
}

}  // namespace sandglass::collectors
