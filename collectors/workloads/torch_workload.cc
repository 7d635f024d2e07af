// The workload around a model on libtorch: warm-up, optimizer, observer, and libtorch's exceptions as statuses.
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "collectors/torch/observer.h"
#include "collectors/torch/run_header.h"
#include "collectors/workloads/model.h"

namespace sandglass::collectors {
namespace {

constexpr double kLearningRate = 1e-3;

// The first sentence of what libtorch says; the rest is lists of its backends and a stack trace.
absl::Status FromTorch(const c10::Error& error) {
  const std::string text = error.what_without_backtrace();
  const std::pair<std::string, std::string> lines = absl::StrSplit(text, absl::MaxSplits('\n', 1));
  return absl::InternalError(absl::StrCat("libtorch: ", lines.first.substr(0, lines.first.find(". "))));
}

template <typename Body>
auto WithoutExceptions(Body body) -> decltype(body()) {
  try {
    return body();
  } catch (const c10::Error& error) {
    return FromTorch(error);
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("libtorch: ", error.what()));
  }
}

class TorchWorkload final : public Workload {
 public:
  TorchWorkload(WorkloadOptions options, v1::Phase default_phase, int64_t default_steps, MakeModel make)
      : options_(std::move(options)), make_(std::move(make)) {
    run_.phase = options_.phase == v1::PHASE_UNSPECIFIED ? default_phase : options_.phase;
    run_.steps = options_.steps.value_or(default_steps);
  }

  absl::Status Prepare() override {
    if (run_.steps < 1) {
      return absl::InvalidArgumentError(absl::StrCat("--steps ", run_.steps, ": must be at least 1"));
    }
    at::set_num_threads(static_cast<int>(options_.threads.value_or(std::thread::hardware_concurrency())));
    return WithoutExceptions([&]() -> absl::Status {
      absl::StatusOr<std::unique_ptr<Model>> model = make_(options_, run_);
      if (!model.ok()) return model.status();
      model_ = *std::move(model);
      if (run_.train()) {
        optimizer_ =
            std::make_unique<torch::optim::AdamW>(model_->weights().all(), torch::optim::AdamWOptions(kLearningRate));
      }
      Step();
      return absl::OkStatus();
    });
  }

  absl::Status Rehearse() override {
    return WithoutExceptions([&]() -> absl::Status {
      Step();
      return absl::OkStatus();
    });
  }

  v1::TraceHeader Header() const override {
    v1::TraceHeader header = HeaderOfRun(options_.shapes_only);
    header.set_phase(run_.phase);
    header.set_model(
        absl::StrCat(model_->Description(), options_.dtype == v1::DATA_TYPE_BFLOAT16 ? " bfloat16" : " float32"));
    FillMemory(*header.mutable_memory());
    return header;
  }

  absl::StatusOr<v1::TraceSummary> Record(TraceSink& sink, const ReportProgress& report) override {
    ObserverOptions observing{.record_times = !options_.shapes_only};
    if (!options_.shapes_only) observing.device = 0;
    if (options_.drop_when_slow) observing.when_full = WhenFull::kDrop;
    for (const torch::Tensor& weight : model_->weights().all()) {
      observing.parameter_storages.push_back(weight.storage().unsafeGetStorageImpl());
    }
    absl::StatusOr<std::unique_ptr<Observer>> observer = Observer::Start(sink, observing);
    if (!observer.ok()) return observer.status();
    const absl::Status ran = WithoutExceptions([&] { return RunSteps(**observer, report); });
    absl::StatusOr<v1::TraceSummary> summary = (*observer)->Stop();
    if (!ran.ok()) return ran;
    if (!summary.ok()) return summary;
    for (v1::WorkDone work : model_->WorkOfStep()) {
      work.set_count(work.count() * static_cast<double>(run_.steps));
      *summary->add_work_done() = work;
    }
    return summary;
  }

 private:
  torch::Tensor Step() {
    if (!run_.train()) {
      const torch::NoGradGuard no_grad;
      return model_->Forward();
    }
    optimizer_->zero_grad();
    torch::Tensor loss = model_->Forward();
    loss.backward();
    optimizer_->step();
    return loss;
  }

  absl::Status RunSteps(const Observer& observer, const ReportProgress& report) {
    for (int64_t step = 1; step <= run_.steps; ++step) {
      const torch::Tensor result = Step();
      if (absl::Status status = observer.status(); !status.ok()) return status;
      Progress progress{.step = step, .steps = run_.steps, .operators = observer.operators()};
      if (run_.train() && !options_.shapes_only) {
        // Read without an operator of its own, which would be in the trace.
        progress.loss = result.dtype() == torch::kFloat ? *result.data_ptr<float>() : std::optional<double>();
      }
      if (report) report(progress);
    }
    return absl::OkStatus();
  }

  void FillMemory(v1::DeclaredMemory& memory) const {
    const Weights& weights = model_->weights();
    memory.set_parameter_bytes(weights.bytes());
    memory.set_parameter_count(weights.count());
    // AdamW keeps two moments of each weight, in the weight's type.
    if (run_.train()) memory.set_optimizer_state_bytes(2 * weights.bytes());
    if (model_->CacheBytes() > 0) memory.set_cache_bytes(model_->CacheBytes());
  }

  WorkloadOptions options_;
  ModelRun run_;
  MakeModel make_;
  std::unique_ptr<Model> model_;
  std::unique_ptr<torch::optim::AdamW> optimizer_;
};

}  // namespace

std::unique_ptr<Workload> WorkloadOfModel(WorkloadOptions options, v1::Phase default_phase, int64_t default_steps,
                                          MakeModel make) {
  return std::make_unique<TorchWorkload>(std::move(options), default_phase, default_steps, std::move(make));
}

}  // namespace sandglass::collectors
