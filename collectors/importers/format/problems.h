// What was wrong with a file, while it is read.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PROBLEMS_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PROBLEMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "collectors/importers/format/importer.h"

namespace sandglass::collectors {

// Counts what is wrong by its name, and keeps the first of each kind in words. Used by one thread at a time.
class Problems {
 public:
  // `what` says it in words, with the byte.
  void Add(absl::string_view name, std::string what) {
    if (counts_[std::string(name)]++ == 0) words_.push_back(std::move(what));
  }

  const Counts& counts() const { return counts_; }
  const std::vector<std::string>& words() const { return words_; }

 private:
  Counts counts_;
  std::vector<std::string> words_;
};

}  // namespace sandglass::collectors

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_FORMAT_PROBLEMS_H_
