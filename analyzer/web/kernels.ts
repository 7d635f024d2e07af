// Where the time goes: by operator class, and kernel by kernel on the classes that are looked at closely.

import { ClassColors, kernelTitle, rooflineChart, shareChart, timelineChart } from "./charts";
import { append, choice, h, replace, selectBox, table } from "./dom";
import { isSupported, num, word } from "./messages";
import type { ClassReplay, KernelTotals, ProfileReport, ReplayReport, TraceReport } from "./messages";
import { digits, engineering, grouped, percent } from "./numbers";
import { openTable, section } from "./section";

const SHOWN_KERNELS = 50;

// What all operators of a row take on its devices.
function deviceSeconds(row: ClassReplay): number {
  return (row.operator_classes ?? []).reduce((sum, totals) => sum + num(totals.device_s), 0);
}

// Operator classes by the time that they take over all classes.
export function classesByTime(replay: ReplayReport): string[] {
  const shares = new Map<string, number>();
  for (const row of replay.classes ?? []) {
    const all = deviceSeconds(row);
    for (const totals of row.operator_classes ?? []) {
      shares.set(totals.op_class, (shares.get(totals.op_class) ?? 0) + num(totals.device_s) / (all || 1));
    }
  }
  return [...shares].sort((a, b) => b[1] - a[1]).map(([name]) => name);
}

export function sharesSection(report: TraceReport, replay: ReplayReport, colors: ClassColors): HTMLElement | null {
  const close = new Set((report.profiles ?? []).map((profile) => profile.silicon_class));
  const rows = (replay.classes ?? [])
    .filter(isSupported)
    .filter((row) => close.has(row.silicon_class))
    .flatMap((row) => {
      const all = deviceSeconds(row);
      return (row.operator_classes ?? []).map((totals) => ({
        silicon: row.silicon_class,
        op_class: totals.op_class,
        seconds: num(totals.device_s),
        share: all > 0 ? num(totals.device_s) / all : 0,
      }));
    });
  if (rows.length === 0) return null;
  const place = h("div", {});
  const show = (value: string): void => replace(place, shareChart(rows, colors, value === "seconds"));
  show("share");
  return section(
    "shares",
    "Where the time goes",
    choice(
      "show",
      [
        { value: "share", label: "shares" },
        { value: "seconds", label: "seconds" },
      ],
      "share",
      show,
    ),
    colors.legend([...new Set(rows.map((row) => row.op_class))]),
    place,
    openTable(
      "the same as a table",
      table(
        "Device time by operator class",
        [
          { title: "class", cell: (row: (typeof rows)[0]) => row.silicon },
          { title: "operator class", cell: (row: (typeof rows)[0]) => row.op_class },
          { title: "device time [ms]", numeric: true, cell: (row: (typeof rows)[0]) => digits(row.seconds * 1e3) },
          { title: "share [%]", numeric: true, cell: (row: (typeof rows)[0]) => percent(row.share) },
        ],
        rows,
      ),
    ),
  );
}

function flopOf(kernel: KernelTotals): number {
  return num(kernel.matrix_flop) + num(kernel.vector_flop);
}

function intensityText(kernel: KernelTotals): string {
  return flopOf(kernel) > 0 && num(kernel.bytes) > 0 ? digits(flopOf(kernel) / num(kernel.bytes)) : "";
}

// Of each device: they share the work evenly.
function rateText(kernel: KernelTotals, profile: ProfileReport): string {
  const seconds = num(kernel.device_s) * Math.max(1, profile.devices ?? 1);
  return flopOf(kernel) > 0 && seconds > 0 ? digits(flopOf(kernel) / seconds / 1e12) : "";
}

// What the rows of the table leave out.
function leftOut(profile: ProfileReport): HTMLElement | null {
  const kernels = profile.kernels ?? [];
  const shown = Math.min(SHOWN_KERNELS, kernels.length);
  const others = num(profile.kernels_total) - shown;
  if (others <= 0) return null;
  const seconds = kernels.slice(shown).reduce((sum, kernel) => sum + num(kernel.device_s), num(profile.unlisted_s));
  const plotted =
    kernels.length < num(profile.kernels_total) ? `; the ${grouped(kernels.length)} that take longest are plotted` : "";
  return h("p", { class: "note" }, `${grouped(others)} more take ${engineering(seconds, "s")} together${plotted}.`);
}

