// Takes files out of the tar archives that some public traces come in.
#ifndef SANDGLASS_TESTS_IMPORTS_ARCHIVE_H_
#define SANDGLASS_TESTS_IMPORTS_ARCHIVE_H_

#include <string>
#include <vector>

namespace sandglass::imports {

struct ArchiveMember {
  std::string name;
  std::string content;
};

// The files of a tar archive, plain or gzip, but those that only some desktop keeps ("._name"); empty, if it cannot be
// read.
std::vector<ArchiveMember> ReadArchive(const std::string& path);

}  // namespace sandglass::imports

#endif  // SANDGLASS_TESTS_IMPORTS_ARCHIVE_H_
