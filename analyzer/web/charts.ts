// Plots of a report: SVG by Observable Plot, as wide as their place. Each has a label that says what it shows; the pages
// put tables of the same numbers beside them.

import * as Plot from "@observablehq/plot";
import { interpolatePiYG } from "d3";

import { h, plainText, replace } from "./dom";
import { groundLines } from "./estimate";
import type { CurvePoint, Estimate, FanPoint, KernelTotals, MigrationCell, ProfileReport } from "./messages";
import { num, word } from "./messages";
import { digits, engineering, percent } from "./numbers";
import type { Scale } from "./numbers";

const GENERAL = "var(--general)";
const SPECIALISED = "var(--specialised)";
const COLORS = Array.from({ length: 10 }, (_, index) => `var(--c${index})`);
const OTHER = "var(--other)";

// Redraws a plot when its place becomes wider or narrower.
export function responsive(label: string, draw: (width: number) => Element): HTMLElement {
  const place = h("div", { class: "plot" });
  let drawn = 0;
  const redraw = (): void => {
    const width = Math.round(place.clientWidth);
    if (width === 0 || width === drawn) return;
    drawn = width;
    const plot = draw(width);
    // A screen reader hears the figure's label, and finds the numbers in the table beside it.
    plot.setAttribute("aria-hidden", "true");
    replace(place, plot);
  };
  new ResizeObserver(redraw).observe(place);
  return h("figure", { "aria-label": label }, place);
}

// Colours of operator classes, the same in all plots of a page; those that take least share one.
export class ClassColors {
  private readonly colors = new Map<string, string>();

  constructor(byTime: readonly string[]) {
    byTime.slice(0, COLORS.length).forEach((name, index) => this.colors.set(name, COLORS[index]));
  }

  of(name: string | undefined): string {
    return this.colors.get(name ?? "") ?? OTHER;
  }

  legend(names: readonly string[]): HTMLElement {
    const shown = names.filter((name) => this.colors.has(name));
    const items = shown.map((name) => ({ name, color: this.of(name) }));
    if (shown.length < names.length) items.push({ name: "other", color: OTHER });
    return h("ul", { class: "legend" }, ...items.map(({ name, color }) => swatch(name, color)));
  }
}

export function swatch(name: string, color: string): HTMLElement {
  const mark = h("span", { class: "swatch", "aria-hidden": "true" });
  mark.style.background = color;
  return h("li", {}, mark, name);
}

export interface ClassFigure {
  name: string;
  general: boolean;
  ranks: boolean;
  estimate: Estimate;
}

// A number of each class with its range, cheapest first, on a logarithmic scale.
export function classChart(title: string, rows: readonly ClassFigure[], scale: Scale): HTMLElement {
  const at = (value: number | string | undefined): number => num(value) / scale.divisor;
  const points = rows.map((row) => ({
    name: plainText(row.name),
    value: at(row.estimate.value),
    low: at(row.estimate.low ?? row.estimate.value),
    high: at(row.estimate.high ?? row.estimate.value),
    color: row.general ? GENERAL : SPECIALISED,
    ranks: row.ranks,
    title: plainLines([row.name, ...groundLines(row.estimate, scale)]),
  }));
  return responsive(`${title} by class, with ranges`, (width) =>
    Plot.plot({
      width,
      height: 70 + 18 * points.length,
      marginLeft: Math.min(170, width / 3),
      marginRight: 20,
      x: { type: "log", label: `${title} [${scale.unit}]`, grid: true, tickFormat: digits, axis: "both" },
      marginTop: 30,
      y: { label: null, domain: points.map((point) => point.name) },
      marks: [
        Plot.ruleY(points, { y: "name", x1: "low", x2: "high", stroke: "color", strokeWidth: 3, strokeOpacity: 0.35 }),
        Plot.dot(points, {
          y: "name",
          x: "value",
          r: 4.5,
          stroke: "color",
          strokeWidth: 1.5,
          fill: (point: { ranks: boolean; color: string }) => (point.ranks ? point.color : "var(--background)"),
          title: "title",
          tip: { format: { x: false, y: false }, lineWidth: 34 },
        }),
      ],
    }),
  );
}