function timelineTable(profile: ProfileReport): HTMLElement {
  const timeline = profile.timeline ?? {};
  const span = num(timeline.bin_s) * num(timeline.bin_count);
  const rows = (timeline.series ?? []).map((series) => ({
    name: series.op_class ?? "",
    seconds: (series.busy_s ?? []).reduce((sum, busy) => sum + busy, 0),
  }));
  const busy = rows.reduce((sum, row) => sum + row.seconds, 0);
  rows.push({ name: "waiting", seconds: Math.max(0, span - busy) });
  return table(
    `What the device does in ${engineering(span, "s")}`,
    [
      { title: "operator class", cell: (row: (typeof rows)[0]) => row.name },
      { title: "time [ms]", numeric: true, cell: (row: (typeof rows)[0]) => digits(row.seconds * 1e3) },
      { title: "share [%]", numeric: true, cell: (row: (typeof rows)[0]) => percent(row.seconds / (span || 1)) },
    ],
    rows,
  );
}

function kernelsTable(profile: ProfileReport): HTMLElement {
  type Kernel = NonNullable<ProfileReport["kernels"]>[0];
  const kernels = (profile.kernels ?? []).slice(0, SHOWN_KERNELS);
  return table(
    `Kernels on ${profile.silicon_class}, longest time first`,
    [
      { title: "operator", cell: (kernel: Kernel) => kernelTitle(kernel) },
      { title: "time [ms]", numeric: true, cell: (kernel: Kernel) => digits(num(kernel.device_s) * 1e3) },
      {
        title: "share [%]",
        numeric: true,
        cell: (kernel: Kernel) => percent(num(kernel.device_s) / (num(profile.kernels_s) || 1)),
      },
      { title: "runs", numeric: true, cell: (kernel: Kernel) => grouped(num(kernel.count)) },
      { title: "bound by", cell: (kernel: Kernel) => word(kernel.limit, "LIMIT_") },
      { title: "FLOP/B", numeric: true, cell: (kernel: Kernel) => intensityText(kernel) },
      { title: "TFLOP/s", numeric: true, cell: (kernel: Kernel) => rateText(kernel, profile) },
      { title: "runs as", cell: (kernel: Kernel) => word(kernel.support, "SUPPORT_") },
      { title: "class", cell: (kernel: Kernel) => kernel.op_class ?? "" },
      { title: "inputs", wide: true, cell: (kernel: Kernel) => kernel.shapes ?? "" },
    ],
    kernels,
  );
}

export function closeSection(report: TraceReport, colors: ClassColors): HTMLElement | null {
  const profiles = report.profiles ?? [];
  if (profiles.length === 0) return null;
  const place = h("div", {});
  const show = (id: string): void => {
    const profile = profiles.find((one) => one.silicon_class === id) ?? profiles[0];
    replace(place);
    if (!isSupported(profile)) {
      append(
        place,
        h("p", {}, `${profile.silicon_class}: ${word(profile.verdict, "VERDICT_")}, ${profile.reason ?? ""}`),
      );
      return;
    }
    const kernels = profile.kernels ?? [];
    append(
      place,
      h(
        "p",
        {},
        `${engineering(num(profile.kernels_s), "s")} of device time in ${grouped(num(profile.kernels_total))} kinds of kernels, with ${profile.stack ?? "?"}.`,
      ),
      ...(profile.warnings ?? []).map((warning) => h("p", { class: "note" }, `Note: ${warning}`)),
    );
    if (kernels.length === 0) return;
    append(
      place,
      colors.legend([...new Set(kernels.map((kernel) => kernel.op_class ?? ""))]),
      h("h3", {}, "Roofline"),
      h("p", { class: "note" }, "Areas go with time. Kernels of less than 0.1 % of it are in the table alone."),
      rooflineChart(profile, colors),
      h("h3", {}, "Timeline of the replayed schedule"),
      timelineChart(profile, colors),
      openTable("the timeline's sums as a table", timelineTable(profile)),
      openTable(
        `the ${Math.min(SHOWN_KERNELS, kernels.length)} kernels that take longest, as a table`,
        kernelsTable(profile),
      ),
      leftOut(profile),
    );
  };
  show(profiles[0].silicon_class);
  return section(
    "close",
    "Kernels of one class",
    selectBox(
      "class",
      profiles.map((profile) => ({ value: profile.silicon_class, label: profile.silicon_class })),
      show,
    ),
    place,
  );
}
