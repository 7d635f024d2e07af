#include "collectors/importers/nsight/signatures.h"

#include <limits>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/sound_signature.h"
#include "proto/plain_text.h"

namespace sandglass::collectors::nsight {
namespace {

constexpr const char* kCopyKinds[] = {"?",    "HtoD", "DtoH", "HtoA", "AtoH", "AtoA",
                                      "AtoD", "DtoA", "DtoD", "HtoH", "PtoP"};

template <typename Number>
void AppendKey(std::optional<Number> number, std::string& key) {
  absl::StrAppend(&key, "|", number.has_value() ? absl::StrCat(*number) : "");
}

v1::ProducedFigure Recorded(int64_t bytes) {
  v1::ProducedFigure figure;
  figure.set_value(static_cast<double>(bytes));
  figure.set_provenance(v1::PROVENANCE_STATED);
  return figure;
}

// Three sizes, from `first` on; empty, if one is not known.
google::protobuf::RepeatedField<uint32_t> Sizes(const KernelShape& shape, size_t first) {
  google::protobuf::RepeatedField<uint32_t> sizes;
  for (size_t i = first; i < first + 3; ++i) {
    if (!shape.grid_and_block[i].has_value()) return {};
    sizes.Add(*shape.grid_and_block[i]);
  }
  return sizes;
}

// Negative numbers of bytes are none.
std::optional<int64_t> Sound(std::optional<int64_t> bytes) {
  return bytes.has_value() && *bytes >= 0 ? bytes : std::nullopt;
}

}  // namespace

std::pair<uint32_t, bool> Signatures::Find(const std::string& key, v1::OperatorKind kind, absl::string_view name) {
  const auto [found, is_new] = numbers_.try_emplace(key, static_cast<uint32_t>(signatures_.size()));
  if (is_new) {
    v1::OpSignature& signature = signatures_.emplace_back();
    signature.set_kind(kind);
    const std::string plain = PlainText(name);
    signature.set_name(plain.empty() ? "(no name)" : FittingName(plain, names_cut_));
  }
  return {found->second, is_new};
}

uint32_t Signatures::OfKernel(absl::string_view name, const KernelShape& shape) {
  std::string key = "k";
  for (const auto& number : shape.grid_and_block) AppendKey(number, key);
  AppendKey(shape.registers, key);
  AppendKey(shape.shared_bytes, key);
  absl::StrAppend(&key, "|", name);
  const auto [index, is_new] = Find(key, v1::OPERATOR_KIND_DEVICE_KERNEL, name);
  if (!is_new) return index;
  v1::KernelLaunch launch;
  *launch.mutable_grid() = Sizes(shape, 0);
  *launch.mutable_block() = Sizes(shape, 3);
  if (shape.registers.has_value() && *shape.registers <= std::numeric_limits<int32_t>::max()) {
    launch.set_registers_per_thread(static_cast<int32_t>(*shape.registers));
  }
  if (shape.shared_bytes.has_value()) launch.set_shared_memory_bytes(*shape.shared_bytes);
  if (launch.ByteSizeLong() > 0) *signatures_[index].mutable_launch() = std::move(launch);
  return index;
}

uint32_t Signatures::OfCopy(std::optional<int64_t> copy_kind, std::optional<int64_t> bytes) {
  bytes = Sound(bytes);
  const bool is_known = copy_kind.has_value() && *copy_kind > 0 && *copy_kind < std::ssize(kCopyKinds);
  const char* kind = kCopyKinds[is_known ? *copy_kind : 0];
  std::string key = absl::StrCat("c|", kind);
  AppendKey(bytes, key);
  const auto [index, is_new] =
      Find(key, v1::OPERATOR_KIND_MEMCPY, is_known ? absl::StrCat("Memcpy ", kind) : std::string("Memcpy"));
  if (is_new && bytes.has_value()) {
    *signatures_[index].mutable_read_bytes() = Recorded(*bytes);
    *signatures_[index].mutable_written_bytes() = Recorded(*bytes);
  }
  return index;
}

uint32_t Signatures::OfFill(std::optional<int64_t> bytes) {
  bytes = Sound(bytes);
  std::string key = "f";
  AppendKey(bytes, key);
  const auto [index, is_new] = Find(key, v1::OPERATOR_KIND_MEMORY, "Memset");
  if (is_new && bytes.has_value()) *signatures_[index].mutable_written_bytes() = Recorded(*bytes);
  return index;
}

uint32_t Signatures::OfRange(absl::string_view name) {
  return Find(absl::StrCat("r|", name), v1::OPERATOR_KIND_ANNOTATION, name).first;
}

}  // namespace sandglass::collectors::nsight
