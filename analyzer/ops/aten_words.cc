#include "analyzer/ops/aten_words.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"

namespace sandglass::ops {
namespace {

using trace::Signature;
using trace::Tensor;

struct Choice {
  absl::string_view onnx;
  absl::string_view aten;
};

// Where not the first of an operation's names in ATen serves: it takes other arguments, or is a view. Empty: none does;
// modes and axes decide, or arguments stand elsewhere.
constexpr Choice kChoices[] = {
    {"ConvTranspose", "convolution"},
    {"Gather", "index_select"},
    {"Transpose", "permute_copy"},
    {"Slice", "view_copy"},
    {"Split", "view_copy"},
    {"Expand", "expand_copy"},
    {"SplitToSequence", ""},
    {"Resize", ""},
    {"Upsample", ""},
    {"Dropout", ""},
    {"DFT", ""},
    {"QLinearMatMul", ""},
    {"ai.onnx.preview.training.Adam", ""},
};

// The row of the table for an operator of ONNX; empty: there is none.
std::string AtenKeyOf(absl::string_view onnx) {
  const auto* const choice = std::find_if(std::begin(kChoices), std::end(kChoices),
                                          [&](const Choice& candidate) { return candidate.onnx == onnx; });
  if (choice != std::end(kChoices)) return std::string(choice->aten);
  const OpConcept* const found = FindOpConcept(NameSpace::kOnnx, onnx);
  if (found == nullptr) return "";
  std::string free;
  for (const std::string& key : found->names[static_cast<size_t>(NameSpace::kAten)]) {
    // Names of other namespaces are not ATen's, and have arguments of their own.
    const OpEntry* const entry = absl::StrContains(key, "::") ? nullptr : FindOpEntry(key);
    if (entry == nullptr) continue;
    if (entry->role == Role::kWork) return key;
    if (entry->role == Role::kFree && free.empty()) free = key;
  }
  return free;
}

// Product of sizes; nullopt: it overflows.
std::optional<int64_t> Product(absl::Span<const int64_t> sizes) {
  int64_t product = 1;
  for (const int64_t size : sizes) {
    if (__builtin_mul_overflow(product, size, &product)) return std::nullopt;
  }
  return product;
}

// All but the last two sizes.
std::optional<int64_t> BatchOf(const Tensor& tensor) {
  return Product(absl::MakeConstSpan(tensor.dims).first(tensor.dims.size() - 2));
}

bool IsMatrix(const Tensor& tensor) { return tensor.shape_known && tensor.dims.size() >= 2; }

// The tensor seen with other sizes. Its bytes stay what they are, also where a batch repeats it.
Tensor SeenAs(const Tensor& tensor, uint32_t position, std::vector<int64_t> dims) {
  Tensor seen = tensor;
  seen.position = position;
  const std::optional<int> bits = trace::ElementBits(tensor.dtype);
  const std::optional<int64_t> elements = Product(tensor.dims);
  int64_t bytes = 0;
  if (bits.has_value() && elements.has_value() && !__builtin_mul_overflow(*elements, *bits, &bytes)) {
    seen.storage_bytes = bytes / 8 + (bytes % 8 != 0 ? 1 : 0);
  }
  seen.dims = std::move(dims);
  seen.strides.clear();
  return seen;
}

// Which of the forms of a product an operator is.
struct ProductForm {
  // Attributes, which profiles do not have, may transpose its operands.
  bool may_transpose = false;
  bool has_addend = false;
};

// A product of matrices by its sizes; nullopt: shapes are missing, or do not fit each other.
struct ProductSizes {
  int64_t batch = 1;
  int64_t m = 0;
  int64_t n = 0;
  int64_t k = 0;
  // Whether the second operand is among the inputs.
  bool second_listed = false;
  // Whether all rows of the batch meet one second operand.
  bool shared = true;
};

// Whether the tensor can be added to every element of [m, n].
bool FitsAsAddend(const Tensor& tensor, const ProductSizes& sizes) {
  const size_t rank = tensor.dims.size();
  const bool rows_fit = rank < 2 || tensor.dims[0] == 1 || tensor.dims[0] == sizes.m;
  const bool columns_fit = rank < 1 || tensor.dims.back() == 1 || tensor.dims.back() == sizes.n;
  return tensor.shape_known && rank <= 2 && rows_fit && columns_fit;
}

// Depth, rows and columns, from the first operand and the result.
std::optional<ProductSizes> SizesByResult(const Tensor& first, const Tensor& result, bool may_transpose) {
  if (!IsMatrix(first) || !IsMatrix(result)) return std::nullopt;
  ProductSizes sizes;
  sizes.n = result.dims.back();
  sizes.m = result.dims[result.dims.size() - 2];
  const std::optional<int64_t> batch = BatchOf(result);
  const size_t rank = first.dims.size();
  const bool as_it_is = first.dims[rank - 2] == sizes.m;
  if (!batch.has_value() || (!as_it_is && !(may_transpose && first.dims[rank - 1] == sizes.m))) return std::nullopt;
  sizes.batch = *batch;
  sizes.k = as_it_is ? first.dims[rank - 1] : first.dims[rank - 2];
  return sizes;
}

std::optional<ProductSizes> SizesOf(const Signature& signature, ProductForm form) {
  if (signature.inputs.empty() || signature.outputs.empty()) return std::nullopt;
  const Tensor& first = signature.inputs[0];
  std::optional<ProductSizes> sizes = SizesByResult(first, signature.outputs[0], form.may_transpose);
  if (!sizes.has_value()) return std::nullopt;
  if (signature.inputs.size() > 1) {
    const Tensor& second = signature.inputs[1];
    const auto batch = IsMatrix(second) ? BatchOf(second) : std::nullopt;
    const auto elements = Product(second.dims);
    sizes->second_listed =
        batch.has_value() && elements.has_value() && elements == Product({*batch, sizes->k, sizes->n});
    sizes->shared = !sizes->second_listed || batch == 1;
    // What stands in its place must be what follows it.
    const bool follows = form.has_addend ? FitsAsAddend(second, *sizes) : second.shape_known && second.dims.empty();
    if (!sizes->second_listed && !follows) return std::nullopt;
  }
  if (!sizes->shared) return sizes;
  // One matrix for the whole batch makes its rows one.
  if (BatchOf(first) != sizes->batch) return std::nullopt;
  if (__builtin_mul_overflow(sizes->batch, sizes->m, &sizes->m)) return std::nullopt;
  sizes->batch = 1;
  return sizes;
}

std::vector<int64_t> MatrixDims(const ProductSizes& sizes, int64_t rows, int64_t columns) {
  if (sizes.shared) return {rows, columns};
  return {sizes.batch, rows, columns};
}

// MatMul, Gemm and their like: [.., m, k]·[.., k, n], and a Gemm's addend.
Signature ProductInAtenWords(const Signature& signature, ProductForm form) {
  Signature product = signature;
  product.name = "aten::mm";
  const std::optional<ProductSizes> sizes = SizesOf(signature, form);
  // Then it is a product as ATen has it, or the formula says what is wrong.
  if (!sizes.has_value()) return product;
  product.inputs.clear();
  const size_t addend = sizes->second_listed ? 2 : 1;
  const bool adds = form.has_addend && addend < signature.inputs.size();
  product.name = adds ? "aten::addmm" : sizes->shared ? "aten::mm" : "aten::bmm";
  const uint32_t at = adds ? 1 : 0;
  if (adds) product.inputs.push_back(SeenAs(signature.inputs[addend], 0, signature.inputs[addend].dims));
  product.inputs.push_back(SeenAs(signature.inputs[0], at, MatrixDims(*sizes, sizes->m, sizes->k)));
  if (sizes->second_listed) {
    product.inputs.push_back(SeenAs(signature.inputs[1], at + 1, MatrixDims(*sizes, sizes->k, sizes->n)));
  } else {
    Tensor packed;
    packed.dtype = signature.inputs[0].dtype;
    packed.dims = {sizes->k, sizes->n};
    packed.shape_known = true;
    packed.position = at + 1;
    product.inputs.push_back(std::move(packed));
  }
  product.outputs[0].dims = MatrixDims(*sizes, sizes->m, sizes->n);
  return product;
}

void SetFlag(const char* name, uint32_t position, bool value, Signature& signature) {
  trace::Attribute& flag = signature.attributes.emplace_back();
  flag.name = name;
  flag.position = position;
  flag.value = value;
}

// Operators of ONNX that take any number of operands, where those of ATen take two.
bool TakesAnyNumber(absl::string_view onnx) { return onnx == "Sum" || onnx == "Max" || onnx == "Min"; }

// Puts arguments where the formula looks for them.
void Arrange(absl::string_view onnx, OpEntry& entry, Signature& signature) {
  std::vector<Tensor>& inputs = signature.inputs;
  const auto parameter = static_cast<uint32_t>(entry.parameter);
  switch (entry.formula) {
    case Formula::kGather:
      if (inputs.size() > 1) inputs[1].position = parameter;
      break;
    case Formula::kScatter:
      if (inputs.size() > 1) inputs[1].position = parameter - 1;
      if (inputs.size() > 2) inputs[2].position = parameter;
      break;
    case Formula::kElementwise:
      // n operands meet in n − 1 operations an element.
      if (TakesAnyNumber(onnx) && !inputs.empty()) entry.parameter *= static_cast<int>(inputs.size()) - 1;
      break;
    // What follows the first says which axes, which places, how often.
    case Formula::kReduction:
    case Formula::kCopy:
      if (inputs.size() > 1) inputs.resize(1);
      break;
    case Formula::kBatchNorm:
      // Its statistics are results where it trains.
      SetFlag("training", 5, signature.outputs.size() > 1, signature);
      break;
    case Formula::kConvolution:
      SetFlag("transposed", 6, onnx == "ConvTranspose", signature);
      break;
    default:
      break;
  }
  // Of what it cuts from, it reads what it keeps.
  const bool cuts = onnx == "Slice" && !inputs.empty() && !signature.outputs.empty();
  if (cuts && signature.outputs[0].shape_known) inputs[0].dims = signature.outputs[0].dims;
}

}  // namespace

std::optional<AtenWords> InAtenWords(const TracedName& traced, const Signature& signature) {
  if (traced.name_space != NameSpace::kOnnx) return std::nullopt;
  const std::string key = AtenKeyOf(traced.name);
  const OpEntry* const entry = FindOpEntry(key);
  if (entry == nullptr) return std::nullopt;
  if (entry->formula == Formula::kMatMul) {
    const bool is_gemm = absl::StrContains(traced.name, "Gemm");
    const ProductForm form = {.may_transpose = is_gemm || traced.name == "FusedMatMul", .has_addend = is_gemm};
    Signature product = ProductInAtenWords(signature, form);
    // Its sizes decide which of ATen's products it is.
    const OpEntry& row = *FindOpEntry(ParseOpName(product.name).key);
    return AtenWords{row, std::move(product)};
  }
  AtenWords words = {*entry, signature};
  words.signature.name = absl::StrCat("aten::", key);
  Arrange(traced.name, words.entry, words.signature);
  return words;
}

}  // namespace sandglass::ops
