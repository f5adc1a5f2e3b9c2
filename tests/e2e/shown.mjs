// What the screen says: figures, table rows and sentences, with the raw number behind each and the text that a person reads.
import { expect } from "./fixtures.mjs";
import { inAddress } from "./truth.mjs";

/** The lab workspace's name in the address. */
export const LAB = "workspace=workspace";

/** Opens one panel on its own page over a window; `more` is the rest of the address. */
export async function openPanel(open, id, window, more = "") {
  const page = await open(`${LAB}&panel=${id}&${inAddress(window)}${more ? `&${more}` : ""}`);
  const panel = page.locator(`[data-panel="${id}"]`);
  await expect(panel).toHaveAttribute("data-state", "fresh", { timeout: 60_000 });
  return panel;
}

export const block = (panel, id) => panel.locator(`[data-block="${id}"]`);

/** Turns every picture of the panel into its table. */
export async function asTables(panel) {
  await panel.getByRole("button", { name: "Panel menu" }).click();
  await panel.page().getByRole("menuitem", { name: "Show as table" }).click();
  await expect(panel.locator("[data-block] .table-box").first()).toBeVisible();
}

// As text: a structure of a thousand cells takes Firefox's protocol half a minute, its text no time.
const CELLS = (rows) => JSON.stringify(
  rows.map((row) =>
    [...row.querySelectorAll("th, td")].map((cell) => ({
      text: cell.textContent.trim(),
      parts: Object.fromEntries(
        [...cell.querySelectorAll("[data-value]")].map((one) => [
          one.dataset.part,
          { metric: one.dataset.metric ?? "", series: one.dataset.series ?? "", value: Number(one.dataset.value), text: one.textContent.trim() },
        ]),
      ),
    })),
  ),
);

/** The headings of a block's table and the cells of the rows that stand in the document: `{text, value, shown, parts}`. */
export async function cells(scope) {
  const box = scope.locator(".table-box").first();
  await expect(box.locator("tbody tr:not([aria-hidden])").first()).toBeAttached();
  const headings = (await box.locator("thead th").allTextContents()).map((text) => text.replace(/ [↑↓]$/, "").trim());
  const rows = JSON.parse(await box.locator("tbody tr:not([aria-hidden])").evaluateAll(CELLS));
  const cell = (one) => {
    const { value: main = Object.values(one.parts)[0] } = one.parts;
    return { ...one, value: main?.value, shown: main };
  };
  return { headings, rows: rows.map((row) => row.map(cell)) };
}

/** The rows of a block's table, each cell by its heading. */
export async function table(scope) {
  const { headings, rows } = await cells(scope);
  return rows.map((row) => Object.fromEntries(row.map((cell, at) => [headings[at], cell])));
}

/** The same, with the highest value of a column first. */
export async function tableFrom(scope, heading) {
  await scope.locator("thead th button").filter({ hasText: heading }).first().click();
  await expect(scope.locator("thead th[aria-sort=descending]")).toHaveCount(1);
  return table(scope);
}

/** How many rows a block's table has, whether in the document or not. */
export const rowCount = async (scope) => Number(await scope.locator("table[aria-rowcount]").first().getAttribute("aria-rowcount"));

/** The parts of a headline number: `{value: {value, text}, low, high, n, ...}`; the first whose labels hold all of `labels`. */
export async function figure(panel, metric, labels = {}) {
  const found = await panel.locator(`.figure [data-metric="${metric}"]`).evaluateAll((all) =>
    all.map((one) => ({
      part: one.dataset.part, series: one.dataset.series ?? "", value: Number(one.dataset.value), text: one.textContent.trim(),
    })),
  );
  const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
  const mine = found.filter(({ series }) => wanted.every((label) => series.includes(label)));
  expect(mine.length, `a figure ${metric} of ${wanted.join(" ") || "anything"}`).toBeGreaterThan(0);
  const first = mine[0].series;
  return Object.fromEntries(mine.filter(({ series }) => series === first).map((one) => [one.part, one]).reverse());
}

/** The panel's sentence. */
export const sentence = async (panel) => (await panel.innerText()).replace(/\s+/g, " ");

