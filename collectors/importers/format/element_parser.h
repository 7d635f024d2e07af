// How a format reads many elements of a JSON array at once: apart from each other by several threads, and then one
// after the other in their order.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_ELEMENT_PARSER_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_ELEMENT_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "collectors/importers/format/json_run.h"

namespace sandglass::collectors {

class ElementParser {
 public:
  // What was made of a run. It may refer to the run's text. Its memory is used for one run after the other.
  class Parsed {
   public:
    virtual ~Parsed() = default;
  };
  // An element that was refused: the byte of the run where it begins, and why, in few words.
  using Refuse = std::function<void(size_t at, const absl::Status& why)>;
  struct Kept {
    uint64_t elements = 0;
    // The byte of the run that reading is to go on with, as JsonRun::ForEach.
    size_t passed = 0;
  };

  virtual ~ElementParser() = default;

  virtual std::unique_ptr<Parsed> NewParsed() const = 0;
  // Fills `parsed` with what the run holds. Any thread may call it, several at once. Nothing of what others keep of the
  // file is known yet, and it may turn out that these are no elements of the array: then they are not kept.
  virtual void Parse(JsonRun& run, Parsed& parsed) const = 0;
  // Takes what was parsed. Runs come in the order of the file, and one at a time. What is unsound ends it, for another
  // way to read it.
  virtual Kept Keep(Parsed& parsed, const Refuse& refuse) = 0;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_ELEMENT_PARSER_H_
