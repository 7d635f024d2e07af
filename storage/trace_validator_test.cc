#include "proto/trace_validator.h"

#include <cmath>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "storage/sample_trace.h"

namespace sandglass::storage {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr TraceLimits kLimits{2, 1};

// Spoils a sound thing in one way; `message` is what is said then. An empty message: it stays sound.
template <typename Thing>
struct Case {
  const char* message;
  void (*spoil)(Thing&);
};

class SignatureCases : public ::testing::TestWithParam<Case<v1::OpSignature>> {};
class RowCases : public ::testing::TestWithParam<Case<v1::Operator>> {};
class HeaderCases : public ::testing::TestWithParam<Case<v1::TraceHeader>> {};
class SummaryCases : public ::testing::TestWithParam<Case<v1::TraceSummary>> {};

TEST_P(SignatureCases, Table) {
  v1::OpSignature signature = SampleOperator(3).signature();
  ASSERT_TRUE(ValidateSignature(signature, kLimits).ok());
  GetParam().spoil(signature);
  EXPECT_EQ(std::string(ValidateSignature(signature, kLimits).message()), GetParam().message);
}

using S = v1::OpSignature;
INSTANTIATE_TEST_SUITE_P(
    Door, SignatureCases,
    ::testing::Values(
        Case<S>{"", [](S&) {}}, Case<S>{"", [](S& s) { s.mutable_inputs(0)->set_dims(0, 0); }},
        Case<S>{"", [](S& s) { s.add_attributes()->set_real(-std::numeric_limits<double>::infinity()); }},
        Case<S>{"",
                [](S& s) {
                  s.mutable_inputs(0)->set_dims(0, int64_t{1} << 59);
                  s.mutable_inputs(0)->set_dims(1, 3);
                }},
        Case<S>{"signature.name is empty, but an operator needs a name", [](S& s) { s.clear_name(); }},
        Case<S>{"signature.kind is 0, but an operator must say what kind it is", [](S& s) { s.clear_kind(); }},
        Case<S>{"signature.kind is 99, but an operator must say what kind it is",
                [](S& s) { s.set_kind(static_cast<v1::OperatorKind>(99)); }},
        Case<S>{"signature.name is 4097 bytes long, but at most 4096 are allowed",
                [](S& s) { s.set_name(std::string(4097, 'a')); }},
        Case<S>{"signature.inputs[0].dims[1] is -1, but it must not be negative",
                [](S& s) { s.mutable_inputs(0)->set_dims(1, -1); }},
        // 2^62 elements of 4 bytes are 2^64 bytes.
        Case<S>{"signature.inputs[0].dims[0] is 4611686018427387904, but with the other sizes its bytes do not fit in "
                "63 bits",
                [](S& s) { s.mutable_inputs(0)->set_dims(0, int64_t{1} << 62); }},
        // 2^40 * 2^40 overflows even though a size of 0 between them makes the product 0.
        Case<S>{
            "signature.inputs[0].dims[2] is 1099511627776, but with the other sizes its bytes do not fit in 63 bits",
            [](S& s) {
              s.mutable_inputs(0)->set_dims(0, int64_t{1} << 40);
              s.mutable_inputs(0)->set_dims(1, 0);
              s.mutable_inputs(0)->add_dims(int64_t{1} << 40);
            }},
        Case<S>{"signature.inputs[0].dtype is 77, but it is not a DataType",
                [](S& s) { s.mutable_inputs(0)->set_dtype(static_cast<v1::DataType>(77)); }},
        Case<S>{"signature.inputs[0].strides is 1 entries long, but dims has 2",
                [](S& s) { s.mutable_inputs(0)->add_strides(1); }},
        Case<S>{
            "signature.inputs[0].strides[1] is 9223372036854775807, but the tensor's extent in bytes does not fit in "
            "63 bits",
            [](S& s) {
              s.mutable_inputs(0)->add_strides(1);
              s.mutable_inputs(0)->add_strides(kMax);
            }},
        Case<S>{"signature.inputs[0].storage_bytes is -5, but it must not be negative",
                [](S& s) { s.mutable_inputs(0)->set_storage_bytes(-5); }},
        Case<S>{"signature.flops_flop.value is nan, but it must not be negative, and at most 1e+30",
                [](S& s) { s.mutable_flops_flop()->set_value(std::nan("")); }},
        Case<S>{"signature.read_bytes.value is inf, but it must not be negative, and at most 1e+30",
                [](S& s) { s.mutable_read_bytes()->set_value(std::numeric_limits<double>::infinity()); }},
        Case<S>{"signature.written_bytes.value is -1, but it must not be negative, and at most 1e+30",
                [](S& s) { s.mutable_written_bytes()->set_value(-1); }},
        Case<S>{"signature.flops_flop.provenance is 0, but a figure must say how it came to be",
                [](S& s) { s.mutable_flops_flop()->set_value(1); }},
        Case<S>{"signature.communication.process_group is 1, but the header has 1 process_groups",
                [](S& s) { s.mutable_communication()->set_process_group(1); }},
        Case<S>{"signature.communication.input_split_elements[0] is -2, but it must not be negative",
                [](S& s) { s.mutable_communication()->add_input_split_elements(-2); }},
        Case<S>{"signature.launch.grid is 4 entries long, but at most 3 are allowed", [](S& s) {
                  for (int i = 0; i < 4; ++i) s.mutable_launch()->add_grid(1);
                }}));

TEST_P(RowCases, Table) {
  v1::Operator op = SampleOperator(10);  // id 11, one tensor
  GetParam().spoil(op);
  const absl::Status status = ValidateRow(RowOf(op, 0), 10, 1, kLimits);
  EXPECT_EQ(std::string(status.message()), GetParam().message);
}

using O = v1::Operator;
INSTANTIATE_TEST_SUITE_P(
    Door, RowCases,
    ::testing::Values(Case<O>{"", [](O&) {}}, Case<O>{"", [](O& o) { o.set_parent_id(99); }},
                      Case<O>{"", [](O& o) { o.set_duration_ps(0); }}, Case<O>{"", [](O& o) { o.set_start_ns(-5); }},
                      Case<O>{"id is 0, but ids are not zero", [](O& o) { o.set_id(0); }},
                      Case<O>{"id is 10, but ids must grow in the order of the trace, and the one before is 10",
                              [](O& o) { o.set_id(10); }},
                      Case<O>{"parent_id is 0, but ids are not zero; leave it out if there is none",
                              [](O& o) { o.set_parent_id(0); }},
                      Case<O>{"parent_id is 11, but an operator must not refer to itself",
                              [](O& o) { o.set_parent_id(11); }},
                      Case<O>{"data_dep_ids[0] is 11, but it must be the id of another operator",
                              [](O& o) {
                                o.clear_data_dep_ids();
                                o.add_data_dep_ids(11);
                              }},
                      Case<O>{"control_dep_ids is 65537 entries long, but at most 65536 are allowed",
                              [](O& o) {
                                for (int i = 0; i < 65537; ++i) o.add_control_dep_ids(1);
                              }},
                      Case<O>{"duration_ps is -1, but it must not be negative", [](O& o) { o.set_duration_ps(-1); }},
                      Case<O>{"self_ps is 8, but duration_ps is 7",
                              [](O& o) {
                                o.set_duration_ps(7);
                                o.set_self_ps(8);
                              }},
                      Case<O>{"start_ns is 9223372036854775807, but its end does not fit in 63 bits",
                              [](O& o) { o.set_start_ns(kMax); }},
                      Case<O>{"energy_pj is -3, but it must not be negative", [](O& o) { o.set_energy_pj(-3); }},
                      Case<O>{"energy_provenance is not set, but an energy must say how it came to be",
                              [](O& o) {
                                o.set_energy_pj(3);
                                o.clear_energy_provenance();
                              }},
                      Case<O>{"device is 2, but the header has 2 devices", [](O& o) { o.set_device(2); }},
                      Case<O>{"link_method is 5, but it is not a LinkMethod",
                              [](O& o) { o.set_link_method(static_cast<v1::LinkMethod>(5)); }},
                      Case<O>{"link_method is 18446744073709551615, but it is not a LinkMethod",
                              [](O& o) { o.set_link_method(static_cast<v1::LinkMethod>(-1)); }},
                      Case<O>{"occurrences is 0, but it must be above zero; leave it out for one",
                              [](O& o) { o.set_occurrences(0); }},
                      Case<O>{"storage_ids is 2 entries long, but the signature has 1 tensors", [](O& o) {
                                o.clear_storage_ids();
                                o.add_storage_ids(1);
                                o.add_storage_ids(2);
                              }}));

TEST_P(HeaderCases, Table) {
  v1::TraceHeader header = SampleHeader("runs/transformer-1.0_x");
  GetParam().spoil(header);
  EXPECT_EQ(std::string(ValidateHeader(header).message()), GetParam().message);
}

using H = v1::TraceHeader;
INSTANTIATE_TEST_SUITE_P(
    Door, HeaderCases,
    ::testing::Values(
        Case<H>{"", [](H&) {}}, Case<H>{"header.name is empty, but a trace needs a name", [](H& h) { h.clear_name(); }},
        Case<H>{"header.name is 'a b', but only letters, digits, '.', '_', '-' and '/' are allowed",
                [](H& h) { h.set_name("a b"); }},
        Case<H>{"header.name is 'a\\000', but only letters, digits, '.', '_', '-' and '/' are allowed",
                [](H& h) { h.set_name(std::string("a\0", 2)); }},
        Case<H>{"header.name is '../a', but no part of it between '/' may be empty, '.' or '..'",
                [](H& h) { h.set_name("../a"); }},
        Case<H>{"header.name is '/a', but no part of it between '/' may be empty, '.' or '..'",
                [](H& h) { h.set_name("/a"); }},
        Case<H>{"header.name is 'a/.', but no part of it between '/' may be empty, '.' or '..'",
                [](H& h) { h.set_name("a/."); }},
        Case<H>{"", [](H& h) { h.set_name("...a/.b"); }},
        Case<H>{"header.name is 201 bytes long, but at most 200 are allowed",
                [](H& h) { h.set_name(std::string(201, 'a')); }},
        Case<H>{"header.name is '01ARYZ6S410000000000000000', but it must not look like a trace id",
                [](H& h) { h.set_name("01ARYZ6S410000000000000000"); }},
        Case<H>{"header is not readable, but all its texts must be UTF-8", [](H& h) { h.set_model("\xff"); }},
        Case<H>{"header.phase is 42, but it is not a Phase", [](H& h) { h.set_phase(static_cast<v1::Phase>(42)); }},
        Case<H>{"header.rank is 2, but world_size is 2",
                [](H& h) {
                  h.set_rank(2);
                  h.set_world_size(2);
                }},
        Case<H>{"header.memory.cache_bytes is -1, but it must not be negative",
                [](H& h) { h.mutable_memory()->set_cache_bytes(-1); }}));

TEST_P(SummaryCases, Table) {
  v1::TraceSummary summary = SampleSummary();
  GetParam().spoil(summary);
  EXPECT_EQ(std::string(ValidateSummary(summary).message()), GetParam().message);
}

using U = v1::TraceSummary;
INSTANTIATE_TEST_SUITE_P(
    Door, SummaryCases,
    ::testing::Values(Case<U>{"", [](U&) {}}, Case<U>{"", [](U& u) { u.clear_work_done(); }},
                      Case<U>{"summary.work_done[0].unit is 0, but work must be counted in a known unit",
                              [](U& u) { u.mutable_work_done(0)->clear_unit(); }},
                      Case<U>{"summary.work_done[0].count is 0, but it must be finite and at least 1e-12",
                              [](U& u) { u.mutable_work_done(0)->set_count(0); }},
                      Case<U>{"summary.work_done[0].count is nan, but it must be finite and at least 1e-12",
                              [](U& u) { u.mutable_work_done(0)->set_count(std::nan("")); }},
                      Case<U>{"summary.work_done[0].count is 1e-13, but it must be finite and at least 1e-12",
                              [](U& u) { u.mutable_work_done(0)->set_count(1e-13); }},
                      Case<U>{"summary.work_done[1].unit is WORK_UNIT_TOKEN, but it was given before",
                              [](U& u) { *u.add_work_done() = u.work_done(0); }},
                      Case<U>{"summary.window.end_ns is -1, but start_ns is 0",
                              [](U& u) { u.mutable_window()->set_end_ns(-1); }},
                      Case<U>{"summary.completeness.rejected is not empty, but the store fills it",
                              [](U& u) { u.mutable_completeness()->add_rejected(); }}));

}  // namespace
}  // namespace sandglass::storage