// What one of the shown unit is, in the raw number's unit.
const SUFFIXES = {
  "": 1, "%": 0.01, K: 1e3, Mil: 1e6, Bil: 1e9, Tri: 1e12,
  "µs": 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600, d: 86_400,
  "req/s": 1, cores: 1, "B/s": 1, "kB/s": 1e3, "MB/s": 1e6, "GB/s": 1e9, "KiB/s": 1024, "MiB/s": 1024 ** 2,
  KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3, TiB: 1024 ** 4,
};

/** The number that a text stands for, and half of its last digit's worth at three significant digits. */
function read(text, value, suffixes) {
  const match = /^([+−-]?)[€$£]?(∞|[\d,]+(?:\.\d+)?)(?:[eE]([−-]?\d+))?\s*(.*)$/.exec(text.replace(/[\u2009\u00a0\u202f]/g, " "));
  expect(match, `"${text}" is a number`).not.toBeNull();
  const [, sign, digits, exponent, suffix] = match;
  const factor = { ...SUFFIXES, ...suffixes }[suffix];
  expect(factor, `the unit of "${text}" is known`).toBeDefined();
  const power = exponent ? 10 ** Number(exponent.replace("−", "-")) : 1;
  const number = (/[−-]/.test(sign) ? -1 : 1) * Number(digits.replaceAll(",", "")) * power;
  const magnitude = Math.abs(value / factor);
  const decimals = magnitude > 0 ? Math.max(power < 1 ? -Infinity : 0, 2 - Math.floor(Math.log10(magnitude))) : 0;
  return { shown: number * factor, half: 0.5 * 10 ** -decimals * factor };
}

/**
 * That a shown number is the true one: the raw number within `relative` (default one part in a thousand million), and the text
 * that number rounded to three significant digits (whole numbers are never cut). `suffix` stands for a unit that the text
 * leaves to its neighbour, `suffixes` for units that mean something else here.
 */
export function expectShown(one, expected, { relative = 1e-9, absolute = 1e-12, suffix = "", suffixes = {}, what = "" } = {}) {
  expect(one, `${what} is shown`).toBeDefined();
  const away = Math.abs(one.value - expected);
  expect(away, `${what}: shows ${one.value}, the backend says ${expected}`).toBeLessThanOrEqual(absolute + relative * Math.abs(expected));
  expectRounded(one, { suffix, suffixes, what });
}

/** That the text of a shown number is its raw number, rounded. */
export function expectRounded({ value, text }, { suffix = "", suffixes = {}, what = "" } = {}) {
  const { shown, half } = read(suffix && !/[^\d.,€$£−-]/.test(text) ? `${text} ${suffix}` : text, value, suffixes);
  const away = Math.abs(shown - value);
  expect(away, `${what}: "${text}" is ${value} rounded`).toBeLessThanOrEqual(half * (1 + 1e-9) + Number.EPSILON * Math.abs(value));
}

/**
 * That an estimate and the ends of its interval are the true ones: `parts` as `figure` or a table's cell has them. The ends'
 * texts leave their unit to the value or to each other, and are held to their raw numbers at that unit.
 */
export function expectInterval(parts, { value, low, high }, options = {}) {
  const { what = "" } = options;
  expectShown(parts.value, value, options);
  const unit = /[^\d.,]*$/.exec(parts.value.text)[0].trim();
  for (const [name, expected] of [["low", low], ["high", high]]) {
    expectShown(parts[name], expected, { ...options, suffix: options.suffix ?? unit, what: `${name} of ${what}` });
  }
}

/** Percent that is 0 to 100 in the raw number too. */
export const PERCENT = { suffixes: { "%": 1 } };

/** That an interval stands around its value, and that the texts of its ends are its raw ends, rounded; it is computed by drawing. */
export function expectAround(parts, { what = "" } = {}) {
  const unit = /[^\d.,]*$/.exec(parts.value.text)[0].trim();
  for (const name of ["low", "high"]) {
    expect(parts[name], `${name} of ${what} is shown`).toBeDefined();
    expectRounded(parts[name], { suffix: unit, what: `${name} of ${what}` });
  }
  expect(parts.low.value, `low of ${what}`).toBeLessThanOrEqual(parts.value.value);
  expect(parts.high.value, `high of ${what}`).toBeGreaterThanOrEqual(parts.value.value);
}
