// Silicon classes out of their protos: figures in SI units, and everything in its place.
//
// Checks units and that what a class must have is there; validator.h checks the rest, and is run first by catalog.h.
// Pure functions; safe from any thread.
#ifndef SANDGLASS_ANALYZER_SILICON_SILICON_PROTOS_H_
#define SANDGLASS_ANALYZER_SILICON_SILICON_PROTOS_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analyzer/silicon/silicon.h"
#include "analyzer/silicon/units.h"
#include "proto/silicon.pb.h"

namespace sandglass::silicon {

// "NVIDIA H100 datasheet, page 3 (2023-03)", one line.
std::string SourceLine(const v1::Source& source);

// The figure in the base unit of `dimension`. `path` says where it stands and becomes its path. Where the proto gives
// no end of the range, the value is its own end.
// Errors: InvalidArgument, naming the path, for a unit of another dimension.
absl::StatusOr<Figure> FigureFromProto(const v1::Figure& message, absl::string_view path, Dimension dimension);

// A list. Errors: InvalidArgument for an unknown name space.
absl::StatusOr<OperatorList> OperatorListFromProto(const v1::OperatorList& message);

// The lists that stacks may refer to, by id.
using OperatorLists = absl::flat_hash_map<std::string, std::shared_ptr<const OperatorList>>;

// The class. Sources are resolved and stacks extended (spec_files.h). Errors: InvalidArgument, naming the class and the
// path, for what is missing or has a wrong unit.
absl::StatusOr<SiliconClass> SiliconClassFromProto(const v1::SiliconClass& message, const OperatorLists& lists);

}  // namespace sandglass::silicon

#endif  // SANDGLASS_ANALYZER_SILICON_SILICON_PROTOS_H_
