// Calls to a server that may just have been started again, or that is slow.
//
// The functions may be called from several threads at once.
#ifndef SANDGLASS_STORAGE_PATIENT_CALL_H_
#define SANDGLASS_STORAGE_PATIENT_CALL_H_

#include <grpcpp/grpcpp.h>

#include <functional>

namespace sandglass::storage {

// A call that is so prepared waits for its server to be there, and fails after two minutes, so that a test that hangs
// says so.
void Prepare(grpc::ClientContext& context);

// Makes a call, prepared, until its answer is another than UNAVAILABLE: a call that is made while the old server's
// connection breaks goes down with it.
grpc::Status Ask(const std::function<grpc::Status(grpc::ClientContext&)>& call);

}  // namespace sandglass::storage

#endif  // SANDGLASS_STORAGE_PATIENT_CALL_H_
