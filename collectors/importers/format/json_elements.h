// Reads a JSON file whose outermost object has one long array: its elements one by one, and its other members.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_ELEMENTS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_ELEMENTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"

namespace sandglass::collectors {

// What is wrong with a file: counts by name, and the first of each in words.
struct FileProblems {
  Counts counts;
  std::vector<std::string> words;

  void Add(absl::string_view name, std::string what);
};

// What is done with the parts of a file. kReadableBehindPiece bytes behind each text are readable.
struct JsonTakers {
  // Takes an element; an error, in few words, says that it is none, and is counted.
  std::function<absl::Status(absl::string_view text)> element;
  std::function<void(absl::string_view key, absl::string_view json)> member;
  // Is told now and then how many elements have been read. False: to stop.
  std::function<bool(uint64_t elements)> progress;
};

// Reads the whole source, and returns how many elements it has. What is damaged is left out and added to `problems`: as
// "damaged_pieces", as `not_an_element`, or as "file_cut_off", which ends the reading. Errors: InvalidArgument, where
// the file is no JSON, with the byte; those of the source but DataLoss; Cancelled, if `progress` says so.
absl::StatusOr<uint64_t> ReadJsonElements(ByteSource& source, absl::string_view array_key,
                                          absl::string_view not_an_element, const JsonTakers& takers,
                                          FileProblems& problems);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_JSON_ELEMENTS_H_
