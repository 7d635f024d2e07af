// What PyTorch's profilers call things: element types, collectives, lists in text.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_TORCH_NAMES_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_TORCH_NAMES_H_

#include "absl/strings/string_view.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors {

// How the names of the ranges begin that torch.profiler marks around steps.
inline constexpr char kStepName[] = "ProfilerStep#";

// The element type of this name ("c10::BFloat16", "long int"); _UNSPECIFIED: none, the argument is no tensor; _OTHER: a
// tensor's of a type that has no name here.
v1::DataType ElementType(absl::string_view name);

// The same for what is written beside a collective ("Float", "BFloat16", "Long").
v1::DataType CollectiveElementType(absl::string_view name);

// The transfer of this name ("allreduce", "nccl:all_gather", "_allgather_base"); TYPE_OTHER: one that has no name here.
v1::Communication::Type TransferOf(absl::string_view name);

// The kind of an operator that does such a transfer.
v1::OperatorKind KindOfTransfer(v1::Communication::Type transfer);

// "[1, 2]" as numbers; false: it is no list of whole numbers.
bool ReadIntegers(absl::string_view text, v1::IntegerList& list);

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_TORCH_NAMES_H_
