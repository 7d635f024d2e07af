#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/accuracy/csv_file.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

using trace::DataType;

// Products have their operands cast to BF16; all else stays in FP32.
constexpr DataType kProducts = DataType::kBfloat16;
constexpr DataType kElements = DataType::kFloat32;
constexpr char kChip[] = "aws-trainium1";
// An instance that is one chip. Each of its cores runs a copy of the model on a batch of its own, all at once.
constexpr char kOneChip[] = "trn1.2xlarge";
constexpr int64_t kCores = 2;
constexpr unsigned kColumns = 5;

// An encoder of the BERT family, as its configuration is published.
struct Encoder {
  const char* model;
  int layers;
  int64_t width;
  int64_t heads;
  // Of the embedding, where it is projected; albert shares one layer's weights among all.
  int64_t embedding;
  bool pooled;
};

constexpr Encoder kEncoders[] = {{"albert-base-v2", 12, 768, 12, 128, true},
                                 {"bert-base-uncased", 12, 768, 12, 768, true},
                                 {"bert-large-uncased", 24, 1024, 16, 1024, true},
                                 {"distilbert-base-uncased", 6, 768, 12, 768, false},
                                 {"google/electra-base-discriminator", 12, 768, 12, 768, false},
                                 {"roberta-base", 12, 768, 12, 768, true},
                                 {"roberta-large", 24, 1024, 16, 1024, true}};

// Operators of one forward pass over `batch` sequences of `length` positions.
class Pass {
 public:
  Pass(const Encoder& encoder, int64_t batch, int64_t length) : encoder_(encoder), batch_(batch), length_(length) {
    Embed();
    for (int i = 0; i < encoder.layers; ++i) Layer();
    if (!encoder.pooled) return;
    Linear(batch, encoder.width, encoder.width);
    Unary("aten::tanh", {batch, encoder.width});
  }

  std::vector<trace::Signature> Take() { return std::move(work_); }

 private:
  int64_t Rows() const { return batch_ * length_; }

  void Linear(int64_t rows, int64_t columns, int64_t depth) {
    work_.push_back(ops::Op("aten::mm")
                        .In(kProducts, {rows, depth})
                        .In(kProducts, {depth, columns})
                        .Out(kElements, {rows, columns}));
    work_.push_back(Elementwise("aten::add", kElements, {{rows, columns}, {columns}}, {rows, columns}));
  }
  void Products(int64_t batch, int64_t rows, int64_t columns, int64_t depth) {
    work_.push_back(ops::Op("aten::bmm")
                        .In(kProducts, {batch, rows, depth})
                        .In(kProducts, {batch, depth, columns})
                        .Out(kElements, {batch, rows, columns}));
  }
  void Unary(const std::string& name, const ops::Dims& dims) {
    work_.push_back(Elementwise(name, kElements, {dims}, dims));
  }
  void AddAndNormalize() {
    const ops::Dims dims = {Rows(), encoder_.width};
    work_.push_back(Elementwise("aten::add", kElements, {dims, dims}, dims));
    work_.push_back(LayerNorm(kElements, Rows(), encoder_.width));
  }

  // Words, positions and types, of which the last two are the same for all sequences.
  void Embed() {
    const ops::Dims dims = {Rows(), encoder_.embedding};
    for (int i = 0; i < 2; ++i) {
      work_.push_back(
          Elementwise("aten::add", kElements, {dims, {1, encoder_.embedding}}, {Rows(), encoder_.embedding}));
    }
    work_.push_back(LayerNorm(kElements, Rows(), encoder_.embedding));
    if (encoder_.embedding != encoder_.width) Linear(Rows(), encoder_.width, encoder_.embedding);
  }

  void Attention() {
    const int64_t groups = batch_ * encoder_.heads;
    const int64_t head = encoder_.width / encoder_.heads;
    for (int i = 0; i < 3; ++i) Linear(Rows(), encoder_.width, encoder_.width);
    Products(groups, length_, length_, head);
    const ops::Dims scores = {batch_, encoder_.heads, length_, length_};
    Unary("aten::div", scores);
    work_.push_back(Elementwise("aten::add", kElements, {scores, {batch_, 1, 1, length_}}, scores));
    work_.push_back(Softmax(kElements, groups * length_, length_));
    Products(groups, length_, head, length_);
    Linear(Rows(), encoder_.width, encoder_.width);
    AddAndNormalize();
  }

  void Layer() {
    const int64_t inner = 4 * encoder_.width;
    Attention();
    Linear(Rows(), inner, encoder_.width);
    Unary("aten::gelu", {Rows(), inner});
    Linear(Rows(), encoder_.width, inner);
    AddAndNormalize();
  }

  const Encoder& encoder_;
  const int64_t batch_;
  const int64_t length_;
  std::vector<trace::Signature> work_;
};

const Encoder* Find(const std::string& model) {
  for (const Encoder& encoder : kEncoders) {
    if (model == encoder.model) return &encoder;
  }
  return nullptr;
}

absl::Status ReadInto(const std::string& path, const std::string& op_class, RowSet& set) {
  return ReadCsv<kColumns>(path, {"Model", "Inst. Type", "Throughput (inference/sec)", "Batch Size", "Sequence Length"},
                           [&](CsvFile<kColumns>& file) {
                             std::string model, instance;
                             double throughput = 0;
                             int64_t batch = 0;
                             int64_t length = 0;
                             while (file.read_row(model, instance, throughput, batch, length)) {
                               const Encoder* encoder = Find(model);
                               if (encoder == nullptr || instance != kOneChip || throughput <= 0) continue;
                               MeasuredRow row;
                               row.device = kChip;
                               row.op_class = op_class;
                               row.work = Pass(*encoder, kCores * batch, length).Take();
                               row.wall = true;
                               row.measured = Seconds::Of(static_cast<double>(kCores * batch) / throughput);
                               set.rows.push_back(std::move(row));
                             }
                           });
}

}  // namespace

absl::StatusOr<RowSet> ReadNeuron(const std::string& folder) {
  RowSet set = {.name = "neuron encoders",
                .about =
                    "encoders of the BERT family, compiled, products in BF16 and all else in FP32, on both cores of a "
                    "Trainium1 at once, by its maker; the host's start of a step is in the time. One device, on which "
                    "nothing was fitted. xlm-roberta is left out: its instance has 16 chips, and 250,000 columns of "
                    "results go to the host",
                .published = {},
                .rows = {},
                .whole_passes = true};
  const std::string start = absl::StrCat(folder, "/aws_neuron/trn1__");
  absl::Status status = ReadInto(absl::StrCat(start, "throughput_data_encoder.csv.gz"), "large batches", set);
  if (status.ok()) status = ReadInto(absl::StrCat(start, "latency_data_encoder.csv.gz"), "one sequence a core", set);
  if (!status.ok()) return status;
  return set;
}

}  // namespace sandglass::accuracy
