// Privacy at every way out: counts of few people, and what would tell them, and fields that a role does not see. People are planted in
// files of the test's own, so that what must not show is counted here, row by row, and not by Sightline.
import { expect, test } from "./fixtures.mjs";
import { saved } from "./downloads.mjs";
import { asTables, block, figure, table } from "./shown.mjs";

const K = 11;
const DAY = 86_400_000;
const END = Date.UTC(2026, 5, 30);
const ADDRESS = `workspace=planted&from=${END - 28 * DAY}&to=${END}&tz=utc`;

/** Exposed and converted people by variant and segment. Few convert without the model among consumers; enterprise has few people. */
const PLANTED = {
  control: { consumer: [617, 7], business: [533, 91], enterprise: [43, 17] },
  model: { consumer: [613, 149], business: [541, 137], enterprise: [4, 2] },
};
/** People by step of the funnel; few are lost between the first two with the model. */
const STEPS = { control: [401, 283, 131], model: [397, 391, 173] };

const instant = (n) => new Date(END - DAY - (n % 20) * DAY - (n % 7) * 3_600_000).toISOString();

function exposures() {
  const lines = ["at,user_id,experiment,variant,segment,converted,email"];
  for (const [variant, segments] of Object.entries(PLANTED)) {
    for (const [segment, [n, hits]] of Object.entries(segments)) {
      for (let i = 0; i < n; i += 1) {
        const user = `${variant}-${segment}-${i}`;
        lines.push([instant(i), user, "ranker", variant, segment, i < hits ? 1 : 0, `${user}@clinic.example`].join(","));
      }
    }
  }
  return lines.join("\n");
}

function funnel() {
  const lines = ["at,user_id,step,variant"];
  for (const [variant, counts] of Object.entries(STEPS)) {
    ["visited", "started", "paid"].forEach((step, at) => {
      for (let i = 0; i < counts[at]; i += 1) lines.push([instant(i), `${variant}-${i}`, step, variant].join(","));
    });
  }
  return lines.join("\n");
}

const SECRETS = ["Wanda Quist called twice", "the ward in Ystad has no printer"];
function feedback() {
  const lines = ["at,user_id,model,version,rating,comment"];
  for (let i = 0; i < 60; i += 1) lines.push([instant(i), `person-${i}`, "ranker", "1", 1 + (i % 5), SECRETS[i] ?? `plain words ${i}`].join(","));
  return lines.join("\n");
}

const FILES = { "exposures.csv": exposures(), "funnel.csv": funnel(), "feedback.csv": feedback() };

const rows = (id, file, more) => ({ id, query: { type: "table", source: "files", table: file, time: "at", ...more } });
const workspace = (privacy) => ({
  apiVersion: "sightline.dev/v1",
  kind: "Workspace",
  metadata: { name: "planted", title: "Planted" },
  spec: {
    sources: [{ id: "files", kind: "table", url: "planted/", title: "Files" }],
    dimensions: [{ id: "model" }, { id: "version" }, { id: "segment" }],
    models: [{ id: "ranker", title: "Ranker", task: "binary" }],
    metrics: [
      { ...rows("outcomes", "exposures.csv", { unit: "user_id", value: "converted", aggregate: "mean" }), unit: "percentunit", direction: "higher" },
      rows("funnel", "funnel.csv", { unit: "user_id", aggregate: "units" }),
      { ...rows("feedback", "feedback.csv", { value: "rating", aggregate: "mean" }), direction: "higher" },
    ],
    panels: {
      "business-impact": { kind: "business-impact", options: { steps: ["visited", "started", "paid"] } },
      segments: { kind: "segments", options: { by: ["segment"] } },
      "user-feedback": { kind: "user-feedback" },
    },
    privacy,
  },
});

async function opened(page, open, id, more = "", privacy = {}) {
  await page.route("**/workspaces/planted.json", (route) => route.fulfill({ contentType: "application/json", body: JSON.stringify(workspace(privacy)) }));
  await page.route("**/planted/*.csv", (route) => route.fulfill({ contentType: "text/csv", body: FILES[new URL(route.request().url()).pathname.split("/").pop()] }));
  await open(`${ADDRESS}&panel=${id}${more}`);
  const panel = page.locator(`[data-panel="${id}"]`);
  await expect(panel).toHaveAttribute("data-state", /^(fresh|partial)$/, { timeout: 60_000 });
  return panel;
}

