#include "storage/ingest.h"

#include <array>
#include <chrono>
#include <optional>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "proto/trace_validator.h"
#include "storage/active_trace.h"
#include "storage/content_digest.h"
#include "storage/fault_hooks.h"
#include "storage/seal.h"

namespace sandglass::storage {
namespace {

constexpr uint32_t kSchemaVersion = 1;

int64_t SystemUnixNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Reads 8-4-4-4-12 hexadecimal digits.
absl::StatusOr<TraceId> ParseClientKey(const std::string& text) {
  std::string digits;
  bool sound = text.size() == 36;
  for (size_t i = 0; sound && i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    sound = dash ? text[i] == '-' : absl::ascii_isxdigit(static_cast<unsigned char>(text[i]));
    if (!dash) digits.push_back(text[i]);
  }
  if (!sound) {
    return absl::InvalidArgumentError(absl::StrCat("client_key is '", absl::CEscape(text.substr(0, 40)),
                                                   "', but it must be a UUID of 36 characters"));
  }
  const std::string bytes = absl::HexStringToBytes(digits);
  TraceId key;
  std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
  return key;
}

absl::StatusOr<TraceRef> RefOf(uint32_t tenant, const std::string& trace_id) {
  const std::optional<TraceId> id = ParseTraceId(trace_id);
  if (id) return TraceRef{tenant, *id};
  return absl::InvalidArgumentError(
      absl::StrCat("trace_id is '", absl::CEscape(trace_id.substr(0, 40)), "', but an id has 26 letters and digits"));
}

absl::Status Fenced(uint64_t epoch, uint64_t newest) {
  return absl::FailedPreconditionError(
      absl::StrCat("fenced: epoch ", epoch, " is not the newest, ", newest, "; another writer opened the trace"));
}

absl::Status CheckState(const TraceRef& trace, const TraceHead& head) {
  if (head.state == v1::TRACE_STATE_OPEN) return absl::OkStatus();
  const absl::string_view state = head.state == v1::TRACE_STATE_SEALED    ? "is sealed"
                                  : head.state == v1::TRACE_STATE_EXPIRED ? "has expired"
                                                                          : "is being removed";
  return absl::FailedPreconditionError(
      absl::StrCat("trace ", TraceIdText(trace.id), " ", state, "; open a new one with a new client_key"));
}

// Whether a seal says what the store has.
absl::Status CheckSeal(const TraceHead& head, const v1::SealRequest& request) {
  if (request.epoch() != head.epoch) return Fenced(request.epoch(), head.epoch);
  if (request.last_seq() != head.durable_seq) {
    return absl::FailedPreconditionError(
        absl::StrCat("last_seq is ", request.last_seq(), ", but ", head.durable_seq, " chunks are durable"));
  }
  if (request.operators() != head.sent_operators) {
    return absl::FailedPreconditionError(
        absl::StrCat("operators is ", request.operators(), ", but the durable chunks ", "have ", head.sent_operators));
  }
  if (request.chain_digest() != DigestBytes(head.chain)) {
    return absl::FailedPreconditionError("chain_digest differs from that of the durable chunks");
  }
  return absl::OkStatus();
}

v1::Validation ValidationOf(const v1::OpenRequest& request) {
  return request.validation() == v1::VALIDATION_UNSPECIFIED ? v1::VALIDATION_STRICT : request.validation();
}

}  // namespace

Ingest::Ingest(TraceStore& store, IngestOptions options)
    : store_(store),
      database_(store.database()),
      options_(std::move(options)),
      committer_([this](const std::vector<Change>& changes) { return database_.Write(changes, /*sync=*/true); }) {
  if (!options_.now_unix_ns) options_.now_unix_ns = SystemUnixNs;
}

Ingest::~Ingest() = default;

absl::StatusOr<v1::OpenResponse> Ingest::Open(uint32_t tenant, const v1::OpenRequest& request, Quota* quota) {
  const absl::StatusOr<TraceId> client_key = ParseClientKey(request.client_key());
  if (!client_key.ok()) return client_key.status();
  if (request.schema_version() != kSchemaVersion) {
    return absl::InvalidArgumentError(
        absl::StrCat("schema_version is ", request.schema_version(), ", but this store takes ", kSchemaVersion));
  }
  if (!v1::Validation_IsValid(request.validation())) {
    return absl::InvalidArgumentError(
        absl::StrCat("validation is ", static_cast<int>(request.validation()), ", but it must be strict or lenient"));
  }
  if (absl::Status status = ValidateHeader(request.header()); !status.ok()) return status;
  // Clients come back here after the disk was full.
  if (absl::Status status = store_.TryRecover(); !status.ok()) return status;
  MutexLock lock(mutex_);
  absl::StatusOr<std::optional<std::string>> known = database_.Get(Family::kIndex, ClientKeyKey(tenant, *client_key));
  if (!known.ok()) return known.status();
  if (!known->has_value()) {
    // Of one Open after another, each sees what the last one has begun.
    const absl::Status allowed = quota == nullptr ? absl::OkStatus() : quota->CheckOpen(UsageOf(tenant));
    return allowed.ok() ? OpenNew(tenant, *client_key, request) : allowed;
  }
  TraceRef trace{tenant, {}};
  if ((*known)->size() != trace.id.bytes.size()) {
    return absl::DataLossError(absl::StrCat("the record of client_key ", request.client_key(), " is damaged"));
  }
  std::copy((*known)->begin(), (*known)->end(), trace.id.bytes.begin());
  return Reopen(trace, request);
}

absl::StatusOr<TraceId> Ingest::NewTraceId(uint32_t tenant) {
  const absl::StatusOr<std::optional<std::string>> last =
      database_.LastKeyBefore(Family::kMeta, PrefixEnd(TenantPrefix(tenant)));
  if (!last.ok()) return last.status();
  TraceId newest;
  if (last->has_value()) {
    if (const std::optional<Key> key = DecodeKey(**last); key && key->tenant == tenant) newest = key->trace;
  }
  std::random_device device;
  std::array<uint8_t, 10> random;
  for (uint8_t& byte : random) byte = static_cast<uint8_t>(device());
  return NextTraceId(newest, static_cast<uint64_t>(options_.now_unix_ns() / 1000000), random);
}

absl::StatusOr<v1::OpenResponse> Ingest::OpenNew(uint32_t tenant, const TraceId& client_key,
                                                 const v1::OpenRequest& request) {
  const absl::StatusOr<TraceId> id = NewTraceId(tenant);
  if (!id.ok()) return id.status();
  const TraceRef trace{tenant, *id};
  TraceHead head;
  head.validation = ValidationOf(request);
  head.epoch = 1;
  head.client_key = client_key;
  head.written_unix_ns = options_.now_unix_ns();
  std::vector<Change> changes = IndexOf(trace, head, request.header().name());
  changes.push_back(PutHead(trace, head));
  changes.push_back(
      Change::Put(Family::kMeta, EncodeKey({tenant, *id, Stream::kHeader, 0}), EncodeMessage(request.header())));
  if (absl::Status status = committer_.Commit(std::move(changes)); !status.ok()) return status;
  return Opened(trace, head);
}

absl::StatusOr<v1::OpenResponse> Ingest::Reopen(const TraceRef& trace, const v1::OpenRequest& request) {
  if (absl::Status status = CheckNotSealing(trace); !status.ok()) return status;
  const absl::StatusOr<v1::TraceHeader> header = ReadHeader(database_, trace);
  if (!header.ok()) return header.status();
  absl::StatusOr<TraceHead> head = HeadOf(trace);
  if (!head.ok()) return head.status();
  if (CanonicalBytes(*header) != CanonicalBytes(request.header()) || head->validation != ValidationOf(request)) {
    return absl::AlreadyExistsError(absl::StrCat("client_key ", request.client_key(),
                                                 " was opened before with another ",
                                                 "header or validation; make a new client_key for a new trace"));
  }
  if (head->state == v1::TRACE_STATE_SEALED) return Opened(trace, *head);
  if (absl::Status status = CheckState(trace, *head); !status.ok()) return status;
  Retire(trace, Fenced(head->epoch, head->epoch + 1));
  // What was on its way is on disk now.
  head = HeadOf(trace);
  if (!head.ok()) return head.status();
  ++head->epoch;
  head->written_unix_ns = options_.now_unix_ns();
  absl::Status status = committer_.Commit({PutHead(trace, *head)});
  if (!status.ok()) return status;
  return Opened(trace, *head);
}

absl::StatusOr<v1::OpenResponse> Ingest::Opened(const TraceRef& trace, const TraceHead& head) const {
  v1::OpenResponse response;
  response.set_trace_id(TraceIdText(trace.id));
  response.set_epoch(head.epoch);
  response.set_next_seq(head.durable_seq + 1);
  response.set_chain_digest(DigestBytes(head.chain));
  response.set_durable_operators(head.sent_operators);
  response.set_max_chunk_bytes(kMaxChunkBytes);
  response.set_credit_bytes(options_.credit_bytes);
  response.set_signatures(head.signatures);
  if (head.state == v1::TRACE_STATE_SEALED) {
    const absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(database_, trace);
    if (!manifest.ok()) return manifest.status();
    response.set_content_digest(manifest->content_digest());
  }
  return response;
}

absl::StatusOr<TraceHead> Ingest::HeadOf(const TraceRef& trace) const {
  absl::StatusOr<std::optional<TraceHead>> head = ReadHead(database_, trace);
  if (!head.ok()) return head.status();
  if (!head->has_value()) {
    return absl::NotFoundError(absl::StrCat("no trace ", TraceIdText(trace.id), "; open one first"));
  }
  return **head;
}

absl::Status Ingest::CheckNotSealing(const TraceRef& trace) const {
  if (sealing_.count({trace.tenant, trace.id}) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("trace ", TraceIdText(trace.id), " is being sealed; try again"));
}

void Ingest::Retire(const TraceRef& trace, const absl::Status& why) {
  const auto it = active_.find({trace.tenant, trace.id});
  if (it == active_.end()) return;
  it->second->Close(why);
  it->second->Drain();
  active_.erase(it);
}

void Ingest::Drain(const TraceRef& trace) {
  const auto it = active_.find({trace.tenant, trace.id});
  if (it != active_.end()) it->second->Drain();
}

void Ingest::EvictIdle() {
  for (auto it = active_.begin(); active_.size() > options_.max_idle_traces && it != active_.end();) {
    // Streams, and chunks on their way, hold a reference of their own.
    it = it->second.use_count() == 1 ? active_.erase(it) : std::next(it);
  }
}

absl::StatusOr<std::shared_ptr<Ingest::ActiveTrace>> Ingest::Activate(const TraceRef& trace) {
  const TraceKey key{trace.tenant, trace.id};
  const auto it = active_.find(key);
  if (it != active_.end()) {
    it->second->Drain();
    if (!it->second->closed()) return it->second;
    active_.erase(it);
  }
  absl::StatusOr<std::unique_ptr<TraceWriter>> writer = TraceWriter::Load(database_, trace);
  if (!writer.ok()) return writer.status();
  EvictIdle();
  auto active = std::make_shared<ActiveTrace>(trace, *std::move(writer), store_, committer_, options_);
  active_.emplace(key, active);
  return active;
}

absl::StatusOr<std::shared_ptr<Ingest::ActiveTrace>> Ingest::Attach(uint32_t tenant, const v1::AppendStart& start) {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, start.trace_id());
  if (!trace.ok()) return trace.status();
  MutexLock lock(mutex_);
  if (absl::Status status = CheckNotSealing(*trace); !status.ok()) return status;
  const absl::StatusOr<TraceHead> head = HeadOf(*trace);
  if (!head.ok()) return head.status();
  if (absl::Status status = CheckState(*trace, *head); !status.ok()) return status;
  absl::StatusOr<std::shared_ptr<ActiveTrace>> active = Activate(*trace);
  if (!active.ok()) return active.status();
  if (absl::Status status = (*active)->CheckStart(start); !status.ok()) return status;
  return active;
}

