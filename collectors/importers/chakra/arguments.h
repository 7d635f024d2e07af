// What a node was given and gave back: from lists that Python printed to tensors and attributes.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ARGUMENTS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "proto/chakra.pb.h"
#include "proto/trace.pb.h"

namespace sandglass::collectors::chakra {

struct ArgumentList {
  std::vector<v1::Tensor> tensors;
  // Of each tensor, the number of its storage; 0: not recorded.
  std::vector<uint64_t> storages;
  std::vector<v1::Attribute> attributes;
  // Elements and bytes of all tensors together, as the values say.
  int64_t elements = 0;
  int64_t bytes = 0;
};

// Nothing is recorded where all three texts are empty. A tensor that is not there ("nullptr (uninitialized)") is an
// argument that is None. nullopt: one of the texts is no list, or they are not of one length, or say different things
// of an argument.
std::optional<ArgumentList> ReadArguments(const chakra_et::Arguments& arguments);

}  // namespace sandglass::collectors::chakra

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_CHAKRA_ARGUMENTS_H_
