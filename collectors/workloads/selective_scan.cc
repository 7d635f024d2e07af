#include "collectors/workloads/selective_scan.h"

#include <ATen/Parallel.h>
#include <torch/library.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "collectors/workloads/selective_scan_kernel.h"

namespace sandglass::collectors {
namespace {

using torch::Tensor;
using Gradients = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>;

void CheckShapes(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                 const Tensor& d) {
  TORCH_CHECK(u.dim() == 3, "selective_scan: u must be [batch, channels, time], not ", u.sizes());
  TORCH_CHECK(delta.sizes() == u.sizes(), "selective_scan: delta must be as u, ", u.sizes(), ", not ", delta.sizes());
  TORCH_CHECK(a.dim() == 2 && a.size(0) == u.size(1), "selective_scan: A must be [channels, state], not ", a.sizes());
  const std::vector<int64_t> mixing = {u.size(0), a.size(1), u.size(2)};
  TORCH_CHECK(b.sizes().equals(mixing), "selective_scan: B must be [batch, state, time], not ", b.sizes());
  TORCH_CHECK(c.sizes().equals(mixing), "selective_scan: C must be [batch, state, time], not ", c.sizes());
  TORCH_CHECK(d.dim() == 1 && d.size(0) == u.size(1), "selective_scan: D must be [channels], not ", d.sizes());
}

// The operator's inputs as the kernel wants them.
struct Prepared {
  Tensor u, delta, a, b, c, d;
  int64_t batch, channels;
  ScanSizes sizes;

  ScanChannel Channel(int64_t batch_index, int64_t channel) const {
    const int64_t row = (batch_index * channels + channel) * sizes.time;
    const int64_t mixing = batch_index * sizes.time * sizes.state;
    return {.u = u.data_ptr<float>() + row,
            .delta = delta.data_ptr<float>() + row,
            .a = a.data_ptr<float>() + channel * sizes.state,
            .b = b.data_ptr<float>() + mixing,
            .c = c.data_ptr<float>() + mixing,
            .d = d.data_ptr<float>()[channel]};
  }
};

Prepared Prepare(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                 const Tensor& d) {
  CheckShapes(u, delta, a, b, c, d);
  const auto plain = [](const Tensor& x) { return x.to(torch::kFloat).contiguous(); };
  return {.u = plain(u),
          .delta = plain(delta),
          .a = plain(a),
          .b = plain(b.transpose(1, 2)),
          .c = plain(c.transpose(1, 2)),
          .d = plain(d),
          .batch = u.size(0),
          .channels = u.size(1),
          .sizes = {.time = u.size(2), .state = a.size(1)}};
}

Tensor ForwardCpu(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                  const Tensor& d) {
  const Prepared in = Prepare(u, delta, a, b, c, d);
  Tensor y = torch::empty(u.sizes(), torch::kFloat);
  float* out = y.data_ptr<float>();
  at::parallel_for(0, in.batch * in.channels, 1, [&](int64_t begin, int64_t end) {
    std::vector<float> scratch;
    for (int64_t i = begin; i < end; ++i) {
      ScanForward(in.sizes, in.Channel(i / in.channels, i % in.channels), out + i * in.sizes.time, nullptr, scratch);
    }
  });
  return y.to(u.scalar_type());
}

Tensor ForwardMeta(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                   const Tensor& d) {
  CheckShapes(u, delta, a, b, c, d);
  return torch::empty(u.sizes(), u.options());
}

// Channels share the gradients of B and C, so each part of the channels sums its own and the parts are added after, in
// a fixed order: the result does not depend on which thread is first.
Gradients BackwardCpu(const Tensor& grad, const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b,
                      const Tensor& c, const Tensor& d) {
  const Prepared in = Prepare(u, delta, a, b, c, d);
  const Tensor grad_y = grad.to(torch::kFloat).contiguous();
  const int64_t parts = std::min<int64_t>(in.channels, at::get_num_threads());
  Tensor grad_u = torch::empty(u.sizes(), torch::kFloat);
  Tensor grad_delta = torch::empty(u.sizes(), torch::kFloat);
  Tensor grad_a = torch::zeros(a.sizes(), torch::kFloat);
  Tensor grad_d = torch::zeros(d.sizes(), torch::kFloat);
  Tensor grad_b = torch::zeros({parts, in.batch, in.sizes.time, in.sizes.state}, torch::kFloat);
  Tensor grad_c = torch::zeros_like(grad_b);
  const int64_t mixing = in.sizes.time * in.sizes.state;
  at::parallel_for(0, parts, 1, [&](int64_t first_part, int64_t last_part) {
    std::vector<float> scratch;
    std::vector<float> states(static_cast<size_t>(mixing));
    for (int64_t part = first_part; part < last_part; ++part) {
      const int64_t end = in.channels * (part + 1) / parts;
      for (int64_t channel = in.channels * part / parts; channel < end; ++channel) {
        for (int64_t batch = 0; batch < in.batch; ++batch) {
          const ScanChannel one = in.Channel(batch, channel);
          ScanForward(in.sizes, one, nullptr, states.data(), scratch);
          const int64_t row = (batch * in.channels + channel) * in.sizes.time;
          const int64_t shared = (part * in.batch + batch) * mixing;
          ScanBackward(in.sizes, one, grad_y.data_ptr<float>() + row, states.data(),
                       {.u = grad_u.data_ptr<float>() + row,
                        .delta = grad_delta.data_ptr<float>() + row,
                        .a = grad_a.data_ptr<float>() + channel * in.sizes.state,
                        .b = grad_b.data_ptr<float>() + shared,
                        .c = grad_c.data_ptr<float>() + shared,
                        .d = grad_d.data_ptr<float>() + channel},
                       scratch);
        }
      }
    }
  });
  const auto summed = [&](const Tensor& by_part, const Tensor& like) {
    return by_part.sum(0).transpose(1, 2).contiguous().to(like.scalar_type());
  };
  return {grad_u.to(u.scalar_type()), grad_delta.to(delta.scalar_type()), grad_a.to(a.scalar_type()), summed(grad_b, b),
          summed(grad_c, c),          grad_d.to(d.scalar_type())};
}

Gradients BackwardMeta(const Tensor& grad, const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b,
                       const Tensor& c, const Tensor& d) {
  CheckShapes(u, delta, a, b, c, d);
  TORCH_CHECK(grad.sizes() == u.sizes(), "selective_scan_backward: grad must be as u, ", u.sizes(), ", not ",
              grad.sizes());
  const auto like = [](const Tensor& x) { return torch::empty(x.sizes(), x.options()); };
  return {like(u), like(delta), like(a), like(b), like(c), like(d)};
}

Tensor CallForward(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                   const Tensor& d) {
  static const auto op =
      c10::Dispatcher::singleton().findSchemaOrThrow("sandglass::selective_scan", "").typed<decltype(ForwardCpu)>();
  return op.call(u, delta, a, b, c, d);
}

Gradients CallBackward(const Tensor& grad, const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b,
                       const Tensor& c, const Tensor& d) {
  static const auto op = c10::Dispatcher::singleton()
                             .findSchemaOrThrow("sandglass::selective_scan_backward", "")
                             .typed<decltype(BackwardCpu)>();
  return op.call(grad, u, delta, a, b, c, d);
}

class SelectiveScanFunction : public torch::autograd::Function<SelectiveScanFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& u, const Tensor& delta,
                        const Tensor& a, const Tensor& b, const Tensor& c, const Tensor& d) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    context->save_for_backward({u, delta, a, b, c, d});
    return CallForward(u, delta, a, b, c, d);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grads) {
    const at::AutoDispatchBelowADInplaceOrView below_autograd;
    const auto saved = context->get_saved_variables();
    const auto [u, delta, a, b, c, d] =
        CallBackward(grads[0], saved[0], saved[1], saved[2], saved[3], saved[4], saved[5]);
    return {u, delta, a, b, c, d};
  }
};

