// Time, energy and money of each class, with bands and grounds; and the classes that have none.

import { GENERAL, SPECIALISED, classChart, swatch } from "./charts";
import { choice, h, replace, table } from "./dom";
import { figure, grounds, rangeText } from "./estimate";
import { isSupported, num, unitOfWork, word } from "./messages";
import type { ClassReplay, Estimate, ReplayReport } from "./messages";
import { percent, scaleFor } from "./numbers";
import type { Scale } from "./numbers";
import { openTable, section } from "./section";

type Measure = "seconds" | "joules" | "usd";

export const MEASURES: { value: Measure; label: string }[] = [
  { value: "seconds", label: "time" },
  { value: "joules", label: "energy" },
  { value: "usd", label: "cost" },
];

export function columnScale(rows: readonly ClassReplay[], measure: Measure): Scale {
  const estimates = rows.flatMap((row) => row.per_unit?.[measure] ?? []);
  return scaleFor(
    estimates.map((estimate) => num(estimate.value)),
    estimates[0]?.unit ?? "",
  );
}

export function ranked(rows: readonly ClassReplay[], measure: Measure): ClassReplay[] {
  return rows
    .filter((row) => row.per_unit?.[measure] !== undefined)
    .sort((a, b) => num(a.per_unit?.[measure]?.value) - num(b.per_unit?.[measure]?.value));
}

function noteOf(row: ClassReplay): string {
  const notes = [];
  if (row.launch_bound) notes.push("launch-bound: ranks nothing");
  if (row.clock_share !== undefined && row.clock_share < 1) notes.push(`at ${percent(row.clock_share)} % of its clock`);
  return notes.join("; ");
}

// Shares of the trace whose work is known, of operators and of time.
function knownText(row: ClassReplay): string {
  const time = row.coverage?.time_share;
  return `${percent(num(row.coverage?.operator_share))} / ${time === undefined ? "?" : percent(time)}`;
}

// What a class's figures stand on besides their sources.
function notesOf(row: ClassReplay): string[] {
  const price = row.price;
  const priced =
    price === undefined
      ? "no price: its cost is unknown"
      : `price: ${word(price.basis, "PRICE_BASIS_")}, ${price.as_of ?? "?"}${price.region ? `, ${price.region}` : ""}`;
  return [priced, ...(row.warnings ?? [])];
}

function figuresTable(rows: readonly ClassReplay[]): HTMLElement {
  const scales = Object.fromEntries(MEASURES.map(({ value }) => [value, columnScale(rows, value)])) as Record<
    Measure,
    Scale
  >;
  const columns = MEASURES.flatMap(({ value, label }) => [
    {
      title: `${label} [${scales[value].unit}]`,
      numeric: true,
      cell: (row: ClassReplay) => figure(row.per_unit?.[value], scales[value]),
    },
    { title: "range", numeric: true, cell: (row: ClassReplay) => rangeText(row.per_unit?.[value], scales[value]) },
  ]);
  return table(
    "Time, energy and cost per unit of work",
    [
      { title: "class", cell: (row: ClassReplay) => row.silicon_class },
      { title: "chips", numeric: true, cell: (row: ClassReplay) => String(row.devices ?? "?") },
      ...columns,
      { title: "bound by", cell: (row: ClassReplay) => word(row.limit, "LIMIT_") },
      { title: "wait [%]", numeric: true, cell: (row: ClassReplay) => percent(num(row.launch_idle_share)) },
      { title: "known [% ops / time]", numeric: true, cell: knownText },
      { title: "precision", cell: (row: ClassReplay) => word(row.precision, "PRECISION_POLICY_") },
      { title: "stack", cell: (row: ClassReplay) => row.stack ?? "" },
      { title: "note", wide: true, cell: noteOf },
      {
        title: "ground",
        cell: (row: ClassReplay) =>
          grounds(
            row.silicon_class,
            MEASURES.map(({ value, label }): [string, Estimate | undefined, Scale] => [
              label,
              row.per_unit?.[value],
              scales[value],
            ]),
            notesOf(row),
          ),
      },
    ],
    rows,
  );
}

export function figuresSection(replay: ReplayReport): HTMLElement {
  const rows = (replay.classes ?? []).filter(isSupported);
  if (rows.length === 0)
    return section("figures", "Time, energy and cost", h("p", {}, "No class of these can do the work."));
  const place = h("div", {});
  const show = (value: string): void => {
    const measure = value as Measure;
    const scale = columnScale(rows, measure);
    const shown = ranked(rows, measure);
    const points = shown.map((row) => ({
      name: row.silicon_class,
      general: row.generality === "GENERALITY_GENERAL",
      ranks: !row.launch_bound,
      estimate: row.per_unit?.[measure] as Estimate,
    }));
    const without = rows.filter((row) => !shown.includes(row)).map((row) => row.silicon_class);
    replace(
      place,
      classChart(MEASURES.find((one) => one.value === measure)?.label ?? "", points, scale),
      without.length > 0 ? h("p", {}, `Unknown for ${without.join(", ")}: it is not zero.`) : null,
    );
  };
  show("joules");
  return section(
    "figures",
    `Time, energy and cost per ${unitOfWork(replay)}`,
    choice("show", MEASURES, "joules", show),
    h(
      "ul",
      { class: "legend" },
      swatch("general", GENERAL),
      swatch("specialised", SPECIALISED),
      h("li", {}, "hollow: launch-bound, ranks nothing"),
    ),
    place,
    openTable(`all ${rows.length} classes as a table`, figuresTable(rows)),
  );
}

export function cannotSection(replay: ReplayReport): HTMLElement | null {
  const rows = (replay.classes ?? []).filter((row) => !isSupported(row));
  if (rows.length === 0) return null;
  return section(
    "cannot",
    "Cannot, or cannot be said",
    table(
      "Classes without figures",
      [
        { title: "class", cell: (row: ClassReplay) => row.silicon_class },
        { title: "verdict", cell: (row: ClassReplay) => word(row.verdict, "VERDICT_") },
        { title: "why", wide: true, cell: (row: ClassReplay) => row.reason ?? "" },
      ],
      rows,
    ),
  );
}

export function sourcesSection(replay: ReplayReport): HTMLElement {
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
  return section(
    "sources",
    "Sources",
    openTable(
      `${rows.length} sources`,
      table(
        "Sources of all figures above",
        [
          { title: "source", wide: true, cell: ([title]: (typeof rows)[0]) => title },
          { title: "classes", wide: true, cell: ([, classes]: (typeof rows)[0]) => [...classes].join(", ") },
        ],
        rows,
      ),
    ),
  );
}
