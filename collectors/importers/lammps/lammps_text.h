// LAMMPS logs for tests: those of two runs of Debian's lammps (20220106), whole.
#ifndef SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_TEXT_H_
#define SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_TEXT_H_

namespace sandglass::collectors::lammps {

// A melting crystal of Lennard-Jones particles, in their own units, run twice.
inline constexpr char kMeltLog[] = R"log(LAMMPS (29 Sep 2021 - Update 2)
OMP_NUM_THREADS environment is not set. Defaulting to 1 thread. (src/comm.cpp:98)
  using 1 OpenMP thread(s) per MPI task
# Lennard-Jones melt, two runs.
units lj
atom_style atomic
lattice fcc 0.8442
Lattice spacing in x,y,z = 1.6795962 1.6795962 1.6795962
region box block 0 6 0 6 0 6
create_box 1 box
Created orthogonal box = (0.0000000 0.0000000 0.0000000) to (10.077577 10.077577 10.077577)
  1 by 1 by 1 MPI processor grid
create_atoms 1 box
Created 864 atoms
  using lattice units in orthogonal box = (0.0000000 0.0000000 0.0000000) to (10.077577 10.077577 10.077577)
  create_atoms CPU = 0.000 seconds
mass 1 1.0
velocity all create 3.0 87287
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
neighbor 0.3 bin
fix 1 all nve
thermo 50
run 100
Neighbor list info ...
  update every 1 steps, delay 10 steps, check yes
  max neighbors/atom: 2000, page size: 100000
  master list distance cutoff = 2.8
  ghost atom cutoff = 2.8
  binsize = 1.4, bins = 8 8 8
  1 neighbor lists, perpetual/occasional/extra = 1 0 0
  (1) pair lj/cut, perpetual
      attributes: half, newton on
      pair build: half/bin/atomonly/newton
      stencil: half/bin/3d
      bin: standard
Per MPI rank memory allocation (min/avg/max) = 3.174 | 3.174 | 3.174 Mbytes
Step Temp E_pair E_mol TotEng Press 
       0            3   -6.7733681            0   -2.2785764   -3.7056485 
      50    1.6849571   -4.8106842            0   -2.2861738    5.5379663 
     100    1.6737466   -4.7913321            0   -2.2836181    5.6518181 
Loop time of 0.0408807 on 1 procs for 100 steps with 864 atoms

Performance: 1056734.329 tau/day, 2446.144 timesteps/s
99.7% CPU use with 1 MPI tasks x 1 OpenMP threads

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 0.028298   | 0.028298   | 0.028298   |   0.0 | 69.22
Neigh   | 0.010441   | 0.010441   | 0.010441   |   0.0 | 25.54
Comm    | 0.0011268  | 0.0011268  | 0.0011268  |   0.0 |  2.76
Output  | 7.4735e-05 | 7.4735e-05 | 7.4735e-05 |   0.0 |  0.18
Modify  | 0.0006149  | 0.0006149  | 0.0006149  |   0.0 |  1.50
Other   |            | 0.000325   |            |       |  0.80

Nlocal:        864.000 ave         864 max         864 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Nghost:        2423.00 ave        2423 max        2423 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Neighs:        32778.0 ave       32778 max       32778 min
Histogram: 1 0 0 0 0 0 0 0 0 0

Total # of neighbors = 32778
Ave neighs/atom = 37.937500
Neighbor list builds = 10
Dangerous builds = 10
run 250
Per MPI rank memory allocation (min/avg/max) = 3.174 | 3.174 | 3.174 Mbytes
Step Temp E_pair E_mol TotEng Press 
     100    1.6737466   -4.7913321            0   -2.2836181    5.6518181 
     150    1.6220794   -4.7139321            0    -2.283629    6.0132997 
     200    1.6400106   -4.7416949            0   -2.2845263    5.9155469 
     250    1.6741518   -4.7925002            0   -2.2841791    5.7365707 
     300    1.6041292   -4.6868132            0   -2.2834044    6.0939885 
     350    1.6428846   -4.7452567            0    -2.283782    5.8799941 
Loop time of 0.104569 on 1 procs for 250 steps with 864 atoms

Performance: 1032815.336 tau/day, 2390.776 timesteps/s
100.0% CPU use with 1 MPI tasks x 1 OpenMP threads

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 0.07191    | 0.07191    | 0.07191    |   0.0 | 68.77
Neigh   | 0.027409   | 0.027409   | 0.027409   |   0.0 | 26.21
Comm    | 0.0027817  | 0.0027817  | 0.0027817  |   0.0 |  2.66
Output  | 0.00017092 | 0.00017092 | 0.00017092 |   0.0 |  0.16
Modify  | 0.0015936  | 0.0015936  | 0.0015936  |   0.0 |  1.52
Other   |            | 0.0007035  |            |       |  0.67

Nlocal:        864.000 ave         864 max         864 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Nghost:        2347.00 ave        2347 max        2347 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Neighs:        32666.0 ave       32666 max       32666 min
Histogram: 1 0 0 0 0 0 0 0 0 0

Total # of neighbors = 32666
Ave neighs/atom = 37.807870
Neighbor list builds = 25
Dangerous builds = 25
Total wall time: 0:00:00
)log";

