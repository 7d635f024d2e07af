// Requests to the ingest service, of any bytes: an answer or an error in one line, and never an answer with a number
// that is none.
//
// The first byte says which request the rest is. "OPEN" and "SEALED" in place of a trace id mean traces that are so.
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "storage/ingest.h"
#include "storage/sample_trace.h"
#include "storage/trace_store.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

using storage::Ingest;
using storage::kDefaultTenant;

enum class Method : char { kOpen, kStart, kChunk, kSeal, kGetStatus, kAbort };

constexpr char kOpenTrace[] = "OPEN";
constexpr char kSealedTrace[] = "SEALED";
// Of two operators, in rows; what a start goes on from, and a seal ends.
constexpr uint32_t kOperators = 2;

// Begins as a start that goes on with a trace from its beginning.
v1::AppendStart StartOf(const std::string& trace_id, uint64_t epoch) {
  v1::AppendStart start;
  start.set_trace_id(trace_id);
  start.set_epoch(epoch);
  start.set_resume_seq(1);
  start.set_chain_digest(std::string(32, '\0'));
  return start;
}

class Service {
 public:
  Service() : store_(*storage::TraceStore::Open(folder_.path(), {})), ingest_(*store_) {
    Renew();
    Require(AppendAndWait(storage::Chunker().NextSample(kOperators, v1::Chunk::FORM_ROWS)).ok(), "a sound chunk");
    storage::Chunker chunker;
    chunker.NextSample(kOperators, v1::Chunk::FORM_ROWS);
    Require(ingest_.Seal(kDefaultTenant, storage::SampleSeal(open_, chunker)).ok(), "a sound seal");
    sealed_ = open_.trace_id();
    open_.clear_trace_id();
    Renew();
  }

  // Gives the open trace up and begins a new one.
  void Renew() {
    GiveUp(open_);
    open_ = *ingest_.Open(kDefaultTenant, storage::SampleOpen(++traces_, "open"));
  }

  void GiveUp(const v1::OpenResponse& open) {
    if (open.trace_id().empty() || open.has_content_digest()) return;
    v1::AbortRequest abort;
    abort.set_trace_id(open.trace_id());
    abort.set_epoch(open.epoch());
    const absl::Status status = ingest_.Abort(kDefaultTenant, abort).status();
    // An input may have removed or sealed it.
    Require(status.ok() || absl::IsNotFound(status) || absl::IsFailedPrecondition(status), status.ToString());
  }

  template <typename Request>
  void Name(Request& request) const {
    if (request.trace_id() == kOpenTrace) request.set_trace_id(open_.trace_id());
    if (request.trace_id() == kSealedTrace) request.set_trace_id(sealed_);
  }

  // Sends a chunk on a new stream of the open trace.
  absl::Status AppendAndWait(const v1::Chunk& chunk) {
    const auto trace = ingest_.Attach(kDefaultTenant, StartOf(open_.trace_id(), open_.epoch()));
    if (!trace.ok()) return trace.status();
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<absl::Status> outcome;
    const absl::Status taken = ingest_.Append(*trace, chunk, [&](const absl::StatusOr<v1::AppendResponse>& response) {
      if (response.ok()) RequireFinite(*response);
      const std::lock_guard<std::mutex> lock(mutex);
      outcome = response.status();
      changed.notify_all();
    });
    if (!taken.ok()) return taken;
    std::unique_lock<std::mutex> lock(mutex);
    changed.wait(lock, [&] { return outcome.has_value(); });
    return *outcome;
  }

  Ingest& ingest() { return ingest_; }

 private:
  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::TraceStore> store_;
  Ingest ingest_;
  v1::OpenResponse open_;
  std::string sealed_;
  uint64_t traces_ = 1000;
};

Service& TheService() {
  static auto* service = new Service;
  return *service;
}

// Without a quota, where the method takes one.
template <typename Request, typename Response, typename... Quotas>
std::optional<Response> Ask(const std::string& bytes,
                            absl::StatusOr<Response> (Ingest::*method)(uint32_t, const Request&, Quotas*...)) {
  Request request;
  if (!request.ParseFromString(bytes)) return std::nullopt;
  if constexpr (!std::is_same_v<Request, v1::OpenRequest>) TheService().Name(request);
  absl::StatusOr<Response> response =
      (TheService().ingest().*method)(kDefaultTenant, request, static_cast<Quotas*>(nullptr)...);
  RequireOneLine(response.status());
  if (!response.ok()) return std::nullopt;
  RequireFinite(*response);
  return *std::move(response);
}

void Start(const std::string& bytes) {
  v1::AppendStart start;
  if (!start.ParseFromString(bytes)) return;
  TheService().Name(start);
  RequireOneLine(TheService().ingest().Attach(kDefaultTenant, start).status());
}

void Send(const std::string& bytes) {
  v1::Chunk chunk;
  if (!chunk.ParseFromString(bytes)) return;
  // Otherwise nearly all would be stopped by the checksum.
  if (chunk.payload_xxh3() == 0) storage::FixChecksum(chunk);
  const absl::Status status = TheService().AppendAndWait(chunk);
  RequireOneLine(status);
  if (status.ok()) TheService().Renew();
}

template <typename Message>
std::string Seed(Method method, const Message& message) {
  return static_cast<char>(method) + message.SerializeAsString();
}

}  // namespace

std::vector<std::string> Seeds() {
  v1::GetStatusRequest status;
  status.set_trace_id(kSealedTrace);
  v1::AbortRequest abort;
  abort.set_trace_id(kOpenTrace);
  abort.set_epoch(1);
  v1::OpenResponse open;
  open.set_trace_id(kOpenTrace);
  open.set_epoch(1);
  const v1::SealRequest empty = storage::SampleSeal(open, storage::Chunker());
  storage::Chunker chunker;
  v1::Chunk rows = chunker.NextSample(kOperators, v1::Chunk::FORM_ROWS);
  v1::Chunk columns = storage::Chunker().NextSample(kOperators, v1::Chunk::FORM_COLUMNS);
  for (v1::Chunk* chunk : {&rows, &columns}) chunk->clear_payload_xxh3();
  open.set_trace_id(kSealedTrace);
  return {Seed(Method::kOpen, storage::SampleOpen(1, "fuzz")),
          Seed(Method::kStart, StartOf(kOpenTrace, 1)),
          Seed(Method::kStart, StartOf(kSealedTrace, 1)),
          Seed(Method::kChunk, rows),
          Seed(Method::kChunk, columns),
          Seed(Method::kSeal, empty),
          Seed(Method::kSeal, storage::SampleSeal(open, chunker)),
          Seed(Method::kGetStatus, status),
          Seed(Method::kAbort, abort)};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass::fuzz;  // NOLINT(google-build-using-namespace): the entry point has no namespace
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (static_cast<Method>(data[0])) {
    case Method::kOpen:
      if (const auto response = Ask(bytes, &Ingest::Open)) TheService().GiveUp(*response);
      break;
    case Method::kStart:
      Start(bytes);
      break;
    case Method::kChunk:
      Send(bytes);
      break;
    case Method::kSeal:
      if (Ask(bytes, &Ingest::Seal)) TheService().Renew();
      break;
    case Method::kGetStatus:
      Ask(bytes, &Ingest::GetStatus);
      break;
    case Method::kAbort:
      if (Ask(bytes, &Ingest::Abort)) TheService().Renew();
      break;
  }
  return 0;
}
