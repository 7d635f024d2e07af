// FORMAT.md keeps its word: its dumps are what this store reads and writes, byte for byte.
#include <cstdint>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/message_differencer.h"
#include "gtest/gtest.h"
#include "proto/chain_digest.h"
#include "proto/operator_columns.h"
#include "storage/block_codec.h"
#include "storage/content_digest.h"
#include "storage/inventory.h"
#include "storage/key.h"
#include "storage/records.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

using google::protobuf::util::MessageDifferencer;

// The bytes of one line of a dump: hexadecimal, where 00*32 are 32 zeros, up to the bar behind which an explanation
// stands.
std::string BytesOf(absl::string_view line) {
  std::string bytes;
  for (const absl::string_view part : absl::StrSplit(line.substr(0, line.find('|')), ' ', absl::SkipEmpty())) {
    const std::vector<std::string> byte_and_count = absl::StrSplit(part, '*');
    const int count = byte_and_count.size() == 2 ? std::stoi(byte_and_count[1]) : 1;
    const std::string byte = absl::HexStringToBytes(byte_and_count[0]);
    for (int i = 0; i < count; ++i) bytes += byte;
  }
  return bytes;
}

// All dumps of FORMAT.md: blocks of text that begin with ```hexdump NAME.
std::map<std::string, std::string> ReadDumps() {
  std::ifstream file("storage/FORMAT.md");
  std::map<std::string, std::string> dumps;
  std::string* open = nullptr;
  for (std::string line; std::getline(file, line);) {
    absl::string_view name = line;
    if (absl::ConsumePrefix(&name, "```hexdump ")) {
      open = &dumps[std::string(name)];
    } else if (absl::StartsWith(line, "```")) {
      open = nullptr;
    } else if (open != nullptr) {
      *open += BytesOf(line);
    }
  }
  return dumps;
}

TraceId SampleId() {
  TraceId id;
  for (uint8_t i = 0; i < 16; ++i) id.bytes[i] = i < 6 ? std::array<uint8_t, 6>{1, 0x8b, 0xcf, 0xe5, 0x68, 0}[i] : i;
  return id;
}

// As the dump of the key explains it.
constexpr char kSampleIdText[] = "01HF7YAT000R3GG28A1C60T3GF";

const Key kBlockKey = {.tenant = 1, .trace = SampleId(), .stream = Stream::kArrivedBlocks, .block = 2};

v1::OpSignature Signature() {
  v1::OpSignature signature;
  signature.set_kind(v1::OPERATOR_KIND_HOST_OP);
  signature.set_name("aten::mm");
  return signature;
}

// Two operators of one signature: the second was called by the first, and has a duration and two dependencies.
std::vector<v1::Operator> Operators() {
  std::vector<v1::Operator> operators(2);
  operators[0].set_id(7);
  operators[0].set_start_ns(-1000);
  operators[1].set_id(9);
  operators[1].set_start_ns(500);
  operators[1].set_parent_id(7);
  operators[1].set_duration_ps(1000000);
  operators[1].add_data_dep_ids(7);
  operators[1].add_data_dep_ids(12);
  for (v1::Operator& op : operators) *op.mutable_signature() = Signature();
  return operators;
}

// As they stand in `blocks`.
v1::OperatorColumns Columns() {
  ColumnBuilder builder;
  for (const v1::Operator& op : Operators()) builder.Add(op);
  v1::OperatorColumns columns = builder.Take();
  columns.clear_new_signatures();
  columns.set_first_signature(1);
  return columns;
}

Digest Repeated(uint8_t byte) {
  Digest digest;
  digest.fill(byte);
  return digest;
}

TraceHead Head() {
  TraceHead head;
  head.state = v1::TRACE_STATE_OPEN;
  head.validation = v1::VALIDATION_LENIENT;
  head.epoch = 2;
  head.durable_seq = 3;
  head.sent_operators = 5;
  head.stored_operators = 4;
  head.last_operator_id = 9;
  head.signatures = 1;
  head.signature_bytes = 12;
  head.block_stream = Stream::kArrivedBlocks;
  head.blocks = 3;
  head.stored_bytes = 258;
  head.chain = Repeated(0xcc);
  for (uint8_t i = 0; i < 16; ++i) head.client_key.bytes[i] = static_cast<uint8_t>(0x11 * i);
  head.written_unix_ns = 1700000000000000000;
  return head;
}

