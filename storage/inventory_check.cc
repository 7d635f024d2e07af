#include "storage/inventory_check.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

constexpr size_t kNamed = 5;
constexpr absl::string_view kMend = "restore the store from a backup, or start `sandglass serve --accept-loss`";

absl::Status Lost(const std::string& directory, absl::string_view what) {
  return absl::DataLossError(absl::StrCat("store '", directory, "': ", what, "; ", kMend));
}

TraceMark MarkOf(const TraceHead& head) {
  return {
      .state = head.state, .durable_seq = head.durable_seq, .operators = head.stored_operators, .digest = head.chain};
}

// What is wrong with a trace; empty: nothing.
absl::StatusOr<std::string> HowShort(const Database& database, const TraceRef& trace, const TraceMark& mark) {
  absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  // What is there and damaged is for its readers and the scrub to report; it keeps nobody from the other traces.
  if (absl::IsDataLoss(head.status())) return std::string();
  if (!head.ok()) return head.status();
  if (!head->has_value()) return absl::StrCat("is missing with ", mark.operators, " operators");
  const TraceHead& found = **head;
  if (mark.state == v1::TRACE_STATE_SEALED) {
    if (found.state != v1::TRACE_STATE_SEALED) return std::string("was sealed and is no more");
    const absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(database, trace);
    if (absl::IsDataLoss(manifest.status())) return std::string();
    if (!manifest.ok()) return manifest.status();
    if (manifest->content_digest() != DigestBytes(mark.digest)) return std::string("has another content digest");
    return std::string();
  }
  if (found.durable_seq < mark.durable_seq) {
    return absl::StrCat("has ", found.durable_seq, " chunks of ", mark.durable_seq, " that were acknowledged");
  }
  if (found.state != v1::TRACE_STATE_SEALED && found.durable_seq == mark.durable_seq && found.chain != mark.digest) {
    return std::string("has other chunks than those that were acknowledged");
  }
  return std::string();
}

// OK is empty, damage is `finding`, and all else an error.
absl::StatusOr<std::string> FindingOf(const absl::Status& status, absl::string_view finding) {
  if (status.ok()) return std::string();
  if (absl::IsDataLoss(status)) return std::string(finding);
  return status;
}

// Whether all that belongs to the head is there and whole.
absl::StatusOr<std::string> MissingParts(const Database& database, const TraceRef& trace) {
  const absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  if (!head.ok()) return FindingOf(head.status(), "is damaged");
  if (!head->has_value()) return std::string("is missing");
  if (const auto dictionary = ReadDictionary(database, trace, **head); !dictionary.ok()) {
    return FindingOf(dictionary.status(), "lacks signatures");
  }
  const absl::Status blocks = ForEachBlock(
      database, trace, **head, 0, [](uint64_t, const v1::OperatorColumns&) -> absl::StatusOr<bool> { return true; });
  if (!blocks.ok()) return FindingOf(blocks, "lacks operators");
  if (const auto header = ReadHeader(database, trace); !header.ok()) {
    return FindingOf(header.status(), "lacks its header");
  }
  if ((*head)->state != v1::TRACE_STATE_SEALED) return std::string();
  return FindingOf(ReadManifest(database, trace).status(), "lacks its manifest");
}

}  // namespace

absl::StatusOr<Depth> CheckFiles(const std::string& directory, const InventoryContents& inventory) {
  const absl::StatusOr<ManifestState> manifest = CompareManifest(directory, inventory.files);
  if (!manifest.ok()) return manifest.status();
  const bool moved = *manifest == ManifestState::kNewer || !HasLog(directory, inventory.files);
  return moved ? Depth::kBlocks : Depth::kHeads;
}

