#include "collectors/torch/library/sandglass_torch.h"

#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "collectors/torch/library/process_trace.h"
#include "proto/plain_text.h"

namespace {

using sandglass::collectors::ProcessTrace;
using sandglass::collectors::TraceChoices;

std::string& LastError() {
  thread_local std::string error;
  return error;
}

// Makes a call, keeps its error, if any, and lets no exception out, which would end a program in C.
template <typename Body>
int Call(Body body) {
  LastError().clear();
  absl::Status status;
  try {
    status = body();
  } catch (const std::exception& error) {
    status = absl::InternalError(error.what());
  } catch (...) {
    status = absl::InternalError("something that is no std::exception was thrown");
  }
  if (status.ok()) return 0;
  LastError() = sandglass::PlainText(status.message());
  return 1;
}

std::string TextOf(const char* text) { return text == nullptr ? "" : text; }

TraceChoices ChoicesOf(const char* name, const sandglass_trace_options& options) {
  TraceChoices choices{.name = TextOf(name),
                       .to = TextOf(options.to),
                       .store = TextOf(options.store),
                       .phase = TextOf(options.phase),
                       .model = TextOf(options.model),
                       .shapes_only = options.shapes_only != 0,
                       .drop_when_slow = options.drop_when_slow != 0};
  if (options.unit != nullptr) choices.unit = options.unit;
  if (options.work_per_step != 0) choices.work_per_step = options.work_per_step;
  return choices;
}

}  // namespace

int sandglass_trace_begin(const char* name, const sandglass_trace_options* options) {
  return Call([&] {
    return ProcessTrace::Get().Begin(ChoicesOf(name, options == nullptr ? sandglass_trace_options{} : *options));
  });
}

int sandglass_trace_step(void) {
  return Call([] { return ProcessTrace::Get().Step(std::nullopt); });
}

int sandglass_trace_step_of(double work) {
  return Call([&] { return ProcessTrace::Get().Step(work); });
}

int sandglass_trace_end(char* trace_id) {
  return Call([&] {
    const auto manifest = ProcessTrace::Get().End();
    if (manifest.ok() && trace_id != nullptr) {
      std::strncpy(trace_id, manifest->trace_id().c_str(), SANDGLASS_TRACE_ID_BYTES);
      trace_id[SANDGLASS_TRACE_ID_BYTES - 1] = '\0';
    }
    return manifest.status();
  });
}

int sandglass_trace_abort(void) {
  return Call([] { return ProcessTrace::Get().Abort(); });
}

const char* sandglass_last_error(void) { return LastError().c_str(); }
