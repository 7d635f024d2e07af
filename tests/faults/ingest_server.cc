// A server with the ingest service and nothing else, for tests that kill it.
//
// Usage: ingest_server DIR PORT. Opens the store in DIR, listens on 127.0.0.1:PORT (0: any free port), prints
// "listening on 127.0.0.1:PORT" and serves until it is killed.
#include <grpcpp/grpcpp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "storage/ingest_service.h"
#include "storage/trace_store.h"

int main(int argc, char** argv) {
  // A test that crashes must not leave servers behind.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 3) return 1;
  auto store = sandglass::storage::TraceStore::Open(argv[1], {});
  if (!store.ok()) {
    std::fprintf(stderr, "ingest_server: %s\n", std::string(store.status().message()).c_str());
    return 1;
  }
  sandglass::storage::IngestService service(**store);
  grpc::ServerBuilder builder;
  sandglass::storage::IngestService::Configure(builder);
  int port = 0;
  builder.AddListeningPort(std::string("127.0.0.1:") + argv[2], grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || port == 0) return 1;
  std::printf("listening on 127.0.0.1:%d\n", port);
  std::fflush(stdout);
  while (true) pause();
}
