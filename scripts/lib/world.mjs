// The outlines of the world map: Natural Earth's countries (npm world-atlas) as SVG paths by ISO 3166-1 code.
//
// Equal Earth keeps areas comparable, as colours by region ask for. Coordinates are whole numbers in a picture that is WIDTH wide,
// paths are relative, so that the file stays small. A country too small for these outlines is a point. Antarctica is left out:
// nobody is counted there, and it would take a fifth of the height.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { feature } from "topojson-client";

const require = createRequire(import.meta.url);
const WIDTH = 2000;
// The meridian in the middle, in degrees: the edge then runs through the Bering Strait and cuts no country in two.
const MIDDLE = 11;
const LEFT_OUT = new Set(["AQ"]);
// Kosovo has no code of ISO 3166-1 and no number in the outlines; XK is what the EU and Unicode use.
const BY_NAME = { Kosovo: "XK" };
// Territories with a code of their own that the outlines draw as a part of another country, or not at all: points, longitude and
// latitude in degrees as The World Factbook has them.
const TERRITORIES = {
  BQ: [-68.25, 12.18], BV: [3.4, -54.43], CC: [96.83, -12.5], CX: [105.67, -10.5], GF: [-53, 4], GP: [-61.58, 16.25],
  MQ: [-61, 14.67], RE: [55.6, -21.1], SJ: [20, 78], TK: [-172, -9], YT: [45.17, -12.83],
};
// From coarse to fine: a country that the first lacks is a point from the next.
const SCALES = ["110m", "50m", "10m"];

/** ISO 3166-1 numeric to two letters. */
function alpha2ByNumber() {
  return new Map(require("i18n-iso-countries/codes.json").map(([alpha2, , number]) => [number, alpha2]));
}

// Šavrič, Patterson and Jenny, "The Equal Earth map projection", 2018, equations 1 to 4.
const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];

/** Longitude and latitude in degrees to the plane: x from -2.71 to 2.71, y upwards. */
export function equalEarth([longitude, latitude]) {
  const radians = Math.PI / 180;
  const t = Math.asin((Math.sqrt(3) / 2) * Math.sin(latitude * radians));
  const t2 = t * t;
  const t6 = t2 * t2 * t2;
  const x = (2 * Math.sqrt(3) * longitude * radians * Math.cos(t)) / (3 * (9 * A4 * t6 * t2 + 7 * A3 * t6 + 3 * A2 * t2 + A1));
  return [x, t * (A4 * t6 * t2 + A3 * t6 + A2 * t2 + A1)];
}

const REACH = equalEarth([180, 0])[0];

/** To the picture's units, before it is cut to what is drawn; longitudes are counted from the map's middle. */
function place(point) {
  const [x, y] = equalEarth(point);
  const scale = WIDTH / (2 * REACH);
  return [Math.round((x + REACH) * scale), Math.round(-y * scale)];
}

/** A ring whose longitudes, from the map's middle, run on across the edge instead of jumping to the other side. */
function unwrapped(points) {
  const ring = [];
  let last = null;
  for (const [longitude, latitude] of points) {
    let x = longitude - MIDDLE;
    while (last !== null && x - last > 180) x -= 360;
    while (last !== null && x - last < -180) x += 360;
    ring.push([x, latitude]);
    last = x;
  }
  const shift = 360 * Math.round(ring.reduce((sum, [x]) => sum + x, 0) / ring.length / 360);
  return ring.map(([x, y]) => [x - shift, y]);
}

/** What of a ring lies on one side of a meridian (Sutherland and Hodgman, 1974). */
function clipped(ring, at, side) {
  const isIn = ([x]) => (x - at) * side <= 0;
  const found = [];
  ring.forEach((point, i) => {
    const before = ring.at(i - 1);
    if (isIn(point) !== isIn(before)) {
      const share = (at - before[0]) / (point[0] - before[0]);
      found.push([at, before[1] + share * (point[1] - before[1])]);
    }
    if (isIn(point)) found.push(point);
  });
  return found;
}

/** A ring in degrees as the rings on the map: cut where it crosses the map's edge. */
function ringsOf(points) {
  const ring = unwrapped(points);
  const moved = (part, by) => part.map(([x, y]) => [x + by, y]);
  const inside = clipped(clipped(ring, 180, 1), -180, -1);
  const east = moved(clipped(ring, 180, -1), -360);
  const west = moved(clipped(ring, -180, 1), 360);
  return [inside, east, west].map(ringOf).filter(Boolean);
}

