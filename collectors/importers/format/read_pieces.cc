#include "collectors/importers/format/read_pieces.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/pieces_ahead.h"

namespace sandglass::collectors {
namespace {

constexpr uint64_t kElementsBetweenReports = 4096;
constexpr char kDamaged[] = "damaged_pieces";
constexpr char kCutOff[] = "file_cut_off";

}  // namespace

absl::StatusOr<uint64_t> ReadPieces(JsonPieces& pieces, const PieceHandlers& handlers, const ReadProgress& progress,
                                    Problems& problems) {
  uint64_t elements = 0;
  PiecesAhead ahead(pieces);
  while (true) {
    const absl::StatusOr<JsonPiece> piece = ahead.Next();
    if (absl::IsDataLoss(piece.status())) {
      problems.Add(kCutOff, std::string(piece.status().message()));
      return elements;
    }
    if (!piece.ok()) return piece.status();
    switch (piece->kind) {
      case JsonPiece::Kind::kElement:
        if (const absl::Status status = handlers.element(*piece); !status.ok()) {
          problems.Add(absl::StrCat("damaged_", handlers.element_name, "s"),
                       absl::StrCat("byte ", piece->offset, ": no ", handlers.element_name, ": ", status.message()));
        }
        if (++elements % kElementsBetweenReports == 0 && !progress(elements)) {
          return absl::CancelledError("the import was stopped");
        }
        break;
      case JsonPiece::Kind::kMember:
        handlers.member(*piece);
        break;
      case JsonPiece::Kind::kDamage:
        problems.Add(kDamaged, std::string(piece->text));
        break;
      case JsonPiece::Kind::kTruncated:
        problems.Add(kCutOff, std::string(piece->text));
        return elements;
      case JsonPiece::Kind::kEnd:
        return elements;
    }
  }
}

}  // namespace sandglass::collectors
