// Keeps the schema compatible with the traces, reports and clients that are out there: describes it line by line, and
// compares that with the lines that were agreed before (proto/schema.lock).
//
// Protobuf reads old bytes by number and type, and its JSON and text forms by name. So nothing of an element may
// change, and no element may go: what is no longer wanted stays, or its number and name become reserved. New elements
// are free. Pure functions, safe from any thread; ReadSchema reads files.
#ifndef SANDGLASS_PROTO_SCHEMA_LOCK_H_
#define SANDGLASS_PROTO_SCHEMA_LOCK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace sandglass {

// What .proto files declare.
struct Schema {
  // One line an element, sorted. A line begins with the element's key, "KIND FULL_NAME", and then says everything that
  // must not change: "field sandglass.v1.Tensor.dims = 3 repeated int64".
  std::vector<std::string> lines;
  // The elements without a comment, as "FILE:LINE: KIND FULL_NAME". Values of an enum need one only where another
  // value of that enum has one; the value 0, _UNSPECIFIED, never does.
  std::vector<std::string> uncommented;
};

// Reads `files`, given by their paths from the folder `root`, from which they also import each other.
// InvalidArgument: a file is missing or not valid; one line an error, with file, line and column.
absl::StatusOr<Schema> ReadSchema(const std::string& root, const std::vector<std::string>& files);

// How a schema differs from the locked one.
struct SchemaDifference {
  // Elements that changed or went, as "LOCKED LINE -> LINE OF NOW" or "LOCKED LINE -> gone".
  std::vector<std::string> broken;
  // Lines of elements that are new.
  std::vector<std::string> added;
};

// Compares lines as in Schema::lines, sorted or not.
SchemaDifference CompareSchemas(const std::vector<std::string>& locked, const std::vector<std::string>& now);

// The lock file's text for `lines`, and back; lines that begin with '#' and empty ones are left out.
std::string FormatLock(const std::vector<std::string>& lines);
std::vector<std::string> ParseLock(const std::string& text);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_SCHEMA_LOCK_H_
