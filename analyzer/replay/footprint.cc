#include "analyzer/replay/footprint.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace sandglass::replay {
namespace {

using trace::Signature;
using trace::Tensor;
using trace::Trace;

struct Storage {
  double bytes = 0;
  bool persistent = false;
  uint32_t first = 0;
  uint32_t last = 0;
};

using Storages = absl::flat_hash_map<uint64_t, Storage>;

// Bytes of the storage behind a tensor under the policy; 0 where nothing is known.
double StorageBytes(const Tensor& tensor, Precision precision) {
  const auto bits = trace::ElementBits(tensor.dtype);
  if (!bits.has_value()) return static_cast<double>(tensor.storage_bytes.value_or(0));
  double bytes = 0;
  if (tensor.storage_bytes.has_value()) {
    bytes = static_cast<double>(*tensor.storage_bytes);
  } else if (tensor.shape_known) {
    bytes = *bits / 8.0;
    for (const int64_t dim : tensor.dims) bytes *= static_cast<double>(dim);
  }
  const auto narrowed = trace::ElementBits(StorageType(tensor.dtype, precision));
  return bytes * narrowed.value_or(*bits) / *bits;
}

void Touch(Storages& storages, uint64_t id, const Tensor& tensor, bool input, uint32_t at, Precision precision) {
  auto [entry, is_new] = storages.try_emplace(id);
  Storage& storage = entry->second;
  if (is_new) {
    storage.persistent = input;
    storage.first = at;
  }
  storage.last = at;
  storage.bytes = std::max(storage.bytes, StorageBytes(tensor, precision));
}

Storages Collect(const Trace& trace, Precision precision) {
  // In training, what lives on keeps its format, so persistent storages are sized at the source's precision.
  Storages storages;
  const Precision persistent_precision = trace.phase == trace::Phase::kTrain ? Precision::kSource : precision;
  for (uint32_t i = 0; i < trace.operators.size(); ++i) {
    const trace::Operator& op = trace.operators[i];
    const Signature& signature = trace.signatures[op.signature];
    const size_t tensors = signature.inputs.size() + signature.outputs.size();
    for (size_t k = 0; k < std::min<size_t>(tensors, op.storage_count); ++k) {
      const uint64_t id = trace.storages[op.first_storage + k];
      if (id == 0) continue;
      const bool input = k < signature.inputs.size();
      const Tensor& tensor = input ? signature.inputs[k] : signature.outputs[k - signature.inputs.size()];
      const auto known = storages.find(id);
      const bool persistent = known == storages.end() ? input : known->second.persistent;
      Touch(storages, id, tensor, input, i, persistent ? persistent_precision : precision);
    }
  }
  return storages;
}

// Largest sum of temporaries alive at once.
double PeakTransient(const Storages& storages, size_t operators) {
  std::vector<double> change(operators + 1, 0);
  for (const auto& [id, storage] : storages) {
    if (storage.persistent) continue;
    change[storage.first] += storage.bytes;
    change[storage.last + 1] -= storage.bytes;
  }
  double alive = 0;
  double peak = 0;
  for (const double delta : change) peak = std::max(peak, alive += delta);
  return peak;
}

Footprint Declared(const Trace& trace) {
  Footprint footprint;
  double bytes = 0;
  for (const auto& part :
       {trace.declared_parameter_bytes, trace.declared_optimizer_bytes, trace.declared_cache_bytes}) {
    if (!part.has_value()) continue;
    bytes += static_cast<double>(*part);
    footprint.method = "declared";
  }
  if (!footprint.method.empty()) footprint.persistent = Bytes::Of(bytes);
  return footprint;
}

}  // namespace

Footprint MeasureFootprint(const Trace& trace, Precision precision) {
  const Storages storages = Collect(trace, precision);
  if (storages.empty()) return Declared(trace);
  double persistent = 0;
  for (const auto& [id, storage] : storages) {
    if (storage.persistent) persistent += storage.bytes;
  }
  Footprint footprint;
  footprint.persistent = Bytes::Of(persistent);
  footprint.transient = Bytes::Of(PeakTransient(storages, trace.operators.size()));
  footprint.method = "storages";
  return footprint;
}

}  // namespace sandglass::replay