/** A ring in whole units without repeated points; null where fewer than three are left, or no area. */
function ringOf(points) {
  const ring = [];
  for (const [x, y] of points.map(place)) {
    const last = ring.at(-1);
    if (!last || last[0] !== x || last[1] !== y) ring.push([x, y]);
  }
  if (ring.length > 1 && String(ring[0]) === String(ring.at(-1))) ring.pop();
  return ring.length > 2 && measure(ring).area > 0 ? ring : null;
}

/** Twice the signed area, and the centroid. */
function measure(ring) {
  let [area, cx, cy] = [0, 0, 0];
  ring.forEach(([x, y], i) => {
    const [nextX, nextY] = ring[(i + 1) % ring.length];
    const cross = x * nextY - nextX * y;
    area += cross;
    cx += (x + nextX) * cross;
    cy += (y + nextY) * cross;
  });
  return { area: Math.abs(area), centre: area === 0 ? ring[0] : [Math.round(cx / (3 * area)), Math.round(cy / (3 * area))] };
}

function polygonsOf({ type, coordinates }) {
  return type === "Polygon" ? [coordinates] : coordinates;
}

/** Rings of a country and the centre of its largest one. */
function shapeOf(geometry) {
  const rings = [];
  let [largest, centre] = [-1, null];
  for (const [outer, ...holes] of polygonsOf(geometry)) {
    for (const ring of ringsOf(outer)) {
      const found = measure(ring);
      if (found.area > largest) [largest, centre] = [found.area, found.centre];
      rings.push(ring);
    }
    rings.push(...holes.flatMap(ringsOf));
  }
  return { rings, centre };
}

function pointOf(geometry) {
  const { centre } = shapeOf(geometry);
  return centre ?? place(unwrapped(polygonsOf(geometry)[0][0])[0]);
}

function pathOf(rings, top) {
  const signed = (n, isFirst) => (isFirst || n < 0 ? String(n) : ` ${n}`);
  const step = ([fromX, fromY], [x, y], isFirst) => signed(x - fromX, isFirst) + signed(y - fromY, false);
  const ringPath = (ring) => {
    const start = `M${ring[0][0]}${signed(ring[0][1] - top, false)}`;
    return `${start}l${ring.slice(1).map((point, i) => step(ring[i], point, i === 0)).join("")}z`;
  };
  return rings.map(ringPath).join("");
}

function countriesOf(scale) {
  const topology = require(`world-atlas/countries-${scale}.json`);
  const codes = alpha2ByNumber();
  return feature(topology, topology.objects.countries).features.map(({ id, properties, geometry }) => ({
    code: codes.get(id) ?? BY_NAME[properties.name] ?? null,
    geometry,
  }));
}

/**
 * The map: `{ width, height, land, countries: { DE: [x, y, path] } }`. `x` and `y` are where a country is named; `path` is empty
 * for one that is a point; `land` is what has no code (disputed areas).
 */
export function worldMap() {
  const shapes = new Map();
  const uncoded = [];
  for (const { code, geometry } of countriesOf(SCALES[0])) {
    if (LEFT_OUT.has(code)) continue;
    const shape = shapeOf(geometry);
    if (code) shapes.set(code, shape);
    else uncoded.push(...shape.rings);
  }
  const all = [...uncoded, ...[...shapes.values()].flatMap(({ rings }) => rings)].flat();
  const heights = all.map(([, y]) => y);
  const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
  const countries = Object.fromEntries([...shapes].map(([code, { rings, centre: [x, y] }]) => [code, [x, y - top, pathOf(rings, top)]]));
  for (const scale of SCALES.slice(1)) {
    for (const { code, geometry } of countriesOf(scale)) {
      if (!code || countries[code] || LEFT_OUT.has(code)) continue;
      const [x, y] = pointOf(geometry);
      if (y >= top && y <= bottom) countries[code] = [x, y - top, ""];
    }
  }
  for (const [code, [longitude, latitude]] of Object.entries(TERRITORIES)) {
    if (countries[code]) continue;
    const [x, y] = place(unwrapped([[longitude, latitude]])[0]);
    if (y >= top && y <= bottom) countries[code] = [x, y - top, ""];
  }
  const sorted = Object.fromEntries(Object.entries(countries).sort(([a], [b]) => (a < b ? -1 : 1)));
  return { width: WIDTH, height: bottom - top, land: pathOf(uncoded, top), countries: sorted };
}

/** The file and its name, which follows its content. */
export function worldAsset() {
  const text = JSON.stringify(worldMap());
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8).toUpperCase();
  return { name: `world-${hash}.json`, text };
}