// Charged dumb-bells, of 512 bonds, in real units: relaxed, computed once, and run.
inline constexpr char kDumbBellsLog[] = R"log(LAMMPS (29 Sep 2021 - Update 2)
OMP_NUM_THREADS environment is not set. Defaulting to 1 thread. (src/comm.cpp:98)
  using 1 OpenMP thread(s) per MPI task
units real
atom_style full
read_data data.dumb
Reading data file ...
  orthogonal box = (0.0000000 0.0000000 0.0000000) to (32.000000 32.000000 32.000000)
  1 by 1 by 1 MPI processor grid
  reading atoms ...
  1024 atoms
  scanning bonds ...
  1 = max bonds/atom
  reading bonds ...
  512 bonds
Finding 1-2 1-3 1-4 neighbors ...
  special bond factors lj:    0        0        0       
  special bond factors coul:  0        0        0       
     1 = max # of 1-2 neighbors
     0 = max # of 1-3 neighbors
     0 = max # of 1-4 neighbors
     1 = max # of special neighbors
  special bonds CPU = 0.000 seconds
  read_data CPU = 0.004 seconds
pair_style lj/cut/coul/long 8.0
pair_coeff * * 0.15 3.0
bond_style harmonic
bond_coeff 1 300.0 1.0
kspace_style pppm 1.0e-4
velocity all create 300.0 4928
timestep 0.5
thermo 50
minimize 1.0e-4 1.0e-6 50 500
WARNING: Using 'neigh_modify every 1 delay 0 check yes' setting during minimization (src/min.cpp:188)
PPPM initialization ...
  using 12-bit tables for long-range coulomb (src/kspace.cpp:340)
  G vector (1/distance) = 0.30157859
  grid = 16 16 16
  stencil order = 5
  estimated absolute RMS force accuracy = 0.02785062
  estimated relative force accuracy = 8.3871316e-05
  using double precision FFTW3
  3d grid and FFT values/proc = 10648 4096
Neighbor list info ...
  update every 1 steps, delay 0 steps, check yes
  max neighbors/atom: 2000, page size: 100000
  master list distance cutoff = 10
  ghost atom cutoff = 10
  binsize = 5, bins = 7 7 7
  1 neighbor lists, perpetual/occasional/extra = 1 0 0
  (1) pair lj/cut/coul/long, perpetual
      attributes: half, newton on
      pair build: half/bin/newton
      stencil: half/bin/3d
      bin: standard
Per MPI rank memory allocation (min/avg/max) = 8.648 | 8.648 | 8.648 Mbytes
Step Temp E_pair E_mol TotEng Press 
       0          300   -1622.5003            0   -707.68967    -393.6176 
       2          300   -1629.0786    3.4197679   -710.84826   -1374.3215 
Loop time of 0.0652292 on 1 procs for 2 steps with 1024 atoms

77.7% CPU use with 1 MPI tasks x 1 OpenMP threads

Minimization stats:
  Stopping criterion = linesearch alpha is zero
  Energy initial, next-to-last, final = 
     -1622.50027869887  -1625.65886064395  -1625.65886064395
  Force two-norm initial, final = 91.736020 0.81649203
  Force max component initial, final = 2.8667506 0.031331351
  Final line search alpha, max atom move = 1.4901161e-08 4.6687351e-10
  Iterations, force evaluations = 2 54

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 0.026495   | 0.026495   | 0.026495   |   0.0 | 40.62
Bond    | 0.00018922 | 0.00018922 | 0.00018922 |   0.0 |  0.29
Kspace  | 0.037486   | 0.037486   | 0.037486   |   0.0 | 57.47
Neigh   | 0          | 0          | 0          |   0.0 |  0.00
Comm    | 0.00055609 | 0.00055609 | 0.00055609 |   0.0 |  0.85
Output  | 0          | 0          | 0          |   0.0 |  0.00
Modify  | 0          | 0          | 0          |   0.0 |  0.00
Other   |            | 0.0005026  |            |       |  0.77

Nlocal:        1024.00 ave        1024 max        1024 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Nghost:        3370.00 ave        3370 max        3370 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Neighs:        76288.0 ave       76288 max       76288 min
Histogram: 1 0 0 0 0 0 0 0 0 0