const choose = async (panel, item) => {
  await panel.getByRole("button", { name: "Panel menu" }).click();
  await panel.page().getByRole("menuitem", { name: item }).click();
};

/** The text chunks of a PNG: all in it that is not the drawing. */
function chunksOf(bytes) {
  const texts = [];
  for (let at = 8; at + 8 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    if (/^[iIzZtT]..t|^tEXt|^iTXt|^zTXt|^eXIf/.test(type)) texts.push(bytes.toString("utf8", at + 8, at + 8 + length));
    at += length + 12;
  }
  return texts.join("\n");
}

/** Everything that leaves a panel, by the way that it takes. */
async function waysOut(panel) {
  const page = panel.page();
  const ways = { "panel text": await panel.innerText(), handles: await panel.evaluate((one) => one.outerHTML) };
  const charts = panel.locator(".chart-canvas");
  const hovered = [];
  for (let i = 0; i < (await charts.count()); i += 1) {
    const chart = charts.nth(i);
    await chart.scrollIntoViewIfNeeded();
    const box = await chart.boundingBox();
    for (let x = 0.1; x < 1; x += 0.1) {
      for (const y of [0.2, 0.4, 0.6, 0.8]) {
        await page.mouse.move(box.x + box.width * x, box.y + box.height * y);
        hovered.push(...(await page.locator('.tip').allInnerTexts()));
      }
    }
  }
  ways.tooltips = hovered.join("\n");
  await page.mouse.move(0, 0);
  const svgs = (await charts.count()) > 0 ? await saved(page, () => choose(panel, "Export SVG"), await charts.count()) : [];
  ways.SVG = svgs.map(({ bytes }) => bytes.toString("utf8")).join("\n");
  if (svgs.length > 0) {
    const pngs = await saved(page, () => choose(panel, "Export PNG"));
    ways.PNG = pngs.map(({ name, bytes }) => `${name}\n${chunksOf(bytes)}`).join("\n");
  }
  const [csv] = await saved(page, () => choose(panel, "Export CSV"));
  ways.CSV = csv.bytes.toString("utf8");
  await choose(panel, "Inspect...");
  const dialog = page.getByRole("dialog", { name: /^Inspect/ });
  await expect(dialog.locator(".request").first()).toBeVisible();
  ways.inspect = `${await dialog.innerText()}\n${await dialog.evaluate((one) => one.outerHTML)}`;
  await page.keyboard.press("Escape");
  await page.emulateMedia({ media: "print" });
  ways.print = await page.locator("body").innerText();
  await page.emulateMedia({ media: "screen" });
  await asTables(panel);
  ways["table view"] = await panel.evaluate((one) => one.outerHTML);
  ways.address = page.url();
  return ways;
}

/** Raw numbers in a text: those of the handles and of the cells of a file. */
const numbersIn = (text) => (text.match(/-?\d+\.\d{4,}(?:e-?\d+)?/g) ?? []).map(Number);

/** That none of the shares leaves by any way, as a raw number or as the text that a person reads. */
function expectNowhere(ways, shares) {
  for (const [way, text] of Object.entries(ways)) {
    for (const [what, share] of Object.entries(shares)) {
      const close = numbersIn(text).filter((one) => Math.abs(one - share) < 1e-9 || Math.abs(one - 100 * share) < 1e-7);
      expect(close, `${what} in ${way}`).toEqual([]);
      expect(text.includes(`${(100 * share).toPrecision(3)} %`) || text.includes(`${(100 * share).toPrecision(3)}%`), `${what} in words in ${way}`).toBe(false);
    }
  }
}

const rate = ([n, hits]) => hits / n;

test("[privacy:numerator] few of many who converted show nowhere, nor do those who stayed", async ({ page, open }) => {
  const panel = await opened(page, open, "segments");
  const groups = await table(block(panel, "table-segment"));
  const of = (name) => groups.find((row) => row.Segment.text === name);
  expect(of("consumer")["n, control"].value, "how many were exposed is no secret").toBe(PLANTED.control.consumer[0]);
  expect(of("consumer")["Conversion, control"].shown).toBeUndefined();
  expect(of("enterprise")["n, model"].shown, "four people").toBeUndefined();
  const ways = await waysOut(panel);
  expect(ways.CSV, "the file says something").toContain("consumer");
  expectNowhere(ways, {
    "seven of 617": rate(PLANTED.control.consumer),
    "the rest of 617": 1 - rate(PLANTED.control.consumer),
    "two of four": rate(PLANTED.control.consumer) - rate(PLANTED.model.consumer),
    "the uplift": rate(PLANTED.model.consumer) - rate(PLANTED.control.consumer),
  });
});

