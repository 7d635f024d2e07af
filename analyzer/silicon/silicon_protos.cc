#include "analyzer/silicon/silicon_protos.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace sandglass::silicon {
namespace {

// Converts figures and keeps the first error, so that the conversion of a message reads as a list of its fields.
class Reader {
 public:
  const absl::Status& status() const { return status_; }

  void Fail(absl::string_view path, absl::string_view what) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(path, ": ", what));
  }

  Figure Required(bool present, const v1::Figure& message, absl::string_view path, Dimension dimension) {
    if (!present) {
      Fail(path, absl::StrCat("is missing; give a figure in ", DimensionName(dimension)));
      return {};
    }
    absl::StatusOr<Figure> figure = FigureFromProto(message, path, dimension);
    if (figure.ok()) return *std::move(figure);
    status_.Update(figure.status());
    return {};
  }

  std::optional<Figure> Optional(bool present, const v1::Figure& message, absl::string_view path, Dimension dimension) {
    if (!present) return std::nullopt;
    return Required(present, message, path, dimension);
  }

 private:
  absl::Status status_;
};

std::vector<ComputeRate> Rates(const google::protobuf::RepeatedPtrField<v1::ComputeRate>& messages,
                               absl::string_view field, Reader& reader) {
  std::vector<ComputeRate> rates;
  for (int i = 0; i < messages.size(); ++i) {
    const v1::ComputeRate& rate = messages[i];
    const std::string path = absl::StrCat(field, "[", i, "]");
    rates.push_back(
        {.format = static_cast<Format>(rate.format()),
         .flop_per_s = reader.Required(rate.has_peak(), rate.peak(), path + ".peak", Dimension::kFlopPerSecond),
         .joule_per_flop =
             reader.Required(rate.has_energy(), rate.energy(), path + ".energy", Dimension::kJoulePerFlop)});
  }
  return rates;
}

Memory MemoryOf(const v1::Memory& m, Reader& reader) {
  return {.capacity_bytes = reader.Required(m.has_capacity(), m.capacity(), "memory.capacity", Dimension::kBytes),
          .bandwidth_bytes_per_s =
              reader.Required(m.has_bandwidth(), m.bandwidth(), "memory.bandwidth", Dimension::kBytesPerSecond),
          .efficiency = reader.Required(m.has_efficiency(), m.efficiency(), "memory.efficiency", Dimension::kRatio),
          .joule_per_byte = reader.Required(m.has_energy(), m.energy(), "memory.energy", Dimension::kJoulePerByte),
          .on_chip_bytes = reader.Optional(m.has_on_chip(), m.on_chip(), "memory.on_chip", Dimension::kBytes)};
}

Power PowerOf(const v1::Power& m, Reader& reader) {
  return {.limit_w = reader.Required(m.has_limit(), m.limit(), "power.limit", Dimension::kWatts),
          .idle_w = reader.Required(m.has_idle(), m.idle(), "power.idle", Dimension::kWatts),
          .host_share_w = reader.Required(m.has_host_share(), m.host_share(), "power.host_share", Dimension::kWatts),
          .clock_hz = reader.Optional(m.has_clock(), m.clock(), "power.clock", Dimension::kHertz),
          .top_clock_hz = reader.Optional(m.has_top_clock(), m.top_clock(), "power.top_clock", Dimension::kHertz)};
}

Link LinkOf(const v1::ChipLink& m, Reader& reader) {
  return {
      .bytes_per_s = reader.Required(m.has_bandwidth(), m.bandwidth(), "link.bandwidth", Dimension::kBytesPerSecond),
      .latency_s = reader.Required(m.has_latency(), m.latency(), "link.latency", Dimension::kSeconds),
      .max_chips = reader.Required(m.has_chips(), m.chips(), "link.chips", Dimension::kCount),
      .topology = m.topology(),
      .hop_s = reader.Optional(m.has_hop(), m.hop(), "link.hop", Dimension::kSeconds),
      .switch_reduction =
          reader.Optional(m.has_switch_reduction(), m.switch_reduction(), "link.switch_reduction", Dimension::kRatio)};
}

