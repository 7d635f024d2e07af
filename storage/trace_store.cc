#include "storage/trace_store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "proto/trace_id.h"
#include "storage/byte_codec.h"
#include "storage/database.h"
#include "storage/disk_room.h"
#include "storage/fault_hooks.h"
#include "storage/inventory.h"
#include "storage/inventory_check.h"
#include "storage/key.h"
#include "storage/open_store.h"
#include "storage/space_reclaimer.h"
#include "storage/store_usage.h"
#include "storage/trace_reader.h"

namespace sandglass::storage {
namespace {

absl::string_view ViewOf(std::string_view text) { return absl::string_view(text.data(), text.size()); }

// Between two tries to open a store anew whose disk was full: at first, and after many.
constexpr std::chrono::seconds kFirstPause(1);
constexpr std::chrono::seconds kLongestPause(30);

// A client keeps what it sent to an open trace until the seal, so that the last record of one may be synced behind the
// acknowledgement (DECISIONS.md); what ends a trace is vouched for by nobody else.
Inventory::Synced SyncOf(const std::vector<MarkChange>& changes) {
  const bool open = std::all_of(changes.begin(), changes.end(), [](const MarkChange& change) {
    return change.mark.has_value() && change.mark->state == v1::TRACE_STATE_OPEN;
  });
  return open ? Inventory::Synced::kBehind : Inventory::Synced::kBefore;
}

// What a stranger typed, fit for one line of a message.
std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 80;
  const std::string escaped = absl::CEscape(text.substr(0, kShown));
  return absl::StrCat("'", escaped, text.size() > kShown ? "…'" : "'");
}

// How near two names are: the length of what they have in common at the beginning, and whether one is in the other.
size_t Nearness(absl::string_view wanted, absl::string_view name) {
  size_t common = 0;
  while (common < wanted.size() && common < name.size() && wanted[common] == name[common]) ++common;
  if (absl::StrContains(name, wanted) || absl::StrContains(wanted, name))
    common += std::min(wanted.size(), name.size());
  return common;
}

absl::Status NoSuchTrace(absl::string_view wanted, const std::vector<v1::TraceManifest>& sealed) {
  if (sealed.empty()) {
    return absl::NotFoundError(absl::StrCat("no trace ", Quoted(wanted),
                                            ": there are no sealed traces yet; collect one with sandglass-collect"));
  }
  std::vector<std::string> names;
  for (const v1::TraceManifest& manifest : sealed) {
    const std::string& name = manifest.header().name();
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
  }
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return Nearness(wanted, a) > Nearness(wanted, b);
  });
  if (names.size() > 5) names.resize(5);
  return absl::NotFoundError(absl::StrCat("no trace ", Quoted(wanted), "; there is ", absl::StrJoin(names, ", "),
                                          " (sandglass traces ls shows all)"));
}

absl::Status NotSealed(const std::string& id, v1::TraceState state) {
  if (state == v1::TRACE_STATE_DELETING) return absl::NotFoundError(absl::StrCat("trace ", id, " is being removed"));
  if (state == v1::TRACE_STATE_EXPIRED) {
    return absl::FailedPreconditionError(
        absl::StrCat("trace ", id, " was never sealed and has expired; collect it again (sandglass traces rm removes ",
                     "it by its id)"));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("trace ", id, " is not sealed yet; wait until its collector has finished, or run it again"));
}

absl::Status NoTraceOf(const std::string& id) {
  return absl::NotFoundError(absl::StrCat("no trace ", id, " (sandglass traces ls shows all)"));
}

// The head of a sealed trace.
absl::StatusOr<TraceHead> SealedHead(const Database& database, const TraceRef& trace) {
  absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database, trace);
  if (!head.ok()) return head.status();
  const std::string id = TraceIdText(trace.id);
  if (!head->has_value()) return NoTraceOf(id);
  FaultPoint("head-read");
  if ((*head)->state != v1::TRACE_STATE_SEALED) return NotSealed(id, (*head)->state);
  return **head;
}

absl::StatusOr<TraceRef> RefOf(uint32_t tenant, std::string_view trace_id) {
  const std::optional<TraceId> id = ParseTraceId(ViewOf(trace_id));
  if (!id) {
    return absl::InvalidArgumentError(
        absl::StrCat(Quoted(ViewOf(trace_id)), " is not a trace id; an id has 26 letters and digits"));
  }
  return TraceRef{tenant, *id};
}

