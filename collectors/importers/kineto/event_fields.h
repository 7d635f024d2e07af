// What one event of Chrome's trace-event JSON says, as Kineto writes it.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_FIELDS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_FIELDS_H_

#include <simdjson.h>

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "collectors/importers/format/json_reading.h"
#include "collectors/importers/kineto/signatures.h"
#include "collectors/importers/kineto/trace.h"

namespace sandglass::collectors::kineto {

// A process or a thread, which nearly every writer numbers.
struct EventLabel {
  std::optional<int64_t> number;
  absl::string_view text;

  std::string Name() const;
};

// Texts are those of the JSON, or of its parser.
struct EventFields {
  // Fills fresh fields with an event, which is read to its end; or only as far as is needed to see that nothing of it
  // is wanted: then they stay fresh. False: it is no sound JSON.
  bool Read(simdjson::ondemand::object& json);

  // Of what is wanted, one that has a duration, in a category that is not skipped.
  bool is_wanted = false;
  // The category has a name that none of Kineto's has.
  bool is_foreign = false;
  absl::string_view category;
  // Whether only files of the first generation have the category.
  bool is_first = false;
  // A wait of a queue, which takes long and is no work.
  bool is_synchronization = false;

  std::optional<int64_t> start_ns;
  std::optional<int64_t> duration_ps;
  EventLabel process;
  EventLabel thread;
  // Of a device.
  int64_t device = kNone;
  int64_t stream = kNone;
  // Its kind and its identities.
  Event event;
  // Of a runtime call.
  CallKind call = CallKind::kOther;
  absl::string_view kernel;
  // Of anything else.
  SignatureSource source;

 private:
  class Reader;
};

}  // namespace sandglass::collectors::kineto

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_KINETO_EVENT_FIELDS_H_
