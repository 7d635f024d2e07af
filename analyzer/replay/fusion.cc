#include "analyzer/replay/fusion.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "analyzer/replay/storage_uses.h"

namespace sandglass::replay {
namespace {

using ops::OpClass;
using trace::Operator;
using trace::Signature;
using trace::Tensor;

// Kernels that compilers make do not grow without end.
constexpr size_t kLongestChain = 32;

bool GoesOverElements(OpClass op_class, const Signature& signature) {
  switch (op_class) {
    case OpClass::kElementwise:
    case OpClass::kReduction:
    case OpClass::kSoftmax:
    case OpClass::kRandom:
    case OpClass::kCopy:
      return true;
    case OpClass::kNormalization:
      // Its moments are over all rows.
      return !absl::StrContains(signature.name, "batch_norm");
    default:
      return false;
  }
}

bool GoesOneByOne(OpClass op_class) {
  return op_class == OpClass::kElementwise || op_class == OpClass::kRandom || op_class == OpClass::kCopy;
}

bool MakesTiles(OpClass op_class) {
  return op_class == OpClass::kGemm || op_class == OpClass::kBatchedGemm || op_class == OpClass::kConvolution;
}

double ElementsOf(const Tensor& tensor) {
  double elements = tensor.shape_known ? 1 : 0;
  for (const int64_t dim : tensor.dims) elements *= static_cast<double>(dim);
  return elements;
}

double BytesOf(const Tensor& tensor, Precision precision) {
  return ElementsOf(tensor) * trace::ElementBits(StorageType(tensor.dtype, precision)).value_or(0) / 8;
}

// The most elements of one of its tensors: what its kernel goes over.
double SpaceOf(const Signature& signature) {
  double space = 0;
  for (const auto* tensors : {&signature.inputs, &signature.outputs}) {
    for (const Tensor& tensor : *tensors) space = std::max(space, ElementsOf(tensor));
  }
  return space;
}

// The type that holds both.
trace::DataType Wider(trace::DataType a, trace::DataType b) {
  return trace::ElementBits(b).value_or(0) > trace::ElementBits(a).value_or(0) ? b : a;
}

class Finder {
 public:
  Finder(const trace::Trace& trace, const WorkList& list, Precision precision, ChainHeads heads)
      : trace_(trace), list_(list), precision_(precision), heads_(heads), uses_(trace, list) {}

  Chains Find() {
    Chains chains;
    chains.beginning.assign(list_.costed.size(), Chains::kNone);
    for (size_t begin = 0; begin < list_.costed.size();) {
      const size_t end = EndOfChain(begin);
      if (end - begin > 1) chains.beginning[begin] = KindOf(begin, end, chains);
      begin = end;
    }
    return chains;
  }

 private:
  const Operator& At(size_t i) const { return trace_.operators[list_.costed[i]]; }
  const Signature& SignatureAt(size_t i) const { return trace_.signatures[At(i).signature]; }
  const ops::Work& WorkAt(size_t i) const { return *list_.work[At(i).signature]; }
  bool HasStorages(size_t i) const { return At(i).storage_count > 0; }

  // Whether it is one kernel once, whose reading is listed input by input.
  bool IsPlain(size_t i) const {
    const ops::Work& work = WorkAt(i);
    return At(i).occurrences == 1 && !work.loop.has_value() && !work.transfer.has_value() &&
           list_.reads[At(i).signature].size() == SignatureAt(i).inputs.size();
  }

  bool CanJoin(size_t i) const {
    const ops::Work& work = WorkAt(i);
    return GoesOverElements(work.op_class, SignatureAt(i)) && work.matrix.value() <= 0 && IsPlain(i);
  }

  bool IsProduct(size_t i) const {
    const ops::Work& work = WorkAt(i);
    return heads_ == ChainHeads::kProductsToo && MakesTiles(work.op_class) && work.matrix.value() > 0 && IsPlain(i);
  }

  // Whether an operator of [begin, i) wrote that input, all of it and nothing else.
  bool IsWrittenInside(size_t begin, size_t i, size_t input) const {
    const Tensor& tensor = SignatureAt(i).inputs[input];
    if (!HasStorages(i)) {
      const double bytes = BytesOf(tensor, precision_);
      return i > begin && bytes > 0 && bytes == WorkAt(i - 1).written.value();
    }
    const StorageUses::Written& written = uses_.WriterOf(i, input);
    if (written.at == StorageUses::kNowhere || written.at < begin) return false;
    return ElementsOf(tensor) == ElementsOf(SignatureAt(written.at).outputs[written.output]);
  }

  double ReadInside(size_t begin, size_t i) const {
    const std::vector<double>& reads = list_.reads[At(i).signature];
    double bytes = 0;
    for (size_t t = 0; t < reads.size(); ++t) {
      if (reads[t] <= 0 || !IsWrittenInside(begin, i, t)) continue;
      bytes += reads[t];
      // By size alone, one input is the one.
      if (!HasStorages(i)) break;
    }
    return bytes;
  }

  // Elements that a chain goes over: of a product, those of the result as its reader has them; 0: nothing behind it
  // reads all of that.
  double SpaceOfChain(size_t begin) const {
    if (!IsProduct(begin)) return SpaceOf(SignatureAt(begin));
    const size_t reader = begin + 1;
    if (reader >= list_.costed.size() || HasStorages(reader) != HasStorages(begin)) return 0;
    const std::vector<Tensor>& inputs = SignatureAt(reader).inputs;
    for (size_t t = 0; t < inputs.size(); ++t) {
      if (IsWrittenInside(begin, reader, t)) return ElementsOf(inputs[t]);
    }
    return 0;
  }