Tensor ForwardAutograd(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                       const Tensor& d) {
  return SelectiveScanFunction::apply(u, delta, a, b, c, d);
}

}  // namespace

TORCH_LIBRARY(sandglass, library) {
  library.def("selective_scan(Tensor u, Tensor delta, Tensor A, Tensor B, Tensor C, Tensor D) -> Tensor");
  library.def(
      "selective_scan_backward(Tensor grad, Tensor u, Tensor delta, Tensor A, Tensor B, Tensor C, Tensor D) -> "
      "(Tensor, Tensor, Tensor, Tensor, Tensor, Tensor)");
}
TORCH_LIBRARY_IMPL(sandglass, CPU, library) {
  library.impl("selective_scan", ForwardCpu);
  library.impl("selective_scan_backward", BackwardCpu);
}
TORCH_LIBRARY_IMPL(sandglass, Meta, library) {
  library.impl("selective_scan", ForwardMeta);
  library.impl("selective_scan_backward", BackwardMeta);
}
TORCH_LIBRARY_IMPL(sandglass, Autograd, library) { library.impl("selective_scan", ForwardAutograd); }

Tensor SelectiveScan(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                     const Tensor& d) {
  return CallForward(u, delta, a, b, c, d);
}

Tensor SelectiveScanBySteps(const Tensor& u, const Tensor& delta, const Tensor& a, const Tensor& b, const Tensor& c,
                            const Tensor& d) {
  Tensor state = torch::zeros({u.size(0), u.size(1), a.size(1)}, u.options());
  std::vector<Tensor> results;
  for (int64_t t = 0; t < u.size(2); ++t) {
    const Tensor step = delta.select(2, t).unsqueeze(-1);
    const Tensor input = u.select(2, t);
    state = (step * a).exp() * state + step * b.select(2, t).unsqueeze(1) * input.unsqueeze(-1);
    results.push_back((state * c.select(2, t).unsqueeze(1)).sum(-1) + d * input);
  }
  return torch::stack(results, 2);
}

}  // namespace sandglass::collectors
