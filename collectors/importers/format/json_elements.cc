#include "collectors/importers/format/json_elements.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "collectors/importers/format/json_pieces.h"

namespace sandglass::collectors {
namespace {

constexpr uint64_t kElementsBetweenReports = 4096;
constexpr char kDamaged[] = "damaged_pieces";
constexpr char kCutOff[] = "file_cut_off";

}  // namespace

void FileProblems::Add(absl::string_view name, std::string what) {
  if (counts[std::string(name)]++ == 0) words.push_back(std::move(what));
}

absl::StatusOr<uint64_t> ReadJsonElements(ByteSource& source, absl::string_view array_key,
                                          absl::string_view not_an_element, const JsonTakers& takers,
                                          FileProblems& problems) {
  JsonPieces pieces(source, std::string(array_key));
  uint64_t elements = 0;
  while (true) {
    const absl::StatusOr<JsonPiece> piece = pieces.Next();
    if (absl::IsDataLoss(piece.status())) {
      problems.Add(kCutOff, std::string(piece.status().message()));
      return elements;
    }
    if (!piece.ok()) return piece.status();
    switch (piece->kind) {
      case JsonPiece::Kind::kElement:
        if (const absl::Status status = takers.element(piece->text); !status.ok()) {
          problems.Add(not_an_element,
                       absl::StrCat("byte ", piece->offset, ": ", absl::StrReplaceAll(not_an_element, {{"_", " "}}),
                                    ": ", status.message()));
        }
        if (++elements % kElementsBetweenReports == 0 && !takers.progress(elements)) {
          return absl::CancelledError("the import was stopped");
        }
        break;
      case JsonPiece::Kind::kMember:
        takers.member(piece->key, piece->text);
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