function plainLines(lines: readonly string[]): string {
  return lines.map(plainText).join("\n");
}

// Shares of operator classes in the device's time, a bar a class of silicon.
export function shareChart(
  rows: readonly { silicon: string; op_class: string; seconds: number; share: number }[],
  colors: ClassColors,
  absolute: boolean,
): HTMLElement {
  const silicon = [...new Set(rows.map((row) => row.silicon))];
  const points = rows.map((row) => ({
    ...row,
    color: colors.of(row.op_class),
    title: plainLines([row.silicon, `${row.op_class}: ${engineering(row.seconds, "s")}, ${percent(row.share)} %`]),
  }));
  return responsive("Device time by operator class", (width) =>
    Plot.plot({
      width,
      height: 40 + 22 * silicon.length,
      marginLeft: Math.min(170, width / 3),
      x: absolute
        ? { label: "device time [s]", grid: true }
        : { label: "share of device time [%]", grid: true, percent: true },
      y: { label: null, domain: silicon },
      marks: [
        Plot.barX(points, {
          y: "silicon",
          x: absolute ? "seconds" : "share",
          fill: "color",
          inset: 0.5,
          title: "title",
          tip: { format: { x: false, y: false, fill: false } },
        }),
      ],
    }),
  );
}

interface Kernel {
  intensity: number;
  rate: number;
  seconds: number;
  kernel: KernelTotals;
}

// Kernels of less time than this share would stretch the plot; the table has them.
const LEAST_SHARE = 1e-3;

// Kernels that compute: FLOP a byte against the rate that each device reaches.
function computing(profile: ProfileReport): Kernel[] {
  const devices = Math.max(1, profile.devices ?? 1);
  return (profile.kernels ?? []).flatMap((kernel) => {
    const flop = num(kernel.matrix_flop) + num(kernel.vector_flop);
    const seconds = num(kernel.device_s);
    if (flop <= 0 || num(kernel.bytes) <= 0 || seconds <= LEAST_SHARE * num(profile.kernels_s)) return [];
    return [{ intensity: flop / num(kernel.bytes), rate: flop / seconds / devices, seconds, kernel }];
  });
}

export function kernelTitle(kernel: KernelTotals): string {
  return (kernel.names ?? []).join(" + ");
}