// Whether a trace of this name was begun and not sealed: its state is then in `state`.
absl::StatusOr<std::optional<TraceRef>> FindUnsealed(const Database& database, uint32_t tenant, absl::string_view name,
                                                     v1::TraceState& state) {
  std::optional<TraceRef> found;
  const std::string prefix = TenantPrefix(tenant);
  absl::Status status = database.Scan(Family::kMeta, prefix, PrefixEnd(prefix),
                                      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
                                        const std::optional<Key> key = DecodeKey(bytes);
                                        if (!key || key->stream != Stream::kHead) return true;
                                        const std::optional<TraceHead> head = DecodeHead(value);
                                        if (!head || head->state == v1::TRACE_STATE_SEALED) return true;
                                        const TraceRef trace{tenant, key->trace};
                                        absl::StatusOr<v1::TraceHeader> header = ReadHeader(database, trace);
                                        if (header.ok() && header->name() == name) {
                                          found = trace;
                                          state = head->state;
                                        }
                                        return true;
                                      });
  if (!status.ok()) return status;
  return found;
}

}  // namespace

TraceStore::TraceStore(std::string directory, const StoreOptions& options, std::unique_ptr<Database> database)
    : directory_(std::move(directory)), options_(options), database_(std::move(database)) {}

TraceStore::~TraceStore() = default;

absl::StatusOr<std::unique_ptr<TraceStore>> TraceStore::Open(const std::string& directory,
                                                             const StoreOptions& options) {
  absl::StatusOr<std::unique_ptr<Database>> database =
      options.read_only ? OpenToRead(directory, options) : OpenToWrite(directory, options);
  if (!database.ok()) return database.status();
  std::unique_ptr<TraceStore> store(new TraceStore(directory, options, std::move(*database)));
  if (options.read_only) return store;
  store->usage_ = std::make_unique<StoreUsage>();
  store->reclaimer_ = std::make_unique<SpaceReclaimer>(*store->database_);
  if (absl::Status status = store->KeepInventory(); !status.ok()) return status;
  // From now on a store without the file has lost it.
  const absl::Status status = store->database_->Write({InventoryKept()}, /*sync=*/true);
  if (!status.ok()) return status;
  return store;
}

absl::Status TraceStore::KeepInventory() {
  absl::StatusOr<InventoryContents> contents = TakeInventory(*database_);
  if (!contents.ok()) return contents.status();
  const absl::StatusOr<FileMarks> files = database_->MarkFiles();
  if (!files.ok()) return files.status();
  contents->files = *files;
  // Others may be asking it what was acknowledged.
  if (inventory_ != nullptr) return inventory_->Renew(*std::move(contents));
  absl::StatusOr<std::unique_ptr<Inventory>> inventory = Inventory::Begin(directory_, *std::move(contents));
  if (!inventory.ok()) return inventory.status();
  inventory_ = *std::move(inventory);
  if (absl::Status status = usage_->Count(*database_); !status.ok()) return status;
  database_->SetJournal([this](const std::vector<Change>& changes, const FileMarks& marks) {
    const absl::StatusOr<std::vector<MarkChange>> marked = MarksOf(changes);
    const absl::Status noted = marked.ok() ? inventory_->Append(marks, *marked, SyncOf(*marked)) : marked.status();
    if (noted.ok()) usage_->Apply(changes);
    return noted;
  });
  return absl::OkStatus();
}

absl::Status TraceStore::CheckWritable() const {
  const absl::Status status = database_->CheckWritable();
  return status.ok() ? CheckRoom(directory_, options_.min_free_bytes) : status;
}

absl::Status TraceStore::TryRecover() {
  {
    MutexLock lock(recover_mutex_);
    const absl::Status status = database_->CheckWritable();
    // What is not a matter of room does not mend itself.
    if (!absl::IsResourceExhausted(status)) return CheckWritable();
    const auto now = std::chrono::steady_clock::now();
    if (recovering_ || now < next_recovery_) return recovery_.ok() ? status : recovery_;
    recovering_ = true;
  }
  absl::Status recovery = CheckRoom(directory_, options_.min_free_bytes);
  const bool room = recovery.ok();
  if (room) recovery = OpenAnew();
  MutexLock lock(recover_mutex_);
  recovering_ = false;
  const bool failed = room && !recovery.ok();
  pause_ = failed ? std::clamp<decltype(pause_)>(2 * pause_, kFirstPause, kLongestPause) : decltype(pause_)(0);
  next_recovery_ = std::chrono::steady_clock::now() + std::max<decltype(pause_)>(pause_, kFirstPause);
  recovery_ = failed ? absl::Status(recovery.code(), absl::StrCat(recovery.message(), "; tried again in ",
                                                                  absl::FormatDuration(absl::FromChrono(pause_))))
                     : recovery;
  return recovery_;
}

