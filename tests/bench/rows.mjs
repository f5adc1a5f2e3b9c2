// Rows of the report.

/** The value below which that share of the measurements lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil((share / 100) * sorted.length) - 1))] ?? NaN;
}

/** How often ours fits into the peer's. */
export const times = (peer, ours) => `${(peer / ours).toFixed(1)} times as fast`;

export const row = (what, { ours, peer = "", bar, met, note = "" }) => ({ what, ours, peer, bar, met, note });

const VERDICTS = new Map([[true, "met"], [false, "MISSED"], [null, "-"]]);
const HEADINGS = ["what", "ours", "peer", "bar", "", "note"];
const cellsOf = ({ what, ours, peer, bar, met, note }) => [what, ours, peer, bar, VERDICTS.get(met) ?? "-", note];

/** The rows for a terminal. */
export function table(rows) {
  const all = [HEADINGS, ...rows.map(cellsOf)];
  const widths = HEADINGS.map((_, column) => Math.max(...all.map((line) => line[column].length)));
  return all.map((line) => line.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()).join("\n");
}

/** The rows as a table of Markdown. */
export function markdown(rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(HEADINGS), line(HEADINGS.map(() => "---")), ...rows.map((one) => line(cellsOf(one)))].join("\n");
}