// A roofline: what the device can reach at each intensity, and what kernels reach; areas go with time.
export function rooflineChart(profile: ProfileReport, colors: ClassColors): HTMLElement {
  const points = computing(profile).map((point) => ({
    ...point,
    color: colors.of(point.kernel.op_class),
    title: plainLines([
      kernelTitle(point.kernel),
      point.kernel.shapes ?? "",
      `${Number(point.kernel.count)} runs, ${engineering(point.seconds, "s")}, bound by ${word(point.kernel.limit, "LIMIT_")}`,
      `${engineering(point.rate, "FLOP/s")} at ${digits(point.intensity)} FLOP/B`,
    ]),
  }));
  const ceilings = profile.ceilings ?? [];
  const bandwidth = num(ceilings.find((ceiling) => ceiling.unit === "B/s")?.rate);
  const flat = ceilings
    .filter((ceiling) => ceiling.unit === "FLOP/s")
    .map((ceiling) => ({
      name: ceiling.name ?? "",
      rate: num(ceiling.rate),
    }));
  const intensities = points.map((point) => point.intensity);
  const from = Math.min(0.1, ...intensities) / 2;
  const to = Math.max(1000, ...intensities) * 2;
  const rates = points.map((point) => point.rate);
  const lowest = Math.min(...rates, ...flat.map((roof) => roof.rate)) / 3;
  const highest = Math.max(...rates, ...flat.map((roof) => roof.rate)) * 2;
  // Where the slope of the memory enters the plot.
  const foot = bandwidth > 0 ? Math.max(from, lowest / bandwidth) : from;
  const middle = Math.sqrt((foot * Math.min(...flat.map((roof) => roof.rate))) / (bandwidth || 1));
  const roofs = flat.flatMap(({ name, rate }) => {
    const knee = bandwidth > 0 ? Math.min(Math.max(rate / bandwidth, from), to) : from;
    return [
      { name, x: foot, y: bandwidth > 0 ? Math.min(foot * bandwidth, rate) : rate },
      { name, x: knee, y: rate },
      { name, x: to, y: rate },
    ];
  });
  return responsive(`Roofline of ${profile.silicon_class}`, (width) =>
    Plot.plot({
      width,
      height: 420,
      marginLeft: 60,
      x: { type: "log", label: "intensity [FLOP/B]", grid: true, tickFormat: digits, domain: [from, to] },
      y: {
        type: "log",
        label: "rate of each device [FLOP/s]",
        grid: true,
        tickFormat: (rate: number) => engineering(rate, ""),
        domain: [lowest, highest],
      },
      r: { range: [1.5, 16] },
      marks: [
        Plot.line(roofs, { x: "x", y: "y", z: "name", stroke: "currentColor", strokeOpacity: 0.7 }),
        Plot.dot(points, {
          x: "intensity",
          y: "rate",
          r: "seconds",
          fill: "color",
          fillOpacity: 0.7,
          stroke: "var(--background)",
          strokeWidth: 0.5,
          title: "title",
          tip: { format: { x: false, y: false, r: false, fill: false }, lineWidth: 40 },
        }),
        Plot.text(flat, {
          x: to,
          y: "rate",
          textAnchor: "end",
          dx: -4,
          dy: -7,
          text: (roof: { name: string; rate: number }) => `${roof.name} ${engineering(roof.rate, "FLOP/s")}`,
        }),
        bandwidth > 0 && flat.length > 0
          ? Plot.text([{ x: middle, y: middle * bandwidth }], {
              x: "x",
              y: "y",
              textAnchor: "end",
              dx: -8,
              dy: -6,
              text: () => `memory ${engineering(bandwidth, "B/s")}`,
            })
          : null,
      ],
    }),
  );
}

// What the device does when, in bins; what is left white it waits.
export function timelineChart(profile: ProfileReport, colors: ClassColors): HTMLElement {
  const timeline = profile.timeline ?? {};
  const bin = num(timeline.bin_s);
  const points = (timeline.series ?? []).flatMap((series) =>
    (series.busy_s ?? []).map((busy, index) => ({
      op_class: series.op_class ?? "",
      time: (index + 0.5) * bin,
      share: bin > 0 ? busy / bin : 0,
      color: colors.of(series.op_class),
    })),
  );
  const end = bin * num(timeline.bin_count);
  const unit = end < 1e-3 ? 1e-6 : end < 1 ? 1e-3 : 1;
  const name = unit === 1 ? "s" : unit === 1e-3 ? "ms" : "us";
  return responsive(`Timeline of ${profile.silicon_class}`, (width) =>
    Plot.plot({
      width,
      height: 220,
      marginLeft: 50,
      x: { label: `time [${name}]`, transform: (time: number) => time / unit, domain: [0, end / unit] },
      y: { label: "device at work [%]", percent: true, domain: [0, 100], clamp: true },
      marks: [
        Plot.areaY(points, { x: "time", y: "share", z: "op_class", fill: "color", curve: "step" }),
        Plot.ruleY([0]),
      ],
    }),
  );
}

