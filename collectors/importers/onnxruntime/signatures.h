// Makes signatures of what ONNX Runtime writes about a node or a kernel, each once.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_SIGNATURES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_SIGNATURES_H_

#include <simdjson.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::onnxruntime {

// Sizes of a grid or a block along x, y, z.
using LaunchSizes = std::array<std::optional<int64_t>, 3>;

// Not safe for use by several threads at once.
class Signatures {
 public:
  using Json = std::optional<simdjson::dom::element>;

  // The number of the signature of a node "onnx::<op_name>". `inputs` and `outputs` list the tensors that there are,
  // each as {"float":[1,3]}: positions are places in these lists, which lack what is not given and what the runtime
  // packed into a layout of its own (the constant second operand of a product). What is no such list is counted.
  uint32_t OfNode(absl::string_view op_name, const Json& inputs, const Json& outputs);
  // The same of a kernel, which keeps its name.
  uint32_t OfKernel(absl::string_view name, const LaunchSizes& grid, const LaunchSizes& block);

  std::vector<v1::OpSignature> Take() && { return std::move(signatures_); }
  // How many things were not understood, and how many names were cut.
  uint64_t not_understood() const { return not_understood_; }
  uint64_t names_cut() const { return names_cut_; }

 private:
  uint32_t Keep(v1::OpSignature signature);
  bool AddTensors(const Json& json, google::protobuf::RepeatedPtrField<v1::Tensor>& tensors);

  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::vector<v1::OpSignature> signatures_;
  uint64_t not_understood_ = 0;
  uint64_t names_cut_ = 0;
};

// The element type that the runtime calls by this name ("float", "int64"); _OTHER: one that has no name here.
v1::DataType ElementType(absl::string_view name);

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_SIGNATURES_H_
