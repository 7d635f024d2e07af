// The one-file report: reads what the page carries, and builds the page from it.

import {
  ClassColors, GENERAL, SPECIALISED, classChart, curveChart, fanChart, kernelTitle, migrationChart, rooflineChart,
  shareChart, swatch, timelineChart,
} from "./charts";
import { append, choice, h, replace, selectBox, table } from "./dom";
import { LEGEND, figure, grounds, hideTip, rangeText } from "./estimate";
import type { ClassReplay, Estimate, LockInReport, ProfileReport, ReplayReport, TraceReport } from "./messages";
import { isSupported, num, unitOfWork, word } from "./messages";
import { digits, engineering, grouped, percent, scaleFor } from "./numbers";
import type { Scale } from "./numbers";

const SHOWN_KERNELS = 50;

type Measure = "seconds" | "joules" | "usd";
const MEASURES: { value: Measure; label: string }[] = [
  { value: "seconds", label: "time" },
  { value: "joules", label: "energy" },
  { value: "usd", label: "cost" },
];

// Of a section's heading; other pages link to it.
function section(id: string, title: string, ...children: (Node | string | null)[]): HTMLElement {
  return h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), ...children);
}

function openTable(summary: string, content: HTMLElement): HTMLElement {
  return h("details", { class: "data" }, h("summary", {}, summary), content);
}

function columnScale(rows: readonly ClassReplay[], measure: Measure): Scale {
  const estimates = rows.flatMap((row) => row.per_unit?.[measure] ?? []);
  return scaleFor(estimates.map((estimate) => num(estimate.value)), estimates[0]?.unit ?? "");
}

function ranked(rows: readonly ClassReplay[], measure: Measure): ClassReplay[] {
  return rows
    .filter((row) => row.per_unit?.[measure]?.value !== undefined)
    .sort((a, b) => num(a.per_unit?.[measure]?.value) - num(b.per_unit?.[measure]?.value));
}