absl::StatusOr<std::vector<Shortfall>> Shortfalls(const Database& database, const InventoryContents& inventory,
                                                  Depth depth) {
  std::vector<Shortfall> found;
  for (const auto& [key, mark] : inventory.traces) {
    const TraceRef trace{key.first, key.second};
    absl::StatusOr<std::string> what = HowShort(database, trace, mark);
    if (what.ok() && what->empty() && depth == Depth::kBlocks) what = MissingParts(database, trace);
    if (!what.ok()) return what.status();
    if (!what->empty()) found.push_back({key, *std::move(what)});
  }
  return found;
}

absl::Status CheckContents(const Database& database, const InventoryContents& inventory, Depth depth) {
  const absl::StatusOr<std::vector<Shortfall>> found = Shortfalls(database, inventory, depth);
  if (!found.ok()) return found.status();
  if (found->empty()) return absl::OkStatus();
  std::string list;
  for (size_t i = 0; i < std::min(found->size(), kNamed); ++i) {
    absl::StrAppend(&list, list.empty() ? "" : ", ", "trace ", TraceIdText((*found)[i].trace.second), " ",
                    (*found)[i].what);
  }
  if (found->size() > kNamed) absl::StrAppend(&list, " and ", found->size() - kNamed, " more");
  return Lost(database.directory(), absl::StrCat("what was acknowledged is not all there: ", list));
}

absl::StatusOr<InventoryContents> TakeInventory(const Database& database) {
  InventoryContents contents;
  const absl::Status status =
      database.Scan(Family::kMeta, "", std::string(kKeyLength, '\xff'),
                    [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
                      const std::optional<Key> key = DecodeKey(bytes);
                      if (!key || key->tenant == 0) return true;
                      const TraceKey trace = {key->tenant, key->trace};
                      v1::TraceManifest manifest;
                      if (key->stream == Stream::kHead) {
                        // A damaged head is for the scrub to find; it has no mark.
                        if (const std::optional<TraceHead> head = DecodeHead(value); head)
                          contents.traces[trace] = MarkOf(*head);
                      } else if (key->stream == Stream::kManifest && contents.traces.count(trace) > 0 &&
                                 DecodeMessage(value, manifest)) {
                        ParseDigest(manifest.content_digest(), contents.traces[trace].digest);
                      }
                      return true;
                    });
  if (!status.ok()) return status;
  return contents;
}

absl::StatusOr<std::vector<MarkChange>> MarksOf(const std::vector<Change>& changes) {
  std::map<TraceKey, MarkChange> marks;
  for (const Change& change : changes) {
    if (change.family != Family::kMeta) continue;
    if (change.kind == Change::Kind::kDeleteRange && change.key.size() == kTracePrefixLength) {
      const std::optional<Key> key = DecodeKey(change.key + std::string(kKeyLength - kTracePrefixLength, '\0'));
      if (key) marks[{key->tenant, key->trace}] = {.trace = {key->tenant, key->trace}, .mark = std::nullopt};
      continue;
    }
    const std::optional<Key> key = DecodeKey(change.key);
    if (!key || key->tenant == 0 || change.kind != Change::Kind::kPut) continue;
    const TraceKey trace = {key->tenant, key->trace};
    if (key->stream == Stream::kHead) {
      const std::optional<TraceHead> head = DecodeHead(change.value);
      if (!head) return absl::InternalError("a head that is being written cannot be read back");
      marks[trace] = {.trace = trace, .mark = MarkOf(*head)};
    } else if (key->stream == Stream::kManifest) {
      v1::TraceManifest manifest;
      // The head comes before the manifest in the batch of a seal.
      if (!DecodeMessage(change.value, manifest) || marks.count(trace) == 0 || !marks[trace].mark.has_value() ||
          !ParseDigest(manifest.content_digest(), marks[trace].mark->digest)) {
        return absl::InternalError("a manifest that is being written cannot be read back");
      }
    }
  }
  std::vector<MarkChange> list;
  for (auto& [trace, change] : marks) list.push_back(std::move(change));
  return list;
}

}  // namespace sandglass::storage
