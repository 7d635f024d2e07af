#include "analyzer/silicon/silicon_protos.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

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
          .host_share_w = reader.Required(m.has_host_share(), m.host_share(), "power.host_share", Dimension::kWatts)};
}

Link LinkOf(const v1::ChipLink& m, Reader& reader) {
  return {
      .bytes_per_s = reader.Required(m.has_bandwidth(), m.bandwidth(), "link.bandwidth", Dimension::kBytesPerSecond),
      .latency_s = reader.Required(m.has_latency(), m.latency(), "link.latency", Dimension::kSeconds),
      .max_chips = reader.Required(m.has_chips(), m.chips(), "link.chips", Dimension::kCount),
      .topology = m.topology()};
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
      .tile_columns = reader.Required(m.has_tile_columns(), m.tile_columns(), "gpu.tile_columns", Dimension::kCount)};
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

void AddOperators(const v1::SoftwareStack& message, const std::string& path, Stack& stack, Reader& reader) {
  for (int i = 0; i < message.operators_size(); ++i) {
    const v1::OperatorSupport& entry = message.operators(i);
    const OperatorSupport support = {static_cast<Support>(entry.support()), SourceLine(entry.source())};
    if (entry.op_class() == "*") {
      stack.others = support;
      continue;
    }
    const std::optional<ops::OpClass> op_class = ops::OpClassFromName(entry.op_class());
    if (op_class.has_value()) {
      stack.named.emplace_back(*op_class, support);
    } else {
      reader.Fail(absl::StrCat(path, ".operators[", i, "].op_class"),
                  absl::StrCat("\"", entry.op_class(), "\" is no operator class; see analyzer/ops/op_class.h"));
    }
  }
}

Stack StackOf(const v1::SoftwareStack& m, const std::string& path, Reader& reader) {
  Stack stack;
  stack.name = m.name();
  stack.dispatch_s = reader.Required(m.has_dispatch(), m.dispatch(), path + ".dispatch", Dimension::kSeconds);
  stack.operator_floor_s =
      reader.Required(m.has_operator_floor(), m.operator_floor(), path + ".operator_floor", Dimension::kSeconds);
  stack.step_launch_s =
      reader.Optional(m.has_step_launch(), m.step_launch(), path + ".step_launch", Dimension::kSeconds);
  stack.loop_turn_s = reader.Required(m.has_loop_turn(), m.loop_turn(), path + ".loop_turn", Dimension::kSeconds);
  stack.fuses = m.fuses();
  AddOperators(m, path, stack, reader);
  return stack;
}

Price PriceOf(const v1::Price& m, const std::string& path, Reader& reader) {
  const auto basis = static_cast<PriceBasis>(m.basis());
  const Dimension dimension = basis == PriceBasis::kPurchase ? Dimension::kDollars : Dimension::kDollarsPerHour;
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
  return Figure{.value = message.value() * *factor,
                .low = (message.has_low() ? message.low() : message.value()) * *factor,
                .high = (message.has_high() ? message.high() : message.value()) * *factor,
                .basis = static_cast<Basis>(message.basis()),
                .path = std::string(path),
                .source = SourceLine(message.source())};
}

absl::StatusOr<SiliconClass> SiliconClassFromProto(const v1::SiliconClass& message) {
  Reader reader;
  SiliconClass result;
  result.id = message.id();
  result.display_name = message.display_name();
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
    result.stacks.push_back(StackOf(message.stacks(i), absl::StrCat("stacks[", i, "]"), reader));
  }
  for (int i = 0; i < message.prices_size(); ++i) {
    result.prices.push_back(PriceOf(message.prices(i), absl::StrCat("prices[", i, "]"), reader));
  }
  if (reader.status().ok()) return result;
  return absl::Status(reader.status().code(), absl::StrCat(message.id(), ": ", reader.status().message()));
}

}  // namespace sandglass::silicon
