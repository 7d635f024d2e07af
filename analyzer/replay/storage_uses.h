// Who wrote what an operator reads, and who reads what it wrote, by the storages of their tensors.
//
// Operators are those that are costed, by their place among them. Operators of unknown work read all that they list,
// and may have changed it. Safe from any thread once made.
#ifndef SANDGLASS_ANALYZER_REPLAY_STORAGE_USES_H_
#define SANDGLASS_ANALYZER_REPLAY_STORAGE_USES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/replay/work_list.h"
#include "analyzer/trace/trace.h"

namespace sandglass::replay {

class StorageUses {
 public:
  static constexpr uint32_t kNowhere = 0xffffffffu;

  // An operator, and which of its results.
  struct Written {
    uint32_t at = kNowhere;
    uint32_t output = 0;
  };

  StorageUses(const trace::Trace& trace, const WorkList& list);

  // The storage of an operator's tensor, inputs first; 0: not known.
  uint64_t StorageOf(size_t at, size_t tensor) const;
  // Who wrote an input's storage last; kNowhere: nobody that is costed, or not known.
  const Written& WriterOf(size_t at, size_t input) const { return writers_[first_input_[at] + input]; }
  // Who reads a result's storage last, before it is written anew; kNowhere: nobody. What is changed in place lives on.
  uint32_t LastReaderOf(size_t at, size_t output) const { return readers_[first_output_[at] + output]; }
  // Whether an operator of unknown work stands between this one and the one before.
  bool IsBarred(size_t at) const { return barred_[at]; }

 private:
  void FindWriters();
  void FindLastReaders();
  const trace::Operator& At(size_t at) const { return trace_.operators[list_.costed[at]]; }
  const trace::Signature& SignatureAt(size_t at) const { return trace_.signatures[At(at).signature]; }

  const trace::Trace& trace_;
  const WorkList& list_;
  std::vector<bool> barred_;
  std::vector<size_t> first_input_;
  std::vector<size_t> first_output_;
  std::vector<Written> writers_;
  std::vector<uint32_t> readers_;
};

}  // namespace sandglass::replay

#endif  // SANDGLASS_ANALYZER_REPLAY_STORAGE_USES_H_
