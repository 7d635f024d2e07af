// Lets libFuzzer begin from a fuzzer's seeds: it calls this before it reads its arguments, and gets a folder with the
// seeds as one more corpus. Where the arguments are single inputs to be run again, they stay as they are.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/fuzz/fuzzer.h"

namespace {

bool IsInput(const char* argument) { return std::filesystem::is_regular_file(argument); }

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* argc, char*** argv) {
  if (std::any_of(*argv + 1, *argv + *argc, IsInput)) return 0;
  static auto* folder = new std::string(std::filesystem::temp_directory_path() / "seeds_XXXXXX");
  if (mkdtemp(folder->data()) == nullptr) {
    std::perror(folder->c_str());
    std::exit(1);
  }
  int number = 0;
  for (const std::string& seed : sandglass::fuzz::Seeds()) {
    std::ofstream(*folder + "/seed" + std::to_string(number++), std::ios::binary) << seed;
  }
  static auto* arguments = new std::vector<char*>(*argv, *argv + *argc);
  arguments->push_back(folder->data());
  arguments->push_back(nullptr);
  ++*argc;
  *argv = arguments->data();
  return 0;
}
