// The pipe of the marks: lines in, names and instants out, and no harm to the writer.
#include "cradle/measure/marks_pipe.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>

namespace cradle::measure {
namespace {

void write_to(const MarksPipe& pipe, const std::string& text) {
  ASSERT_EQ(::write(pipe.child_end(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
}

TEST(ParseMark, TakesNamesWithAndWithoutAnInstant) {
  EXPECT_EQ(parse_mark("epoch-1").name, "epoch-1");
  EXPECT_LT(parse_mark("epoch-1").boot_s, 0);
  EXPECT_EQ(parse_mark("@12.25 epoch 1\r").name, "epoch 1");
  EXPECT_DOUBLE_EQ(parse_mark("@12.25 epoch 1").boot_s, 12.25);
  EXPECT_EQ(parse_mark("@home").name, "@home");
  EXPECT_EQ(parse_mark("   ").name, "");
}

TEST(MarksPipe, JoinsLinesThatCameInPieces) {
  MarksPipe pipe;
  write_to(pipe, "a\nb");
  auto marks = pipe.take();
  ASSERT_EQ(marks.size(), 1u);
  EXPECT_EQ(marks[0].name, "a");
  write_to(pipe, "c\n\nd\n");
  marks = pipe.take();
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].name, "bc");
  EXPECT_EQ(marks[1].name, "d");
  EXPECT_TRUE(pipe.take().empty());
}

TEST(MarksPipe, GivesTheChildADescriptorOfOneDigit) {
  const MarksPipe pipe;
  EXPECT_GE(pipe.child_number(), 3);
  EXPECT_LE(pipe.child_number(), 9);
}

TEST(MarksPipe, NeverBlocksItsWriterNorGrowsWithoutBound) {
  MarksPipe pipe;
  const std::string noise(4096, 'x');  // no line end: what never becomes a mark is cut
  ssize_t n;
  while ((n = ::write(pipe.child_end(), noise.data(), noise.size())) > 0) continue;
  EXPECT_EQ(errno, EAGAIN);
  EXPECT_TRUE(pipe.take().empty());
  write_to(pipe, "\nafter\n");
  const auto marks = pipe.take();
  ASSERT_EQ(marks.size(), 2u);
  EXPECT_EQ(marks[0].name.size(), 4096u);
  EXPECT_EQ(marks[1].name, "after");
}

}  // namespace
}  // namespace cradle::measure