MdMachine MdMachineOf(const v1::MdMachine& m, Reader& reader) {
  MdMachine machine;
  for (int i = 0; i < m.references_size(); ++i) {
    const v1::MdReference& reference = m.references(i);
    const std::string path = absl::StrCat("md.references[", i, "]");
    machine.references.push_back(
        {.nodes = reader.Required(reference.has_nodes(), reference.nodes(), path + ".nodes", Dimension::kCount),
         .atoms = reader.Required(reference.has_atoms(), reference.atoms(), path + ".atoms", Dimension::kCount),
         .rate = reader.Required(reference.has_rate(), reference.rate(), path + ".rate", Dimension::kSimulationRate),
         .step_s = reader.Required(reference.has_step(), reference.step(), path + ".step", Dimension::kSeconds)});
  }
  if (machine.references.empty()) reader.Fail("md.references", "is empty; give at least one published run");
  machine.max_nodes = reader.Required(m.has_max_nodes(), m.max_nodes(), "md.max_nodes", Dimension::kCount);
  machine.atoms_per_node =
      reader.Required(m.has_atoms_per_node(), m.atoms_per_node(), "md.atoms_per_node", Dimension::kCount);
  return machine;
}

GpuCores GpuOf(const v1::GpuCores& m, Reader& reader) {
  return {
      .cores = reader.Required(m.has_cores(), m.cores(), "gpu.cores", Dimension::kCount),
      .tile_rows = reader.Required(m.has_tile_rows(), m.tile_rows(), "gpu.tile_rows", Dimension::kCount),
      .tile_columns = reader.Required(m.has_tile_columns(), m.tile_columns(), "gpu.tile_columns", Dimension::kCount),
      .batch_tile_side =
          reader.Optional(m.has_batch_tile_side(), m.batch_tile_side(), "gpu.batch_tile_side", Dimension::kCount),
      .copy_engines = reader.Optional(m.has_copy_engines(), m.copy_engines(), "gpu.copy_engines", Dimension::kCount)};
}

SystolicArrays SystolicOf(const v1::SystolicArrays& m, Reader& reader) {
  return {.arrays = reader.Required(m.has_arrays(), m.arrays(), "systolic.arrays", Dimension::kCount),
          .side = reader.Required(m.has_side(), m.side(), "systolic.side", Dimension::kCount),
          .clock_hz = reader.Required(m.has_clock(), m.clock(), "systolic.clock", Dimension::kHertz)};
}

NeuronCores NeuronOf(const v1::NeuronCores& m, Reader& reader) {
  return {.cores = reader.Required(m.has_cores(), m.cores(), "neuron.cores", Dimension::kCount),
          .side = reader.Required(m.has_side(), m.side(), "neuron.side", Dimension::kCount),
          .clock_hz = reader.Required(m.has_clock(), m.clock(), "neuron.clock", Dimension::kHertz)};
}

MatrixVectorEngines EnginesOf(const v1::MatrixVectorEngines& m, Reader& reader) {
  return {.matrix_engines = reader.Required(m.has_matrix_engines(), m.matrix_engines(), "matrix_vector.matrix_engines",
                                            Dimension::kCount),
          .tile_rows = reader.Required(m.has_tile_rows(), m.tile_rows(), "matrix_vector.tile_rows", Dimension::kCount),
          .tile_columns =
              reader.Required(m.has_tile_columns(), m.tile_columns(), "matrix_vector.tile_columns", Dimension::kCount)};
}

DataflowCores DataflowOf(const v1::DataflowCores& m, Reader& reader) {
  return {.cores = reader.Required(m.has_cores(), m.cores(), "dataflow.cores", Dimension::kCount),
          .sram_bytes = reader.Required(m.has_sram(), m.sram(), "dataflow.sram", Dimension::kBytes),
          .sram_bytes_per_s = reader.Required(m.has_sram_bandwidth(), m.sram_bandwidth(), "dataflow.sram_bandwidth",
                                              Dimension::kBytesPerSecond)};
}

CpuCores CpuOf(const v1::CpuCores& m, Reader& reader) {
  return {.cores = reader.Required(m.has_cores(), m.cores(), "cpu.cores", Dimension::kCount),
          .clock_hz = reader.Required(m.has_clock(), m.clock(), "cpu.clock", Dimension::kHertz)};
}

Chip ChipOf(const v1::SiliconClass& message, Reader& reader) {
  switch (message.chip_case()) {
    case v1::SiliconClass::kGpu:
      return GpuOf(message.gpu(), reader);
    case v1::SiliconClass::kSystolic:
      return SystolicOf(message.systolic(), reader);
    case v1::SiliconClass::kNeuron:
      return NeuronOf(message.neuron(), reader);
    case v1::SiliconClass::kMatrixVector:
      return EnginesOf(message.matrix_vector(), reader);
    case v1::SiliconClass::kDataflow:
      return DataflowOf(message.dataflow(), reader);
    case v1::SiliconClass::kMd:
      return MdMachineOf(message.md(), reader);
    case v1::SiliconClass::kCpu:
      return CpuOf(message.cpu(), reader);
    case v1::SiliconClass::CHIP_NOT_SET:
      break;
  }
  reader.Fail("chip", "is missing; give one of gpu, systolic, neuron, matrix_vector, dataflow, md, cpu");
  return {};
}

