// How operators run on each class.

import { h, table } from "./dom";
import { figure } from "./estimate";
import { num, word } from "./messages";
import type { TraceReport } from "./messages";
import { percent } from "./numbers";
import { section } from "./section";

const SUPPORTS = ["NATIVE", "DECOMPOSED", "EMULATED", "HOST_FALLBACK", "UNSUPPORTED", "UNKNOWN"];

export function coverageSection(report: TraceReport): HTMLElement | null {
  const rows = report.coverage?.classes ?? [];
  if (rows.length === 0) return null;
  type Row = (typeof rows)[0];
  const valueOf = (row: Row, support: string): number =>
    num(row.shares?.find((one) => one.support === `SUPPORT_${support}`)?.native_share);
  const supports = SUPPORTS.filter((support) => rows.some((row) => valueOf(row, support) > 0));
  const share = (row: Row, support: string): HTMLElement => {
    const value = valueOf(row, support);
    const cell = h("span", { class: "heat" }, value > 0 ? percent(value) : "");
    cell.style.setProperty("--heat", String(Math.round(value * 100)));
    cell.dataset.support = support.toLowerCase();
    return cell;
  };
  const scale = { divisor: 1, unit: "share of all-native speed" };
  const worst = (row: Row): string =>
    (row.operators ?? [])
      .slice(0, 3)
      .map((op) => `${op.name ?? "?"} (${word(op.support, "SUPPORT_")})`)
      .join(", ");
  return section(
    "coverage",
    "Which operators run there",
    h("p", {}, "Shares are of the time that the trace would take on the class if all ran natively."),
    table(
      "Shares of operators by how they run, in per cent",
      [
        { title: "class", cell: (row: Row) => row.silicon_class },
        { title: "stack", numeric: false, cell: (row: Row) => h("span", { class: "word" }, row.stack ?? "") },
        ...supports.map((support) => ({
          title: `${support.toLowerCase().replace("_", " ")} [%]`,
          numeric: true,
          cell: (row: Row) => share(row, support),
        })),
        { title: "speed kept", numeric: true, cell: (row: Row) => figure(row.retained, scale) },
        { title: "not native, worst first", wide: true, cell: worst },
      ],
      rows,
    ),
  );
}
