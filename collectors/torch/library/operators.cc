// The same calls as sandglass_torch.h has, as operators of libtorch, by which Python finds them in torch.ops.sandglass.
//
// Errors become exceptions here, because libtorch hands those to Python, as RuntimeErrors; it lets go of the
// interpreter's lock around each call.
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/ObservedOperators.h>
#include <torch/library.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "collectors/torch/library/process_trace.h"
#include "proto/plain_text.h"

namespace sandglass::collectors {
namespace {

void ThrowUnlessOk(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(PlainText(status.message()));
}

// A weight that two layers share is the model's once; two that lie in one storage are both.
void NoteParameters(const std::vector<at::Tensor>& parameters, TraceChoices& choices) {
  absl::flat_hash_set<std::pair<const void*, int64_t>> seen;
  int64_t bytes = 0;
  int64_t count = 0;
  for (const at::Tensor& parameter : parameters) {
    const void* storage = parameter.storage().unsafeGetStorageImpl();
    if (!seen.emplace(storage, parameter.storage_offset()).second) continue;
    choices.parameter_storages.push_back(storage);
    bytes += static_cast<int64_t>(parameter.nbytes());
    count += parameter.numel();
  }
  choices.memory.set_parameter_bytes(bytes);
  choices.memory.set_parameter_count(count);
}

void Begin(std::string name, std::string to, std::string store, std::string phase, std::string unit,
           double work_per_step, std::string model, bool shapes_only, bool drop_when_slow,
           const c10::optional<std::vector<at::Tensor>>& parameters) {
  TraceChoices choices{.name = std::move(name),
                       .to = std::move(to),
                       .store = std::move(store),
                       .phase = std::move(phase),
                       .unit = std::move(unit),
                       .work_per_step = work_per_step,
                       .model = std::move(model),
                       .shapes_only = shapes_only,
                       .drop_when_slow = drop_when_slow};
  if (parameters.has_value()) NoteParameters(*parameters, choices);
  ThrowUnlessOk(ProcessTrace::Get().Begin(choices));
}

void Step(c10::optional<double> work) {
  ThrowUnlessOk(ProcessTrace::Get().Step(work.has_value() ? std::optional<double>(*work) : std::nullopt));
}

std::string End() {
  const auto manifest = ProcessTrace::Get().End();
  ThrowUnlessOk(manifest.status());
  return manifest->trace_id();
}

void Abort() { ThrowUnlessOk(ProcessTrace::Get().Abort()); }

// Defines an operator that no observer sees: it is not of the model.
template <typename Function>
void Define(torch::Library& library, const std::string& schema, Function function) {
  c10::ObservedOperators::getUnobservedOperatorList().insert("sandglass::" + schema.substr(0, schema.find('(')));
  library.def(schema.c_str(), function);
}

// A fragment, because the namespace has operators of other libraries too.
TORCH_LIBRARY_FRAGMENT(sandglass, library) {
  Define(library,
         "trace_begin(str name, *, str to=\"\", str store=\"\", str phase=\"\", str unit=\"step\", "
         "float work_per_step=1.0, str model=\"\", bool shapes_only=False, bool drop_when_slow=False, "
         "Tensor[]? parameters=None) -> ()",
         Begin);
  Define(library, "trace_step(float? work=None) -> ()", Step);
  Define(library, "trace_end() -> str", End);
  Define(library, "trace_abort() -> ()", Abort);
}

}  // namespace
}  // namespace sandglass::collectors