SupportStatement StatementOf(const v1::OperatorSupport& entry, const std::string& path, Reader& reader) {
  SupportStatement statement;
  statement.op_class = ops::OpClassFromName(entry.op_class());
  statement.molecular_dynamics = entry.op_class() == "md_*";
  if (!statement.op_class.has_value() && !statement.molecular_dynamics && entry.op_class() != "*") {
    reader.Fail(path + ".op_class",
                absl::StrCat("\"", entry.op_class(), "\" is no operator class; see analyzer/ops/op_class.h"));
  }
  statement.names.assign(entry.names().begin(), entry.names().end());
  for (const int type : entry.element_types()) statement.element_types.push_back(static_cast<trace::DataType>(type));
  for (const v1::SizeLimit& limit : entry.limits()) {
    statement.limits.push_back({.input = limit.input(), .dimension = limit.dimension(), .at_most = limit.at_most()});
  }
  statement.support = {
      .support = static_cast<Support>(entry.support()),
      .evidence = static_cast<Evidence>(entry.evidence()),
      .source = SourceLine(entry.source()),
      .note = entry.note(),
      .retained = reader.Optional(entry.has_retained(), entry.retained(), path + ".retained", Dimension::kRatio)};
  return statement;
}

HostPath HostOf(const v1::HostPath& m, Reader& reader) {
  return {
      .bytes_per_s = reader.Required(m.has_bandwidth(), m.bandwidth(), "host.bandwidth", Dimension::kBytesPerSecond),
      .sync_s = reader.Required(m.has_sync(), m.sync(), "host.sync", Dimension::kSeconds),
      .host_class = m.host_class()};
}

Stack StackOf(const v1::SoftwareStack& m, const std::string& path, const OperatorLists& lists, Reader& reader) {
  Stack stack;
  stack.name = m.name();
  stack.dispatch_s = reader.Required(m.has_dispatch(), m.dispatch(), path + ".dispatch", Dimension::kSeconds);
  stack.operator_floor_s =
      reader.Required(m.has_operator_floor(), m.operator_floor(), path + ".operator_floor", Dimension::kSeconds);
  stack.step_launch_s =
      reader.Optional(m.has_step_launch(), m.step_launch(), path + ".step_launch", Dimension::kSeconds);
  stack.loop_turn_s = reader.Required(m.has_loop_turn(), m.loop_turn(), path + ".loop_turn", Dimension::kSeconds);
  stack.fuses = m.fuses();
  stack.fuses_into_products = m.fuses_into_products();
  stack.kernel_language = m.kernel_language();
  stack.dynamic_shapes = static_cast<DynamicShapes>(m.dynamic_shapes());
  stack.fp64 = m.fp64() == v1::SUPPORT_UNSPECIFIED ? Support::kUnknown : static_cast<Support>(m.fp64());
  stack.traits_source = SourceLine(m.traits_source());
  stack.decomposed_retained = reader.Optional(m.has_decomposed_retained(), m.decomposed_retained(),
                                              path + ".decomposed_retained", Dimension::kRatio);
  stack.compile_s = reader.Optional(m.has_compile(), m.compile(), path + ".compile", Dimension::kSeconds);
  for (int i = 0; i < m.operators_size(); ++i) {
    stack.statements.push_back(StatementOf(m.operators(i), absl::StrCat(path, ".operators[", i, "]"), reader));
  }
  for (const std::string& id : m.operator_lists()) {
    const auto found = lists.find(id);
    if (found == lists.end()) {
      reader.Fail(path + ".operator_lists", absl::StrCat("\"", id, "\" is no list of the catalog's lists/ folder"));
    } else {
      stack.lists.push_back(found->second);
    }
  }
  return stack;
}

Price PriceOf(const v1::Price& m, const std::string& path, Reader& reader) {
  const auto basis = static_cast<PriceBasis>(m.basis());
  const bool owned = basis == PriceBasis::kPurchase || basis == PriceBasis::kOwnCost;
  const Dimension dimension = owned ? Dimension::kDollars : Dimension::kDollarsPerHour;
  return {.basis = basis,
          .usd = reader.Required(m.has_price(), m.price(), path + ".price", dimension),
          .region = m.region(),
          .as_of = m.as_of()};
}

}  // namespace

