// What a unit of work costs, in joules and in dollars: the same idle hours in both.
//
//   owned   c = [K·CRF(r, L) − R·SFF(r, L) + H + E + O] / (X·8760·u·G)          USD a unit, X units an hour
//   rented  c = rate / (X·u·G)
//   energy  e = PUE·(u·P_busy + (1 − u)·P_idle) / (X·u·G)                        J a unit, X units a second
//   CRF = r / (1 − (1+r)^−L),   SFF = CRF − r
// K purchase with server and network share, R residual at the end of life L, H hosting, E electricity, O operations,
// all a year; u utilization, G goodput. Worked values in unit_cost_test.cc. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_UNIT_COST_H_
#define SANDGLASS_ANALYZER_ECONOMICS_UNIT_COST_H_

#include "analyzer/quantities/quantities.h"

namespace sandglass::economics {

// Capital recovery factor: what a unit of capital costs a year for `years` at `rate`. Requires years > 0, rate ≥ 0.
double CapitalRecoveryFactor(double rate, double years);

// Sinking fund factor: what a year must be set aside to have one unit after `years`.
double SinkingFundFactor(double rate, double years);

// How busy the hardware is and what surrounds it.
struct Operation {
  double pue = 1;
  double utilization = 1;
  double goodput = 1;
  DollarsPerJoule electricity;
};

// Power of everything that serves the work (all devices, host and network shares), without the facility.
struct Draw {
  Watts busy;
  Watts idle;
};

// Units of useful work in a year, u·G of all hours. `per_unit` is the busy time of a unit.
double UnitsPerYear(Seconds per_unit, const Operation& operation);

// Energy of one unit at the meter. `per_unit` is the busy time of a unit.
Joules EnergyPerUnit(const Draw& draw, Seconds per_unit, const Operation& operation);

struct Ownership {
  // Purchase of everything, USD.
  Dollars purchase;
  // Value at the end of life, USD.
  Dollars residual;
  double life_years = 1;
  double discount_rate = 0;
  // A year.
  Dollars hosting_per_year;
  Dollars operations_per_year;
};

// Terms of a unit's cost; they add up to total().
struct UnitCost {
  Dollars capital;
  Dollars hosting;
  Dollars energy;
  Dollars operations;
  Dollars rent;

  Dollars total() const { return capital + hosting + energy + operations + rent; }
};

UnitCost OwnedCost(const Ownership& ownership, const Draw& draw, Seconds per_unit, const Operation& operation);

// `rate` is of all devices together; electricity and hosting are in it.
UnitCost RentedCost(DollarsPerSecond rate, Seconds per_unit, const Operation& operation);

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_UNIT_COST_H_
