// Numbers storages by what they are, not by where they are: an address that is freed and taken again gets a new number.
//
// libtorch does not tell us when memory is freed, so births are told from the calls. An operator's result is
//   - the storage of an argument, if it shares its address with one (a view, an in-place operator);
//   - the storage that an operator inside it made, if the address got its number since this operator began;
//   - otherwise a new storage, even where the address was seen before.
// What this cannot see: memory that was freed, taken again without any operator (a tensor made from a foreign buffer),
// and then passed as an argument keeps the old number.
//
// Not thread-safe. Moments are counted by the caller, one for each event, upwards.
#ifndef SANDGLASS_COLLECTORS_TORCH_STORAGE_GENERATIONS_H_
#define SANDGLASS_COLLECTORS_TORCH_STORAGE_GENERATIONS_H_

#include <cstdint>

#include "absl/container/flat_hash_map.h"

namespace sandglass::collectors {

class StorageGenerations {
 public:
  // The number of an argument's storage; a new one at its first sight.
  uint64_t OfArgument(uint64_t address, uint64_t now);

  // The number of the storage of a result that shares no address with the arguments, of an operator that began at
  // `started`.
  uint64_t OfResult(uint64_t address, uint64_t started, uint64_t now);

 private:
  struct Storage {
    uint64_t number = 0;
    uint64_t born = 0;
  };

  uint64_t last_number_ = 0;
  absl::flat_hash_map<uint64_t, Storage> by_address_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_TORCH_STORAGE_GENERATIONS_H_
