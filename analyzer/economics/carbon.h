// Carbon of a unit of work: of the electricity that it uses, and its part of what making the hardware emitted.
//
//   operational = J at the meter / 3.6e6 · kg a kWh,       embodied = kg a device · devices / (years · units a year)
// Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_ECONOMICS_CARBON_H_
#define SANDGLASS_ANALYZER_ECONOMICS_CARBON_H_

#include "analyzer/quantities/quantities.h"

namespace sandglass::economics {

// kg CO2e.
inline double OperationalCarbon(Joules at_meter, double kg_per_kwh) { return at_meter / kKilowattHour * kg_per_kwh; }

// kg CO2e a unit of work. `units_per_year` is what all `devices` do together. Requires life_years, units_per_year > 0.
inline double EmbodiedCarbon(double kg_per_device, int devices, double life_years, double units_per_year) {
  return kg_per_device * devices / (life_years * units_per_year);
}

}  // namespace sandglass::economics

#endif  // SANDGLASS_ANALYZER_ECONOMICS_CARBON_H_
