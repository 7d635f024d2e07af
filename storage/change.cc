#include "storage/change.h"

#include "storage/key.h"

namespace sandglass::storage {

Change Change::DeletePrefix(Family family, const std::string& prefix) {
  return {family, Kind::kDeleteRange, prefix, PrefixEnd(prefix)};
}

}  // namespace sandglass::storage
