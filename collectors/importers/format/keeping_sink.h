// A sink for tests of importers.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_KEEPING_SINK_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_KEEPING_SINK_H_

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "collectors/trace_sink.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// Keeps what it gets.
class KeepingSink : public TraceSink {
 public:
  absl::Status Begin(const v1::TraceHeader& header) override {
    header_ = header;
    return absl::OkStatus();
  }
  absl::Status Add(const v1::Operator& op) override {
    operators_.push_back(op);
    return absl::OkStatus();
  }
  absl::StatusOr<v1::TraceManifest> Finish(const v1::TraceSummary& summary) override {
    summary_ = summary;
    v1::TraceManifest manifest;
    *manifest.mutable_header() = header_;
    *manifest.mutable_summary() = summary;
    if (!finish_.ok()) return finish_;
    manifest.set_operators(operators_.size());
    return manifest;
  }
  void Abort() override { aborted_ = true; }

  // Has Finish fail.
  void RefuseTheEnd(absl::Status status) { finish_ = std::move(status); }

  const v1::TraceHeader& header() const { return header_; }
  const v1::TraceSummary& summary() const { return summary_; }
  const std::vector<v1::Operator>& operators() const { return operators_; }
  bool aborted() const { return aborted_; }
  // The first operator of that name; one without a name, if there is none.
  v1::Operator Find(absl::string_view name) const {
    for (const v1::Operator& op : operators_) {
      if (op.signature().name() == name) return op;
    }
    return {};
  }

 private:
  v1::TraceHeader header_;
  v1::TraceSummary summary_;
  std::vector<v1::Operator> operators_;
  absl::Status finish_;
  bool aborted_ = false;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_KEEPING_SINK_H_
