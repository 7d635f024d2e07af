// Reads single events as ONNX Runtime's profiler writes them into a profile.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_EVENT_READER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_EVENT_READER_H_

#include <simdjson.h>

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/onnxruntime/profile.h"
#include "collectors/importers/onnxruntime/signatures.h"

namespace sandglass::collectors::onnxruntime {

// Not safe for use by several threads at once.
class EventReader {
 public:
  // Takes one event. kReadableBehindPiece bytes behind `text` must be readable. Names are written as they are: text
  // that holds control bytes, or is not UTF-8, is mended and counted. Errors: InvalidArgument, where it is no event, in
  // few words; nothing of it is taken then.
  absl::Status Add(absl::string_view text);

  Profile Take() &&;

 private:
  struct Fields;

  absl::Status Parse(absl::string_view text, Fields& fields);
  absl::Status Keep(const Fields& fields);
  void KeepSession(absl::string_view name, Event event);
  absl::Status KeepNode(const Fields& fields, Event event);
  void KeepKernel(const Fields& fields, Event event);
  uint32_t ProviderOf(absl::string_view name);

  simdjson::dom::parser parser_;
  Signatures signatures_;
  absl::flat_hash_map<std::string, uint32_t> threads_;
  // The node that was added last, and its operator.
  uint32_t last_node_ = kNone;
  std::string last_op_name_;
  std::string mended_;
  Profile profile_;
};

}  // namespace sandglass::collectors::onnxruntime

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_ONNXRUNTIME_EVENT_READER_H_
