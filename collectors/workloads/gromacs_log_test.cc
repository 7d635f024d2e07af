#include "collectors/workloads/gromacs_log.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace sandglass::collectors {
namespace {

// The ends of a real log, with fewer rows and rounder numbers.
constexpr char kLog[] = R"(
GROMACS version:    2022.5-Debian_2022.5_2
   rcoulomb                       = 1
   rcoulomb-switch                = 0
   fourier-nx                     = 36
   fourier-ny                     = 36
   fourier-nz                     = 40
There are: 6495 Atoms

	M E G A - F L O P S   A C C O U N T I N G

 NB=Group-cutoff nonbonded kernels    NxN=N-by-N cluster Verlet kernels

 Computing:                               M-Number         M-Flops  % Flops
-----------------------------------------------------------------------------
 Pair Search distance check              27.022370         200.000     0.4
 NxN QSTab Elec. + LJ [F]               798.968528       30000.000    47.2
 NxN QSTab Elec. + LJ [V&F]               9.679320        1000.000     0.8
 Calc Weights                             9.761985         300.000     0.5
 Spread Q Bspline                       208.255680         400.000     0.6
 Gather F Bspline                       208.255680        1200.000     1.8
 3D-FFT                                 725.071248        5000.000     8.4
 Solve PME                                0.649296          50.000     0.1
 Reset In Box                             0.084435           1.000     0.0
 Virial                                   0.039240           2.000     0.0
 Settle                                   1.088995         500.000     0.6
-----------------------------------------------------------------------------
 Total                                                   38653.000   100.0
-----------------------------------------------------------------------------

     R E A L   C Y C L E   A N D   T I M E   A C C O U N T I N G

On 1 MPI rank, each using 2 OpenMP threads

 Computing:          Num   Num      Call    Wall time         Giga-Cycles
                     Ranks Threads  Count      (s)         total sum    %
-----------------------------------------------------------------------------
 Neighbor search        1    2         13       0.500          2.061   1.9
 Force                  1    2        500       9.000         45.072  41.1
 PME mesh               1    2        500       6.000         30.201  27.5
 NB X/F buffer ops.     1    2        989       2.000         26.036  23.7
 Write traj.            1    2          1       0.250          0.437   0.4
 Update                 1    2        500       0.700          3.486   3.2
 Constraints            1    2        503       0.300          1.802   1.6
 Rest                                           0.050          0.275   0.3
-----------------------------------------------------------------------------
 Total                                         18.800        109.781 100.0
-----------------------------------------------------------------------------
 Breakdown of PME mesh computation
-----------------------------------------------------------------------------
 PME spread             1    2        500       2.500         13.538  12.3
 PME gather             1    2        500       1.500          8.030   7.3
 PME 3D-FFT             1    2       1002       1.500          7.413   6.8
 PME solve Elec         1    2        500       0.100          0.177   0.2
-----------------------------------------------------------------------------

               Core t (s)   Wall t (s)        (%)
       Time:       44.892       22.446      200.0
)";

TEST(GromacsLog, FoldsRowsIntoPhases) {
  const auto log = ParseGromacsLog(kLog);
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_EQ(log->version, "2022.5-Debian_2022.5_2");
  EXPECT_EQ(log->atoms, 6495);
  EXPECT_EQ(log->evaluations, 500);
  EXPECT_EQ(log->threads, 2);
  EXPECT_EQ(log->grid_points, 36 * 36 * 40);
  EXPECT_EQ(log->cutoff_nm, 1.0);
  std::string text;
  for (const MdPhase& phase : log->phases) {
    absl::StrAppend(&text, phase.op_class, " ", phase.flop.value_or(-1) / 1e6, " ", phase.wall_seconds.value_or(-1),
                    "\n");
  }
  // Pairs: 30000 + 1000 MFLOP, 9 + 2 s. Spread: 300 + 400. FFT: 5000 + 50, 1.5 + 0.1 s.
  // Other: 1 MFLOP; 0.25 + 0.05 s, and the mesh's 6 - 2.5 - 1.5 - 1.5 - 0.1 = 0.4 s that its breakdown leaves out.
  EXPECT_EQ(text,
            "md_pair_search 200 0.5\n"
            "md_pairs 31000 11\n"
            "md_spread 700 2.5\n"
            "md_fft 5050 1.6\n"
            "md_gather 1200 1.5\n"
            "md_integration 2 0.7\n"
            "md_constraints 500 0.3\n"
            "md_other 1 0.7\n");
  double seconds = 0;
  for (const MdPhase& phase : log->phases) seconds += phase.wall_seconds.value_or(0);
  EXPECT_NEAR(seconds, 18.8, 1e-9) << "all of the wall time, once";
}