test("[privacy:derived] nothing that is shown gives a hidden count by adding and taking away", async ({ page, open }) => {
  const panel = await opened(page, open, "segments");
  const groups = await table(block(panel, "table-segment"));
  for (const variant of ["control", "model"]) {
    const cells = groups.map((row) => ({ segment: row.Segment.text, n: row[`n, ${variant}`].shown?.value, rate: row[`Conversion, ${variant}`].shown?.value }));
    const total = (at) => Object.values(PLANTED[variant]).reduce((sum, counts) => sum + counts[at], 0);
    for (const [at, shown] of [[0, (cell) => cell.n], [1, (cell) => cell.rate]]) {
      const left = cells.filter((cell) => shown(cell) === undefined);
      const hidden = left.reduce((sum, cell) => sum + PLANTED[variant][cell.segment][at], 0);
      expect(left.length, `${variant}: one alone is the total of ${total(at)} less the others`).not.toBe(1);
      expect(hidden === 0 || hidden >= K, `${variant}: ${hidden} people together`).toBe(true);
    }
  }
});

test("[privacy:funnel] how few were lost at a step is not the difference of two steps", async ({ page, open }) => {
  const panel = await opened(page, open, "business-impact");
  const steps = await table(block(panel, "funnel-steps"));
  for (const [variant, counts] of Object.entries(STEPS)) {
    const shown = steps.filter((row) => row.Variant.text === variant).map((row) => row.Users.shown?.value);
    shown.forEach((n, at) => n === undefined || expect(n).toBe(counts[at]));
    const left = shown.filter((n) => n !== undefined);
    left.slice(1).forEach((n, at) => expect(left[at] - n === 0 || left[at] - n >= K, `${variant}: ${left[at]} less ${n}`).toBe(true));
  }
  expect(steps.filter((row) => row.Users.shown !== undefined).length, "the others are shown").toBe(5);
  expectNowhere(await waysOut(panel), { "391 of 397": 391 / 397, "lost of 397": 6 / 397 });
});

test("[privacy:off] the same counts are there for a workspace that opens them", async ({ page, open }) => {
  const panel = await opened(page, open, "segments", "", { smallCells: { off: true } });
  const groups = await table(block(panel, "table-segment"));
  const consumer = groups.find((row) => row.Segment.text === "consumer");
  expect(consumer["Conversion, control"].value).toBeCloseTo(rate(PLANTED.control.consumer), 12);
});

test("[privacy:said] the app says what it hides, and what it cannot", async ({ page, open }) => {
  const panel = await opened(page, open, "segments");
  await expect(panel).toContainText("counts of fewer than 11 are hidden");
  await choose(panel, "Inspect...");
  const dialog = page.getByRole("dialog", { name: /^Inspect/ });
  await expect(dialog.locator('[data-remark="small-cells"]')).toContainText("Across separate views it cannot be prevented");
  await expect(dialog.locator('[data-remark="no-access-control"]')).toContainText("this browser has received the rows");
  await expect(dialog.locator("pre", { hasText: "control-consumer-0" })).toHaveCount(0);
});

const FIELDS = { fields: { "data-scientist": { allow: ["*"] }, "product-manager": { allow: ["rating"] } } };

test("[privacy:fields] a role sees the fields on its list, and the others nowhere", async ({ page, open }) => {
  const panel = await opened(page, open, "user-feedback", "&role=product-manager", FIELDS);
  await expect(panel, "a token in a comment's place").toContainText("masked-");
  expect((await figure(panel, "feedback")).value.value, "a rating is on the list").toBe(3);
  const ways = await waysOut(panel);
  for (const [way, text] of Object.entries(ways)) {
    for (const secret of [...SECRETS, "plain words", "person-1"]) expect(text.includes(secret), `"${secret}" in ${way}`).toBe(false);
  }
});

test("[privacy:fields-role] another role sees them, and its answers are gone with it", async ({ page, open }) => {
  const panel = await opened(page, open, "user-feedback", "&role=data-scientist", FIELDS);
  await expect(panel).toContainText(SECRETS[0]);
  await open(`${ADDRESS}&panel=user-feedback&role=product-manager`);
  await expect(panel, "a token in a comment's place").toContainText("masked-");
  await expect(panel).not.toContainText(SECRETS[0]);
});
