#include "collectors/importers/format/read_pieces.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/chunks_ahead.h"
#include "collectors/importers/format/json_run.h"

namespace sandglass::collectors {
namespace {

constexpr uint64_t kElementsBetweenReports = 4096;
// Of what was read and not used, so much is looked at for elements at once, in bytes.
constexpr size_t kMostOfRest = 2 * kJsonReadBytes;
constexpr char kDamaged[] = "damaged_pieces";
constexpr char kCutOff[] = "file_cut_off";

class PiecesReader {
 public:
  PiecesReader(ByteSource& source, const WantedPieces& wanted, const PieceHandlers& handlers,
               const ReadProgress& progress, Problems& problems)
      : handlers_(handlers),
        progress_(progress),
        problems_(problems),
        chunks_(source, handlers.parser),
        pieces_(std::visit([this](const auto& what) { return JsonPieces(chunks_, what); }, wanted)) {}

  absl::StatusOr<PiecesRead> Read() {
    while (true) {
      if (absl::Status status = TakeRuns(); !status.ok()) return status;
      const absl::StatusOr<JsonPiece> piece = pieces_.Next();
      if (absl::IsDataLoss(piece.status())) {
        problems_.Add(kCutOff, std::string(piece.status().message()));
        return Done();
      }
      if (!piece.ok()) return piece.status();
      switch (piece->kind) {
        case JsonPiece::Kind::kElement:
          if (absl::Status status = handlers_.element(*piece); !status.ok()) Refuse(status, piece->offset);
          if (absl::Status status = Count(1); !status.ok()) return status;
          break;
        case JsonPiece::Kind::kMember:
          handlers_.member(*piece);
          break;
        case JsonPiece::Kind::kDamage:
          problems_.Add(kDamaged, std::string(piece->text));
          break;
        case JsonPiece::Kind::kTruncated:
          problems_.Add(kCutOff, std::string(piece->text));
          return Done();
        case JsonPiece::Kind::kEnd:
          return Done();
      }
    }
  }

 private:
  PiecesRead Done() const { return {.elements = elements_, .trailing_commas = pieces_.trailing_commas()}; }

  void Refuse(const absl::Status& why, uint64_t offset) {
    problems_.Add(absl::StrCat("damaged_", handlers_.element_name, "s"),
                  absl::StrCat("byte ", offset, ": no ", handlers_.element_name, ": ", why.message()));
  }

  // Errors: Cancelled.
  absl::Status Count(uint64_t elements) {
    const uint64_t reported = elements_ / kElementsBetweenReports;
    elements_ += elements;
    if (elements_ / kElementsBetweenReports == reported || progress_(elements_)) return absl::OkStatus();
    return absl::CancelledError("the import was stopped");
  }

  // Reads elements as long as they can be read many at once.
  absl::Status TakeRuns() {
    while (pieces_.AtElements() && (pieces_.OnlyCommasLeft() || pieces_.position() >= careful_until_)) {
      JsonRun* run = NextRun();
      const size_t size = std::min(pieces_.rest_size(), kMostOfRest);
      const uint64_t end = pieces_.position() + size;
      if (run == nullptr) {
        careful_until_ = end;
        return absl::OkStatus();
      }
      const ElementParser::Kept kept = handlers_.parser == nullptr ? KeepPieces(*run) : KeepParsed(*run);
      pieces_.Pass(kept.passed);
      if (absl::Status status = Count(kept.elements); !status.ok()) return status;
      // What is behind an element that must be read carefully is tried again only where much was read before it, so
      // that no byte is looked at again and again. The same holds where there is no run.
      if (kept.passed < size / 2) careful_until_ = end;
      if (!pieces_.OnlyCommasLeft()) return absl::OkStatus();
    }
    return absl::OkStatus();
  }

  // The elements that come next; nullptr: they cannot be read so.
  JsonRun* NextRun() {
    if (pieces_.OnlyCommasLeft()) {
      std::unique_ptr<JsonChunk> chunk = chunks_.Take();
      if (chunk == nullptr) return nullptr;
      if (chunk_ != nullptr) chunks_.Recycle(std::move(chunk_));
      chunk_ = std::move(chunk);
      pieces_.Replace(chunk_->buffer, chunk_->end);
      return chunk_->is_indexed ? &chunk_->run : nullptr;
    }
    // Behind a large piece much may be left.
    const absl::string_view rest(pieces_.rest(), std::min(pieces_.rest_size(), kMostOfRest));
    const size_t comma = LastElementComma(rest, /*may_end_in_it=*/rest.size() == pieces_.rest_size());
    const size_t first = rest.find_first_not_of(", \n\t\r");
    // The comma before the first element is none behind one.
    if (comma == absl::string_view::npos || first > comma || rest[first] != '{') return nullptr;
    pieces_.Pass(first);
    return rest_run_.Index(pieces_.rest(), comma + 1 - first) ? &rest_run_ : nullptr;
  }

  ElementParser::Kept KeepParsed(JsonRun& run) {
    const auto refuse = [this](size_t at, const absl::Status& why) { Refuse(why, pieces_.position() + at); };
    if (&run != &rest_run_) return handlers_.parser->Keep(*chunk_->parsed, refuse);
    if (rest_parsed_ == nullptr) rest_parsed_ = handlers_.parser->NewParsed();
    handlers_.parser->Parse(run, *rest_parsed_);
    return handlers_.parser->Keep(*rest_parsed_, refuse);
  }

  // Gives each element to the handler, as its text.
  ElementParser::Kept KeepPieces(JsonRun& run) {
    ElementParser::Kept kept;
    kept.passed = run.ForEach([&](simdjson::ondemand::object& object, size_t at) {
      const absl::string_view text = TextOf(object);
      if (text.empty()) return false;
      ++kept.elements;
      const JsonPiece piece = pieces_.Element(at, text.size());
      if (absl::Status status = handlers_.element(piece); !status.ok()) Refuse(status, piece.offset);
      return true;
    });
    return kept;
  }

  const PieceHandlers& handlers_;
  const ReadProgress& progress_;
  Problems& problems_;
  ChunksAhead chunks_;
  JsonPieces pieces_;
  // Whose text is being read; its memory is that of what was read before.
  std::unique_ptr<JsonChunk> chunk_;
  // Of what is left of a chunk.
  JsonRun rest_run_;
  std::unique_ptr<ElementParser::Parsed> rest_parsed_;
  // Up to this byte of the file no run is looked for.
  uint64_t careful_until_ = 0;
  uint64_t elements_ = 0;
};

}  // namespace

absl::StatusOr<PiecesRead> ReadPieces(ByteSource& source, const WantedPieces& wanted, const PieceHandlers& handlers,
                                      const ReadProgress& progress, Problems& problems) {
  return PiecesReader(source, wanted, handlers, progress, problems).Read();
}

}  // namespace sandglass::collectors
