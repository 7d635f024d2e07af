// Numbers as the program's other reports print them (analyzer/report/numbers.cc): three significant digits.

// As C prints "%.3g" where it takes an exponent.
function withExponent(value: number): string {
  const [mantissa, exponent] = value.toExponential(2).split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  const power = Number(exponent);
  return `${short}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

export function digits(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 999999.5 || size < 1e-4) return withExponent(value);
  if (size >= 99.95) return value.toFixed(0);
  const beforePoint = Math.floor(Math.log10(size * (1 + 5e-4))) + 1;
  return value.toFixed(Math.max(0, 3 - beforePoint));
}

const PREFIXES = ["a", "f", "p", "n", "u", "m", "", "k", "M", "G", "T", "P"];

// The power of 1000 that a number is read in, and its letter. 999.7 prints as "1000": it is rounded first.
function prefixOf(value: number): [number, string] {
  if (value === 0 || !Number.isFinite(value)) return [0, ""];
  const power = Math.floor(Math.log10(Math.abs(value) * (1 + 5e-4)) / 3);
  const clamped = Math.min(Math.max(power, -6), 5);
  return [clamped, PREFIXES[clamped + 6]];
}

// "12.0 us" of 1.2e-5 and "s".
export function engineering(value: number, unit: string): string {
  const [power, letter] = prefixOf(value);
  return `${digits(value / 1000 ** power)} ${letter}${unit}`;
}

export interface Scale {
  divisor: number;
  unit: string;
}

// One scale for numbers of a unit such as "J/token", so that they compare at a glance. Dollars get no prefix: they count
// per 10^3, 10^6 ... of what they are per.
export function scaleFor(values: readonly number[], unit: string): Scale {
  const known = values.filter((value) => value !== 0 && Number.isFinite(value)).sort((a, b) => a - b);
  const [power, letter] = prefixOf(known.length > 0 ? known[known.length >> 1] : 0);
  if (!unit.startsWith("USD/")) return { divisor: 1000 ** power, unit: letter + unit };
  if (power >= 0) return { divisor: 1, unit };
  return { divisor: 1000 ** power, unit: `USD/10^${-3 * power} ${unit.slice(4)}` };
}

// Only 1 itself is "100", and only 0 itself is "0".
export function percent(share: number): string {
  if (!Number.isFinite(share)) return "?";
  const value = share * 100;
  if (share > 0 && value < 0.05) return "<0.1";
  if (share < 1 && value >= 99.95) return ">99.9";
  return Number.isInteger(value) ? String(value) : value.toFixed(1);
}

export function grouped(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, " ");
}
