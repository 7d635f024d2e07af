// The checksum of a whole table file, as RocksDB keeps it in its MANIFEST: CRC-32C.
//
// Safe from any thread.
#ifndef SANDGLASS_STORAGE_FILE_CHECKSUM_H_
#define SANDGLASS_STORAGE_FILE_CHECKSUM_H_

#include <memory>

#include "rocksdb/file_checksum.h"

namespace sandglass::storage {

// Makes the same checksums, under the same name, as rocksdb::GetFileChecksumGenCrc32cFactory, by the processor's own
// instruction where it has one: Debian's RocksDB is compiled without it.
std::shared_ptr<rocksdb::FileChecksumGenFactory> FileChecksums();

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_FILE_CHECKSUM_H_
