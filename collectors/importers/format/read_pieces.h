// Reads a JSON file to its end, piece by piece: the loop that all importers of JSON share.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/json_pieces.h"
#include "collectors/importers/format/problems.h"

namespace sandglass::collectors {

struct PieceHandlers {
  // Takes an element. An error: it is none of the format's, for which reason, in few words.
  std::function<absl::Status(const JsonPiece&)> element;
  std::function<void(const JsonPiece&)> member;
  // What an element is called.
  absl::string_view element_name = "event";
};

// Reads what is left of `pieces`, which are cut on another thread meanwhile: handlers and `progress` are called by this
// one. Returns how many elements there were. What is damaged is left out and counted in
// `problems`: "damaged_pieces", "damaged_events" (elements that were refused), "file_cut_off", also where packed bytes
// are damaged. Errors: those of JsonPieces but DataLoss; Cancelled, if `progress` says so.
absl::StatusOr<uint64_t> ReadPieces(JsonPieces& pieces, const PieceHandlers& handlers, const ReadProgress& progress,
                                    Problems& problems);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_READ_PIECES_H_
