// Elements made of text alone: nothing that a trace says is ever parsed as HTML.

type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | null | undefined>;

// Without what reorders or hides text, and controls: names come from strangers. Line breaks become blanks.
export function plainText(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, " ").replace(/[\p{Cf}\p{Co}\p{Cs}]/gu, "\ufffd");
}

// An element with attributes (a function listens to the event of that name, "class" and others are set) and children.
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, plainText(String(value)));
    }
  }
  append(element, ...children);
  return element;
}

export function append(element: Node, ...children: Child[]): void {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    element.appendChild(child instanceof Node ? child : document.createTextNode(plainText(String(child))));
  }
}

export function replace(element: Element, ...children: Child[]): void {
  element.replaceChildren();
  append(element, ...children);
}

export interface Column<Row> {
  title: string;
  numeric?: boolean;
  // Holds long text, which breaks anywhere.
  wide?: boolean;
  cell: (row: Row) => Child | Child[];
}

// A table that scrolls by itself where it is too wide. The first column heads its rows.
export function table<Row>(caption: string, columns: Column<Row>[], rows: readonly Row[]): HTMLElement {
  const head = columns.map((column) => h("th", { scope: "col", class: column.numeric ? "n" : null }, column.title));
  const body = rows.map((row) => {
    const cells = columns.map((column, index) => {
      const content = column.cell(row);
      const children = Array.isArray(content) ? content : [content];
      const attributes = { class: column.numeric ? "n" : column.wide ? "wide" : null };
      return index === 0 ? h("th", { scope: "row", ...attributes }, ...children) : h("td", attributes, ...children);
    });
    return h("tr", {}, ...cells);
  });
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...body)),
  );
}

// A choice of one among several, as radio buttons that the arrow keys walk through.
export function choice(
  label: string,
  options: readonly { value: string; label: string }[],
  selected: string,
  changed: (value: string) => void,
): HTMLElement {
  const name = `choice-${choices++}`;
  const buttons = options.map((option) =>
    h(
      "label",
      {},
      h("input", {
        type: "radio",
        name,
        value: option.value,
        checked: option.value === selected,
        change: () => changed(option.value),
      }),
      h("span", {}, option.label),
    ),
  );
  return h("fieldset", { class: "choice" }, h("legend", {}, label), ...buttons);
}
let choices = 0;

export function selectBox(
  label: string,
  options: readonly { value: string; label: string }[],
  changed: (value: string) => void,
): HTMLElement {
  const items = options.map((option) => h("option", { value: option.value }, option.label));
  const box = h("select", { change: (event) => changed((event.target as HTMLSelectElement).value) }, ...items);
  return h("label", { class: "select" }, h("span", {}, label), box);
}
