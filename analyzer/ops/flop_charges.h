// What operations that are not additions or multiplications count as, in vector FLOP: conventions of this project.
#ifndef SANDGLASS_ANALYZER_OPS_FLOP_CHARGES_H_
#define SANDGLASS_ANALYZER_OPS_FLOP_CHARGES_H_

namespace sandglass::ops {

// Vector FLOP charged for exp, log, tanh, erf, division, square root and their like.
inline constexpr double kTranscendentalFlop = 8;

// Integer operations that a counter-based generator takes for one 32-bit word: Philox4x32-10 makes four of them in ten
// rounds of two wide multiplications and four additions or exclusive-ors each, 10·6/4 = 15, and the counter's step.
inline constexpr double kRandomFlop = 16;

}  // namespace sandglass::ops

#endif  // SANDGLASS_ANALYZER_OPS_FLOP_CHARGES_H_
