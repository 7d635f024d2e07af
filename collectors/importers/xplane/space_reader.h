// Cuts a profiler's file (XSpace) into its outermost fields, of which each plane is one, without holding more than one.
//
// Used by one thread at a time.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors::xplane {

// A field of the file.
struct SpaceField {
  int number = 0;
  // Its content; valid until the next call.
  absl::string_view bytes;
  // Of its content's first byte in the unpacked file.
  uint64_t offset = 0;
};

class SpaceReader {
 public:
  explicit SpaceReader(ByteSource& source);

  // The next field; nullopt: there are no more. Errors: InvalidArgument, with the byte and what to do, where the bytes
  // are no field, or the file ends within one; ResourceExhausted, where one is larger than 2 GiB; the source's. Not to
  // be called again after an error.
  absl::StatusOr<std::optional<SpaceField>> Next();

  // An error at a byte of the unpacked file, with what probably happened to the file and what to do.
  absl::Status Damage(uint64_t offset, absl::string_view what) const;

 private:
  absl::StatusOr<bool> Fill();
  absl::StatusOr<uint64_t> Varint(uint64_t begin);
  absl::Status Take(uint64_t size, uint64_t begin);

  ByteSource& source_;
  std::vector<char> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  // The place of buffer_[0] in the file.
  uint64_t offset_ = 0;
  std::string content_;
  // The first bytes that stand for others that were no UTF-8, near the file's beginning.
  std::optional<uint64_t> replaced_;
};

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_SPACE_READER_H_