ChunkRecord Chunk() {
  ChunkRecord record;
  record.payload_digest = Repeated(0xdd);
  record.chain = Repeated(0xcc);
  record.first_operator = 2;
  record.operators = 3;
  v1::RejectedRange& range = record.rejected.emplace_back();
  range.set_first_operator(3);
  range.set_count(1);
  range.set_reason("id is 0");
  return record;
}

class FormatTest : public ::testing::Test {
 protected:
  // What FORMAT.md shows under that name. `encoded` must be the same.
  std::string Dump(const std::string& name, const std::string& encoded) {
    const auto it = dumps_.find(name);
    EXPECT_NE(it, dumps_.end()) << "FORMAT.md has no dump called " << name;
    const std::string bytes = it == dumps_.end() ? "" : it->second;
    EXPECT_EQ(absl::BytesToHexString(bytes), absl::BytesToHexString(encoded)) << name;
    return bytes;
  }

  const std::map<std::string, std::string> dumps_ = ReadDumps();
};

TEST_F(FormatTest, Key) {
  const std::optional<Key> key = DecodeKey(Dump("key", EncodeKey(kBlockKey)));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->tenant, 1u);
  EXPECT_EQ(key->trace, SampleId());
  EXPECT_EQ(key->stream, Stream::kArrivedBlocks);
  EXPECT_EQ(key->block, 2u);
  EXPECT_EQ(TraceIdText(SampleId()), kSampleIdText);
}

TEST_F(FormatTest, Head) {
  const std::optional<TraceHead> head = DecodeHead(Dump("head", EncodeHead(Head())));
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->validation, v1::VALIDATION_LENIENT);
  EXPECT_EQ(head->durable_seq, 3u);
  EXPECT_EQ(head->sent_operators, 5u);
  EXPECT_EQ(head->stored_operators, 4u);
  EXPECT_EQ(head->stored_bytes, 258u);
  EXPECT_EQ(head->chain, Repeated(0xcc));
  EXPECT_EQ(head->written_unix_ns, 1700000000000000000);
}

TEST_F(FormatTest, ChunkRecord) {
  const std::optional<storage::ChunkRecord> record = DecodeChunkRecord(Dump("chunk", EncodeChunkRecord(Chunk())));
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->payload_digest, Repeated(0xdd));
  EXPECT_EQ(record->first_operator, 2u);
  EXPECT_EQ(record->operators, 3u);
  ASSERT_EQ(record->rejected.size(), 1u);
  EXPECT_EQ(record->rejected[0].reason(), "id is 0");
}

TEST_F(FormatTest, MessageFrame) {
  v1::TraceHeader header;
  header.set_name("demo");
  v1::TraceHeader read;
  ASSERT_TRUE(DecodeMessage(Dump("header", EncodeMessage(header)), read));
  EXPECT_EQ(read.name(), "demo");
}

TEST_F(FormatTest, Block) {
  const std::string key = EncodeKey(kBlockKey);
  const absl::StatusOr<std::string> encoded = EncodeBlock(key, 2, Columns());
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  const std::string dump = Dump("block", *encoded);
  const absl::StatusOr<storage::Block> block = DecodeBlock(key, dump);
  ASSERT_TRUE(block.ok()) << block.status();
  EXPECT_EQ(block->first, 2u);
  // What the block holds once it is decompressed.
  v1::OperatorColumns columns;
  ASSERT_TRUE(columns.ParseFromString(Dump("columns", Columns().SerializeAsString())));
  EXPECT_TRUE(MessageDifferencer::Equals(block->columns, columns));
  const absl::StatusOr<v1::OperatorRows> rows = RowsOf(columns, {Signature()});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->operators_size(), 2);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(MessageDifferencer::Equals(rows->operators(i), Operators()[i])) << i;
}

