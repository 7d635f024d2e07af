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
  EXPECT_EQ(screen.text, "\ra\x1b[K\rb\x1b[K\n");
}

TEST(ProgressTest, WritesPlainLinesElsewhere) {
  Screen screen;
  {
    ProgressPrinter printer = screen.Printer(false);
    printer.Update("the first is always shown");
    printer.Update("too soon");
    printer.Show("always shown");
    printer.EndLine();
  }
  EXPECT_EQ(screen.text, "the first is always shown\nalways shown\n");
}

}  // namespace
}  // namespace sandglass::collectors
