// The two payload forms of operators, rows and columns, and the way between them.
//
// OperatorRow is the decoded form that both share: plain numbers, no protobuf objects, one row at a time. Columns come
// from strangers, so RowReader checks every length and range before the first row; after that reading cannot fail.
// Time and memory are linear in the size of the message. Objects of this file are not safe for use by several threads
// at once.
#ifndef SANDGLASS_PROTO_OPERATOR_COLUMNS_H_
#define SANDGLASS_PROTO_OPERATOR_COLUMNS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "proto/operator_payload.pb.h"
#include "proto/raw_operator.pb.h"
#include "proto/trace.pb.h"

namespace sandglass {

// The single-number fields of Operator, in the order of their numbers. The order is part of the content digest.
enum class RowField : uint8_t {
  kId,
  kParentId,
  kForwardId,
  kStartNs,
  kDurationPs,
  kSelfPs,
  kThread,
  kDevice,
  kQueue,
  kSequenceNumber,
  kLauncherId,
  kLinkMethod,
  kCommunicationSequence,
  kEnergyPj,
  kEnergyProvenance,
  kEnergyWindowNs,
  kOccurrences,
  kGraphId,
  kGraphNode,
};
inline constexpr size_t kRowFields = 19;

// The list fields of Operator, in the order of their numbers. The order is part of the content digest.
enum class RowList : uint8_t { kDataDepIds, kControlDepIds, kStorageIds };
inline constexpr size_t kRowLists = 3;

// The name of the field in trace.proto.
const char* RowFieldName(RowField field);
const char* RowListName(RowList list);

// One operator. Signed fields are kept as their two's complement; Signed() gives them back.
struct OperatorRow {
  // Number of its signature in the trace.
  uint32_t signature = 0;
  // Bit i: whether field i has a value. A field without one has 0 in `values`.
  uint32_t present = 0;
  std::array<uint64_t, kRowFields> values{};
  // Point into the message or the reader that the row came from, and live as long as that (and for a reader, until
  // its next call).
  std::array<absl::Span<const uint64_t>, kRowLists> lists;

  bool Has(RowField field) const { return (present >> static_cast<unsigned>(field)) & 1u; }
  uint64_t Unsigned(RowField field) const { return values[static_cast<size_t>(field)]; }
  int64_t Signed(RowField field) const { return static_cast<int64_t>(values[static_cast<size_t>(field)]); }
  absl::Span<const uint64_t> List(RowList list) const { return lists[static_cast<size_t>(list)]; }
  void Set(RowField field, uint64_t value) {
    present |= 1u << static_cast<unsigned>(field);
    values[static_cast<size_t>(field)] = value;
  }
};

// The row of `op`, whose signature has the number `signature`. The row points into `op`.
OperatorRow RowOf(const v1::Operator& op, uint32_t signature);
OperatorRow RowOf(const v1::RawOperator& op, uint32_t signature);

// Writes all of `row` but its signature into `op`, which must be clear.
void RowToOperator(const OperatorRow& row, v1::Operator& op);

// Numbers signatures in order of first use. Two are the same when their serialized bytes are.
class SignatureInterner {
 public:
  // The number of `signature`, and whether it is new.
  struct Interned {
    uint32_t number;
    bool is_new;
  };
  Interned Intern(const v1::OpSignature& signature);
  // The number of the signature that serializes to these bytes, with fields in the order of their numbers; nothing
  // where it is new, or the bytes are in another order.
  std::optional<uint32_t> Find(absl::string_view serialized) const;
  // Takes the last Intern() back, which must have met a new signature.
  void UndoLast();

  // How many there are: the number of the next new one.
  uint32_t size() const { return static_cast<uint32_t>(numbers_.size()); }
  // Bytes of all signatures, serialized.
  size_t bytes() const { return bytes_; }

 private:
  absl::flat_hash_map<std::string, uint32_t> numbers_;
  std::string scratch_;
  size_t bytes_ = 0;
};

// Makes columns of rows, over the life of a trace: each Take() goes on with the signatures of those before it.
class ColumnBuilder {
 public:
  ColumnBuilder();
  // Goes on with a trace whose signatures are `known`, numbered from 0. They must differ from one another.
  explicit ColumnBuilder(absl::Span<const v1::OpSignature> known);

  // Adds one operator and interns its signature.
  void Add(const v1::Operator& op);
  // Adds one operator whose signature is numbered already, by the caller or by Intern.
  void Add(const OperatorRow& row);
  // Numbers a signature; a new one goes out with the next Take().
  uint32_t Intern(const v1::OpSignature& signature);

  // Operators since the last Take().
  uint32_t rows() const { return columns_.rows(); }
  // Signatures of the whole trace so far.
  uint32_t signatures() const { return interner_.size(); }
  // About how many bytes Take() would serialize to; never less than half nor more than ten times as many.
  size_t ApproximateBytes() const { return approximate_bytes_; }

  // The operators since the last Take(), and the signatures that are new since then.
  v1::OperatorColumns Take();

 private:
  SignatureInterner interner_;
  v1::OperatorColumns columns_;
  std::array<uint64_t, kRowFields> previous_{};
  std::array<uint64_t, kRowLists> previous_in_list_{};
  size_t approximate_bytes_ = 0;
};

// Reads the rows of a message of columns, which must outlive it.
class RowReader {
 public:
  // Checks the message: InvalidArgument names the column and what is wrong with it. Signature numbers must be less
  // than first_signature plus the count of new_signatures. Meanings (an id of 0, a negative duration) are not checked.
  static absl::StatusOr<RowReader> Create(const v1::OperatorColumns& columns);

  // Reads the next row; false at the end. The row's lists hold until the next call.
  bool Next(OperatorRow& row);

 private:
  struct Cursor {
    const v1::IntegerColumn* column;
    uint64_t value = 0;
    int next_delta = 0;
    // The presence run that the next row falls into, and what is left of it.
    int run = 0;
    uint32_t left_in_run = 0;
  };

  explicit RowReader(const v1::OperatorColumns& columns);

  const v1::OperatorColumns* columns_;
  uint32_t row_ = 0;
  // Only columns that have values; with the bit of the field.
  std::vector<std::pair<Cursor, uint8_t>> cursors_;
  std::array<int, kRowLists> list_position_{};
  std::array<uint64_t, kRowLists> list_value_{};
  std::array<std::vector<uint64_t>, kRowLists> list_buffer_;
};

// Calls `visit` with each row until it returns an error, which is handed on. Other errors: those of RowReader::Create.
absl::Status ForEachRow(const v1::OperatorColumns& columns, absl::FunctionRef<absl::Status(const OperatorRow&)> visit);

// All of `columns` as rows. `signatures` are those of the trace from number 0; it may leave out new_signatures.
absl::StatusOr<v1::OperatorRows> RowsOf(const v1::OperatorColumns& columns,
                                        absl::Span<const v1::OpSignature> signatures);

}  // namespace sandglass

#endif  // SANDGLASS_PROTO_OPERATOR_COLUMNS_H_
