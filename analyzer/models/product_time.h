// How long all products of one operator take on the units that they run on.
//
// The chip kinds' own times of one product are in matrix_time.h, a GPU's for convolutions in convolution_time.h; where
// an operator has products of two shapes, they follow each other. Pure; safe from any thread.
#ifndef SANDGLASS_ANALYZER_MODELS_PRODUCT_TIME_H_
#define SANDGLASS_ANALYZER_MODELS_PRODUCT_TIME_H_

#include "analyzer/models/convolution_time.h"
#include "analyzer/models/unit_rates.h"
#include "analyzer/ops/work.h"
#include "analyzer/quantities/quantities.h"
#include "analyzer/silicon/silicon.h"

namespace sandglass::models {

// What streams reach of the memory's bandwidth.
BytesPerSecond ReachedBandwidth(const silicon::Memory& memory);

// On matrix units, padding included. Work without a shape takes its FLOP at the speed.
ProductTime OnMatrixUnits(const ops::Work& work, const silicon::SiliconClass& silicon, const UnitSpeed& speed);

// On vector units, for want of a matrix rate.
ProductTime OnVectorUnits(const ops::Work& work, const silicon::SiliconClass& silicon, const UnitSpeed& speed);

}  // namespace sandglass::models

#endif  // SANDGLASS_ANALYZER_MODELS_PRODUCT_TIME_H_
