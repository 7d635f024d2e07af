// Builds each distinct operator signature once, from an operator's arguments and results as events hold them.
//
// Runs repeat few signatures many times, so what makes a signature (everything but addresses and times) is looked up as
// bytes before anything is built. Not thread-safe. The signatures live as long as the cache.
#ifndef SANDGLASS_COLLECTORS_TORCH_SIGNATURE_CACHE_H_
#define SANDGLASS_COLLECTORS_TORCH_SIGNATURE_CACHE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "collectors/torch/event.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

class SignatureCache {
 public:
  // `parameter_storages`: storages of the model's parameters, as events name them; empty: not known, and tensors do
  // not say whether they are parameters.
  explicit SignatureCache(absl::flat_hash_set<uint64_t> parameter_storages)
      : parameter_storages_(std::move(parameter_storages)) {}

  // The signature of one call. `arguments` and `results` are words of events, after the fixed ones.
  v1::OpSignature* Get(const OpInfo* op, std::span<const uint64_t> arguments, std::span<const uint64_t> results,
                       bool results_recorded);

  size_t size() const { return signatures_.size(); }

 private:
  void AppendKey(std::span<const uint64_t> words);
  std::unique_ptr<v1::OpSignature> Make(const OpInfo& op, std::span<const uint64_t> arguments,
                                        std::span<const uint64_t> results, bool results_recorded) const;
  void FillTensor(const ArgumentView& argument, v1::Tensor& tensor) const;

  absl::flat_hash_set<uint64_t> parameter_storages_;
  absl::flat_hash_map<std::string, std::unique_ptr<v1::OpSignature>> signatures_;
  std::string key_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_SIGNATURE_CACHE_H_
