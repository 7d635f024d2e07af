// What was replayed, and how; which class is best; what is not known of the trace.

import { h, table } from "./dom";
import { figure, rangeText } from "./estimate";
import { MEASURES, columnScale, ranked } from "./figures";
import { num, word } from "./messages";
import type { ClassReplay, ReplayReport, TraceReport, UnknownOperator } from "./messages";
import { digits, engineering, grouped, percent } from "./numbers";
import { openTable } from "./section";

// "least energy: google-tpu-v7, 111 mJ/token (46.5 to 247)".
function answers(rows: readonly ClassReplay[]): HTMLElement {
  const lines = MEASURES.map(({ value, label }) => {
    const best = ranked(rows, value).find((row) => !row.launch_bound);
    const scale = columnScale(rows, value);
    const words = { time: "fastest", energy: "least energy", cost: "cheapest" }[label];
    if (best === undefined) return h("li", {}, `${words}: none ranks`);
    const estimate = best.per_unit?.[value];
    return h(
      "li",
      {},
      `${words}: `,
      h("strong", {}, best.silicon_class),
      ", ",
      figure(estimate, scale),
      ` ${scale.unit}, `,
      rangeText(estimate, scale),
    );
  });
  return h("ul", { class: "answer" }, ...lines);
}

// "6144 tokens", "1 step", "0.000400 ns of MD".
function workText(done: { unit?: string; count?: number }): string {
  const count = num(done.count);
  const text = Number.isInteger(count) ? grouped(count) : digits(count);
  if (done.unit === "WORK_UNIT_MD_NANOSECOND") return `${text} ns of MD`;
  return `${text} ${word(done.unit, "WORK_UNIT_")}${count === 1 ? "" : "s"}`;
}

// What a unit of work took on the machine that was traced.
function measuredText(replay: ReplayReport): string {
  const estimate = replay.source_seconds_per_unit;
  return estimate === undefined ? "" : `${engineering(num(estimate.value), estimate.unit ?? "")} on the traced machine`;
}

// Of moves and lock-in.
function scenarioText(report: TraceReport): string {
  return report.lock_in?.scenario?.title ?? report.migration?.scenario?.title ?? "";
}

// Operators of which nothing is known, largest first; the first class says it for all.
function unknownWork(replay: ReplayReport): HTMLElement | null {
  const coverage = replay.classes?.[0]?.coverage;
  const unknown = coverage?.unknown ?? [];
  if (coverage === undefined || unknown.length === 0) return null;
  const share = (value: number | undefined): string => (value === undefined ? "?" : percent(value));
  return openTable(
    `work is known of ${share(num(coverage.operator_share))} % of the operators and ${share(coverage.time_share)} % of the time`,
    table(
      "Operators whose work is not known, largest first",
      [
        { title: "operator", cell: (op: UnknownOperator) => op.name ?? "?" },
        { title: "times", numeric: true, cell: (op: UnknownOperator) => grouped(num(op.count)) },
        { title: "share of time [%]", numeric: true, cell: (op: UnknownOperator) => share(op.time_share) },
        { title: "why", wide: true, cell: (op: UnknownOperator) => op.reason ?? "" },
      ],
      unknown,
    ),
  );
}

export function header(report: TraceReport, replay: ReplayReport): HTMLElement {
  const options = replay.options ?? {};
  const work = (replay.work_done ?? []).map(workText);
  const facts: [string, string][] = [
    [
      "traced on",
      (replay.devices ?? [])
        .map((device) => `${device.raw_name ?? "?"}${device.silicon_class ? ` = ${device.silicon_class}` : ""}`)
        .join(", "),
    ],
    ["precision", options.precision ? word(options.precision, "PRECISION_POLICY_") : "source"],
    [
      "money",
      `${options.cost_basis ? word(options.cost_basis, "COST_BASIS_") : "owned"}, PUE ${digits(num(options.pue))}, ` +
        `utilization ${digits(num(options.utilization))}, goodput ${digits(num(options.goodput))}, ` +
        `electricity ${digits(num(options.electricity_usd_per_kwh))} USD/kWh, prices of ${options.price_date || "any day"}`,
    ],
    ["kind of price", options.price_basis ? word(options.price_basis, "PRICE_BASIS_") : ""],
    ["region of prices", options.price_region ?? ""],
    ["times", options.mode === "REPLAY_MODE_SCALE" ? "corrected by those that the trace measured" : ""],
    [
      "calibration",
      options.calibration ? `${options.calibration.rows_file ?? ""}, ${options.calibration.date ?? ""}` : "",
    ],
    ["measured", measuredText(replay)],
    ["stack", options.stack || "each class's first"],
    ["power cap", options.power_cap_w === undefined ? "" : `${digits(options.power_cap_w)} W`],
    ["scenario", scenarioText(report)],
    ["trace", replay.trace_id ?? ""],
    ["digest", replay.content_digest ?? ""],
    ["catalog", replay.catalog_digest ?? ""],
    ["made by", `sandglass ${report.program_version ?? ""}`],
  ];
  const list = facts
    .filter(([, value]) => value !== "")
    .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  return h(
    "header",
    {},
    h("h1", {}, replay.trace_name ?? ""),
    h(
      "p",
      { class: "note" },
      `${word(replay.phase, "PHASE_")}, ${word(replay.run_mode, "RUN_MODE_")}: ${work.join(" = ")}`,
    ),
    ...(replay.warnings ?? []).map((warning) => h("p", { class: "warning" }, `Warning: ${warning}`)),
    answers(replay.classes ?? []),
    unknownWork(replay),
    h("details", { class: "facts" }, h("summary", {}, "what was replayed, and how"), h("dl", {}, ...list)),
  );
}