absl::Status Ingest::Append(const std::shared_ptr<ActiveTrace>& trace, const v1::Chunk& chunk, Acknowledge done) {
  return trace->Append(chunk, std::move(done));
}

uint64_t Ingest::DurableSeq(ActiveTrace& trace) { return trace.durable_seq(); }

absl::StatusOr<bool> Ingest::BeginSeal(const TraceRef& trace, const v1::SealRequest& request, TraceHead& head) {
  if (absl::Status status = CheckNotSealing(trace); !status.ok()) return status;
  Drain(trace);
  const absl::StatusOr<TraceHead> stored = HeadOf(trace);
  if (!stored.ok()) return stored.status();
  if (absl::Status status = CheckSeal(*stored, request); !status.ok()) return status;
  if (stored->state == v1::TRACE_STATE_SEALED) {
    if (stored->summary_digest == Sha256(CanonicalBytes(request.summary()))) return true;
    return absl::FailedPreconditionError(
        absl::StrCat("trace ", request.trace_id(), " was sealed with another summary; a seal cannot be changed"));
  }
  if (absl::Status status = CheckState(trace, *stored); !status.ok()) return status;
  Retire(trace, absl::FailedPreconditionError(absl::StrCat("trace ", request.trace_id(), " is sealed")));
  // A chunk may have come between the check and the end of its stream.
  const absl::StatusOr<TraceHead> last = HeadOf(trace);
  if (!last.ok()) return last.status();
  if (absl::Status status = CheckSeal(*last, request); !status.ok()) return status;
  head = *last;
  sealing_.insert({trace.tenant, trace.id});
  return false;
}

