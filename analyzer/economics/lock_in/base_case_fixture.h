// The base case of the lock-in model, for tests that work it by hand.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BASE_CASE_FIXTURE_H_
#define SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BASE_CASE_FIXTURE_H_

#include "analyzer/economics/lock_in/shift_inputs.h"

namespace sandglass::testing {

// a .7, ρ_A .45, ρ_G .85, everything ported at once, all work moves, over 5 years at 10 %.
inline economics::InputValues BaseCase() {
  using economics::Input;
  economics::InputValues in;
  in[Input::kRelativeCost] = 0.7;
  in[Input::kRetainedSpecialised] = 0.45;
  in[Input::kRetainedGeneral] = 0.85;
  in[Input::kSlowSpecialised] = 1;
  in[Input::kSlowGeneral] = 1;
  in[Input::kMoveSpecialised] = 0.5;
  in[Input::kMoveGeneral] = 0.1;
  in[Input::kMoveSwap] = 0.5;
  in[Input::kCapitalSpecialised] = 3.2;
  in[Input::kCapitalGeneral] = 3.2;
  in[Input::kResidualSpecialised] = 0.10;
  in[Input::kResidualSpecialisedAfter] = 0.02;
  in[Input::kResidualGeneral] = 0.15;
  in[Input::kResidualGeneralAfter] = 0.10;
  in[Input::kCarriedShare] = 0.75;
  in[Input::kSuccessorShare] = 1;
  in[Input::kHorizon] = 5;
  in[Input::kDiscountRate] = 0.1;
  in[Input::kHazard] = 0.16;
  return in;
}

// The same, each input known for certain.
inline economics::InputSpreads CertainSpreads(const economics::InputValues& in) {
  economics::InputSpreads spreads;
  for (size_t i = 0; i < economics::kInputCount; ++i) {
    const auto input = static_cast<economics::Input>(i);
    spreads[input].distribution = economics::Distribution::Point(in[input]);
  }
  return spreads;
}

}  // namespace sandglass::testing

#endif  // SANDGLASS_ANALYZER_ECONOMICS_LOCK_IN_BASE_CASE_FIXTURE_H_