// "cheapest in energy: google-tpu-v7, 111 mJ/token (46.5 to 247)".
function answers(rows: readonly ClassReplay[]): HTMLElement {
  const lines = MEASURES.map(({ value, label }) => {
    const best = ranked(rows, value).find((row) => !row.launch_bound);
    const scale = columnScale(rows, value);
    const words = { time: "fastest", energy: "least energy", cost: "cheapest" }[label];
    if (best === undefined) return h("li", {}, `${words}: none ranks`);
    const estimate = best.per_unit?.[value];
    return h("li", {}, `${words}: `, h("strong", {}, best.silicon_class), ", ", figure(estimate, scale), ` ${scale.unit}, `,
             rangeText(estimate, scale));
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

function header(report: TraceReport, replay: ReplayReport): HTMLElement {
  const options = replay.options ?? {};
  const work = (replay.work_done ?? []).map(workText);
  const facts: [string, string][] = [
    ["traced on", (replay.devices ?? []).map((device) => `${device.raw_name ?? "?"}${device.silicon_class ? ` = ${device.silicon_class}` : ""}`).join(", ")],
    ["precision", options.precision ? word(options.precision, "PRECISION_POLICY_") : "source"],
    ["money", `${options.cost_basis ? word(options.cost_basis, "COST_BASIS_") : "owned"}, PUE ${digits(num(options.pue))}, ` +
      `utilization ${digits(num(options.utilization))}, goodput ${digits(num(options.goodput))}, ` +
      `electricity ${digits(num(options.electricity_usd_per_kwh))} USD/kWh, prices of ${options.price_date || "any day"}`],
    ["stack", options.stack || "each class's first"],
    ["power cap", options.power_cap_w === undefined ? "" : `${digits(options.power_cap_w)} W`],
    ["trace", replay.trace_id ?? ""],
    ["digest", replay.content_digest ?? ""],
    ["catalog", replay.catalog_digest ?? ""],
    ["made by", `sandglass ${report.program_version ?? ""}`],
  ];
  const list = facts.filter(([, value]) => value !== "").flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);
  return h("header", {}, h("h1", {}, replay.trace_name ?? ""),
           h("p", { class: "note" }, `${word(replay.phase, "PHASE_")}, ${word(replay.run_mode, "RUN_MODE_")}: ${work.join(" = ")}`),
           ...(replay.warnings ?? []).map((warning) => h("p", { class: "warning" }, `Warning: ${warning}`)),
           answers(replay.classes ?? []),
           h("details", { class: "facts" }, h("summary", {}, "what was replayed, and how"), h("dl", {}, ...list)));
}

function noteOf(row: ClassReplay): string {
  const notes = [];
  if (row.launch_bound) notes.push("launch-bound: ranks nothing");
  if (row.clock_share !== undefined && row.clock_share < 1) notes.push(`at ${percent(row.clock_share)} % of its clock`);
  return notes.join("; ");
}

function figuresTable(rows: readonly ClassReplay[]): HTMLElement {
  const scales = Object.fromEntries(MEASURES.map(({ value }) => [value, columnScale(rows, value)])) as Record<Measure, Scale>;
  const columns = MEASURES.flatMap(({ value, label }) => [
    { title: `${label} [${scales[value].unit}]`, numeric: true, cell: (row: ClassReplay) => figure(row.per_unit?.[value], scales[value]) },
    { title: "range", numeric: true, cell: (row: ClassReplay) => rangeText(row.per_unit?.[value], scales[value]) },
  ]);
  return table("Time, energy and cost per unit of work", [
    { title: "class", cell: (row: ClassReplay) => row.silicon_class },
    { title: "chips", numeric: true, cell: (row: ClassReplay) => String(row.devices ?? "?") },
    ...columns,
    { title: "bound by", cell: (row: ClassReplay) => word(row.limit, "LIMIT_") },
    { title: "wait [%]", numeric: true, cell: (row: ClassReplay) => percent(num(row.launch_idle_share)) },
    { title: "stack", cell: (row: ClassReplay) => row.stack ?? "" },
    { title: "note", wide: true, cell: noteOf },
    {
      title: "ground",
      cell: (row: ClassReplay) =>
        grounds(row.silicon_class, MEASURES.map(({ value, label }): [string, Estimate | undefined, Scale] => [label, row.per_unit?.[value], scales[value]]), row.warnings ?? []),
    },
  ], rows);
}

function figuresSection(replay: ReplayReport): HTMLElement {
  const rows = (replay.classes ?? []).filter(isSupported);
  if (rows.length === 0) return section("figures", "Time, energy and cost", h("p", {}, "No class of these can do the work."));
  const place = h("div", {});
  const show = (value: string): void => {
    const measure = value as Measure;
    const scale = columnScale(rows, measure);
    const shown = ranked(rows, measure);
    const points = shown.map((row) => ({
      name: row.silicon_class, general: row.generality === "GENERALITY_GENERAL", ranks: !row.launch_bound,
      estimate: row.per_unit?.[measure] as Estimate,
    }));
    const without = rows.filter((row) => !shown.includes(row)).map((row) => row.silicon_class);
    replace(place, classChart(MEASURES.find((one) => one.value === measure)?.label ?? "", points, scale),
            without.length > 0 ? h("p", {}, `Unknown for ${without.join(", ")}: it is not zero.`) : null);
  };
  show("joules");
  return section("figures", `Time, energy and cost per ${unitOfWork(replay)}`,
    choice("show", MEASURES, "joules", show), h("ul", { class: "legend" }, swatch("general", GENERAL), swatch("specialised", SPECIALISED),
      h("li", {}, "hollow: launch-bound, ranks nothing")), place,
    openTable(`all ${rows.length} classes as a table`, figuresTable(rows)));
}

function cannotSection(replay: ReplayReport): HTMLElement | null {
  const rows = (replay.classes ?? []).filter((row) => !isSupported(row));
  if (rows.length === 0) return null;
  return section("cannot", "Cannot, or cannot be said", table("Classes without figures", [
    { title: "class", cell: (row: ClassReplay) => row.silicon_class },
    { title: "verdict", cell: (row: ClassReplay) => word(row.verdict, "VERDICT_") },
    { title: "why", wide: true, cell: (row: ClassReplay) => row.reason ?? "" },
  ], rows));
}

// Operator classes by the time that they take over all classes.
function classesByTime(replay: ReplayReport): string[] {
  const shares = new Map<string, number>();
  for (const row of replay.classes ?? []) {
    const all = (row.operator_classes ?? []).reduce((sum, totals) => sum + num(totals.device_s), 0);
    for (const totals of row.operator_classes ?? []) {
      shares.set(totals.op_class, (shares.get(totals.op_class) ?? 0) + num(totals.device_s) / (all || 1));
    }
  }
  return [...shares].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

function sharesSection(report: TraceReport, replay: ReplayReport, colors: ClassColors): HTMLElement | null {
  const close = new Set((report.profiles ?? []).map((profile) => profile.silicon_class));
  const rows = (replay.classes ?? []).filter(isSupported).filter((row) => close.has(row.silicon_class)).flatMap((row) => {
    const all = (row.operator_classes ?? []).reduce((sum, totals) => sum + num(totals.device_s), 0);
    return (row.operator_classes ?? []).map((totals) => ({
      silicon: row.silicon_class, op_class: totals.op_class, seconds: num(totals.device_s), share: all > 0 ? num(totals.device_s) / all : 0,
    }));
  });
  if (rows.length === 0) return null;
  const place = h("div", {});
  const show = (value: string): void => replace(place, shareChart(rows, colors, value === "seconds"));
  show("share");
  return section("shares", "Where the time goes",
    choice("show", [{ value: "share", label: "shares" }, { value: "seconds", label: "seconds" }], "share", show),
    colors.legend([...new Set(rows.map((row) => row.op_class))]), place,
    openTable("the same as a table", table("Device time by operator class", [
      { title: "class", cell: (row: (typeof rows)[0]) => row.silicon },
      { title: "operator class", cell: (row: (typeof rows)[0]) => row.op_class },
      { title: "device time [ms]", numeric: true, cell: (row: (typeof rows)[0]) => digits(row.seconds * 1e3) },
      { title: "share [%]", numeric: true, cell: (row: (typeof rows)[0]) => percent(row.share) },
    ], rows)));
}

function kernelsTable(profile: ProfileReport): HTMLElement {
  type Kernel = NonNullable<ProfileReport["kernels"]>[0];
  const kernels = (profile.kernels ?? []).slice(0, SHOWN_KERNELS);
  return table(`Kernels on ${profile.silicon_class}, longest time first`, [
    { title: "operator", cell: (kernel: Kernel) => kernelTitle(kernel) },
    { title: "time [ms]", numeric: true, cell: (kernel: Kernel) => digits(num(kernel.device_s) * 1e3) },
    { title: "share [%]", numeric: true, cell: (kernel: Kernel) => percent(num(kernel.device_s) / (num(profile.kernels_s) || 1)) },
    { title: "runs", numeric: true, cell: (kernel: Kernel) => grouped(num(kernel.count)) },
    { title: "bound by", cell: (kernel: Kernel) => word(kernel.limit, "LIMIT_") },
    { title: "runs as", cell: (kernel: Kernel) => word(kernel.support, "SUPPORT_") },
    { title: "class", cell: (kernel: Kernel) => kernel.op_class ?? "" },
    { title: "inputs", wide: true, cell: (kernel: Kernel) => kernel.shapes ?? "" },
  ], kernels);
}

function closeSection(report: TraceReport, colors: ClassColors): HTMLElement | null {
  const profiles = report.profiles ?? [];
  if (profiles.length === 0) return null;
  const place = h("div", {});
  const show = (id: string): void => {
    const profile = profiles.find((one) => one.silicon_class === id) ?? profiles[0];
    replace(place);
    if (!isSupported(profile)) {
      append(place, h("p", {}, `${profile.silicon_class}: ${word(profile.verdict, "VERDICT_")}, ${profile.reason ?? ""}`));
      return;
    }
    const kernels = profile.kernels ?? [];
    append(place,
      h("p", {}, `${engineering(num(profile.kernels_s), "s")} of device time in ${grouped(num(profile.kernels_total))} kinds of kernels, with ${profile.stack ?? "?"}.`),
      ...(profile.warnings ?? []).map((warning) => h("p", { class: "note" }, `Note: ${warning}`)));
    if (kernels.length === 0) return;
    append(place, colors.legend([...new Set(kernels.map((kernel) => kernel.op_class ?? ""))]),
      h("h3", {}, "Roofline"), h("p", { class: "note" }, "Areas go with time. Kernels of less than 0.1 % of it are in the table alone."),
      rooflineChart(profile, colors),
      h("h3", {}, "Timeline of the replayed schedule"), timelineChart(profile, colors),
      openTable(`the ${Math.min(SHOWN_KERNELS, kernels.length)} kernels that take longest, as a table`, kernelsTable(profile)));
  };
  show(profiles[0].silicon_class);
  return section("close", "Kernels of one class",
    selectBox("class", profiles.map((profile) => ({ value: profile.silicon_class, label: profile.silicon_class })), show), place);
}

const SUPPORTS = ["NATIVE", "DECOMPOSED", "EMULATED", "HOST_FALLBACK", "UNSUPPORTED", "UNKNOWN"];

function coverageSection(report: TraceReport): HTMLElement | null {
  const rows = report.coverage?.classes ?? [];
  if (rows.length === 0) return null;
  type Row = (typeof rows)[0];
  const valueOf = (row: Row, support: string): number => num(row.shares?.find((one) => one.support === `SUPPORT_${support}`)?.native_share);
  const supports = SUPPORTS.filter((support) => rows.some((row) => valueOf(row, support) > 0));
  const share = (row: Row, support: string): HTMLElement => {
    const value = valueOf(row, support);
    const cell = h("span", { class: "heat" }, value > 0 ? percent(value) : "");
    cell.style.setProperty("--heat", String(Math.round(value * 100)));
    cell.dataset.support = support.toLowerCase();
    return cell;
  };
  const scale = { divisor: 1, unit: "share of all-native speed" };
  const worst = (row: Row): string => (row.operators ?? []).slice(0, 3).map((op) => `${op.name ?? "?"} (${word(op.support, "SUPPORT_")})`).join(", ");
  return section("coverage", "Which operators run there", h("p", {}, "Shares are of the time that the trace would take on the class if all ran natively."),
    table("Shares of operators by how they run, in per cent", [
      { title: "class", cell: (row: Row) => row.silicon_class },
      { title: "stack", numeric: false, cell: (row: Row) => h("span", { class: "word" }, row.stack ?? "") },
      ...supports.map((support) => ({ title: `${support.toLowerCase().replace("_", " ")} [%]`, numeric: true, cell: (row: Row) => share(row, support) })),
      { title: "speed kept", numeric: true, cell: (row: Row) => figure(row.retained, scale) },
      { title: "not native, worst first", wide: true, cell: worst },
    ], rows));
}

function migrationSection(report: TraceReport): HTMLElement | null {
  const cells = report.migration?.matrix ?? [];
  if (cells.length === 0) return null;
  type Cell = (typeof cells)[0];
  const value = (estimate: Estimate | undefined): string => (estimate?.value === undefined ? "unknown" : digits(num(estimate.value)));
  return section("moves", "What it costs to move", h("p", {}, "A year's cost on the class of the column, over that on the class of the row; below 1 the move saves."),
    migrationChart(cells), openTable("all moves as a table", table("Moves between classes", [
      { title: "from", cell: (cell: Cell) => cell.from_class },
      { title: "to", cell: (cell: Cell) => cell.to_class },
      { title: "verdict", cell: (cell: Cell) => word(cell.verdict, "VERDICT_") },
      { title: "year's cost there / here", numeric: true, cell: (cell: Cell) => value(cell.cost_ratio) },
      { title: "cost of the move [years of today's cost]", numeric: true, cell: (cell: Cell) => value(cell.go_forward_years) },
      { title: "people [person-months]", numeric: true, cell: (cell: Cell) => value(cell.person_months) },
      { title: "kernels", numeric: true, cell: (cell: Cell) => String(cell.kernels ?? 0) },
      { title: "pays back in [years]", numeric: true, cell: (cell: Cell) => (cell.payback_years?.value === undefined ? "never, or unknown" : value(cell.payback_years)) },
    ], cells)));
}

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
  return table("What the answer stands on", [
    { title: "figure", cell: ([name]: (typeof rows)[0]) => name },
    { title: "value", numeric: true, cell: ([, estimate]: (typeof rows)[0]) => figure(estimate, scaleOf(estimate)) },
    { title: "range", numeric: true, cell: ([, estimate]: (typeof rows)[0]) => rangeText(estimate, scaleOf(estimate)) },
    { title: "unit", cell: ([, estimate]: (typeof rows)[0]) => estimate?.unit ?? "" },
  ], rows);
}

function lockInSection(report: TraceReport): HTMLElement | null {
  const lockIn = report.lock_in;
  if (lockIn === undefined) return null;
  const both = h("ul", { class: "legend" }, swatch(lockIn.specialised_class ?? "", SPECIALISED), swatch(lockIn.general_class ?? "", GENERAL));
  const changes = (lockIn.tornado ?? []).slice(0, 10);
  const hazard = (value: number | undefined): string => (value === undefined ? "none" : digits(value));
  return section("lock-in", "What it risks to stay", h("p", { class: "answer" }, lockIn.verdict ?? ""),
    ...(lockIn.warnings ?? []).map((warning) => h("p", { class: "note" }, `Note: ${warning}`)), lockInTable(lockIn), both,
    h("h3", {}, "Stranded capital"), h("p", {}, "Lines: mean, and dashed the median. Areas: 5th to 95th percentile."),
    fanChart(lockIn.stranded_capital ?? [], lockIn.stranded_capital_general ?? []),
    h("h3", {}, "The fleet could not serve the state of the art by then"),
    curveChart("Probability of default by date", "years from now", "probability [%]", [
      { name: "specialised", color: SPECIALISED, points: lockIn.default_probability ?? [] },
      { name: "general", color: GENERAL, points: lockIn.default_probability_general ?? [] },
    ]),
    h("h3", {}, "What flexibility is worth"),
    curveChart("Flexibility premium over the hazard of a shift", "hazard of a shift [1/year]", "premium [%]",
      [{ name: "premium", color: GENERAL, points: lockIn.flexibility_premium ?? [] }]),
    h("h3", {}, "What would change the answer"),
    table("Breakeven hazard with one input at its ends", [
      { title: "input", cell: (row: (typeof changes)[0]) => row.input ?? "" },
      { title: "low", numeric: true, cell: (row: (typeof changes)[0]) => digits(num(row.low)) },
      { title: "high", numeric: true, cell: (row: (typeof changes)[0]) => digits(num(row.high)) },
      { title: "unit", cell: (row: (typeof changes)[0]) => row.unit ?? "" },
      { title: "breakeven at low [1/year]", numeric: true, cell: (row: (typeof changes)[0]) => hazard(row.at_low) },
      { title: "breakeven at high [1/year]", numeric: true, cell: (row: (typeof changes)[0]) => hazard(row.at_high) },
    ], changes));
}

function sourcesSection(replay: ReplayReport): HTMLElement {
  const users = new Map<string, Set<string>>();
  for (const row of replay.classes ?? []) {
    for (const { value } of MEASURES) {
      for (const source of row.per_unit?.[value]?.sources ?? []) {
        if (!source.title) continue;
        users.set(source.title, (users.get(source.title) ?? new Set()).add(row.silicon_class));
      }
    }
  }
  const rows = [...users].sort((a, b) => b[1].size - a[1].size);
  return section("sources", "Sources", openTable(`${rows.length} sources`, table("Sources of all figures above", [
    { title: "source", wide: true, cell: ([title]: (typeof rows)[0]) => title },
    { title: "classes", wide: true, cell: ([, classes]: (typeof rows)[0]) => [...classes].join(", ") },
  ], rows)));
}

function read(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

function main(): void {
  const report = JSON.parse(read("data")) as TraceReport;
  const replay = report.replay ?? {};
  const colors = new ClassColors(classesByTime(replay));
  const sections = [
    figuresSection(replay), cannotSection(replay), sharesSection(report, replay, colors), closeSection(report, colors),
    coverageSection(report), migrationSection(report), lockInSection(report), sourcesSection(replay),
  ].filter((one) => one !== null) as HTMLElement[];
  const links = sections.map((one) => h("li", {}, h("a", { href: `#${one.id}` }, one.querySelector("h2")?.textContent ?? "")));
  const page = document.getElementById("page") as HTMLElement;
  replace(page, header(report, replay), h("nav", { "aria-label": "sections" }, h("ul", {}, ...links)), ...sections,
    h("footer", {}, h("p", {}, `Letters: ${LEGEND}. Ranges hold the truth with the probability that they state. Unknown is never zero.`),
      h("details", {}, h("summary", {}, "software in this page"), h("pre", { tabindex: 0 }, read("licenses")))));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
}

main();
