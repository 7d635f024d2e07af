// What it costs to move the work from each class to each other.

import { migrationChart } from "./charts";
import { h, table } from "./dom";
import { figure, rangeText } from "./estimate";
import { isSupported, word } from "./messages";
import type { Estimate, TraceReport } from "./messages";
import type { Scale } from "./numbers";
import { openTable, section } from "./section";

export function migrationSection(report: TraceReport): HTMLElement | null {
  const cells = report.migration?.matrix ?? [];
  if (cells.length === 0) return null;
  type Cell = (typeof cells)[0];
  const plain: Scale = { divisor: 1, unit: "" };
  const both = (title: string, get: (cell: Cell) => Estimate | undefined) => [
    { title, numeric: true, cell: (cell: Cell) => figure(get(cell), plain) },
    { title: "range", numeric: true, cell: (cell: Cell) => rangeText(get(cell), plain) },
  ];
  // Where users can write no kernels, it is not known how many it would take.
  const kernels = (cell: Cell): string =>
    cell.person_months === undefined && !isSupported(cell) ? "?" : String(cell.kernels ?? 0);
  const payback = (cell: Cell): HTMLElement | string => {
    if (cell.payback_years !== undefined) return figure(cell.payback_years, plain);
    return cell.go_forward_years === undefined || cell.cost_ratio === undefined ? "unknown" : "never";
  };
  return section(
    "moves",
    "What it costs to move",
    h("p", {}, "A year's cost on the class of the column, over that on the class of the row; below 1 the move saves."),
    migrationChart(cells),
    openTable(
      "all moves as a table",
      table(
        "Moves between classes",
        [
          { title: "from", cell: (cell: Cell) => cell.from_class },
          { title: "to", cell: (cell: Cell) => cell.to_class },
          { title: "verdict", cell: (cell: Cell) => word(cell.verdict, "VERDICT_") },
          ...both("year's cost there / here", (cell) => cell.cost_ratio),
          ...both("cost of the move [years of today's cost]", (cell) => cell.go_forward_years),
          { title: "people [person-months]", numeric: true, cell: (cell: Cell) => figure(cell.person_months, plain) },
          { title: "kernels", numeric: true, cell: kernels },
          { title: "pays back in [years]", numeric: true, cell: payback },
        ],
        cells,
      ),
    ),
  );
}
