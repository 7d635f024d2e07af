// What a Kineto file says of itself beside its events: devices, rank, versions, when its clock began.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_FILE_MEMBERS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_FILE_MEMBERS_H_

#include <simdjson.h>

#include <string>

#include "absl/strings/string_view.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

class FileMembers {
 public:
  // Takes one member of the file's outermost object. What is no JSON is counted.
  void Add(absl::string_view key, absl::string_view json);

  // Adds to the trace what was taken: devices, base_unix_ns, rank, world_size, extras.
  void MoveTo(Trace& trace);

 private:
  void AddDevices(const simdjson::dom::element& list);
  void AddDistributed(const simdjson::dom::element& members);

  simdjson::dom::parser parser_;
  Trace found_;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_FILE_MEMBERS_H_
