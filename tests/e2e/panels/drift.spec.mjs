// Drift: the distances of every feature between two windows equal scipy's on the same rows.
import { expect, test } from "../fixtures.mjs";
import { block, expectRounded, expectShown, figure, openPanel, sentence, table } from "../shown.mjs";
import { planted, truth, windows } from "../truth.mjs";

const window = windows().days;
const more = `compare=window:${window.referenceFrom}..${window.referenceTo}`;

/** Benjamini and Hochberg's q of each p. */
function corrected(ps) {
  const order = ps.map((p, at) => [p, at]).sort(([a], [b]) => b - a);
  const q = [];
  let least = 1;
  order.forEach(([p, at], done) => {
    least = Math.min(least, (p * ps.length) / (ps.length - done));
    q[at] = least;
  });
  return q;
}

for (const model of ["breast-cancer", "digits"]) {
  test(`[drift:ks] [drift:psi] [drift:jensen-shannon] [drift:wasserstein] [drift:p] [drift:q] [drift:n] every feature of ${model} has scipy's distances`, async ({ open }) => {
    const panel = await openPanel(open, "drift", window, `var-model=${model}&${more}`);
    const { drift } = truth(window);
    const rows = await table(block(panel, "features"));
    for (const [feature, expected] of Object.entries(drift[model])) {
      const row = rows.find((one) => one.Feature.text === feature);
      expect(row, `${feature} has a row`).toBeDefined();
      const what = (name) => ({ what: `${name} of ${feature}`, relative: 1e-8 });
      expectShown(row.Statistic.shown, expected.ks, what("KS"));
      expectShown(row.PSI.shown, expected.psi, what("PSI"));
      expectShown(row["Jensen-Shannon"].shown, expected.jensen_shannon, what("Jensen-Shannon"));
      expectShown(row.Wasserstein.shown, expected.wasserstein_normed, what("Wasserstein"));
      expectShown(row["n reference"].shown, expected.n_reference, what("n before"));
      expectShown(row["n now"].shown, expected.n_current, what("n now"));
      expectRounded(row.p.shown, what("p"));
      // Where rows repeat p is by permutation until fifty are as far apart, so within a seventh of itself; scipy's asymptotic
      // one is blind to ties and only near it. Far out both are the same.
      if (expected.ks_p < 1e-6) expect(Math.abs(row.p.value / expected.ks_p - 1), `p of ${feature}`).toBeLessThan(1e-6);
      else expect(Math.abs(row.p.value - expected.ks_p), `p of ${feature}`).toBeLessThan(0.02 + (4 * expected.ks_p) / Math.sqrt(50));
    }
    const features = rows.filter((row) => row.Feature.text in drift[model] && row.Feature.text !== "score");
    const outputs = rows.filter((row) => ["score", "prediction"].includes(row.Feature.text));
    for (const family of [features, outputs]) {
      const q = corrected(family.map((row) => row.p.value));
      const all = corrected([...features, ...outputs].map((row) => row.p.value));
      family.forEach((row, at) => {
        const near = (one) => Math.abs(row.q.value - one) <= 1e-9 * one;
        expect(near(q[at]) || near(all[[...features, ...outputs].indexOf(row)]), `q of ${row.Feature.text}: ${row.q.value}`).toBe(true);
      });
    }
  });
}

test("[drift:share] [truth:shifted-feature] the shifted feature comes first and alone is flagged", async ({ open }) => {
  const { model, feature } = planted().shiftedFeature;
  const panel = await openPanel(open, "drift", window, `var-model=${model}&${more}`);
  const rows = await table(block(panel, "features"));
  expect(rows[0].Feature.text).toBe(feature);
  const flagged = rows.filter((row) => row.State.text.includes("drifted")).map((row) => row.Feature.text);
  expect(flagged).toEqual([feature, "score"]);
  expectShown((await figure(panel, "drift-share")).value, 0.1, { what: "share of features drifted" });
  expect(await sentence(panel)).toContain(`1 of 10 features of Breast cancer drifted`);
});

test("[drift:no-false-alarm] two windows before the shift show no feature as drifted", async ({ open }) => {
  const { anchor } = planted();
  const day = 86_400_000;
  const calm = { from: anchor - 5 * day, to: anchor - 4 * day };
  const panel = await openPanel(open, "drift", calm, `var-model=digits&compare=window:${anchor - 7 * day}..${anchor - 6 * day}`);
  const rows = await table(block(panel, "features"));
  expect(rows.filter((row) => /^drifted/.test(row.State.text)).map((row) => row.Feature.text)).toEqual([]);
});
