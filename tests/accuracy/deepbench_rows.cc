#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "collectors/importers/format/byte_source.h"
#include "tests/accuracy/operators.h"
#include "tests/accuracy/row_sets.h"

namespace sandglass::accuracy {
namespace {

using Fields = std::vector<std::string>;

// The sheets that are scored: products, convolutions and recurrent layers in one of these types.
struct Sheet {
  const char* name;
  const char* type_name;
  trace::DataType dtype;
};
constexpr Sheet kSheets[] = {{"FP32", "fp32", trace::DataType::kFloat32},
                             {"FP16 ip; Mixed math", "fp16", trace::DataType::kFloat16}};

std::optional<Sheet> SheetOf(absl::string_view name) {
  for (const Sheet& sheet : kSheets) {
    if (absl::EndsWith(name, sheet.name)) return sheet;
  }
  return std::nullopt;
}

std::optional<double> Number(const Fields& fields, size_t column) {
  double value = 0;
  if (column >= fields.size() || !absl::SimpleAtod(fields[column], &value)) return std::nullopt;
  return value;
}

// A block of a sheet: a line that names it, with its columns there or in the line below, and a line for each row.
struct Block {
  std::string name;
  std::map<std::string, size_t> columns;

  std::optional<double> Value(const Fields& fields, absl::string_view column) const {
    const auto found = columns.find(std::string(column));
    return found == columns.end() ? std::nullopt : Number(fields, found->second);
  }
  std::optional<int64_t> Size(const Fields& fields, absl::string_view column) const {
    constexpr double kLargest = 1e9;
    const std::optional<double> value = Value(fields, column);
    if (!value.has_value() || !(*value >= 0 && *value <= kLargest)) return std::nullopt;
    return static_cast<int64_t>(*value);
  }
};

// "S (Filter width)" is S, "Time (msec)" time: what stands before a bracket, in small letters.
std::string ColumnName(absl::string_view text) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(text.substr(0, text.find('('))));
}

// The first of a name stands for it: behind times, there are rates by the same letters.
void SetColumns(const Fields& fields, Block& block) {
  block.columns.clear();
  for (size_t i = 3; i < fields.size(); ++i) {
    if (const std::string name = ColumnName(fields[i]); !name.empty()) block.columns.emplace(name, i);
  }
}

class Reader {
 public:
  Reader(std::string device, RowSet& set) : device_(std::move(device)), set_(set) {}

  void Take(const Fields& fields) {
    if (fields.size() < 2) return;
    const std::optional<Sheet> sheet = SheetOf(fields[0]);
    if (!sheet.has_value()) return;
    if (!fields[1].empty()) {
      block_.name = fields[1];
      SetColumns(fields, block_);
    } else if (block_.columns.empty()) {
      SetColumns(fields, block_);
    } else if (absl::StartsWith(block_.name, "Dense")) {
      AddProduct(*sheet, fields);
    } else if (absl::StartsWith(block_.name, "Convolution")) {
      AddConvolution(*sheet, fields);
    } else if (absl::StartsWith(block_.name, "Recurrent")) {
      AddRecurrence(*sheet, fields);
    }
  }

 private:
  void Add(const Sheet& sheet, const char* what, std::optional<double> milliseconds, trace::Signature work) {
    if (!milliseconds.has_value() || *milliseconds <= 0) return;
    MeasuredRow row;
    row.device = device_;
    row.op_class = absl::StrCat(what, " ", sheet.type_name);
    row.work = {std::move(work)};
    row.measured = Seconds::Of(*milliseconds * 1e-3);
    set_.rows.push_back(std::move(row));
  }

  void AddProduct(const Sheet& sheet, const Fields& fields) {
    const std::optional<int64_t> m = block_.Size(fields, "m");
    const std::optional<int64_t> n = block_.Size(fields, "n");
    const std::optional<int64_t> k = block_.Size(fields, "k");
    if (m.has_value() && n.has_value() && k.has_value()) {
      Add(sheet, "gemm", block_.Value(fields, "time"), Product(sheet.dtype, *m, *n, *k));
    }
  }

  // Layers whose inputs are added as they are, without a product of their own: inputs of one element stand for them.
  void AddRecurrence(const Sheet& sheet, const Fields& fields) {
    const std::optional<int64_t> hidden = block_.Size(fields, "hidden units");
    const std::optional<int64_t> batch = block_.Size(fields, "n");
    const std::optional<int64_t> steps = block_.Size(fields, "timesteps");
    const bool lstm = absl::EndsWith(block_.name, "LSTM");
    const bool gru = absl::EndsWith(block_.name, "GRU");
    if (!hidden.has_value() || !batch.has_value() || !steps.has_value()) return;
    const int64_t gates = lstm ? 4 : gru ? 3 : 1;
    const int64_t mode = lstm ? 2 : gru ? 3 : 0;
    const ops::Dims states = {*steps, *batch, *hidden};
    const auto layer = [&](ops::Op op, bool backward) {
      op.In(sheet.dtype, {*steps, *batch, 1}).List(sheet.dtype, {{gates * *hidden, *hidden}}).Int("weight_stride0", 4);
      op.None().In(sheet.dtype, {1, *batch, *hidden}).None();
      if (backward) op.In(sheet.dtype, states).In(sheet.dtype, states).None().None();
      op.Int("mode", mode).Int("hidden_size", *hidden).Int("proj_size", 0).Int("num_layers", 1);
      return op.Out(sheet.dtype, states).get();
    };
    Add(sheet, "recurrent layer", block_.Value(fields, "time forward"), layer(ops::Op("aten::_cudnn_rnn"), false));
    const std::optional<double> inputs = block_.Value(fields, "time backward wrt inputs");
    const std::optional<double> weights = block_.Value(fields, "time backward wrt weights");
    if (!inputs.has_value() || !weights.has_value()) return;
    Add(sheet, "recurrent layer's gradients", *inputs + *weights, layer(ops::Op("aten::_cudnn_rnn_backward"), true));
  }