absl::StatusOr<v1::SealResponse> Ingest::Seal(uint32_t tenant, const v1::SealRequest& request) {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, request.trace_id());
  if (!trace.ok()) return trace.status();
  if (absl::Status status = ValidateSummary(request.summary()); !status.ok()) return status;
  if (absl::Status status = store_.TryRecover(); !status.ok()) return status;
  v1::SealResponse response;
  TraceHead head;
  {
    MutexLock lock(mutex_);
    const absl::StatusOr<bool> sealed = BeginSeal(*trace, request, head);
    if (!sealed.ok()) return sealed.status();
    if (*sealed) {
      absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(database_, *trace);
      if (!manifest.ok()) return manifest.status();
      *response.mutable_manifest() = *std::move(manifest);
      return response;
    }
  }
  // Reading it all back takes long, so other traces go on meanwhile.
  absl::StatusOr<SealPlan> plan = PrepareSeal(database_, *trace, head, request.summary(), options_.now_unix_ns());
  FaultPoint("seal");
  const absl::Status status = plan.ok() ? committer_.Commit(std::move(plan->changes)) : plan.status();
  FaultPoint("sealed");
  MutexLock lock(mutex_);
  sealing_.erase({trace->tenant, trace->id});
  if (!status.ok()) return status;
  *response.mutable_manifest() = std::move(plan->manifest);
  return response;
}

