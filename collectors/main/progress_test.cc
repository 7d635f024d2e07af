#include "collectors/main/progress.h"

#include <gtest/gtest.h>

namespace sandglass::collectors {
namespace {

struct Screen {
  std::string text;
  absl::Duration time;
  ProgressPrinter Printer(bool is_terminal) {
    return ProgressPrinter(
        is_terminal, [this](absl::string_view more) { text.append(more.data(), more.size()); },
        [this] { return time; });
  }
};

TEST(ProgressTest, OverwritesOneLineOnATerminal) {
  Screen screen;
  {
    ProgressPrinter printer = screen.Printer(true);
    printer.Show("a");
    screen.time += absl::Milliseconds(999);
    printer.Update("too soon");
    screen.time += absl::Milliseconds(1);
    printer.Update("b");
  }
  EXPECT_EQ(screen.text, "\r\x1b[?7la\x1b[K\x1b[?7h\r\x1b[?7lb\x1b[K\x1b[?7h\n");
}

TEST(ProgressTest, DrawsABarOnATerminal) {
  struct Case {
    double done;
    const char* bar;
  };
  const Case cases[] = {
      {0, "[--------------------] "},       {0.5, "[##########----------] "}, {0.99, "[###################-] "},
      {1, "[####################] "},       {-1, "[--------------------] "},  {2, "[####################] "},
      {1.0 / 3, "[######--------------] "},
  };
  for (const Case& c : cases) {
    Screen screen;
    screen.Printer(true).Show("a", c.done);
    EXPECT_EQ(screen.text, std::string("\r\x1b[?7l") + c.bar + "a\x1b[K\x1b[?7h\n") << c.done;
  }
}

TEST(ProgressTest, WritesPlainLinesElsewhere) {
  Screen screen;
  {
    ProgressPrinter printer = screen.Printer(false);
    printer.Update("the first is always shown");
    printer.Update("too soon");
    printer.Show("always shown", 0.5);
    printer.EndLine();
  }
  EXPECT_EQ(screen.text, "the first is always shown\nalways shown\n");
}

}  // namespace
}  // namespace sandglass::collectors
