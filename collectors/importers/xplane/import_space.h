// A compiled program for tests, and the import of what PlaneBuilder makes.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORT_SPACE_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORT_SPACE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "collectors/importers/format/byte_source.h"
#include "collectors/importers/format/importer.h"
#include "collectors/importers/format/keeping_sink.h"
#include "collectors/importers/xplane/importer.h"
#include "collectors/importers/xplane/space_bytes.h"

namespace sandglass::collectors::xplane {

// Program 7, of two instructions and a loop whose body is a third.
inline constexpr char kProgram[] = R"pb(
  name: "jit_step"
  entry_computation_id: 1
  computations {
    id: 1
    instructions {
      name: "p"
      opcode: "parameter"
      id: 1
      shape {
        element_type: 16
        dimensions: [ 8, 4 ]
      }
    }
    instructions {
      name: "dot.1"
      opcode: "dot"
      id: 2
      operand_ids: [ 1, 1 ]
      shape {
        element_type: 16
        dimensions: [ 8, 8 ]
      }
      metadata { op_name: "jit(step)/transpose(jvp(dense))/dot_general" }
      dot_dimension_numbers { lhs_contracting_dimensions: 1 rhs_contracting_dimensions: 1 }
    }
    instructions {
      name: "fusion.2"
      opcode: "fusion"
      id: 3
      operand_ids: 2
      shape {
        element_type: 16
        dimensions: [ 8, 8 ]
      }
    }
    instructions {
      name: "while.4"
      opcode: "while"
      id: 4
      shape {
        element_type: 16
        dimensions: [ 8, 8 ]
      }
    }
  }
  computations {
    id: 2
    instructions {
      name: "body.3"
      opcode: "negate"
      id: 5
      shape {
        element_type: 16
        dimensions: [ 8, 8 ]
      }
    }
  }
)pb";

inline PlaneBuilder Programs() { return std::move(PlaneBuilder("/host:metadata").Program(7, kProgram)); }

inline absl::StatusOr<ImportReport> ImportFrom(const std::string& bytes, KeepingSink& sink,
                                               const ImportOptions& given = {}) {
  const std::unique_ptr<ByteSource> source = MemoryByteSource(bytes);
  ImportOptions options = given;
  options.name = "test";
  return Import(*source, options, sink);
}

// Each record as "id name", with "<parent" and "=launcher".

}  // namespace sandglass::collectors::xplane

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_XPLANE_IMPORT_SPACE_H_
