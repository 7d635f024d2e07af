// The one-file report: reads what the page carries, and builds the page from it.

import { ClassColors } from "./charts";
import { coverageSection } from "./coverage";
import { h, replace } from "./dom";
import { LEGEND, hideTip } from "./estimate";
import { cannotSection, figuresSection, sourcesSection } from "./figures";
import { header } from "./header";
import { classesByTime, closeSection, sharesSection } from "./kernels";
import { lockInSection } from "./lock_in";
import type { TraceReport } from "./messages";
import { migrationSection } from "./moves";

function read(id: string): string {
  return document.getElementById(id)?.textContent ?? "";
}

// As they were written: line breaks are part of them.
function licences(): HTMLElement {
  const text = h("pre", { tabindex: 0 });
  text.textContent = JSON.parse(read("licenses")) as string;
  return text;
}

// On paper nothing opens.
function openForPrint(page: HTMLElement): void {
  window.addEventListener("beforeprint", () => {
    for (const details of page.querySelectorAll<HTMLDetailsElement>("details.data, details.facts")) details.open = true;
  });
}

function main(): void {
  const report = JSON.parse(read("data")) as TraceReport;
  const replay = report.replay ?? {};
  const colors = new ClassColors(classesByTime(replay));
  const sections = [
    figuresSection(replay),
    cannotSection(replay),
    sharesSection(report, replay, colors),
    closeSection(report, colors),
    coverageSection(report),
    migrationSection(report),
    lockInSection(report),
    sourcesSection(replay),
  ].filter((one) => one !== null) as HTMLElement[];
  const links = sections.map((one) =>
    h("li", {}, h("a", { href: `#${one.id}` }, one.querySelector("h2")?.textContent ?? "")),
  );
  const page = document.getElementById("page") as HTMLElement;
  replace(
    page,
    header(report, replay),
    h("nav", { "aria-label": "sections" }, h("ul", {}, ...links)),
    ...sections,
    h(
      "footer",
      {},
      h(
        "p",
        {},
        `Letters: ${LEGEND}. Ranges hold the truth with the probability that they state. Unknown is never zero.`,
      ),
      h("details", {}, h("summary", {}, "software in this page"), licences()),
    ),
  );
  openForPrint(page);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hideTip();
  });
}

main();
