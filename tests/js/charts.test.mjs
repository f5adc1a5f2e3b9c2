// How an option from Rust becomes one that ECharts takes.
import assert from "node:assert/strict";
import test from "node:test";
import { parseCall, setFormatter } from "../../js/charts/formatters.mjs";
import { compile, merged } from "../../js/charts/options.mjs";
import { hatch } from "../../js/charts/render-items.mjs";

test("a patch goes into objects and lists place by place", () => {
  assert.deepEqual(merged({ a: { b: 1 }, c: [{ d: 1 }, 2] }, { a: { e: 2 }, c: [{ f: 3 }] }), {
    a: { b: 1, e: 2 },
    c: [{ d: 1, f: 3 }, 2],
  });
  assert.equal(merged({}, JSON.parse('{"__proto__":{"polluted":true}}')).polluted, undefined);
});

test("columns become the datasets, their arrays untouched", () => {
  const values = new Float64Array([1, Number.NaN]);
  const { dataset } = compile({}, [[{ id: "t", values }]], {});
  assert.equal(dataset[0].source.t, values);
  assert.deepEqual(dataset[0].dimensions, ["t"]);
});

test("functions come from the list, and only at their keys", () => {
  setFormatter((unit, value, context) => `${unit}=${value}@${context}`);
  const option = compile({ yAxis: { axisLabel: { formatter: "fn:unit:time:HH:mm" } }, title: { text: "fn:unit:ms" } });
  assert.equal(option.yAxis.axisLabel.formatter(3), "time:HH:mm=3@axis");
  assert.equal(option.title.text, "fn:unit:ms");
  assert.throws(() => compile({ series: [{ renderItem: "fn:eval:1" }] }), /no renderItem is called "eval"/);
  assert.equal(parseCall("{b}: {c}"), null);
});

test("a label of a missing value is empty", () => {
  const { formatter } = compile({ formatter: "fn:unit:ms" });
  assert.equal(formatter({ value: [1, Number.NaN], encode: { y: [1] } }), "");
  assert.equal(formatter({ value: [1, 2], encode: { y: [1] } }), "ms=2@label");
});

// A stand-in for what ECharts hands to a mark: one pixel per unit, y upwards from 100.
function drawn(renderItem, encode, rows, index = 0, owner = {}, width = 100) {
  const { series } = compile({ series: [{ type: "custom", renderItem, encode, ...owner }] });
  const names = Object.values(encode).flat();
  const api = {
    value: (name, row) => rows[row ?? index][typeof name === "number" ? name : names.indexOf(name)],
    coord: ([x, y]) => [x, 100 - y],
    visual: () => "#123456",
    size: () => [20, 10],
  };
  const params = { dataIndex: index, dataIndexInside: index, dataInsideLength: rows.length, coordSys: { x: 0, y: 0, width, height: 100 } };
  return series[0].renderItem(params, api);
}

test("a band is one area for each run without gaps", () => {
  const rows = [[0, 1, 2], [1, 1, 2], [2, Number.NaN, 2], [3, 1, 2]];
  const encode = { x: "t", y: ["low", "high"] };
  assert.deepEqual(drawn("fn:band", encode, rows, 0).shape.points, [[0, 98], [1, 98], [1, 99], [0, 99]]);
  assert.equal(drawn("fn:band", encode, rows, 1), null);
  assert.equal(drawn("fn:band", encode, rows, 2), null);
  assert.equal(drawn("fn:band", encode, rows, 3).shape.points.length, 2);
});

test("a whisker without ends is not drawn", () => {
  const encode = { x: "t", y: ["low", "high"] };
  assert.equal(drawn("fn:whisker", encode, [[1, Number.NaN, 3]]), null);
  const [stem] = drawn("fn:whisker", encode, [[1, 2, 3]]).children;
  assert.deepEqual(stem.shape, { x1: 1, y1: 98, x2: 1, y2: 97 });
  const [lying] = drawn("fn:whisker:horizontal", { x: ["low", "high"], y: "name" }, [[2, 3, 7]]).children;
  assert.deepEqual(lying.shape, { x1: 2, y1: 93, x2: 3, y2: 93 });
});

test("a bucket spans its edges and an open one reaches the grid's", () => {
  const encode = { x: ["low", "high"], y: "n" };
  assert.deepEqual(drawn("fn:histogram-bucket", encode, [[10, 20, 30]]).shape, { x: 10.5, y: 70, width: 9, height: 30 });
  assert.equal(drawn("fn:histogram-bucket", encode, [[90, Infinity, 30]]).shape.width, 9);
});

test("a cell of a surface spans its ends, and a name's cell its band", () => {
  const encode = { x: ["x0", "x1"], y: ["y0", "y1"] };
  const cell = drawn("fn:cell", encode, [[10, 30, 50, 60]]);
  assert.deepEqual(cell.shape, { x: 10, y: 40, width: 20.5, height: 10.5 });
  assert.equal(cell.style.fill, "#123456");
  assert.deepEqual(drawn("fn:cell", encode, [[10, 10, 50, 50]]).shape, { x: 0, y: 45, width: 20.5, height: 10.5 });
  assert.equal(drawn("fn:cell", encode, [[10, 30, Number.NaN, 60]]), null);
});

test("a flag carries its text", () => {
  const group = drawn("fn:flag", { x: "t" }, [[10]], 0, { labels: ["v2"] });
  assert.equal(group.children[2].style.text, "v2");
});

test("a flag's text stands on the side that has room for it", () => {
  const side = (at, text) => drawn("fn:flag", { x: "t" }, [[at]], 0, { labels: [text] }, 300).children[2].style.align;
  assert.equal(side(200, "v2 out"), "left");
  assert.equal(side(200, "Digits v2: 480 waiting"), "right");
  assert.equal(side(100, "longer than either side of the picture would be"), "left");
});

test("a hatch stays inside its rectangle", () => {
  const places = [...hatch(10, 20, 30, 15, 7).matchAll(/([\d.]+) ([\d.]+)/g)];
  assert.ok(places.length > 8);
  for (const [x, y] of places.map(([, px, py]) => [Number(px), Number(py)])) {
    assert.ok(x >= 10 && x <= 40 && y >= 20 && y <= 35, `${x} ${y}`);
  }
});

test("simulated data ends at a border that names its instant", () => {
  setFormatter((unit, value, context) => `${unit} ${value} ${context}`);
  const border = (kind, at, width) => drawn(`fn:simulated:${kind}`, { x: "at" }, [[at]], 0, { before: 7 }, width);
  const [name, rule, tint] = border("at", 240, 300).children;
  assert.equal(name.style.text, "simulated before time 7 label");
  assert.deepEqual([name.style.x, name.style.align], [240, "right"]);
  assert.deepEqual(rule.shape, { x1: 240, y1: -3, x2: 240, y2: 100 });
  assert.deepEqual(tint.shape, { x: 0, y: 0, width: 240, height: 100 });
  assert.equal(border("at", -1, 300), null);
  assert.equal(border("column", 40, 300).children[1].shape.x1, 30);
  assert.deepEqual(border("beyond", 300, 300).children.map(({ style }) => style.text), ["all of this is simulated"]);
  // Where the grid is narrow the name is short and stays within it.
  const short = border("at", 95, 100).children[0].style;
  assert.deepEqual([short.text, short.x, short.align], ["simulated", 95, "right"]);
  assert.equal(border("at", 40, 100).children[0].style.x, 40);
});