  size_t EndOfChain(size_t begin) const {
    size_t end = begin + 1;
    const bool is_product = IsProduct(begin);
    if (!is_product && !CanJoin(begin)) return end;
    const double space = SpaceOfChain(begin);
    while (end < list_.costed.size() && end - begin < kLongestChain && CanJoin(end) && !uses_.IsBarred(end) &&
           (!is_product || GoesOneByOne(WorkAt(end).op_class)) && At(end).thread == At(begin).thread &&
           HasStorages(end) == HasStorages(begin) && SpaceOf(SignatureAt(end)) == space && ReadInside(begin, end) > 0)
      ++end;
    return end;
  }

  bool KeepsNothingForGradients() const {
    return trace_.phase == trace::Phase::kInfer || trace_.phase == trace::Phase::kPrefill ||
           trace_.phase == trace::Phase::kDecode;
  }

  // Bytes that operator i of a chain need not write, because nothing behind the chain's end reads them. What nobody
  // reads may be a result of the whole, and is written.
  double WrittenInside(size_t i, size_t end) const {
    const Signature& signature = SignatureAt(i);
    if (!HasStorages(i)) return i + 1 < end && KeepsNothingForGradients() ? WorkAt(i).written.value() : 0;
    double bytes = 0;
    for (size_t t = 0; t < signature.outputs.size(); ++t) {
      const uint32_t reader = uses_.LastReaderOf(i, t);
      if (reader != StorageUses::kNowhere && reader < end) bytes += BytesOf(signature.outputs[t], precision_);
    }
    return std::min(bytes, WorkAt(i).written.value());
  }

  // What operators of a chain read that none of them wrote; a storage that several operators read counts once.
  double ReadOutside(size_t begin, size_t end) const {
    absl::flat_hash_map<uint64_t, double> shared;
    double bytes = 0;
    for (size_t i = begin; i < end; ++i) {
      const std::vector<double>& reads = list_.reads[At(i).signature];
      double listed = 0;
      // Views of one storage, which are parts of it.
      absl::flat_hash_map<uint64_t, double> views;
      for (size_t t = 0; t < reads.size(); ++t) {
        listed += reads[t];
        if (reads[t] <= 0 || IsWrittenInside(begin, i, t)) continue;
        if (const uint64_t storage = uses_.StorageOf(i, t); storage == 0) {
          bytes += reads[t];
        } else {
          views[storage] += reads[t];
        }
      }
      for (const auto& [storage, read] : views) {
        double& most = shared[storage];
        most = std::max(most, read);
      }
      // What formulas read beside their inputs.
      bytes += std::max(0.0, WorkAt(i).read.value() - listed);
    }
    for (const auto& [storage, most] : shared) bytes += most;
    return bytes;
  }

  ops::Work Joined(size_t begin, size_t end, uint32_t& main) const {
    ops::Work joined = WorkAt(begin);
    const bool is_product = IsProduct(begin);
    double most = -1;
    joined.vector = Flop();
    joined.vector_dtype = trace::DataType::kUnspecified;
    joined.written = Bytes();
    joined.addressed = 0;
    joined.kernels = is_product ? std::max(1, joined.kernels) : 1;
    joined.read = Bytes::Of(ReadOutside(begin, end));
    for (size_t i = begin; i < end; ++i) {
      const ops::Work& work = WorkAt(i);
      joined.vector += work.vector;
      joined.addressed += work.addressed;
      // A kernel that has to come back to a row does so once, for all that need it.
      if (work.reread.bytes > joined.reread.bytes) joined.reread = work.reread;
      joined.written += Bytes::Of(work.written.value() - WrittenInside(i, end));
      if (work.vector.value() > 0) joined.vector_dtype = Wider(joined.vector_dtype, work.vector_dtype);
      if (const double moved = (work.read + work.written).value(); moved > most && !(is_product && i > begin)) {
        most = moved;
        main = At(i).signature;
        joined.op_class = work.op_class;
      }
    }
    return joined;
  }

  // Chains of the same signatures that leave the same bytes are of one kind.
  uint32_t KindOf(size_t begin, size_t end, Chains& chains) {
    Chain chain;
    for (size_t i = begin; i < end; ++i) chain.signatures.push_back(At(i).signature);
    chain.work = Joined(begin, end, chain.main_signature);
    chains.by_storage = chains.by_storage && HasStorages(begin);
    const auto key =
        std::make_pair(chain.signatures, std::make_pair(chain.work.read.value(), chain.work.written.value()));
    const auto [known, added] = kinds_.try_emplace(key, static_cast<uint32_t>(chains.kinds.size()));
    if (added) chains.kinds.push_back(std::move(chain));
    return known->second;
  }

  const trace::Trace& trace_;
  const WorkList& list_;
  const Precision precision_;
  const ChainHeads heads_;
  const StorageUses uses_;
  absl::flat_hash_map<std::pair<std::vector<uint32_t>, std::pair<double, double>>, uint32_t> kinds_;
};

}  // namespace

Chains FindChains(const trace::Trace& trace, const WorkList& list, Precision precision, ChainHeads heads) {
  return Finder(trace, list, precision, heads).Find();
}

}  // namespace sandglass::replay