absl::Status TraceStore::OpenAnew() {
  const absl::Status cause = database_->CheckWritable();
  // The long look comes first, while others read: nothing is written since the failure.
  absl::Status status = CheckBeforeWriting(directory_, options_);
  if (status.ok()) status = database_->Reopen([this] { return CheckFilesBeforeWriting(directory_); });
  if (status.ok()) status = KeepInventory();
  if (status.ok()) {
    database_->TakeWrites();
    return CheckWritable();
  }
  // What does not pass by itself must not look as if it did.
  if (!absl::IsUnavailable(status) && !absl::IsResourceExhausted(status)) return status;
  return absl::ResourceExhaustedError(absl::StrCat(cause.message(), "; there is room again, but the store cannot be ",
                                                   "opened anew yet: ", status.message()));
}

absl::StatusOr<std::vector<v1::TraceManifest>> TraceStore::ListSealed(uint32_t tenant) const {
  std::vector<v1::TraceManifest> manifests;
  const std::string prefix = TenantPrefix(tenant);
  absl::Status status =
      database_->Scan(Family::kMeta, prefix, PrefixEnd(prefix),
                      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
                        const std::optional<Key> key = DecodeKey(bytes);
                        if (!key || key->stream != Stream::kManifest) return true;
                        v1::TraceManifest& manifest = manifests.emplace_back();
                        if (DecodeMessage(value, manifest)) return true;
                        return absl::DataLossError(absl::StrCat(
                            "trace ", TraceIdText(key->trace),
                            ", manifest: its checksum or version does not match; restore it ", "from a backup"));
                      });
  if (!status.ok()) return status;
  std::reverse(manifests.begin(), manifests.end());
  return manifests;
}

absl::StatusOr<std::string> TraceStore::IdOf(uint32_t tenant, std::string_view id_or_name) const {
  const absl::string_view wanted = ViewOf(id_or_name);
  if (const std::optional<TraceId> id = ParseTraceId(wanted)) return TraceIdText(*id);
  std::optional<TraceId> newest;
  const std::string prefix = NamePrefix(tenant, wanted);
  absl::Status status = database_->Scan(
      Family::kIndex, prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) -> absl::StatusOr<bool> {
        newest.emplace().bytes = ByteReader(key.substr(prefix.size())).GetArray<decltype(TraceId::bytes)>();
        return true;
      });
  if (!status.ok()) return status;
  if (newest) return TraceIdText(*newest);
  v1::TraceState state = v1::TRACE_STATE_OPEN;
  absl::StatusOr<std::optional<TraceRef>> unsealed = FindUnsealed(*database_, tenant, wanted, state);
  if (!unsealed.ok()) return unsealed.status();
  if (unsealed->has_value()) {
    return NotSealed(absl::StrCat(Quoted(wanted), " (", TraceIdText((*unsealed)->id), ")"), state);
  }
  absl::StatusOr<std::vector<v1::TraceManifest>> sealed = ListSealed(tenant);
  if (!sealed.ok()) return sealed.status();
  return NoSuchTrace(wanted, *sealed);
}

absl::StatusOr<v1::TraceManifest> TraceStore::FindSealed(uint32_t tenant, std::string_view id_or_name) const {
  const absl::StatusOr<std::string> id = IdOf(tenant, id_or_name);
  if (!id.ok()) return id.status();
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, *id);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<TraceHead> head = SealedHead(*database_, *trace);
  if (!head.ok()) return head.status();
  absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(*database_, *trace);
  if (!manifest.ok()) return UnlessRemoved(tenant, *id, manifest.status());
  return manifest;
}

absl::Status TraceStore::UnlessRemoved(uint32_t tenant, std::string_view trace_id, const absl::Status& status) const {
  if (!absl::IsDataLoss(status)) return status;
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, trace_id);
  const absl::StatusOr<std::optional<TraceHead>> head = trace.ok() ? ReadHead(*database_, *trace) : trace.status();
  if (!head.ok() || head->has_value()) return status;
  return absl::NotFoundError(absl::StrCat("trace ", ViewOf(trace_id), " was removed while it was read"));
}

absl::StatusOr<std::vector<v1::OpSignature>> TraceStore::ReadSignatures(uint32_t tenant,
                                                                        std::string_view trace_id) const {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, trace_id);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<TraceHead> head = SealedHead(*database_, *trace);
  if (!head.ok()) return head.status();
  absl::StatusOr<std::vector<v1::OpSignature>> signatures = ReadDictionary(*database_, *trace, *head);
  if (!signatures.ok()) return UnlessRemoved(tenant, trace_id, signatures.status());
  return signatures;
}

absl::Status TraceStore::ReadColumns(
    uint32_t tenant, std::string_view trace_id, uint64_t first_operator,
    absl::FunctionRef<absl::StatusOr<bool>(uint64_t first, const v1::OperatorColumns&)> visit) const {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, trace_id);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<TraceHead> head = SealedHead(*database_, *trace);
  if (!head.ok()) return head.status();
  const absl::StatusOr<uint32_t> block = FindBlock(*database_, *trace, *head, first_operator);
  return UnlessRemoved(tenant, trace_id,
                       block.ok() ? ForEachBlock(*database_, *trace, *head, *block, visit) : block.status());
}