TEST(GromacsLog, PhasesAsOperators) {
  const auto log = ParseGromacsLog(kLog);
  ASSERT_TRUE(log.ok());
  const std::vector<v1::Operator> operators = OperatorsOf(*log);
  ASSERT_EQ(operators.size(), 8u);
  const v1::Operator& pairs = operators[1];
  EXPECT_EQ(pairs.id(), 2u);
  EXPECT_EQ(pairs.occurrences(), 500u);
  EXPECT_EQ(pairs.duration_ps(), 11000000000000);
  EXPECT_FALSE(pairs.has_start_ns());
  EXPECT_EQ(pairs.signature().kind(), v1::OPERATOR_KIND_MD_PHASE);
  EXPECT_EQ(pairs.signature().name(), "md::pairs");
  EXPECT_EQ(pairs.signature().op_class(), "md_pairs");
  EXPECT_DOUBLE_EQ(pairs.signature().flops_flop().value(), 31000e6 / 500);
  EXPECT_EQ(pairs.signature().flops_flop().provenance(), v1::PROVENANCE_STATED);
  std::string attributes;
  for (const v1::Attribute& attribute : pairs.signature().attributes()) attributes += attribute.name() + " ";
  EXPECT_EQ(attributes, "atoms grid_points cutoff_m threads ");
}

TEST(GromacsLog, WhatTheLogDoesNotSayIsAbsent) {
  // Bonds are counted, but their time is in "Force" with the pairs'.
  const auto log =
      ParseGromacsLog(absl::StrReplaceAll(kLog, {{" Virial   ", " Bonds    "}, {"fourier-nx", "fourier-mx"}}));
  ASSERT_TRUE(log.ok()) << log.status();
  EXPECT_FALSE(log->grid_points.has_value());
  ASSERT_EQ(log->phases[2].op_class, "md_bonded");
  EXPECT_EQ(log->phases[2].flop, 2e6);
  EXPECT_FALSE(log->phases[2].wall_seconds.has_value());
  // And the integration's time is known, but not its arithmetic.
  ASSERT_EQ(log->phases[6].op_class, "md_integration");
  EXPECT_FALSE(log->phases[6].flop.has_value());
  const v1::Operator bonded = OperatorsOf(*log)[2];
  EXPECT_FALSE(bonded.has_duration_ps());
  EXPECT_FALSE(OperatorsOf(*log)[6].signature().has_flops_flop());
}

TEST(GromacsLog, RefusesWithTheReason) {
  const struct {
    const char* from;
    const char* to;
    const char* message;
  } cases[] = {
      {"GROMACS version", "version", "no line \"GROMACS version:\""},
      {"There are", "Here are", "no line \"There are: N Atoms\""},
      {"6495", "-6495", "no line \"There are: N Atoms\""},
      {"6495", "nan", "no line \"There are: N Atoms\""},
      {"On 1 MPI", "On x MPI", "no line \"On N MPI ranks\""},
      {"On 1 MPI", "On 4 MPI", "made by 4 ranks"},
      {"M E G A", "M I L L I", "no table \"M E G A - F L O P S\""},
      {"R E A L", "U N R E A L", "no table \"R E A L   C Y C L E\""},
      {"30000.000", "-30000.0", "no FLOP of \"NxN QSTab Elec. + LJ [F]\""},
      {"30000.000    47.2", "many", "no FLOP of"},
      {"9.000         45.072  41.1", "inf", "no time of \"Force"},
      {"  500       9.000", "    0       9.000", "no row \"Force\""},
      {"Breakdown of PME", "Breakup of PME", "no table \"Breakdown of PME mesh computation\""},
  };
  for (const auto& test : cases) {
    const auto log = ParseGromacsLog(absl::StrReplaceAll(kLog, {{test.from, test.to}}));
    EXPECT_FALSE(log.ok()) << test.from << " -> " << test.to;
    EXPECT_NE(log.status().message().find(test.message), std::string::npos) << log.status();
  }
}

TEST(GromacsLog, EveryTruncationIsRefusedOrComplete) {
  const std::string whole = kLog;
  const size_t enough = whole.find("PME solve Elec");
  for (size_t size = 0; size < whole.size(); ++size) {
    const auto log = ParseGromacsLog(whole.substr(0, size));
    if (log.ok()) {
      EXPECT_GT(size, enough) << "cut at " << size;
      EXPECT_EQ(log->phases.size(), 8u);
    }
  }
}

}  // namespace
}  // namespace sandglass::collectors
