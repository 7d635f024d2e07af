// Reads columns of a CSV file, plain or packed.
//
//   absl::Status status = ReadCsv<3>(path, {"device", "m", "latency"}, [](CsvFile<3>& file) {
//     for (std::string device, m, latency; file.read_row(device, m, latency);) …
//   });
#ifndef SANDGLASS_TESTS_ACCURACY_CSV_FILE_H_
#define SANDGLASS_TESTS_ACCURACY_CSV_FILE_H_

// One thread reads and parses.
#define CSV_IO_NO_THREAD
#include <libfccp/csv.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::accuracy {

template <unsigned kColumns>
using CsvFile = io::CSVReader<kColumns, io::trim_chars<' '>, io::double_quote_escape<',', '"'>>;

class CsvBytes : public io::ByteSourceBase {
 public:
  explicit CsvBytes(std::unique_ptr<collectors::ByteSource> source) : source_(std::move(source)) {}

  int read(char* buffer, int size) override {
    const absl::StatusOr<size_t> count = source_->Read(buffer, static_cast<size_t>(size));
    if (!count.ok()) throw std::runtime_error(std::string(count.status().message()));
    return static_cast<int>(*count);
  }

 private:
  const std::unique_ptr<collectors::ByteSource> source_;
};

// Calls `read` with the file behind its header; other columns are passed over, and where one of `optional` is missing,
// its variable keeps its value. The library throws, here and in `read`. Errors: those of OpenByteSource; DataLoss with
// what the library says, which names file, line and column.
template <unsigned kColumns, typename Read>
absl::Status ReadCsv(const std::string& path, const std::array<const char*, kColumns>& columns, const Read& read,
                     std::initializer_list<absl::string_view> optional = {}) {
  absl::StatusOr<std::unique_ptr<collectors::ByteSource>> source = collectors::OpenByteSource(path);
  if (!source.ok()) return source.status();
  try {
    CsvFile<kColumns> file(path, std::make_unique<CsvBytes>(*std::move(source)));
    std::apply(
        [&](const auto*... names) { file.read_header(io::ignore_extra_column | io::ignore_missing_column, names...); },
        columns);
    for (const char* name : columns) {
      if (file.has_column(name) || std::find(optional.begin(), optional.end(), name) != optional.end()) continue;
      return absl::DataLossError(absl::StrCat(path, ": Missing column \"", name, "\" in header"));
    }
    read(file);
  } catch (const std::exception& error) {
    return absl::DataLossError(absl::StrCat(path, ": ", error.what()));
  }
  return absl::OkStatus();
}

}  // namespace sandglass::accuracy

#endif  // SANDGLASS_TESTS_ACCURACY_CSV_FILE_H_
