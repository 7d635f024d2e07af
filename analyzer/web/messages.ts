// The messages of report.proto and its like as their JSON mapping has them, as far as pages show them. Absent is
// unknown; protobuf leaves zeros of fields without presence out, and writes 64-bit integers as strings.

export interface Source {
  title?: string;
  url?: string;
}

export interface Estimate {
  value?: number | string;
  low?: number | string;
  high?: number | string;
  coverage?: number;
  unit?: string;
  provenance?: string;
  range_source?: string;
  assumptions?: string[];
  sources?: Source[];
}

export interface OperatorClassTotals {
  op_class: string;
  count?: string;
  device_s?: number;
  limit?: string;
}

export interface ClassReplay {
  silicon_class: string;
  display_name?: string;
  verdict?: string;
  reason?: string;
  generality?: string;
  stack?: string;
  devices?: number;
  per_unit?: { unit?: string; seconds?: Estimate; joules?: Estimate; usd?: Estimate };
  limit?: string;
  launch_bound?: boolean;
  precision?: string;
  launch_idle_share?: number;
  coverage?: { operator_share?: number; time_share?: number; unknown?: UnknownOperator[] };
  operator_classes?: OperatorClassTotals[];
  warnings?: string[];
  price?: { basis?: string; region?: string; as_of?: string };
  clock_share?: number;
}

export interface UnknownOperator {
  name?: string;
  count?: string;
  time_share?: number;
  reason?: string;
}

export interface ReplayReport {
  trace_id?: string;
  trace_name?: string;
  content_digest?: string;
  catalog_digest?: string;
  phase?: string;
  run_mode?: string;
  work_done?: { unit?: string; count?: number }[];
  source_seconds_per_unit?: Estimate;
  options?: {
    precision?: string;
    cost_basis?: string;
    pue?: number;
    utilization?: number;
    goodput?: number;
    electricity_usd_per_kwh?: number;
    price_date?: string;
    price_basis?: string;
    price_region?: string;
    stack?: string;
    power_cap_w?: number;
    mode?: string;
    calibration?: { rows_file?: string; date?: string };
  };
  classes?: ClassReplay[];
  warnings?: string[];
  devices?: { raw_name?: string; silicon_class?: string; asserted_by?: string }[];
}

export interface KernelTotals {
  names?: string[];
  op_class?: string;
  shapes?: string;
  count?: string;
  device_s?: number;
  limit?: string;
  matrix_flop?: number;
  vector_flop?: number;
  bytes?: number;
  support?: string;
  first_operator_id?: string;
}

export interface ProfileReport {
  silicon_class: string;
  verdict?: string;
  reason?: string;
  stack?: string;
  devices?: number;
  kernels_s?: number;
  kernels_total?: string;
  kernels?: KernelTotals[];
  unlisted_s?: number;
  ceilings?: { name?: string; rate?: number; unit?: string }[];
  warnings?: string[];
  timeline?: { bin_s?: number; bin_count?: number; series?: { op_class?: string; busy_s?: number[] }[] };
}

export interface ClassCoverage {
  silicon_class: string;
  stack?: string;
  shares?: { support?: string; count?: string; native_share?: number }[];
  covered?: Estimate;
  retained?: Estimate;
  operators?: {
    name?: string;
    op_class?: string;
    count?: string;
    support?: string;
    evidence?: string;
    source?: Source;
    note?: string;
    native_share?: number;
    retained?: number;
  }[];
}

export interface CoverageReport {
  classes?: ClassCoverage[];
}

export interface MigrationCell {
  from_class: string;
  to_class: string;
  verdict?: string;
  go_forward_years?: Estimate;
  cost_ratio?: Estimate;
  person_months?: Estimate;
  payback_years?: Estimate;
  kernels?: number;
}

export interface MigrationReport {
  from_class?: string;
  to_class?: string;
  matrix?: MigrationCell[];
  go_forward?: Estimate;
  warnings?: string[];
  scenario?: { title?: string };
}

export interface FanPoint {
  years?: number;
  p5?: number;
  p50?: number;
  p95?: number;
  mean?: number;
}

export interface CurvePoint {
  x?: number;
  y?: number;
}

export interface LockInReport {
  specialised_class?: string;
  general_class?: string;
  incumbent_traces?: string[];
  successor_traces?: string[];
  relative_cost?: Estimate;
  retained_specialised?: Estimate;
  retained_general?: Estimate;
  breakeven_hazards?: Estimate[];
  hazard?: Estimate;
  advantage_kept?: Estimate;
  probability_specialised_wins?: Estimate;
  portfolio_share?: Estimate;
  flexibility_premium?: CurvePoint[];
  stranded_capital?: FanPoint[];
  stranded_capital_general?: FanPoint[];
  default_probability?: CurvePoint[];
  default_probability_general?: CurvePoint[];
  tornado?: {
    input?: string;
    at_low?: number;
    at_high?: number;
    low?: number;
    high?: number;
    unit?: string;
    advantage_at_low?: number;
    advantage_at_high?: number;
  }[];
  verdict?: string;
  warnings?: string[];
  scenario?: { title?: string };
}

export interface TraceReport {
  program_version?: string;
  replay?: ReplayReport;
  profiles?: ProfileReport[];
  coverage?: CoverageReport;
  migration?: MigrationReport;
  lock_in?: LockInReport;
}

// A number, however JSON has it; an absent one is zero where the schema has no presence.
export function num(value: number | string | undefined): number {
  return value === undefined ? 0 : Number(value);
}

// "LIMIT_MD_STEP" of prefix "LIMIT_" is "md step".
export function word(value: string | undefined, prefix: string): string {
  if (value === undefined || value.endsWith("_UNSPECIFIED")) return "?";
  return value.replace(prefix, "").toLowerCase().replace(/_/g, " ");
}

export function isSupported(row: { verdict?: string }): boolean {
  return row.verdict === "VERDICT_SUPPORTED";
}

// What a unit of the trace's work is called ("token").
export function unitOfWork(replay: ReplayReport): string {
  const unit = replay.work_done?.[0]?.unit;
  return unit === "WORK_UNIT_MD_NANOSECOND" ? "ns of MD" : word(unit, "WORK_UNIT_");
}
