// Reads a JSON file to its end: the loop that all importers of JSON share.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/importers/format/element_parser.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"

namespace sandglass::collectors {

struct PieceHandlers {
  // Takes an element. An error: it is none of the format's, for which reason, in few words.
  std::function<absl::Status(const JsonPiece&)> element;
  std::function<void(const JsonPiece&)> member;
  // Takes elements as `element` does, without their being cut out and checked; what it cannot read is given to
  // `element`, as all is where it is null.
  ElementParser* parser = nullptr;
  // What an element is called.
  absl::string_view element_name = "event";
};

// What of a file is wanted: the outermost object's member whose elements are, or which parts are opened.
using WantedPieces = std::variant<std::string, JsonPieces::Opens>;

struct PiecesRead {
  uint64_t elements = 0;
  // As JsonPieces counts them.
  uint64_t trailing_commas = 0;
};

// Reads the file, which another thread reads ahead: handlers and `progress` are called by this one. What is damaged is
// left out and counted in `problems`: "damaged_pieces", "damaged_events" (elements that were refused), "file_cut_off",
// also where packed bytes are damaged. Errors: those of JsonPieces but DataLoss; Cancelled, if `progress` says so.
absl::StatusOr<PiecesRead> ReadPieces(ByteSource& source, const WantedPieces& wanted, const PieceHandlers& handlers,
                                      const ReadProgress& progress, Problems& problems);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_
