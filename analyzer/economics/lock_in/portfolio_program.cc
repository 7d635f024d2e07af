#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "analyzer/economics/lock_in/portfolio.h"
#include "coin/Clp_C_Interface.h"

namespace sandglass::economics {
namespace {

constexpr double kInfinity = 1e30;

// A linear program, row by row, over columns of known bounds.
class Program {
 public:
  // Returns the column's number.
  int AddColumn(double low, double high, double cost) {
    low_.push_back(low);
    high_.push_back(high);
    cost_.push_back(cost);
    return static_cast<int>(low_.size()) - 1;
  }

  // low ≤ sum of the terms of this row ≤ high; terms are added after it.
  void AddRow(double low, double high) {
    row_low_.push_back(low);
    row_high_.push_back(high);
    starts_.push_back(static_cast<int>(columns_.size()));
  }
  void AddTerm(int column, double coefficient) {
    columns_.push_back(column);
    coefficients_.push_back(coefficient);
  }

  // The value of `column` in the optimum. NotFound: infeasible.
  absl::StatusOr<double> Solve(int column) const {
    Clp_Simplex* const model = Clp_newModel();
    Clp_setLogLevel(model, 0);
    Clp_resize(model, 0, static_cast<int>(low_.size()));
    for (size_t i = 0; i < low_.size(); ++i) {
      Clp_columnLower(model)[i] = low_[i];
      Clp_columnUpper(model)[i] = high_[i];
      Clp_objective(model)[i] = cost_[i];
    }
    std::vector<CoinBigIndex> starts(starts_.begin(), starts_.end());
    starts.push_back(static_cast<CoinBigIndex>(columns_.size()));
    Clp_addRows(model, static_cast<int>(row_low_.size()), row_low_.data(), row_high_.data(), starts.data(),
                columns_.data(), coefficients_.data());
    Clp_initialDualSolve(model);
    const int status = Clp_status(model);
    const double value = Clp_primalColumnSolution(model)[column];
    Clp_deleteModel(model);
    if (status == 1) return absl::NotFoundError("no share of specialised silicon is within the limits");
    if (status != 0) return absl::InternalError("the linear program of the portfolio was not solved");
    return value;
  }

 private:
  std::vector<double> low_;
  std::vector<double> high_;
  std::vector<double> cost_;
  std::vector<double> row_low_;
  std::vector<double> row_high_;
  std::vector<int> starts_;
  std::vector<int> columns_;
  std::vector<double> coefficients_;
};

// Adds threshold + sum(excesses)/(tail·n) ≤ limit: the conditional value at risk of amounts whose `excesses` over
// `threshold` are columns of their own.
void LimitTail(Program& program, int threshold, const std::vector<int>& excesses, double level, double limit) {
  program.AddRow(-kInfinity, limit);
  program.AddTerm(threshold, 1);
  const double weight = 1 / ((1 - level) * static_cast<double>(excesses.size()));
  for (const int excess : excesses) program.AddTerm(excess, weight);
}

}  // namespace

absl::StatusOr<double> BestShareWithin(const std::vector<Future>& futures, const PortfolioLimits& limits) {
  Program program;
  const auto count = static_cast<double>(futures.size());
  double per_share = 0;
  for (const Future& future : futures) per_share += future.per_share / count;
  const int share = program.AddColumn(0, 1, per_share);
  std::vector<int> excess;
  for (const Future& future : futures) {
    excess.push_back(program.AddColumn(0, future.successor_share, future.per_excess / count));
  }
  for (size_t i = 0; i < futures.size(); ++i) {
    // Without a shift the specialised part does nothing else: x is 0 by its bounds.
    if (futures[i].successor_share == 0) continue;
    // x − w ≥ m − 1, and x ≤ w.
    program.AddRow(futures[i].successor_share - 1, kInfinity);
    program.AddTerm(excess[i], 1);
    program.AddTerm(share, -1);
    program.AddRow(-kInfinity, 0);
    program.AddTerm(excess[i], 1);
    program.AddTerm(share, -1);
  }
  if (limits.tail_limit.has_value()) {
    const int threshold = program.AddColumn(-kInfinity, kInfinity, 0);
    std::vector<int> over;
    for (size_t i = 0; i < futures.size(); ++i) {
      over.push_back(program.AddColumn(0, kInfinity, 0));
      // u ≥ cost − threshold.
      program.AddRow(futures[i].fixed, kInfinity);
      program.AddTerm(over[i], 1);
      program.AddTerm(threshold, 1);
      program.AddTerm(share, -futures[i].per_share);
      program.AddTerm(excess[i], -futures[i].per_excess);
    }
    const double general = Evaluate(futures, limits, 0).tail;
    LimitTail(program, threshold, over, limits.tail_level, *limits.tail_limit * general);
  }
  if (limits.service_floor.has_value()) {
    const int threshold = program.AddColumn(-kInfinity, kInfinity, 0);
    std::vector<int> over;
    for (size_t i = 0; i < futures.size(); ++i) {
      const Future& future = futures[i];
      over.push_back(program.AddColumn(0, kInfinity, 0));
      // v ≥ lost − threshold, lost = x·lost_A + (m − x)·lost_G.
      program.AddRow(future.successor_share * future.lost_general, kInfinity);
      program.AddTerm(over[i], 1);
      program.AddTerm(threshold, 1);
      program.AddTerm(excess[i], future.lost_general - future.lost_specialised);
    }
    LimitTail(program, threshold, over, limits.tail_level, 1 - *limits.service_floor);
  }
  return program.Solve(share);
}

}  // namespace sandglass::economics
