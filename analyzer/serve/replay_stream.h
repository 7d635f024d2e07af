// One Replay call: the work runs on the pool, progress goes out as fast as the client reads, and only the newest.
//
// Deletes itself when gRPC is done with it.
#ifndef SANDGLASS_ANALYZER_SERVE_REPLAY_STREAM_H_
#define SANDGLASS_ANALYZER_SERVE_REPLAY_STREAM_H_

#include <memory>
#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "analyzer/analysis/analysis.h"
#include "grpcpp/grpcpp.h"
#include "proto/analysis_service.pb.h"
#include "storage/caller.h"
#include "storage/mutex.h"
#include "storage/work_queue.h"

namespace sandglass::serve {

// How a call ends that is one too many to wait.
grpc::Status TooManyQuestions();

class ReplayStream : public grpc::ServerWriteReactor<v1::ReplayResponse> {
 public:
  // Begins the work; refuses the call where the pool is full.
  static ReplayStream* Start(std::shared_ptr<analysis::Analysis> analysis, storage::Caller caller,
                             storage::WorkQueue& pool, const v1::ReplayRequest& request);
  // Ends a call that may not be made.
  static ReplayStream* Refuse(grpc::Status status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  explicit ReplayStream(storage::Caller caller) : caller_(std::move(caller)) {}

  // Does the whole replay. `this` may be gone when it returns.
  void Work(analysis::Analysis& analysis, const v1::ReplayRequest& request);
  // Whether the caller went away.
  bool IsGone();
  // Sends a message as soon as the wire is free, in place of one that still waits. False: the caller went away.
  bool Post(v1::ReplayResponse message);
  // Ends the call with `status`, after what waits. `this` may be gone when it returns.
  void End(grpc::Status status);

  const storage::Caller caller_;
  storage::Mutex mutex_;
  // The message on the wire; must not change while `writing_`.
  v1::ReplayResponse on_wire_;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<v1::ReplayResponse> waiting_ ABSL_GUARDED_BY(mutex_);
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace sandglass::serve

#endif  // SANDGLASS_ANALYZER_SERVE_REPLAY_STREAM_H_
