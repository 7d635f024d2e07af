// Writes proto/schema.lock anew after elements were added to the schema. Refuses where one changed or went, unless
// --allow-breaking says that this is meant.
//
// Usage: bazel run //proto:schema_lock_update [-- --allow-breaking]
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "proto/schema_lock.h"

namespace {

std::vector<std::string> ProtoFiles(const std::filesystem::path& root) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(root / "proto")) {
    if (entry.path().extension() == ".proto") files.push_back("proto/" + entry.path().filename().string());
  }
  return files;
}

int Update(const std::filesystem::path& root, bool allow_breaking) {
  const absl::StatusOr<sandglass::Schema> schema = sandglass::ReadSchema(root, ProtoFiles(root));
  if (!schema.ok()) {
    std::cerr << "schema_lock_update: " << schema.status().message() << "\n";
    return 1;
  }
  const std::filesystem::path lock = root / "proto" / "schema.lock";
  std::ifstream in(lock);
  const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  const sandglass::SchemaDifference difference = sandglass::CompareSchemas(sandglass::ParseLock(text), schema->lines);
  for (const std::string& line : difference.broken) std::cerr << "broken: " << line << "\n";
  if (!difference.broken.empty() && !allow_breaking) {
    std::cerr << "schema_lock_update: " << lock.string() << " was left alone: " << difference.broken.size()
              << " elements changed or went; put them back, or reserve them and pass --allow-breaking\n";
    return 1;
  }
  std::ofstream out(lock);
  out << sandglass::FormatLock(schema->lines);
  out.close();
  if (!out) {
    std::cerr << "schema_lock_update: cannot write " << lock.string() << ": check its permissions and the disk\n";
    return 1;
  }
  std::cout << lock.string() << ": " << schema->lines.size() << " elements, " << difference.added.size() << " new, "
            << difference.broken.size() << " broken\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool allow_breaking = argc == 2 && std::string(argv[1]) == "--allow-breaking";
  if (argc > 2 || (argc == 2 && !allow_breaking)) {
    std::cerr << "schema_lock_update: unknown argument: it takes --allow-breaking or nothing\n";
    return 1;
  }
  const char* root = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (root == nullptr) {
    std::cerr << "schema_lock_update: BUILD_WORKSPACE_DIRECTORY is not set: start it by `bazel run`\n";
    return 1;
  }
  return Update(root, allow_breaking);
}
