#include "analyzer/replay/fusion.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace sandglass::replay {
namespace {

using ops::OpClass;
using trace::Operator;
using trace::Signature;
using trace::Tensor;

// Kernels that compilers make do not grow without end.
constexpr size_t kLongestChain = 32;

bool GoesOverElements(OpClass op_class) {
  switch (op_class) {
    case OpClass::kElementwise:
    case OpClass::kReduction:
    case OpClass::kNormalization:
    case OpClass::kSoftmax:
    case OpClass::kRandom:
    case OpClass::kCopy:
      return true;
    default:
      return false;
  }
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

// Positions among the costed operators.
constexpr uint32_t kNowhere = Chains::kNone;

class Finder {
 public:
  Finder(const trace::Trace& trace, const WorkList& list, Precision precision)
      : trace_(trace), list_(list), precision_(precision) {
    FindWriters();
    FindLastReaders();
  }

  Chains Find() {
    Chains chains;
    chains.beginning.assign(list_.costed.size(), Chains::kNone);
    for (size_t begin = 0; begin < list_.costed.size();) {
      const size_t end = EndOfChain(begin);
      if (end - begin > 1) {
        chains.beginning[begin] = KindOf(begin, end, chains);
        chains.operators += end - begin;
        ++chains.kernels;
      }
      begin = end;
    }
    return chains;
  }

 private:
  const Operator& At(size_t i) const { return trace_.operators[list_.costed[i]]; }
  const Signature& SignatureAt(size_t i) const { return trace_.signatures[At(i).signature]; }
  const ops::Work& WorkAt(size_t i) const { return *list_.work[At(i).signature]; }

  // The storage of an operator's tensor, inputs first; 0: not known.
  uint64_t StorageOf(size_t i, size_t tensor) const {
    const Operator& op = At(i);
    return tensor < op.storage_count ? trace_.storages[op.first_storage + tensor] : 0;
  }

  static size_t TensorsOf(const Signature& signature) { return signature.inputs.size() + signature.outputs.size(); }

  // For each tensor of each operator that is an input: who wrote it last before.
  void FindWriters() {
    absl::flat_hash_map<uint64_t, uint32_t> writers;
    for (size_t i = 0; i < list_.costed.size(); ++i) {
      const Signature& signature = SignatureAt(i);
      first_.push_back(partner_.size());
      for (size_t t = 0; t < TensorsOf(signature); ++t) {
        const uint64_t storage = StorageOf(i, t);
        const auto known = t < signature.inputs.size() && storage != 0 ? writers.find(storage) : writers.end();
        partner_.push_back(known == writers.end() ? kNowhere : known->second);
      }
      for (size_t t = signature.inputs.size(); t < TensorsOf(signature); ++t) {
        if (const uint64_t storage = StorageOf(i, t); storage != 0) writers[storage] = static_cast<uint32_t>(i);
      }
    }
  }

  // For each that is a result: who reads it last, before it is written anew. What is changed in place lives on.
  void FindLastReaders() {
    absl::flat_hash_map<uint64_t, uint32_t> readers;
    for (size_t i = list_.costed.size(); i-- > 0;) {
      const Signature& signature = SignatureAt(i);
      for (size_t t = signature.inputs.size(); t < TensorsOf(signature); ++t) {
        const auto known = readers.find(StorageOf(i, t));
        if (known != readers.end()) partner_[first_[i] + t] = known->second;
      }
      for (size_t t = signature.inputs.size(); t < TensorsOf(signature); ++t) readers.erase(StorageOf(i, t));
      for (size_t t = 0; t < signature.inputs.size(); ++t) {
        const uint64_t storage = StorageOf(i, t);
        if (storage == 0) continue;
        uint32_t last = static_cast<uint32_t>(i);
        for (size_t out = signature.inputs.size(); out < TensorsOf(signature); ++out) {
          if (StorageOf(i, out) == storage && partner_[first_[i] + out] != kNowhere) last = partner_[first_[i] + out];
        }
        readers.try_emplace(storage, last);
      }
    }
  }

  bool CanJoin(size_t i) const {
    const ops::Work& work = WorkAt(i);
    return GoesOverElements(work.op_class) && At(i).occurrences == 1 && work.matrix.value() <= 0 &&
           !work.loop.has_value() && !work.transfer.has_value();
  }

  bool HasStorages(size_t i) const { return At(i).storage_count > 0; }

  // Whether a tensor fits what the operator before wrote, for want of storages.
  bool FitsBefore(size_t i, const Tensor& input) const {
    const double bytes = BytesOf(input, precision_);
    return bytes > 0 && bytes == WorkAt(i - 1).written.value();
  }

  // Bytes of i's inputs that operators from `begin` on wrote.
  double ReadInside(size_t begin, size_t i) const {
    const Signature& signature = SignatureAt(i);
    double bytes = 0;
    for (size_t t = 0; t < signature.inputs.size(); ++t) {
      const Tensor& input = signature.inputs[t];
      const uint32_t writer = partner_[first_[i] + t];
      const bool inside = HasStorages(i) ? writer != kNowhere && writer >= begin : i > begin && FitsBefore(i, input);
      if (!inside) continue;
      bytes += BytesOf(input, precision_);
      // By size alone, one input is the one.
      if (!HasStorages(i)) break;
    }
    return bytes;
  }

  size_t EndOfChain(size_t begin) const {
    size_t end = begin + 1;
    if (!CanJoin(begin)) return end;
    const double space = SpaceOf(SignatureAt(begin));
    while (end < list_.costed.size() && end - begin < kLongestChain && CanJoin(end) &&
           At(end).thread == At(begin).thread && HasStorages(end) == HasStorages(begin) &&
           SpaceOf(SignatureAt(end)) == space && ReadInside(begin, end) > 0)
      ++end;
    return end;
  }

  // Bytes that operator i of a chain need not write, because nothing behind the chain's end reads them. What nobody
  // reads may be a result of the whole, and is written.
  double WrittenInside(size_t i, size_t end) const {
    const Signature& signature = SignatureAt(i);
    if (!HasStorages(i)) {
      const bool last = i + 1 == end;
      return last || trace_.phase == trace::Phase::kTrain ? 0 : WorkAt(i).written.value();
    }
    double bytes = 0;
    for (size_t t = 0; t < signature.outputs.size(); ++t) {
      const uint32_t reader = partner_[first_[i] + signature.inputs.size() + t];
      if (reader != kNowhere && reader < end) bytes += BytesOf(signature.outputs[t], precision_);
    }
    return std::min(bytes, WorkAt(i).written.value());
  }

  ops::Work Joined(size_t begin, size_t end, uint32_t& main) const {
    ops::Work joined = WorkAt(begin);
    double most = -1;
    joined.vector = Flop();
    joined.read = joined.written = Bytes();
    joined.addressed = 0;
    joined.kernels = 1;
    for (size_t i = begin; i < end; ++i) {
      const ops::Work& work = WorkAt(i);
      joined.vector += work.vector;
      joined.addressed += work.addressed;
      joined.read += Bytes::Of(std::max(0.0, work.read.value() - ReadInside(begin, i)));
      joined.written += Bytes::Of(work.written.value() - WrittenInside(i, end));
      if (work.vector_dtype == trace::DataType::kFloat32) joined.vector_dtype = work.vector_dtype;
      if (const double moved = (work.read + work.written).value(); moved > most) {
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
  // For each tensor of each costed operator, from first_ on: an input's writer, a result's last reader.
  std::vector<size_t> first_;
  std::vector<uint32_t> partner_;
  absl::flat_hash_map<std::pair<std::vector<uint32_t>, std::pair<double, double>>, uint32_t> kinds_;
};

}  // namespace

Chains FindChains(const trace::Trace& trace, const WorkList& list, Precision precision) {
  return Finder(trace, list, precision).Find();
}

}  // namespace sandglass::replay
