// Makes a Kineto file of any size from a real one, without changing what it is made of: its events over and over, each
// time later, and with other ids.
#ifndef SANDGLASS_TESTS_BENCHMARKS_KINETO_GROWTH_H_
#define SANDGLASS_TESTS_BENCHMARKS_KINETO_GROWTH_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace sandglass::benchmarks {

class KinetoGrowth {
 public:
  // `text` is a whole, unpacked file, and must outlive it.
  static absl::StatusOr<KinetoGrowth> Of(absl::string_view text);

  // Writes a file of at least so many bytes, whole copies of the events; returns how many it wrote.
  absl::StatusOr<uint64_t> Write(const std::string& path, uint64_t bytes) const;

 private:
  // A stretch of the file that stays as it is, and the number behind it, to which each copy adds its own.
  struct Piece {
    absl::string_view literal;
    int64_t number = 0;
    bool is_time = false;
    bool has_number = false;
  };

  void AddEvents(absl::string_view events);

  absl::string_view before_;
  absl::string_view behind_;
  std::vector<Piece> pieces_;
  // By how much a copy's times and ids differ from those of the one before.
  int64_t time_step_ = 0;
  int64_t id_step_ = 0;
};

}  // namespace sandglass::benchmarks

#endif  // SANDGLASS_TESTS_BENCHMARKS_KINETO_GROWTH_H_
