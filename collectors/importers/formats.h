// The formats of trace files that can be imported: the one list of them.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMATS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMATS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "collectors/importers/format/importer.h"

namespace sandglass::collectors {

const std::vector<ImportFormat>& ImportFormats();

// The format of a file by its content. Errors: those of opening and reading it; InvalidArgument, naming the formats
// that there are, if it is of none.
absl::StatusOr<const ImportFormat*> DetectFormat(const std::string& path);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMATS_H_