absl::StatusOr<v1::GetStatusResponse> Ingest::GetStatus(uint32_t tenant, const v1::GetStatusRequest& request) {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, request.trace_id());
  if (!trace.ok()) return trace.status();
  const absl::StatusOr<TraceHead> head = HeadOf(*trace);
  if (!head.ok()) return head.status();
  v1::GetStatusResponse response;
  response.set_state(head->state);
  response.set_epoch(head->epoch);
  response.set_durable_seq(head->durable_seq);
  response.set_durable_operators(head->sent_operators);
  response.set_chain_digest(DigestBytes(head->chain));
  if (head->state == v1::TRACE_STATE_SEALED) {
    const absl::StatusOr<v1::TraceManifest> manifest = ReadManifest(database_, *trace);
    if (!manifest.ok()) return manifest.status();
    response.set_content_digest(manifest->content_digest());
  }
  return response;
}

absl::StatusOr<std::vector<std::pair<TraceRef, TraceHead>>> Ingest::Silent(int64_t before_unix_ns) {
  std::vector<std::pair<TraceRef, TraceHead>> old;
  const absl::Status status = database_.Scan(
      Family::kMeta, "", std::string(kKeyLength, '\xff'),
      [&](absl::string_view bytes, absl::string_view value) -> absl::StatusOr<bool> {
        const std::optional<Key> key = DecodeKey(bytes);
        if (!key || key->tenant == 0 || key->stream != Stream::kHead) return true;
        // A damaged head is for the scrub to find.
        const std::optional<TraceHead> head = DecodeHead(value);
        const bool silent = head && head->state == v1::TRACE_STATE_OPEN && head->written_unix_ns < before_unix_ns;
        if (silent) old.emplace_back(TraceRef{key->tenant, key->trace}, *head);
        return true;
      });
  if (!status.ok()) return status;
  std::vector<std::pair<TraceRef, TraceHead>> silent;
  for (auto& [trace, head] : old) {
    const TraceKey key{trace.tenant, trace.id};
    const auto active = active_.find(key);
    // A stream holds a reference of its own, and may be silent for as long as its model runs.
    const bool attached = active != active_.end() && active->second.use_count() > 1;
    if (!attached && sealing_.count(key) == 0) silent.emplace_back(trace, head);
  }
  return silent;
}

