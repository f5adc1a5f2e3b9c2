// The outlines of the world map: every country that the app knows has its place, and no number is lost on the way.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import test from "node:test";
import zlib from "node:zlib";
import { isImmutable } from "../../scripts/lib/policy.mjs";
import { equalEarth, worldAsset, worldMap } from "../../scripts/lib/world.mjs";

const require = createRequire(import.meta.url);
const map = worldMap();
const codes = readFileSync("src/spec/countries.txt", "utf8").trim().split("\n");
// Parts of another country in Natural Earth, uninhabited islands, and Antarctica: the app says that they are not on the map.
const WITHOUT_PLACE = ["AQ"];

/** Points of a relative path, as the browser reads it. */
function points(path) {
  const found = [];
  for (const [, startX, startY, rest] of path.matchAll(/M(-?\d+) ?(-?\d+)l([^Mz]*)z/g)) {
    const steps = rest.match(/-?\d+/g).map(Number);
    let [x, y] = [Number(startX), Number(startY)];
    found.push([x, y]);
    for (let i = 0; i < steps.length; i += 2) found.push([(x += steps[i]), (y += steps[i + 1])]);
  }
  return found;
}

test("the app knows the codes of ISO 3166-1, and Kosovo's", () => {
  const expected = require("i18n-iso-countries/codes.json").map(([alpha2, alpha3]) => alpha2 + alpha3).sort();
  assert.deepEqual(codes, expected);
});

test("every known country is on the map, save those that are named here", () => {
  const absent = codes.map((code) => code.slice(0, 2)).filter((code) => !map.countries[code]);
  assert.deepEqual(absent, WITHOUT_PLACE);
  const strangers = Object.keys(map.countries).filter((code) => !codes.some((known) => known.startsWith(code)));
  assert.deepEqual(strangers, []);
});

test("every path is whole numbers inside the picture and closed", () => {
  const paths = [["land", map.land], ...Object.entries(map.countries).map(([code, [, , path]]) => [code, path])];
  for (const [code, path] of paths) {
    assert.match(path, /^(M\d+ ?\d+l(-?\d+ ?)+z)*$/, code);
    for (const [x, y] of points(path)) {
      assert.ok(x >= 0 && x <= map.width && y >= 0 && y <= map.height, `${code} is at ${x}, ${y}`);
    }
  }
  for (const [code, [x, y]] of Object.entries(map.countries)) {
    assert.ok(x >= 0 && x <= map.width && y >= 0 && y <= map.height, `${code} is named at ${x}, ${y}`);
  }
});

test("countries are where they belong", () => {
  const at = (code) => map.countries[code].slice(0, 2);
  const [us, brazil, germany, india, singapore, australia] = ["US", "BR", "DE", "IN", "SG", "AU"].map(at);
  assert.ok(us[0] < brazil[0] && brazil[0] < germany[0] && germany[0] < india[0] && india[0] < singapore[0]);
  assert.ok(germany[1] < us[1] && us[1] < india[1] && india[1] < singapore[1] && singapore[1] < australia[1]);
  assert.equal(map.countries.SG[2], "", "too small for these outlines: a point");
  // Berlin lies within Germany's width.
  const xs = points(map.countries.DE[2]).map(([x]) => x);
  const berlin = ((equalEarth([13.4 - 11, 52.5])[0] / equalEarth([180, 0])[0] + 1) * map.width) / 2;
  assert.ok(Math.min(...xs) < berlin && berlin < Math.max(...xs));
});

test("no country spans the map because it crosses the edge of the degrees", () => {
  for (const [code, [, , path]] of Object.entries(map.countries)) {
    for (const ring of path.split("z").filter(Boolean)) {
      const xs = points(`${ring}z`).map(([x]) => x);
      assert.ok(Math.max(...xs) - Math.min(...xs) < map.width * 0.46, code);
    }
  }
  // Russia's easternmost point lies east of Japan's, not at the left edge.
  const most = (code, of) => of(...points(map.countries[code][2]).map(([x]) => x));
  assert.ok(most("RU", Math.max) > most("JP", Math.max) && most("RU", Math.min) > most("DE", Math.min));
});

test("areas stay comparable", () => {
  const area = (code) => {
    // Rings of islands and holes are summed as they come: good enough for two countries of one ring each.
    const ring = points(map.countries[code][2]);
    return Math.abs(ring.reduce((sum, [x, y], i) => sum + x * ring[(i + 1) % ring.length][1] - ring[(i + 1) % ring.length][0] * y, 0)) / 2;
  };
  // Mongolia has 1,564,116 km2, Chad 1,284,000 km2: far apart in latitude, alike on an equal-area map.
  const ratio = area("MN") / area("TD");
  assert.ok(Math.abs(ratio - 1_564_116 / 1_284_000) < 0.06, `${ratio}`);
});

test("the projection is the one of the paper", () => {
  // The poles are lines of 0.59 of the equator's length, and the whole is 2.05 as wide as high.
  const [reach, none] = equalEarth([180, 0]);
  assert.equal(none, 0);
  const [pole, height] = equalEarth([180, 90]);
  assert.ok(Math.abs(pole / reach - 0.59247) < 1e-3, `${pole / reach}`);
  assert.ok(Math.abs(reach / height - 2.05458) < 1e-3, `${reach / height}`);
});

test("the file is small and named after its content", () => {
  const { name, text } = worldAsset();
  assert.ok(zlib.brotliCompressSync(text).length < 40_000);
  assert.ok(isImmutable(`assets/${name}`));
  assert.equal(worldAsset().name, name);
});
