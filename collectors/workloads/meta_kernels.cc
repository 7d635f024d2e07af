// Shapes of operators that libtorch 1.13 cannot run on its meta device, so that shape runs work for every workload.
//
// Each gives what the CPU's kernel gives, without data. Registered with libtorch when the program starts.
#include <torch/library.h>
#include <torch/torch.h>

#include <tuple>
#include <vector>

namespace sandglass::collectors {
namespace {

using torch::Tensor;

Tensor IndexSelect(const Tensor& self, int64_t dim, const Tensor& index) {
  std::vector<int64_t> sizes = self.sizes().vec();
  sizes[static_cast<size_t>(at::maybe_wrap_dim(dim, self.dim()))] = index.numel();
  return torch::empty(sizes, self.options());
}

Tensor EmbeddingDenseBackward(const Tensor& grad, const Tensor& /*indices*/, int64_t num_weights,
                              int64_t /*padding_idx*/, bool /*scale_grad_by_freq*/) {
  return torch::empty({num_weights, grad.size(-1)}, grad.options());
}

Tensor Relu(const Tensor& self) { return torch::empty_like(self); }

Tensor MseLossBackward(const Tensor& /*grad*/, const Tensor& self, const Tensor& /*target*/, int64_t /*reduction*/) {
  return torch::empty_like(self);
}

int64_t ConvolvedSize(int64_t size, int64_t kernel, int64_t stride, int64_t padding, int64_t dilation) {
  return (size + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
}

Tensor Convolution(const Tensor& input, const Tensor& weight, const c10::optional<Tensor>& /*bias*/,
                   at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, bool transposed,
                   at::IntArrayRef /*output_padding*/, int64_t /*groups*/) {
  TORCH_CHECK(!transposed, "shape run: transposed convolutions have no shapes here");
  std::vector<int64_t> sizes = {input.size(0), weight.size(0)};
  for (int64_t axis = 2; axis < input.dim(); ++axis) {
    const auto i = static_cast<size_t>(axis - 2);
    sizes.push_back(ConvolvedSize(input.size(axis), weight.size(axis), stride[i], padding[i], dilation[i]));
  }
  return torch::empty(sizes, input.options());
}

std::tuple<Tensor, Tensor, Tensor> ConvolutionBackward(const Tensor& grad, const Tensor& input, const Tensor& weight,
                                                       at::IntArrayRef /*stride*/, at::IntArrayRef /*padding*/,
                                                       at::IntArrayRef /*dilation*/, bool /*transposed*/,
                                                       at::IntArrayRef /*output_padding*/, int64_t /*groups*/,
                                                       std::array<bool, 3> mask) {
  return {mask[0] ? torch::empty_like(input) : Tensor(), mask[1] ? torch::empty_like(weight) : Tensor(),
          mask[2] ? torch::empty({grad.size(1)}, grad.options()) : Tensor()};
}

std::tuple<Tensor, Tensor, Tensor> BatchNorm(const Tensor& input, const c10::optional<Tensor>& /*weight*/,
                                             const c10::optional<Tensor>& /*bias*/,
                                             const c10::optional<Tensor>& /*mean*/,
                                             const c10::optional<Tensor>& /*variance*/, bool training,
                                             double /*momentum*/, double /*eps*/) {
  const Tensor saved = torch::empty({training ? input.size(1) : 0}, input.options());
  return {torch::empty_like(input), saved, torch::empty_like(saved)};
}

std::tuple<Tensor, Tensor, Tensor> BatchNormBackward(const Tensor& /*grad*/, const Tensor& input,
                                                     const c10::optional<Tensor>& /*weight*/,
                                                     const c10::optional<Tensor>& /*mean*/,
                                                     const c10::optional<Tensor>& /*variance*/,
                                                     const c10::optional<Tensor>& /*saved_mean*/,
                                                     const c10::optional<Tensor>& /*saved_scale*/, bool /*training*/,
                                                     double /*eps*/, std::array<bool, 3> mask) {
  const auto per_channel = [&](bool wanted) {
    return wanted ? torch::empty({input.size(1)}, input.options()) : Tensor();
  };
  return {mask[0] ? torch::empty_like(input) : Tensor(), per_channel(mask[1]), per_channel(mask[2])};
}

}  // namespace

TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("index_select", IndexSelect);
  library.impl("embedding_dense_backward", EmbeddingDenseBackward);
  library.impl("relu", Relu);
  library.impl("mse_loss_backward", MseLossBackward);
  library.impl("convolution_overrideable", Convolution);
  library.impl("convolution_backward_overrideable", ConvolutionBackward);
  library.impl("native_batch_norm", BatchNorm);
  library.impl("native_batch_norm_backward", BatchNormBackward);
}

}  // namespace sandglass::collectors
