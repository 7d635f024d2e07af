#include "collectors/torch/optimizer_steps.h"

#include <ATen/record_function.h>

#include <atomic>
#include <memory>
#include <string_view>

namespace sandglass::collectors {
namespace {

// As torch/optim/optimizer.py names them, with the optimizer's class after it.
constexpr std::string_view kStepPrefix = "Optimizer.step#";

// Of the process, because libtorch's threads may be inside the callback at any time.
std::atomic<uint64_t>& Ended() {
  static std::atomic<uint64_t> ended = 0;
  return ended;
}

std::unique_ptr<at::ObserverContext> OnStart(const at::RecordFunction& /*range*/) { return nullptr; }

void OnEnd(const at::RecordFunction& range, at::ObserverContext* /*context*/) {
  if (std::string_view(range.name()).starts_with(kStepPrefix)) Ended().fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

OptimizerSteps::OptimizerSteps()
    : callback_(
          at::addGlobalCallback(at::RecordFunctionCallback(OnStart, OnEnd).scopes({at::RecordScope::USER_SCOPE}))),
      before_(Ended().load()) {}

OptimizerSteps::~OptimizerSteps() { at::removeCallback(callback_); }

uint64_t OptimizerSteps::count() const { return Ended().load(std::memory_order_relaxed) - before_; }

}  // namespace sandglass::collectors
