// What a server says of its health.
//
// The functions may be called from any thread.
#ifndef SANDGLASS_TESTS_FAULTS_HEALTH_H_
#define SANDGLASS_TESTS_FAULTS_HEALTH_H_

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

namespace sandglass::faults {

// As in grpc.health.v1; kNoAnswer: the call failed.
enum class Health { kNoAnswer = -1, kUnknown = 0, kServing = 1, kNotServing = 2, kServiceUnknown = 3 };

// Of one service, "" being the whole server.
Health HealthOf(const std::shared_ptr<grpc::Channel>& channel, const std::string& service);

// Hears of each change; the present state comes first. Ends of itself after two minutes.
class HealthWatch {
 public:
  HealthWatch(const std::shared_ptr<grpc::Channel>& channel, const std::string& service);
  ~HealthWatch();
  HealthWatch(const HealthWatch&) = delete;
  HealthWatch& operator=(const HealthWatch&) = delete;

  // Waits for the next; kNoAnswer: the watch has ended.
  Health Next();

 private:
  struct Call;
  const std::unique_ptr<Call> call_;
};

}  // namespace sandglass::faults

#endif  // SANDGLASS_TESTS_FAULTS_HEALTH_H_