  void AddConvolution(const Sheet& sheet, const Fields& fields) {
    std::array<int64_t, 11> sizes = {};
    const std::array<const char*, 11> names = {
        "n", "c", "h", "w", "k", "r", "s", "pad_h", "pad_w", "vertical stride", "horizontal stride"};
    for (size_t i = 0; i < names.size(); ++i) {
      const std::optional<int64_t> size = block_.Size(fields, names[i]);
      if (!size.has_value()) return;
      sizes[i] = *size;
    }
    const auto [n, c, h, w, k, r, s, pad_h, pad_w, stride_h, stride_w] = sizes;
    if (stride_h < 1 || stride_w < 1) return;
    const ops::Dims input = {n, c, h, w};
    const ops::Dims weight = {k, c, r, s};
    const ops::Dims output = {n, k, (h + 2 * pad_h - r) / stride_h + 1, (w + 2 * pad_w - s) / stride_w + 1};
    const ops::Dims strides = {stride_h, stride_w};
    const ops::Dims pads = {pad_h, pad_w};
    Add(sheet, "convolution", block_.Value(fields, "forward"),
        ops::Op("aten::convolution")
            .In(sheet.dtype, input)
            .In(sheet.dtype, weight)
            .None()
            .Ints("stride", strides)
            .Ints("padding", pads)
            .Out(sheet.dtype, output));
    const auto gradient = [&] {
      return ops::Op("aten::convolution_backward")
          .In(sheet.dtype, output)
          .In(sheet.dtype, input)
          .In(sheet.dtype, weight)
          .None()
          .Ints("stride", strides)
          .Ints("padding", pads);
    };
    Add(sheet, "convolution of inputs' gradients", block_.Value(fields, "wrt inputs"),
        gradient().Out(sheet.dtype, input));
    Add(sheet, "convolution of weights' gradients", block_.Value(fields, "wrt parameters"),
        gradient().NoOut().Out(sheet.dtype, weight));
  }

  const std::string device_;
  RowSet& set_;
  Block block_;
};

// The lines of a file; quotes hold one comma each, in the names of sheets.
absl::StatusOr<std::vector<Fields>> ReadLines(const std::string& path) {
  absl::StatusOr<std::unique_ptr<collectors::ByteSource>> source = collectors::OpenByteSource(path);
  if (!source.ok()) return source.status();
  std::string text;
  std::string piece(1 << 16, '\0');
  while (true) {
    const absl::StatusOr<size_t> read = (*source)->Read(piece.data(), piece.size());
    if (!read.ok()) return read.status();
    if (*read == 0) break;
    text.append(piece, 0, *read);
  }
  std::vector<Fields> lines;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    Fields fields;
    bool quoted = false;
    std::string field;
    for (const char c : absl::StripTrailingAsciiWhitespace(line)) {
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.push_back(std::exchange(field, ""));
      } else {
        field.push_back(c == ',' ? ';' : c);
      }
    }
    fields.push_back(std::move(field));
    lines.push_back(std::move(fields));
  }
  return lines;
}

// "NVIDIA Tesla P100" is "Tesla P100".
std::string DeviceOf(const std::vector<Fields>& lines) {
  for (const Fields& fields : lines) {
    if (fields.size() > 2 && fields[1] == "GPU Model") return absl::StrReplaceAll(fields[2], {{"NVIDIA ", ""}});
  }
  return "";
}

}  // namespace

absl::StatusOr<RowSet> ReadDeepbench(const std::string& folder) {
  RowSet set = {
      .name = "deepbench",
      .about =
          "products, convolutions and recurrent layers of training, in FP32 and FP16 with sums in FP32, by "
          "cuBLAS and cuDNN of 2017 to 2019; transposed and untransposed operands alike. Recurrent layers add "
          "their inputs without a product; calls of a few ms take 2 to 5 ms more than their steps do",
      .published = {},
      .rows = {}};
  std::vector<std::string> paths;
  for (const auto& file : std::filesystem::directory_iterator(absl::StrCat(folder, "/deepbench"))) {
    if (absl::StrContains(file.path().filename().string(), "train")) paths.push_back(file.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    const absl::StatusOr<std::vector<Fields>> lines = ReadLines(path);
    if (!lines.ok()) return lines.status();
    Reader reader(DeviceOf(*lines), set);
    for (const Fields& fields : *lines) reader.Take(fields);
  }
  return set;
}

}  // namespace sandglass::accuracy
