#include "collectors/importers/execution_trace/op_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sandglass::collectors::execution_trace {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Names(absl::string_view schema) {
  std::vector<std::string> names;
  for (const OpArgument& argument : ReadArguments(schema)) names.push_back(argument.name);
  return names;
}

std::vector<bool> Written(absl::string_view schema) {
  std::vector<bool> written;
  for (const OpArgument& argument : ReadArguments(schema)) written.push_back(argument.is_written);
  return written;
}

TEST(OpSchemaTest, ArgumentsHaveNames) {
  EXPECT_THAT(
      Names("aten::empty.memory_format(SymInt[] size, *, ScalarType? dtype=None, bool? pin_memory=None) -> Tensor"),
      ElementsAre("size", "dtype", "pin_memory"));
  EXPECT_THAT(Names("aten::max_pool2d(Tensor self, int[2] kernel_size, int[2] stride=[], int[2] padding=[0, 0]) -> T"),
              ElementsAre("self", "kernel_size", "stride", "padding"));
  EXPECT_THAT(Names("aten::barrier() -> ()"), IsEmpty());
}

TEST(OpSchemaTest, ExclamationMarksSayWhatIsWritten) {
  EXPECT_THAT(Written("aten::add_.Tensor(Tensor(a!) self, Tensor other, *, Scalar alpha=1) -> Tensor(a!)"),
              ElementsAre(true, false, false));
  EXPECT_THAT(Written("aten::_foreach_add_(Tensor(a!)[] self, Scalar scalar) -> ()"), ElementsAre(true, false));
  // A view of what it was given.
  EXPECT_THAT(Written("aten::t(Tensor(a) self) -> Tensor(a)"), ElementsAre(false));
}

TEST(OpSchemaTest, WhatIsNoneHasWhatCouldBeRead) {
  EXPECT_THAT(Names(""), IsEmpty());
  EXPECT_THAT(Names("aten::add"), IsEmpty());
  EXPECT_THAT(Names("aten::add(Tensor self, Ten"), ElementsAre("self", ""));
  EXPECT_THAT(Names("f((((("), ElementsAre(""));
}

TEST(OpSchemaTest, TypesHaveParts) {
  EXPECT_THAT(PartsOfType("Tensor(float)"), IsEmpty());
  EXPECT_THAT(PartsOfType("GenericList[]"), IsEmpty());
  EXPECT_THAT(PartsOfType("GenericList[Tensor(nullptr (uninitialized)),None,Int]"),
              ElementsAre("Tensor(nullptr (uninitialized))", "None", "Int"));
  EXPECT_THAT(PartsOfType("GenericList[GenericList[Tensor(float),Tensor(float)],GenericList[]]"),
              ElementsAre("GenericList[Tensor(float),Tensor(float)]", "GenericList[]"));
  EXPECT_THAT(PartsOfType("GenericList[Int"), ElementsAre("Int"));
}

}  // namespace
}  // namespace sandglass::collectors::execution_trace
