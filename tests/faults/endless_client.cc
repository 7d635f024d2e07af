// A client that sends chunks without end, for tests that stop it. Arguments: HOST:PORT and a number for the client_key.
// Prints a line once its first chunk is on disk.
#include <cstdio>
#include <cstdlib>

#include "tests/faults/fault_fixture.h"

int main(int argc, char** argv) {
  using namespace sandglass;  // NOLINT(google-build-using-namespace): main has no namespace
  if (argc != 3) return 2;
  faults::IngestClient client(argv[1]);
  const auto open = client.Open(storage::SampleOpen(std::strtoull(argv[2], nullptr, 10), "stopped"));
  if (!open.ok()) return 1;
  grpc::ClientContext context;
  const auto stream = client.stub().Append(&context);
  v1::AppendRequest request;
  *request.mutable_start() = faults::StartOf(*open);
  storage::Chunker chunker;
  // About half a megabyte each, so that whenever it is stopped, it is stopped in a chunk.
  constexpr uint32_t kOperators = 6000;
  v1::AppendResponse response;
  for (bool first = true; stream->Write(request); first = false) {
    *request.mutable_chunk() = chunker.NextSample(kOperators, v1::Chunk::FORM_ROWS);
    if (first || !stream->Write(request) || !stream->Read(&response)) continue;
    std::printf("acknowledged %llu\n", static_cast<unsigned long long>(response.durable_seq()));
    std::fflush(stdout);
    *request.mutable_chunk() = chunker.NextSample(kOperators, v1::Chunk::FORM_ROWS);
  }
  return 1;
}
