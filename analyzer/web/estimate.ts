// Numbers with their ground: range, provenance, sources, assumptions.

import { h } from "./dom";
import type { Estimate } from "./messages";
import { num, word } from "./messages";
import { digits } from "./numbers";
import type { Scale } from "./numbers";

const LETTERS: Record<string, string> = {
  ESTIMATE_PROVENANCE_MEASURED: "T",
  ESTIMATE_PROVENANCE_MODELLED: "M",
  ESTIMATE_PROVENANCE_ASSUMED: "A",
};

export const LEGEND =
  "T measured (read from the trace), M modelled from figures with sources, A modelled with at least one assumed figure";

export function letter(estimate: Estimate): string {
  return LETTERS[estimate.provenance ?? ""] ?? "?";
}

// "162 to 211"; empty where there is no range.
export function rangeText(estimate: Estimate | undefined, scale: Scale): string {
  if (estimate?.low === undefined || estimate.high === undefined) return "";
  return `${digits(num(estimate.low) / scale.divisor)} to ${digits(num(estimate.high) / scale.divisor)}`;
}

// All that is known of a number, a line each.
export function groundLines(estimate: Estimate, scale: Scale): string[] {
  const lines = [`${digits(num(estimate.value) / scale.divisor)} ${scale.unit}`];
  const range = rangeText(estimate, scale);
  if (range !== "") {
    const coverage =
      estimate.coverage === undefined ? "" : `, with probability ${Math.round(estimate.coverage * 100)} %`;
    lines.push(`from ${range}${coverage}`);
  }
  lines.push(word(estimate.provenance, "ESTIMATE_PROVENANCE_"));
  if (estimate.range_source) lines.push(`range: ${estimate.range_source}`);
  if (estimate.assumptions?.length) lines.push(`assumes ${estimate.assumptions.join(", ")}`);
  const sources = (estimate.sources ?? []).map((source) => source.title ?? "").filter((title) => title !== "");
  for (const title of sources) lines.push(`source: ${title}`);
  return lines;
}

// A number that shows its ground where the pointer rests on it.
export function figure(estimate: Estimate | undefined, scale: Scale): HTMLElement {
  // JSON leaves a value of zero out; it is the message that is absent where nothing is known.
  if (estimate === undefined) return h("span", { class: "unknown" }, "unknown");
  const text = `${digits(num(estimate.value) / scale.divisor)} ${letter(estimate)}`;
  const element = h("span", { class: `figure ${letter(estimate)}` }, text);
  element.addEventListener("mouseenter", () => showTip(element, groundLines(estimate, scale)));
  element.addEventListener("mouseleave", hideTip);
  return element;
}

// The same for who uses a keyboard or a screen reader: grounds that open.
export function grounds(
  title: string,
  estimates: [string, Estimate | undefined, Scale][],
  notes: readonly string[],
): HTMLElement {
  const lists = estimates.flatMap(([name, estimate, scale]) =>
    estimate === undefined
      ? []
      : [h("h4", {}, name), h("ul", {}, ...groundLines(estimate, scale).map((line) => h("li", {}, line)))],
  );
  return h(
    "details",
    { class: "grounds" },
    h("summary", { "aria-label": `what ${title} stands on` }, "stands on"),
    ...lists,
    ...notes.map((note) => h("p", {}, note)),
  );
}

let tip: HTMLElement | undefined;

function showTip(anchor: HTMLElement, lines: string[]): void {
  hideTip();
  tip = h("div", { class: "tip", role: "tooltip" }, ...lines.map((line) => h("div", {}, line)));
  document.body.append(tip);
  const at = anchor.getBoundingClientRect();
  const left = Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8);
  const below = at.bottom + tip.offsetHeight + 8 < window.innerHeight;
  tip.style.left = `${Math.max(8, left) + window.scrollX}px`;
  tip.style.top = `${(below ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + window.scrollY}px`;
}

export function hideTip(): void {
  tip?.remove();
  tip = undefined;
}
