// Numbers as the program's other reports print them: three significant digits.

export function digits(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (value === 0) return "0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e6 || magnitude < 1e-4) return value.toExponential(2).replace(/e([+-])(\d)$/, "e$10$2");
  return Number(value.toPrecision(3)).toLocaleString("en-US", {
    useGrouping: false,
    minimumFractionDigits: Math.max(0, 2 - Math.floor(Math.log10(magnitude))),
    maximumFractionDigits: Math.max(0, 2 - Math.floor(Math.log10(magnitude))),
  });
}

const PREFIXES: [number, string][] = [
  [1e18, "E"], [1e15, "P"], [1e12, "T"], [1e9, "G"], [1e6, "M"], [1e3, "k"], [1, ""],
  [1e-3, "m"], [1e-6, "u"], [1e-9, "n"], [1e-12, "p"],
];

function prefixOf(value: number): [number, string] {
  const magnitude = Math.abs(value) * (1 + 1e-9);
  return PREFIXES.find(([factor]) => magnitude >= factor) ?? (value === 0 ? [1, ""] : PREFIXES[PREFIXES.length - 1]);
}

// "12.0 us" of 1.2e-5 and "s".
export function engineering(value: number, unit: string): string {
  const [factor, letter] = prefixOf(value);
  return `${digits(value / factor)} ${letter}${unit}`;
}

export interface Scale {
  divisor: number;
  unit: string;
}

// One scale for numbers of a unit such as "J/token", so that they compare at a glance. Dollars get no prefix: they count
// per 10^3, 10^6 ... of what they are per.
export function scaleFor(values: readonly number[], unit: string): Scale {
  const known = values.filter((value) => value > 0 && Number.isFinite(value)).sort((a, b) => a - b);
  const median = known.length > 0 ? known[known.length >> 1] : 1;
  const [factor, letter] = prefixOf(median);
  if (!unit.startsWith("USD/")) return { divisor: factor, unit: letter + unit };
  if (factor >= 1) return { divisor: 1, unit };
  return { divisor: factor, unit: `USD/10^${Math.round(-Math.log10(factor))} ${unit.slice(4)}` };
}

// Only 1 itself is "100", and only 0 itself is "0".
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "?";
  const value = Math.abs(share - 1) < 1e-9 ? 100 : share * 100;
  if (share > 0 && value < 0.05) return "<0.1";
  if (share < 1 && value >= 99.95) return ">99.9";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

export function grouped(count: number): string {
  return Math.round(count).toLocaleString("en-US").replace(/,/g, "\u202f");
}
