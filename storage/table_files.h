// The table files of a store's database, one by one: what they should be, whether they are, how one is taken out.
//
// For a store that nobody has open for writing. Used by mend.cc only.
#ifndef SANDGLASS_STORAGE_TABLE_FILES_H_
#define SANDGLASS_STORAGE_TABLE_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace sandglass::storage {

struct TableFile {
  uint64_t number = 0;
  // 000123.sst
  std::string name;
  uint64_t bytes = 0;
  // CRC32C, as RocksDB keeps it; empty: none was recorded.
  std::string checksum;
};

// The tables that the MANIFEST names, damaged ones too.
absl::StatusOr<std::vector<TableFile>> TableFiles(const std::string& directory);

// What is wrong with the file at `path`, which should be `table`; empty: nothing. Where no checksum was recorded, those
// of its blocks must hold. Errors: Unavailable where the file is there and cannot be looked at.
absl::StatusOr<std::string> DamageOf(const std::string& path, const TableFile& table);

// Takes a table out of the MANIFEST, whatever it held. Its file may be gone.
absl::Status ForgetTable(const std::string& directory, const TableFile& table);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_TABLE_FILES_H_
