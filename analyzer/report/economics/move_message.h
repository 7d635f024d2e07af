// A priced move as a message.
//
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_REPORT_ECONOMICS_MOVE_MESSAGE_H_
#define SANDGLASS_ANALYZER_REPORT_ECONOMICS_MOVE_MESSAGE_H_

#include <optional>
#include <vector>

#include "analyzer/economics/move_cost.h"
#include "analyzer/economics/scenario.h"
#include "analyzer/economics/workload.h"
#include "proto/economics_report.pb.h"

namespace sandglass::report {

// What is missing, as it would be written for that stack.
v1::KernelToWrite KernelMessage(const economics::MissingKernel& kernel, const silicon::Stack& stack,
                                const economics::MigrationAssumptions& assumptions);

// Fills in every figure of a move; where `cost` is absent, users cannot write what is missing, and only what does not
// depend on that is filled in.
void AddMove(const economics::Move& move, const std::optional<economics::MoveCost>& cost, v1::MigrationReport& message);

}  // namespace sandglass::report

#endif  // SANDGLASS_ANALYZER_REPORT_ECONOMICS_MOVE_MESSAGE_H_
