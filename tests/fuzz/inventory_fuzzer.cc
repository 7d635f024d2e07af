// Inventories of any bytes: an error in one line, or contents that are written and read back the same.
//
// An input is a row of records, each a length of two bytes and a payload, to which the fuzzer adds what frames them;
// what is left at the end goes into the file as it is.
#include <xxhash.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "storage/inventory.h"
#include "storage/sample_trace.h"
#include "tests/fuzz/fuzzer.h"
#include "tests/fuzz/laws.h"

namespace sandglass::fuzz {
namespace {

constexpr char kMagic[] = "sandglass inventory 1\n";
constexpr size_t kMagicBytes = sizeof(kMagic) - 1;
constexpr size_t kLengthBytes = 4;
constexpr size_t kChecksumBytes = 8;

std::string Number(uint64_t value, size_t bytes) { return std::string(reinterpret_cast<const char*>(&value), bytes); }

std::string File(const std::string& input) {
  std::string file = kMagic;
  size_t at = 0;
  while (input.size() - at >= 2) {
    const size_t length = static_cast<uint8_t>(input[at]) | static_cast<size_t>(static_cast<uint8_t>(input[at + 1]))
                                                                << 8;
    if (length == 0 || length > input.size() - at - 2) break;
    const std::string record = Number(length, kLengthBytes) + input.substr(at + 2, length);
    file += record + Number(XXH3_64bits(record.data(), record.size()), kChecksumBytes);
    at += 2 + length;
  }
  return file + input.substr(at);
}

const storage::TemporaryFolder& Folder() {
  static auto* folder = new storage::TemporaryFolder;
  return *folder;
}

std::string FirstRecord(const storage::InventoryContents& contents) {
  const storage::TemporaryFolder folder;
  Require(storage::Inventory::Begin(folder.path(), contents).ok(), "an inventory cannot be begun");
  std::ostringstream bytes;
  bytes << std::ifstream(folder.File("INVENTORY"), std::ios::binary).rdbuf();
  const std::string file = bytes.str();
  const size_t length =
      static_cast<uint8_t>(file[kMagicBytes]) | static_cast<size_t>(static_cast<uint8_t>(file[kMagicBytes + 1])) << 8;
  return Number(length, 2) + file.substr(kMagicBytes + kLengthBytes, length);
}

bool Same(const storage::InventoryContents& a, const storage::InventoryContents& b) {
  const auto same = [](const auto& x, const auto& y) {
    return x.first == y.first && x.second.state == y.second.state && x.second.durable_seq == y.second.durable_seq &&
           x.second.operators == y.second.operators && x.second.digest == y.second.digest;
  };
  return a.files.sequence == b.files.sequence && a.files.manifest_hash == b.files.manifest_hash &&
         a.files.log_bytes == b.files.log_bytes &&
         std::equal(a.traces.begin(), a.traces.end(), b.traces.begin(), b.traces.end(), same);
}

}  // namespace

std::vector<std::string> Seeds() {
  storage::InventoryContents contents;
  contents.files.sequence = 1000;
  contents.files.manifest_number = 5;
  const std::string empty = FirstRecord(contents);
  for (uint8_t i = 1; i <= 3; ++i) {
    TraceId id;
    id.bytes.fill(i);
    contents.traces[{1, id}] = {.state = v1::TRACE_STATE_SEALED, .durable_seq = i, .operators = i, .digest = {}};
  }
  const std::string three = FirstRecord(contents);
  return {empty, three, three + empty, three + "torn"};
}

}  // namespace sandglass::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sandglass;        // NOLINT(google-build-using-namespace): the entry point has no namespace
  using namespace sandglass::fuzz;  // NOLINT(google-build-using-namespace)
  const std::string bytes = File(std::string(reinterpret_cast<const char*>(data), size));
  std::ofstream(Folder().File("INVENTORY"), std::ios::binary | std::ios::trunc) << bytes;
  const auto contents = storage::Inventory::Read(Folder().path());
  if (!contents.ok()) {
    Require(absl::IsDataLoss(contents.status()), contents.status().ToString());
    RequireOneLine(contents.status());
    return 0;
  }
  Require(contents->has_value(), "the file is there, and was not found");
  const storage::TemporaryFolder copy;
  Require(storage::Inventory::Begin(copy.path(), **contents).ok(), "an inventory cannot be begun");
  const auto again = storage::Inventory::Read(copy.path());
  Require(again.ok() && again->has_value() && Same(**contents, **again), "the inventory changed");
  return 0;
}
