#include "collectors/importers/format/torch_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sandglass::collectors {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(TorchNamesTest, ElementTypesHaveSeveralSpellings) {
  EXPECT_EQ(ElementType("long int"), v1::DATA_TYPE_INT64);
  EXPECT_EQ(ElementType("long"), v1::DATA_TYPE_INT64);
  EXPECT_EQ(ElementType("c10::Half"), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(ElementType("c10::Float8_e5m2"), v1::DATA_TYPE_FLOAT8_E5M2);
  EXPECT_EQ(ElementType("c10::NewType"), v1::DATA_TYPE_OTHER);
  EXPECT_EQ(ElementType("Scalar"), v1::DATA_TYPE_UNSPECIFIED);
  EXPECT_EQ(CollectiveElementType("BFloat16"), v1::DATA_TYPE_BFLOAT16);
  EXPECT_EQ(CollectiveElementType("NewType"), v1::DATA_TYPE_OTHER);
  EXPECT_EQ(CollectiveElementType(""), v1::DATA_TYPE_UNSPECIFIED);
}

TEST(TorchNamesTest, TransfersHaveSeveralSpellings) {
  for (const char* name : {"allgather", "_allgather_base", "all_gather", "nccl:all_gather", "_ALLGATHER_BASE"}) {
    EXPECT_EQ(TransferOf(name), v1::Communication::TYPE_ALL_GATHER) << name;
  }
  EXPECT_EQ(TransferOf("all_to_allv"), v1::Communication::TYPE_ALL_TO_ALL);
  EXPECT_EQ(TransferOf("new_collective"), v1::Communication::TYPE_OTHER);
  EXPECT_EQ(KindOfTransfer(TransferOf("recv")), v1::OPERATOR_KIND_POINT_TO_POINT);
  EXPECT_EQ(KindOfTransfer(TransferOf("barrier")), v1::OPERATOR_KIND_COLLECTIVE);
}

TEST(TorchNamesTest, ListsAreRead) {
  v1::IntegerList list;
  EXPECT_TRUE(ReadIntegers("[]", list));
  EXPECT_THAT(list.values(), IsEmpty());
  EXPECT_TRUE(ReadIntegers("[1, -2,3]", list));
  EXPECT_THAT(list.values(), ElementsAre(1, -2, 3));
  for (const char* text : {"", "[", "]", "1", "[1,]", "[1.5]", "[[1]]"}) EXPECT_FALSE(ReadIntegers(text, list)) << text;
}

}  // namespace
}  // namespace sandglass::collectors
