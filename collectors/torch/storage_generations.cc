#include "collectors/torch/storage_generations.h"

namespace sandglass::collectors {

uint64_t StorageGenerations::OfArgument(uint64_t address, uint64_t now) {
  Storage& storage = by_address_[address];
  if (storage.number == 0) storage = {.number = ++last_number_, .born = now};
  return storage.number;
}

uint64_t StorageGenerations::OfResult(uint64_t address, uint64_t started, uint64_t now) {
  Storage& storage = by_address_[address];
  if (storage.number == 0 || storage.born <= started) storage = {.number = ++last_number_, .born = now};
  return storage.number;
}

}  // namespace sandglass::collectors
