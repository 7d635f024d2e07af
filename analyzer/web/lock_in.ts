// What it risks to stay on specialised silicon.

import { GENERAL, SPECIALISED, curveChart, fanChart, swatch } from "./charts";
import { h, table } from "./dom";
import { figure, grounds, rangeText } from "./estimate";
import { num } from "./messages";
import type { CurvePoint, Estimate, FanPoint, LockInReport, TraceReport } from "./messages";
import { digits } from "./numbers";
import type { Scale } from "./numbers";
import { openTable, section } from "./section";

function lockInTable(report: LockInReport): HTMLElement {
  const rows: [string, Estimate | undefined][] = [
    ["flow cost, specialised over general", report.relative_cost],
    ["advantage kept on the successor", report.advantage_kept],
    ["efficiency kept, specialised", report.retained_specialised],
    ["efficiency kept, general", report.retained_general],
    ["hazard of a shift", report.hazard],
    ...(report.breakeven_hazards ?? []).map((hazard): [string, Estimate] => ["breakeven hazard", hazard]),
    ["probability that specialised is cheaper", report.probability_specialised_wins],
    ["share of specialised silicon to hold", report.portfolio_share],
  ];
  const scaleOf = (estimate: Estimate | undefined): Scale => ({ divisor: 1, unit: estimate?.unit ?? "" });
  return table(
    "What the answer stands on",
    [
      { title: "figure", cell: ([name]: (typeof rows)[0]) => name },
      { title: "value", numeric: true, cell: ([, estimate]: (typeof rows)[0]) => figure(estimate, scaleOf(estimate)) },
      {
        title: "range",
        numeric: true,
        cell: ([, estimate]: (typeof rows)[0]) => rangeText(estimate, scaleOf(estimate)),
      },
      { title: "unit", cell: ([, estimate]: (typeof rows)[0]) => estimate?.unit ?? "" },
      {
        title: "ground",
        cell: ([name, estimate]: (typeof rows)[0]) => grounds(name, [[name, estimate, scaleOf(estimate)]], []),
      },
    ],
    rows,
  );
}

// Points of curves over the same axis, a column each.
function curvesTable(
  caption: string,
  x: string,
  curves: readonly { name: string; points: readonly CurvePoint[] }[],
): HTMLElement {
  const at = [...new Set(curves.flatMap((curve) => curve.points.map((point) => num(point.x))))].sort((a, b) => a - b);
  return openTable(
    "the same as a table",
    table(
      caption,
      [
        { title: x, numeric: true, cell: (place: number) => digits(place) },
        ...curves.map(({ name, points }) => ({
          title: `${name} [%]`,
          numeric: true,
          cell: (place: number) => {
            const point = points.find((one) => num(one.x) === place);
            return point === undefined ? "" : digits(100 * num(point.y));
          },
        })),
      ],
      at,
    ),
  );
}

function fanTable(fleets: readonly { name: string; points: readonly FanPoint[] }[]): HTMLElement {
  const rows = fleets.flatMap(({ name, points }) => points.map((point) => ({ name, point })));
  type Row = (typeof rows)[0];
  const millions = (usd: number | undefined): string => digits(num(usd) / 1e6);
  return openTable(
    "the same as a table",
    table(
      "Stranded capital, in millions of USD",
      [
        { title: "fleet", cell: (row: Row) => row.name },
        { title: "years from now", numeric: true, cell: (row: Row) => digits(num(row.point.years)) },
        { title: "5th percentile", numeric: true, cell: (row: Row) => millions(row.point.p5) },
        { title: "median", numeric: true, cell: (row: Row) => millions(row.point.p50) },
        { title: "mean", numeric: true, cell: (row: Row) => millions(row.point.mean) },
        { title: "95th percentile", numeric: true, cell: (row: Row) => millions(row.point.p95) },
      ],
      rows,
    ),
  );
}

export function lockInSection(report: TraceReport): HTMLElement | null {
  const lockIn = report.lock_in;
  if (lockIn === undefined) return null;
  const both = h(
    "ul",
    { class: "legend" },
    swatch(lockIn.specialised_class ?? "", SPECIALISED),
    swatch(lockIn.general_class ?? "", GENERAL),
  );
  const defaults = [
    { name: lockIn.specialised_class ?? "", color: SPECIALISED, points: lockIn.default_probability ?? [] },
    { name: lockIn.general_class ?? "", color: GENERAL, points: lockIn.default_probability_general ?? [] },
  ];
  const premium = [{ name: "premium", color: GENERAL, points: lockIn.flexibility_premium ?? [] }];
  const changes = (lockIn.tornado ?? []).slice(0, 10);
  const hazard = (value: number | undefined): string => (value === undefined ? "none" : digits(value));
  return section(
    "lock-in",
    "What it risks to stay",
    h("p", { class: "answer" }, lockIn.verdict ?? ""),
    ...(lockIn.warnings ?? []).map((warning) => h("p", { class: "note" }, `Note: ${warning}`)),
    lockInTable(lockIn),
    both,
    h("h3", {}, "Stranded capital"),
    h("p", {}, "Lines: mean, and dashed the median. Areas: 5th to 95th percentile."),
    fanChart(lockIn.stranded_capital ?? [], lockIn.stranded_capital_general ?? []),
    fanTable([
      { name: lockIn.specialised_class ?? "", points: lockIn.stranded_capital ?? [] },
      { name: lockIn.general_class ?? "", points: lockIn.stranded_capital_general ?? [] },
    ]),
    h("h3", {}, "The fleet could not serve the state of the art by then"),
    curveChart("Probability of default by date", "years from now", "probability [%]", defaults),
    curvesTable("Probability of default by date", "years from now", defaults),
    h("h3", {}, "What flexibility is worth"),
    curveChart("Flexibility premium over the hazard of a shift", "hazard of a shift [1/year]", "premium [%]", premium),
    curvesTable("Flexibility premium", "hazard of a shift [1/year]", premium),
    h("h3", {}, "What would change the answer"),
    table(
      "Breakeven hazard with one input at its ends",
      [
        { title: "input", cell: (row: (typeof changes)[0]) => row.input ?? "" },
        { title: "low", numeric: true, cell: (row: (typeof changes)[0]) => digits(num(row.low)) },
        { title: "high", numeric: true, cell: (row: (typeof changes)[0]) => digits(num(row.high)) },
        { title: "unit", cell: (row: (typeof changes)[0]) => row.unit ?? "" },
        { title: "breakeven at low [1/year]", numeric: true, cell: (row: (typeof changes)[0]) => hazard(row.at_low) },
        { title: "breakeven at high [1/year]", numeric: true, cell: (row: (typeof changes)[0]) => hazard(row.at_high) },
      ],
      changes,
    ),
  );
}
