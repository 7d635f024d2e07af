#include "collectors/importers/xplane/space_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "collectors/importers/format/byte_source.h"

namespace sandglass::collectors::xplane {
namespace {

using ::testing::HasSubstr;

// All fields as "number@offset:content", then the error, if there is one.
std::vector<std::string> Fields(const std::string& bytes) {
  const std::unique_ptr<ByteSource> source = MemoryByteSource(bytes);
  SpaceReader reader(*source);
  std::vector<std::string> found;
  while (true) {
    const auto field = reader.Next();
    if (!field.ok()) found.emplace_back(field.status().message());
    if (!field.ok() || !field->has_value()) return found;
    found.push_back(absl::StrCat((*field)->number, "@", (*field)->offset, ":", (*field)->bytes));
  }
}

TEST(SpaceReaderTest, CutsFieldsOutOneByOne) {
  EXPECT_THAT(Fields(""), ::testing::IsEmpty());
  EXPECT_THAT(Fields(std::string("\x0A\x03one\x0A\x00\x22\x04host", 13)),
              ::testing::ElementsAre("1@2:one", "1@7:", "4@9:host"));
}

TEST(SpaceReaderTest, TakesAFieldThatIsLongerThanItsBuffer) {
  // 200,000 is 3 · 2^16 + 3,392: the varint C0 9A 0C.
  const std::string content(200'000, 'x');
  EXPECT_THAT(Fields(absl::StrCat("\x0A\xC0\x9A\x0C", content, "\x22\x01h")),
              ::testing::ElementsAre("1@4:" + content, "4@200006:h"));
}

TEST(SpaceReaderTest, SaysAtWhichByteAFileIsCutOff) {
  const std::string whole = "\x0A\x03one\x0A\x05three";
  for (size_t size = 1; size < whole.size(); ++size) {
    const std::vector<std::string> found = Fields(whole.substr(0, size));
    if (size == 5) continue;
    ASSERT_FALSE(found.empty());
    EXPECT_THAT(found.back(), HasSubstr(absl::StrCat("byte ", size, ": the file ends"))) << size;
    EXPECT_THAT(found.back(), HasSubstr(absl::StrCat("the field that begins at byte ", size < 5 ? 0 : 5))) << size;
    EXPECT_THAT(found.back(), HasSubstr("Copy it again")) << size;
  }
}

TEST(SpaceReaderTest, SaysWhatIsNoField) {
  // A number, where only messages and texts may be; and a field 0.
  EXPECT_THAT(Fields("\x0A\x01x\x08\x01").back(), HasSubstr("byte 3: no plane begins here"));
  EXPECT_THAT(Fields(std::string("\x02\x00", 2)).back(), HasSubstr("byte 0: no plane begins here"));
  EXPECT_THAT(Fields("\x0A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01").back(),
              HasSubstr("a number of more than 64 bits"));
}

TEST(SpaceReaderTest, DoesNotBelieveALengthBeforeTheBytesAreThere) {
  EXPECT_THAT(Fields("\x0A\xFF\xFF\xFF\xFF\x07x").back(), HasSubstr("2147483646 bytes before the end"));
  EXPECT_THAT(Fields("\x0A\xFF\xFF\xFF\xFF\x0Fx").back(), HasSubstr("more than the 2 GiB"));
}

TEST(SpaceReaderTest, TellsThatBytesWereTakenForText) {
  const std::string replaced = "\xEF\xBF\xBD";
  const std::string damaged = absl::StrCat("\x0A", replaced, replaced, "\x06\x08\x02", replaced, replaced);
  EXPECT_THAT(Fields(damaged).back(), HasSubstr("byte 0: a field of"));
  EXPECT_THAT(Fields(damaged).back(), HasSubstr("replaced by EF BF BD, first at byte 1"));
  EXPECT_THAT(Fields(damaged).back(), HasSubstr("as binary"));
}

}  // namespace
}  // namespace sandglass::collectors::xplane