// Costs of moves from each class (rows) to each other.
export function migrationChart(cells: readonly MigrationCell[]): HTMLElement {
  const points = cells.flatMap((cell) => {
    if (cell.from_class === cell.to_class) return [];
    const ratio = cell.cost_ratio === undefined ? undefined : num(cell.cost_ratio.value);
    const years = cell.go_forward_years === undefined ? undefined : num(cell.go_forward_years.value);
    return [
      {
        from: cell.from_class,
        to: cell.to_class,
        ratio,
        text: ratio === undefined ? "?" : digits(ratio),
        title: plainLines([
          `${cell.from_class} to ${cell.to_class}`,
          ratio === undefined ? word(cell.verdict, "VERDICT_") : `a year costs ${digits(ratio)} times as much there`,
          years === undefined ? "cost of the move unknown" : `the move costs ${digits(years)} years of today's cost`,
          `${cell.kernels ?? 0} kernels to write`,
          cell.payback_years === undefined
            ? "never pays back, or unknown"
            : `pays back in ${digits(num(cell.payback_years.value))} years`,
        ]),
      },
    ];
  });
  const classes = [...new Set(cells.flatMap((cell) => [cell.from_class, cell.to_class]))].sort();
  return responsive("Moves between classes", (width) =>
    Plot.plot({
      width,
      height: 90 + 30 * classes.length,
      marginLeft: Math.min(170, width / 3),
      marginTop: 90,
      x: { label: null, domain: classes, axis: "top", tickRotate: -30 },
      y: { label: null, domain: classes },
      // Without the darkest ends, on which no number could be read.
      color: { type: "diverging-log", pivot: 1, interpolate: (t: number) => interpolatePiYG(0.82 - 0.64 * t) },
      marks: [
        Plot.cell(
          points.filter((point) => point.ratio !== undefined),
          {
            x: "to",
            y: "from",
            fill: "ratio",
            inset: 1,
            title: "title",
            tip: { format: { x: false, y: false, fill: false } },
          },
        ),
        Plot.text(points, {
          x: "to",
          y: "from",
          text: "text",
          fill: (point: { ratio?: number }) => (point.ratio === undefined ? "currentColor" : "#111"),
        }),
      ],
    }),
  );
}

// Stranded capital over time, both fleets: median, and 5th to 95th percentile.
export function fanChart(specialised: readonly FanPoint[], general: readonly FanPoint[]): HTMLElement {
  const rows = [
    ...specialised.map((point) => ({ point, fleet: "specialised", color: SPECIALISED })),
    ...general.map((point) => ({ point, fleet: "general", color: GENERAL })),
  ].map(({ point, fleet, color }) => ({
    fleet,
    color,
    years: num(point.years),
    p5: num(point.p5),
    p50: num(point.p50),
    p95: num(point.p95),
    mean: num(point.mean),
  }));
  return responsive("Stranded capital over time", (width) =>
    Plot.plot({
      width,
      height: 300,
      marginLeft: 60,
      x: { label: "years from now" },
      y: { label: "stranded capital [USD]", grid: true, tickFormat: (usd: number) => engineering(usd, "") },
      marks: [
        Plot.areaY(rows, { x: "years", y1: "p5", y2: "p95", z: "fleet", fill: "color", fillOpacity: 0.2 }),
        Plot.line(rows, { x: "years", y: "p50", z: "fleet", stroke: "color", strokeDasharray: "4 3" }),
        Plot.line(rows, { x: "years", y: "mean", z: "fleet", stroke: "color", strokeWidth: 2 }),
      ],
    }),
  );
}

// Curves over one axis, each with a name and a colour.
export function curveChart(
  label: string,
  x: string,
  y: string,
  curves: readonly { name: string; color: string; points: readonly CurvePoint[] }[],
): HTMLElement {
  const rows = curves.flatMap(({ name, color, points }) =>
    points.map((point) => ({ name, color, x: num(point.x), y: num(point.y) })),
  );
  return responsive(label, (width) =>
    Plot.plot({
      width,
      height: 260,
      marginLeft: 60,
      x: { label: x },
      y: { label: y, grid: true, percent: true },
      marks: [Plot.ruleY([0]), Plot.line(rows, { x: "x", y: "y", z: "name", stroke: "color", strokeWidth: 2 })],
    }),
  );
}

export { GENERAL, SPECIALISED };
