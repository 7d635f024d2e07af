#include "storage/content_digest.h"

#include <string>

#include "gtest/gtest.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

v1::OpSignature Named(const std::string& name) {
  v1::OpSignature signature;
  signature.set_name(name);
  return signature;
}

// An operator of id 1 with one data dependency on 2 and signature "a", put together by FORMAT.md.
TEST(ContentDigest, ByHand) {
  ColumnBuilder builder;
  v1::Operator op;
  op.set_id(1);
  op.add_data_dep_ids(2);
  *op.mutable_signature() = Named("a");
  builder.Add(op);

  std::string stream =
      DigestBytes(Sha256(std::string("\x12\x01"
                                     "a",
                                     3)));  // field 2, one byte
  stream += std::string("\x01\0\0\0", 4);   // only the id is present
  stream += std::string("\x01\0\0\0\0\0\0\0", 8) + std::string(144, '\0');
  stream += std::string("\x01\0\0\0\x02\0\0\0\0\0\0\0", 12) + std::string(8, '\0');
  std::string whole = "sandglass content 1\n";
  whole += std::string("\x03\0\0\0\0\0\0\0\x0a\x01n", 11);  // header with name "n"
  whole += std::string(8, '\0');                            // empty summary
  whole += std::string("\x01\0\0\0\0\0\0\0", 8);            // one operator
  whole += DigestBytes(Sha256(stream));

  v1::TraceHeader header;
  header.set_name("n");
  const v1::OperatorColumns columns = builder.Take();
  ContentDigest digest({Named("a")});
  ASSERT_TRUE(digest.Add(columns).ok());
  EXPECT_EQ(digest.Finish(header, {}), Sha256(whole));
}

Digest DigestOf(uint32_t rows, uint32_t per_message, bool reversed_signatures) {
  std::vector<v1::OpSignature> signatures;
  for (uint32_t i = 0; i < 7; ++i) signatures.push_back(SampleOperator(reversed_signatures ? 6 - i : i).signature());
  ColumnBuilder builder(signatures);
  ContentDigest digest(signatures);
  for (uint32_t i = 0; i < rows; ++i) {
    builder.Add(SampleOperator(i));
    if (builder.rows() == per_message) {
      EXPECT_TRUE(digest.Add(builder.Take()).ok());
    }
  }
  EXPECT_TRUE(digest.Add(builder.Take()).ok());
  EXPECT_EQ(digest.operators(), rows);
  return digest.Finish(SampleHeader("a"), SampleSummary());
}

TEST(ContentDigest, DependsOnContentOnly) {
  const Digest digest = DigestOf(1000, 1, false);
  EXPECT_EQ(DigestOf(1000, 7, false), digest);
  EXPECT_EQ(DigestOf(1000, 1000, false), digest);
  EXPECT_EQ(DigestOf(1000, 64, true), digest);
  EXPECT_NE(DigestOf(999, 64, false), digest);
}

// An absent field and one of value 0 are different operators.
TEST(ContentDigest, UnknownIsNotZero) {
  const auto digest_of = [](const v1::Operator& op) {
    ColumnBuilder builder;
    builder.Add(op);
    const v1::OperatorColumns columns = builder.Take();
    ContentDigest digest({op.signature()});
    EXPECT_TRUE(digest.Add(columns).ok());
    return digest.Finish({}, {});
  };
  v1::Operator op;
  op.set_id(1);
  const Digest absent = digest_of(op);
  op.set_duration_ps(0);
  EXPECT_NE(digest_of(op), absent);
}

TEST(ContentDigest, UnknownSignatureIsAnError) {
  v1::OperatorColumns columns;
  columns.set_rows(1);
  columns.set_first_signature(5);
  columns.add_signature(1);
  ContentDigest digest({Named("a")});
  EXPECT_EQ(digest.Add(columns).code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace sandglass::storage