std::string SourceLine(const v1::Source& source) {
  std::string line = source.title();
  if (!source.locator().empty()) absl::StrAppend(&line, ", ", source.locator());
  if (!source.date().empty()) absl::StrAppend(&line, " (", source.date(), ")");
  return line;
}

absl::StatusOr<Figure> FigureFromProto(const v1::Figure& message, absl::string_view path, Dimension dimension) {
  const absl::StatusOr<double> factor = UnitFactor(message.unit(), dimension);
  if (!factor.ok()) {
    return absl::Status(factor.status().code(), absl::StrCat(path, ": ", factor.status().message()));
  }
  // What is not used is converted for the check of its unit.
  for (int i = 0; i < message.alternatives_size(); ++i) {
    const std::string inner = absl::StrCat(path, ".alternatives[", i, "]");
    const absl::StatusOr<Figure> other = FigureFromProto(message.alternatives(i), inner, dimension);
    if (!other.ok()) return other.status();
  }
  return Figure{.value = message.value() * *factor,
                .low = (message.has_low() ? message.low() : message.value()) * *factor,
                .high = (message.has_high() ? message.high() : message.value()) * *factor,
                .basis = static_cast<Basis>(message.basis()),
                .confidence = static_cast<Confidence>(message.confidence()),
                .path = std::string(path),
                .source = SourceLine(message.source())};
}

absl::StatusOr<SiliconClass> SiliconClassFromProto(const v1::SiliconClass& message, const OperatorLists& lists) {
  Reader reader;
  SiliconClass result;
  result.id = message.id();
  result.display_name = message.display_name();
  result.vendor = message.vendor();
  result.aliases.assign(message.aliases().begin(), message.aliases().end());
  result.generality = static_cast<Generality>(message.generality());
  // Checked for its unit only: no model uses it.
  reader.Optional(message.has_process(), message.process(), "process", Dimension::kMeters);
  result.matrix_rates = Rates(message.matrix_rates(), "matrix_rates", reader);
  result.vector_rates = Rates(message.vector_rates(), "vector_rates", reader);
  result.matrix_efficiency = reader.Optional(message.has_matrix_efficiency(), message.matrix_efficiency(),
                                             "matrix_efficiency", Dimension::kRatio);
  result.vector_efficiency = reader.Optional(message.has_vector_efficiency(), message.vector_efficiency(),
                                             "vector_efficiency", Dimension::kRatio);
  if (message.has_memory()) result.memory = MemoryOf(message.memory(), reader);
  result.power = PowerOf(message.power(), reader);
  if (message.has_link()) result.link = LinkOf(message.link(), reader);
  result.chip = ChipOf(message, reader);
  for (int i = 0; i < message.stacks_size(); ++i) {
    result.stacks.push_back(StackOf(message.stacks(i), absl::StrCat("stacks[", i, "]"), lists, reader));
  }
  for (int i = 0; i < message.prices_size(); ++i) {
    result.prices.push_back(PriceOf(message.prices(i), absl::StrCat("prices[", i, "]"), reader));
  }
  if (message.has_host()) result.host = HostOf(message.host(), reader);
  if (reader.status().ok()) return result;
  return absl::Status(reader.status().code(), absl::StrCat(message.id(), ".textproto: ", reader.status().message()));
}

absl::StatusOr<OperatorList> OperatorListFromProto(const v1::OperatorList& message) {
  const std::optional<ops::NameSpace> name_space = ops::NameSpaceFromName(message.name_space());
  if (!name_space.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(message.id(), ".textproto: name_space: \"", message.name_space(),
                                                   "\" is none of aten, hlo, onnx, nki, ttnn"));
  }
  OperatorList list;
  list.id = message.id();
  list.name_space = *name_space;
  if (message.evidence() != v1::EVIDENCE_KIND_UNSPECIFIED) list.evidence = static_cast<Evidence>(message.evidence());
  if (message.absent() != v1::SUPPORT_UNSPECIFIED) list.absent = static_cast<Support>(message.absent());
  list.absent_note = message.absent_note();
  list.source = SourceLine(message.source());
  const auto add = [&list](const google::protobuf::RepeatedPtrField<std::string>& lines, Support support) {
    for (const std::string& line : lines) {
      for (const absl::string_view name : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
        list.names.emplace(name, support);
      }
    }
  };
  add(message.native(), Support::kNative);
  add(message.decomposed(), Support::kDecomposed);
  add(message.unsupported(), Support::kUnsupported);
  return list;
}

}  // namespace sandglass::silicon