Total # of neighbors = 76288
Ave neighs/atom = 74.500000
Ave special neighs/atom = 1.0000000
Neighbor list builds = 0
Dangerous builds = 0
fix 1 all nvt temp 300.0 300.0 100.0
run 0
PPPM initialization ...
  using 12-bit tables for long-range coulomb (src/kspace.cpp:340)
  G vector (1/distance) = 0.30157859
  grid = 16 16 16
  stencil order = 5
  estimated absolute RMS force accuracy = 0.02785062
  estimated relative force accuracy = 8.3871316e-05
  using double precision FFTW3
  3d grid and FFT values/proc = 10648 4096
Per MPI rank memory allocation (min/avg/max) = 7.523 | 7.523 | 7.523 Mbytes
Step Temp E_pair E_mol TotEng Press 
       2          300   -1629.0786    3.4197679   -710.84826   -1374.3215 
Loop time of 1.113e-06 on 1 procs for 0 steps with 1024 atoms

179.7% CPU use with 1 MPI tasks x 1 OpenMP threads

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 0          | 0          | 0          |   0.0 |  0.00
Bond    | 0          | 0          | 0          |   0.0 |  0.00
Kspace  | 0          | 0          | 0          |   0.0 |  0.00
Neigh   | 0          | 0          | 0          |   0.0 |  0.00
Comm    | 0          | 0          | 0          |   0.0 |  0.00
Output  | 0          | 0          | 0          |   0.0 |  0.00
Modify  | 0          | 0          | 0          |   0.0 |  0.00
Other   |            | 1.113e-06  |            |       |100.00

Nlocal:        1024.00 ave        1024 max        1024 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Nghost:        3370.00 ave        3370 max        3370 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Neighs:        76288.0 ave       76288 max       76288 min
Histogram: 1 0 0 0 0 0 0 0 0 0

Total # of neighbors = 76288
Ave neighs/atom = 74.500000
Ave special neighs/atom = 1.0000000
Neighbor list builds = 0
Dangerous builds = 0
run 100
PPPM initialization ...
  using 12-bit tables for long-range coulomb (src/kspace.cpp:340)
  G vector (1/distance) = 0.30157859
  grid = 16 16 16
  stencil order = 5
  estimated absolute RMS force accuracy = 0.02785062
  estimated relative force accuracy = 8.3871316e-05
  using double precision FFTW3
  3d grid and FFT values/proc = 10648 4096
Per MPI rank memory allocation (min/avg/max) = 7.523 | 7.523 | 7.523 Mbytes
Step Temp E_pair E_mol TotEng Press 
       2          300   -1629.0786    3.4197679   -710.84826   -1374.3215 
      50    248.17376   -1595.6795    128.91337   -709.99282   -1825.8839 
     100    244.71856   -1517.8329    75.449702   -696.14606   -2523.7557 
     102    252.16337   -1514.2116    49.977987   -695.29452    -2421.734 
Loop time of 0.101909 on 1 procs for 100 steps with 1024 atoms

Performance: 42.391 ns/day, 0.566 hours/ns, 981.269 timesteps/s
89.3% CPU use with 1 MPI tasks x 1 OpenMP threads

MPI task timing breakdown:
Section |  min time  |  avg time  |  max time  |%varavg| %total
---------------------------------------------------------------
Pair    | 0.049127   | 0.049127   | 0.049127   |   0.0 | 48.21
Bond    | 0.00029752 | 0.00029752 | 0.00029752 |   0.0 |  0.29
Kspace  | 0.050146   | 0.050146   | 0.050146   |   0.0 | 49.21
Neigh   | 0          | 0          | 0          |   0.0 |  0.00
Comm    | 0.00083007 | 0.00083007 | 0.00083007 |   0.0 |  0.81
Output  | 8.7881e-05 | 8.7881e-05 | 8.7881e-05 |   0.0 |  0.09
Modify  | 0.0010294  | 0.0010294  | 0.0010294  |   0.0 |  1.01
Other   |            | 0.0003912  |            |       |  0.38

Nlocal:        1024.00 ave        1024 max        1024 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Nghost:        3370.00 ave        3370 max        3370 min
Histogram: 1 0 0 0 0 0 0 0 0 0
Neighs:        76288.0 ave       76288 max       76288 min
Histogram: 1 0 0 0 0 0 0 0 0 0

Total # of neighbors = 76288
Ave neighs/atom = 74.500000
Ave special neighs/atom = 1.0000000
Neighbor list builds = 0
Dangerous builds = 0
Total wall time: 0:00:00
)log";

}  // namespace sandglass::collectors::lammps

#endif  // SANDGLASS_COLLECTORS_IMPORTERS_LAMMPS_LAMMPS_TEXT_H_
