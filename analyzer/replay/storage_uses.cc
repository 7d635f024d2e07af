#include "analyzer/replay/storage_uses.h"

#include "absl/container/flat_hash_map.h"

namespace sandglass::replay {

StorageUses::StorageUses(const trace::Trace& trace, const WorkList& list) : trace_(trace), list_(list) {
  FindWriters();
  FindLastReaders();
}

uint64_t StorageUses::StorageOf(size_t at, size_t tensor) const {
  const trace::Operator& op = At(at);
  return tensor < op.storage_count ? trace_.storages[op.first_storage + tensor] : 0;
}

void StorageUses::FindWriters() {
  absl::flat_hash_map<uint64_t, Written> writers;
  size_t unknown = 0;
  for (size_t i = 0; i < list_.costed.size(); ++i) {
    barred_.push_back(false);
    for (; unknown < list_.unknown.size() && list_.unknown[unknown] < list_.costed[i]; ++unknown) {
      barred_.back() = true;
      const trace::Operator& op = trace_.operators[list_.unknown[unknown]];
      for (uint32_t t = 0; t < op.storage_count; ++t) writers.erase(trace_.storages[op.first_storage + t]);
    }
    const trace::Signature& signature = SignatureAt(i);
    first_input_.push_back(writers_.size());
    for (size_t t = 0; t < signature.inputs.size(); ++t) {
      const auto known = writers.find(StorageOf(i, t));
      writers_.push_back(known == writers.end() ? Written() : known->second);
    }
    for (size_t t = 0; t < signature.outputs.size(); ++t) {
      const uint64_t storage = StorageOf(i, signature.inputs.size() + t);
      if (storage != 0) writers[storage] = {static_cast<uint32_t>(i), static_cast<uint32_t>(t)};
    }
  }
}

void StorageUses::FindLastReaders() {
  size_t results = 0;
  for (size_t i = 0; i < list_.costed.size(); ++i) {
    first_output_.push_back(results);
    results += SignatureAt(i).outputs.size();
  }
  readers_.assign(results, kNowhere);
  absl::flat_hash_map<uint64_t, uint32_t> readers;
  size_t unknown = list_.unknown.size();
  for (size_t i = list_.costed.size(); i-- > 0;) {
    // Behind this one, and so as if the next one read it.
    for (; unknown > 0 && list_.unknown[unknown - 1] > list_.costed[i]; --unknown) {
      const trace::Operator& op = trace_.operators[list_.unknown[unknown - 1]];
      for (uint32_t t = 0; t < op.storage_count; ++t) {
        readers.try_emplace(trace_.storages[op.first_storage + t], static_cast<uint32_t>(i + 1));
      }
    }
    const trace::Signature& signature = SignatureAt(i);
    // What is read later of storages that this one writes.
    absl::flat_hash_map<uint64_t, uint32_t> later;
    for (size_t t = 0; t < signature.outputs.size(); ++t) {
      const uint64_t storage = StorageOf(i, signature.inputs.size() + t);
      const auto known = storage == 0 ? readers.end() : readers.find(storage);
      if (known == readers.end()) continue;
      readers_[first_output_[i] + t] = known->second;
      later[storage] = known->second;
    }
    for (const auto& [storage, reader] : later) readers.erase(storage);
    for (size_t t = 0; t < signature.inputs.size(); ++t) {
      const uint64_t storage = StorageOf(i, t);
      if (storage == 0) continue;
      const auto in_place = later.find(storage);
      readers.try_emplace(storage, in_place == later.end() ? static_cast<uint32_t>(i) : in_place->second);
    }
  }
}

}  // namespace sandglass::replay