TEST_F(FormatTest, EmptyBlock) {
  const absl::StatusOr<std::string> encoded = EncodeBlock("k", 0, {});
  ASSERT_TRUE(encoded.ok()) << encoded.status();
  EXPECT_TRUE(DecodeBlock("k", Dump("empty block", *encoded)).ok());
}

TEST_F(FormatTest, ContentDigest) {
  v1::TraceHeader header;
  header.set_name("demo");
  v1::TraceSummary summary;
  summary.mutable_completeness()->set_truncated(true);
  storage::ContentDigest digest({Signature()});
  ASSERT_TRUE(digest.Add(Columns()).ok());
  const std::string whole = dumps_.at("content");
  EXPECT_EQ(DigestHex(Sha256(whole)), DigestHex(digest.Finish(header, summary)));
  // Its end is the digest of the operators, each of which begins with the digest of its signature.
  const std::string operators = dumps_.at("operators");
  EXPECT_EQ(absl::BytesToHexString(whole.substr(whole.size() - 32)), DigestHex(Sha256(operators)));
  EXPECT_EQ(absl::BytesToHexString(operators.substr(0, 32)), DigestHex(Sha256(Signature().SerializeAsString())));
}

InventoryContents Contents() {
  InventoryContents contents;
  contents.files = {.sequence = 1000,
                    .manifest_number = 5,
                    .manifest_bytes = 1234,
                    .manifest_hash = 0x1122334455667788,
                    .log_number = 8,
                    .log_bytes = 4096};
  contents.traces[{1, SampleId()}] = {
      .state = v1::TRACE_STATE_OPEN, .durable_seq = 3, .operators = 4, .digest = Repeated(0xcc)};
  return contents;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

TEST_F(FormatTest, Inventory) {
  const TemporaryFolder written;
  {
    const auto inventory = Inventory::Begin(written.path(), Contents());
    ASSERT_TRUE(inventory.ok()) << inventory.status();
    FileMarks files = Contents().files;
    files.sequence = 1001;
    const std::vector<MarkChange> removed = {{.trace = {1, SampleId()}, .mark = std::nullopt}};
    ASSERT_TRUE((*inventory)->Append(files, removed, Inventory::Synced::kBefore).ok());
  }
  const std::string file = ReadFile(written.File("INVENTORY"));
  const std::string first_record = Dump("inventory", file.substr(0, dumps_.at("inventory").size()));
  const std::string second = file.substr(first_record.size(), dumps_.at("inventory removal").size());
  const std::string both = first_record + Dump("inventory removal", second);
  EXPECT_EQ(file.find_last_not_of('\0') + 1, both.size());

  const TemporaryFolder read;
  std::ofstream(read.File("INVENTORY"), std::ios::binary) << first_record;
  auto contents = Inventory::Read(read.path());
  ASSERT_TRUE(contents.ok() && contents->has_value()) << contents.status();
  EXPECT_EQ((*contents)->files.manifest_hash, 0x1122334455667788u);
  EXPECT_EQ((*contents)->files.log_bytes, 4096u);
  ASSERT_EQ((*contents)->traces.size(), 1u);
  const auto& [key, mark] = *(*contents)->traces.begin();
  EXPECT_EQ(key, (std::pair<uint32_t, TraceId>(1, SampleId())));
  EXPECT_EQ(mark.durable_seq, 3u);
  EXPECT_EQ(mark.operators, 4u);
  EXPECT_EQ(mark.digest, Repeated(0xcc));
  std::ofstream(read.File("INVENTORY"), std::ios::binary) << both;
  contents = Inventory::Read(read.path());
  ASSERT_TRUE(contents.ok() && contents->has_value()) << contents.status();
  EXPECT_EQ((*contents)->files.sequence, 1001u);
  EXPECT_TRUE((*contents)->traces.empty());
}

}  // namespace
}  // namespace sandglass::storage
