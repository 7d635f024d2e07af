// A part of a page with a heading that links lead to, and tables that open.

import { h } from "./dom";

// Of a section's heading; other pages link to it.
export function section(id: string, title: string, ...children: (Node | string | null)[]): HTMLElement {
  return h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), ...children);
}

export function openTable(summary: string, content: HTMLElement): HTMLElement {
  return h("details", { class: "data" }, h("summary", {}, summary), content);
}