absl::Status TraceStore::Verify(uint32_t tenant, std::string_view trace_id) const {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, trace_id);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<TraceHead> head = SealedHead(*database_, *trace);
  if (!head.ok()) return head.status();
  const absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(*database_, *trace);
  if (!manifest.ok()) return UnlessRemoved(tenant, trace_id, manifest.status());
  const absl::StatusOr<Digest> digest =
      ComputeContentDigest(*database_, *trace, *head, manifest->header(), manifest->summary());
  if (!digest.ok()) return UnlessRemoved(tenant, trace_id, digest.status());
  if (DigestBytes(*digest) == manifest->content_digest()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      "trace ", manifest->trace_id(), ": its content digest is ", DigestHex(*digest), ", its manifest says ",
      absl::BytesToHexString(manifest->content_digest()), "; restore the trace from a backup, or collect it again"));
}

absl::Status TraceStore::Delete(uint32_t tenant, std::string_view trace_id) {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, trace_id);
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<std::optional<TraceHead>> head = ReadHead(*database_, *trace);
  if (!head.ok() && !absl::IsDataLoss(head.status())) return head.status();
  if (head.ok()) {
    const std::string id = TraceIdText(trace->id);
    if (!head->has_value()) return NoTraceOf(id);
    if ((*head)->state == v1::TRACE_STATE_OPEN) {
      return absl::FailedPreconditionError(
          absl::StrCat("trace ", id,
                       " is open; it can be removed when it is sealed, or when it has expired because "
                       "nobody wrote to it (sandglass serve --expire-after)"));
    }
  }
  absl::StatusOr<std::vector<Change>> removal = ReadRemoval(*database_, *trace);
  if (!removal.ok()) return removal.status();
  if (absl::Status status = database_->Write(*removal, /*sync=*/true); !status.ok()) return status;
  NoteRemoved(tenant, trace->id);
  return absl::OkStatus();
}

absl::StatusOr<TenantUsage> TraceStore::UsageOf(uint32_t tenant) const {
  if (usage_ != nullptr) return usage_->Of(tenant);
  return absl::FailedPreconditionError(absl::StrCat("store '", directory_, "' is open read-only"));
}

std::map<uint32_t, TenantUsage> TraceStore::Usage() const {
  return usage_ == nullptr ? std::map<uint32_t, TenantUsage>() : usage_->All();
}

std::map<std::string, uint64_t> TraceStore::BackgroundErrors() const { return database_->BackgroundErrors(); }

absl::Status TraceStore::Reclaim() { return reclaimer_->Run(); }

absl::Status TraceStore::ReclaimSoon() { return reclaimer_->Start(); }

void TraceStore::NoteRemoved(uint32_t tenant, const TraceId& trace) { reclaimer_->Note(tenant, trace); }

absl::StatusOr<uint32_t> TraceStore::TenantNumber(std::string_view name) {
  if (name == "default") return kDefaultTenant;
  const std::string key = TenantNameKey(ViewOf(name));
  MutexLock lock(tenants_mutex_);
  absl::StatusOr<std::optional<std::string>> known = database_->Get(Family::kIndex, key);
  if (!known.ok()) return known.status();
  if (known->has_value()) return ByteReader(**known).Get<uint32_t>();
  if (database_->read_only()) return absl::NotFoundError(absl::StrCat("no tenant ", Quoted(ViewOf(name))));
  // Tenants are few, so the next number is found by reading them all. Number 0 holds this list.
  uint32_t next = kDefaultTenant + 1;
  const std::string prefix = TenantPrefix(0);
  absl::Status status = database_->Scan(Family::kIndex, prefix, PrefixEnd(prefix),
                                        [&](absl::string_view, absl::string_view value) -> absl::StatusOr<bool> {
                                          next = std::max(next, ByteReader(value).Get<uint32_t>() + 1);
                                          return true;
                                        });
  if (!status.ok()) return status;
  // A number whose name was lost with a damaged table must not become somebody else's.
  const absl::StatusOr<std::optional<std::string>> last =
      database_->LastKeyBefore(Family::kMeta, std::string(kKeyLength, '\xff'));
  if (!last.ok()) return last.status();
  if (last->has_value()) {
    if (const std::optional<Key> greatest = DecodeKey(**last)) next = std::max(next, greatest->tenant + 1);
  }
  ByteWriter number;
  number.Put(next);
  status = database_->Write({Change::Put(Family::kIndex, key, number.Take())}, /*sync=*/true);
  if (!status.ok()) return status;
  return next;
}

}  // namespace sandglass::storage
