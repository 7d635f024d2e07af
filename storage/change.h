// The parts of a store, and what a batch does to them.
#ifndef SANDGLASS_STORAGE_CHANGE_H_
#define SANDGLASS_STORAGE_CHANGE_H_

#include <cstddef>
#include <string>
#include <utility>

namespace sandglass::storage {

// The column families, in the order in which they are opened (after RocksDB's own "default", which stays empty).
enum class Family { kMeta, kBlocks, kDictionary, kIndex, kReports };
inline constexpr size_t kFamilies = 5;

// One change of a batch.
struct Change {
  enum class Kind { kPut, kDelete, kDeleteRange };
  Family family;
  Kind kind;
  std::string key;
  // The value of a put; the end of a range, which is not part of it.
  std::string value;

  static Change Put(Family family, std::string key, std::string value) {
    return {family, Kind::kPut, std::move(key), std::move(value)};
  }
  static Change Delete(Family family, std::string key) { return {family, Kind::kDelete, std::move(key), {}}; }
  // All keys that begin with `prefix`.
  static Change DeletePrefix(Family family, const std::string& prefix);
};

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_CHANGE_H_
