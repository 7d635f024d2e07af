// The stream of random numbers of a simulation, the same everywhere for the same seed.
//
// The C++ standard fixes what std::mt19937_64 gives, to the bit, but leaves its distributions to each library: so only
// the engine is used, and its 64 bits become a number here. Not safe for use by several threads at once.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_RANDOM_STREAM_H_
#define SANDGLASS_ANALYZER_ECONOMICS_RANDOM_STREAM_H_

#include <cstdint>
#include <random>

#include "analyzer/economics/distribution.h"

namespace sandglass::economics {

class RandomStream {
 public:
  explicit RandomStream(uint64_t seed) : engine_(seed) {}

  // The middle of one of 2^52 equal parts of (0, 1): never 0 or 1. With 2^53 the half would be rounded away above 1/2.
  double Uniform() { return (static_cast<double>(engine_() >> 12) + 0.5) * 0x1p-52; }

  // One number of the stream, whatever the shape, so that another assumption does not shift all that follow.
  double Draw(const Distribution& distribution) { return distribution.Quantile(Uniform()); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_RANDOM_STREAM_H_
