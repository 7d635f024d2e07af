#include "collectors/main/choices.h"

namespace sandglass::collectors {

absl::Status LookUpPhase(const char* option, const std::string& word, v1::Phase& phase) {
  static const auto& kPhases = *new std::map<std::string, v1::Phase>{{"train", v1::PHASE_TRAIN},
                                                                     {"prefill", v1::PHASE_PREFILL},
                                                                     {"decode", v1::PHASE_DECODE},
                                                                     {"infer", v1::PHASE_INFER},
                                                                     {"simulate", v1::PHASE_SIMULATE}};
  return LookUp(option, word, kPhases, phase);
}

absl::Status LookUpWorkUnit(const char* option, const std::string& word, v1::WorkUnit& unit) {
  static const auto& kUnits = *new std::map<std::string, v1::WorkUnit>{{"token", v1::WORK_UNIT_TOKEN},
                                                                       {"sample", v1::WORK_UNIT_SAMPLE},
                                                                       {"step", v1::WORK_UNIT_STEP},
                                                                       {"md-nanosecond", v1::WORK_UNIT_MD_NANOSECOND}};
  return LookUp(option, word, kUnits, unit);
}

}  // namespace sandglass::collectors