absl::StatusOr<std::vector<std::string>> Ingest::ExpireSilent(int64_t silence_ns) {
  MutexLock lock(mutex_);
  const int64_t now = options_.now_unix_ns();
  absl::StatusOr<std::vector<std::pair<TraceRef, TraceHead>>> silent = Silent(now - silence_ns);
  if (!silent.ok()) return silent.status();
  std::vector<std::string> expired;
  for (auto& [trace, head] : *silent) {
    Retire(trace, absl::FailedPreconditionError(absl::StrCat("trace ", TraceIdText(trace.id), " has expired")));
    head.state = v1::TRACE_STATE_EXPIRED;
    head.written_unix_ns = now;
    const absl::Status status = committer_.Commit({PutHead(trace, head)});
    if (!status.ok()) return status;
    expired.push_back(TraceIdText(trace.id));
  }
  return expired;
}

absl::StatusOr<v1::AbortResponse> Ingest::Abort(uint32_t tenant, const v1::AbortRequest& request) {
  const absl::StatusOr<TraceRef> trace = RefOf(tenant, request.trace_id());
  if (!trace.ok()) return trace.status();
  MutexLock lock(mutex_);
  if (absl::Status status = CheckNotSealing(*trace); !status.ok()) return status;
  const absl::StatusOr<TraceHead> head = HeadOf(*trace);
  if (!head.ok()) return head.status();
  if (head->state == v1::TRACE_STATE_SEALED) {
    return absl::FailedPreconditionError(
        absl::StrCat("trace ", request.trace_id(), " is sealed; delete it with sandglass traces rm"));
  }
  if (request.epoch() != head->epoch) return Fenced(request.epoch(), head->epoch);
  Retire(*trace, absl::FailedPreconditionError(absl::StrCat("trace ", request.trace_id(), " was given up")));
  absl::StatusOr<std::vector<Change>> removal = ReadRemoval(database_, *trace);
  if (!removal.ok()) return removal.status();
  if (absl::Status status = committer_.Commit(*std::move(removal)); !status.ok()) return status;
  store_.NoteRemoved(tenant, trace->id);
  return v1::AbortResponse();
}

}  // namespace sandglass::storage
