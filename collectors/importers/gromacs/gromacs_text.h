// GROMACS logs for tests.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_TEXT_H_

namespace sandglass::collectors::gromacs {

// The ends of a real log, with fewer rows and rounder numbers.
inline constexpr char kLog[] = R"(
      :-) GROMACS - gmx mdrun, 2022.5-Debian_2022.5_2 (-:
GROMACS version:    2022.5-Debian_2022.5_2
    Brand:  Intel(R) Xeon(R) Processor
   integrator                     = md
   dt                             = 0.002
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

// The times of a run of which one rank of two did particle-mesh Ewald alone, in place of those of kLog.
inline constexpr char kTimesWithMeshRank[] = R"(
On 1 MPI rank doing PP, and
on 1 MPI rank doing PME

 Computing:          Num   Num      Call    Wall time         Giga-Cycles
                     Ranks Threads  Count      (s)         total sum    %
-----------------------------------------------------------------------------
 Neighbor search        1    1          2       1.000         10.000   5.0
 Force                  1    1         51       6.000         60.000  30.0
 PME mesh *             1    1         51       4.000         40.000  20.0
 PME wait for PP *                              6.000         60.000  30.0
 Wait + Recv. PME F     1    1         51       2.000         20.000  10.0
 Rest                                           1.000         10.000   5.0
-----------------------------------------------------------------------------
 Total                                         10.000        200.000 100.0
-----------------------------------------------------------------------------
(*) Note that with separate PME ranks, the walltime column actually sums to
    twice the total reported, but the cycle count total and % are correct.
-----------------------------------------------------------------------------
 Breakdown of PME mesh computation
-----------------------------------------------------------------------------
 PME spread             1    1         51       2.000         20.000  10.0
 PME gather             1    1         51       1.000         10.000   5.0
-----------------------------------------------------------------------------
)";

// The times of kLog as GROMACS writes them from 2025 on.
inline constexpr char kTimesOfActivities[] = R"(
      R E A L   C Y C L E   A N D   T I M E   A C C O U N T I N G

On 1 MPI rank, each using 2 OpenMP threads

 Activity:              Num   Num      Call    Wall time         Giga-Cycles
                        Ranks Threads  Count      (s)         total sum    %
--------------------------------------------------------------------------------
 Neighbor search           1    2         13       0.500          2.061   1.9
 Force                     1    2        500       9.000         45.072  41.1
 PME mesh                  1    2        500       6.000         30.201  27.5
 NB X/F buffer ops.        1    2        989       2.000         26.036  23.7
 Write traj.               1    2          1       0.250          0.437   0.4
 Update                    1    2        500       0.700          3.486   3.2
 Constraints               1    2        503       0.300          1.802   1.6
 Rest                                              0.050          0.275   0.3
--------------------------------------------------------------------------------
 Total                                            18.800        109.781 100.0
--------------------------------------------------------------------------------
 Breakdown of PME mesh activities
--------------------------------------------------------------------------------
 PME spread                1    2        500       2.500         13.538  12.3
 PME gather                1    2        500       1.500          8.030   7.3
 PME 3D-FFT                1    2       1002       1.500          7.413   6.8
 PME solve Elec            1    2        500       0.100          0.177   0.2
--------------------------------------------------------------------------------
)";

}  // namespace sandglass::collectors::gromacs

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_GROMACS_GROMACS_TEXT_H_
