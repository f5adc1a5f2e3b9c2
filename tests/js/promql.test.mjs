// Where the selectors of an expression are, as the engine relies on it.
import assert from "node:assert/strict";
import test from "node:test";
import { selectors, unquoted } from "../../js/promql.mjs";

const at = (expr, from, to) => Buffer.from(expr).subarray(from, to).toString();

function check(expr, expected) {
  const { selectors: found, error } = selectors(expr);
  assert.equal(error, -1, `"${expr}" does not parse at ${error}`);
  assert.deepEqual(
    found.map((one) => [one.metric, at(expr, one.from, one.to), one.braceFrom < 0 ? null : at(expr, one.braceFrom, one.braceTo), one.inRange]),
    expected,
  );
}

test("every selector is found with its braces", () => {
  check("up", [["up", "up", null, false]]);
  check("up{}", [["up", "up{}", "{}", false]]);
  check('{__name__="x",}', [["x", '{__name__="x",}', '{__name__="x",}', false]]);
  check('{"a.b",x="1"}', [["a.b", '{"a.b",x="1"}', '{"a.b",x="1"}', false]]);
  check("a / on(model) group_left b", [["a", "a", null, false], ["b", "b", null, false]]);
});

test("a range is told from a subquery", () => {
  check("rate(a[5m])", [["a", "a", null, true]]);
  check("rate(a[5m] offset 1d)", [["a", "a", null, true]]);
  check("max_over_time(a[1h:5m])", [["a", "a", null, false]]);
  check("max_over_time(rate(a[5m])[1h:5m])", [["a", "a", null, true]]);
});

test("names of functions, labels and aggregations are not selectors", () => {
  check("sum by (model) (rate(sum_total[5m]))", [["sum_total", "sum_total", null, true]]);
  check('label_replace(a, "up", "$1", "b", "(.*)")', [["a", "a", null, false]]);
});

test("matchers carry their label, operator and value", () => {
  const [{ matchers }] = selectors(String.raw`a{b="x\"y",'c d'!~'e\n',f=~` + "`\\d`}").selectors;
  assert.deepEqual(
    matchers.map(({ label, op, value }) => [label, op, value]),
    [["b", "=", 'x"y'], ["c d", "!~", "e\n"], ["f", "=~", "\\d"]],
  );
});

test("places are bytes", () => {
  const expr = 'up{a="é😀"} + foo{}';
  const { selectors: found } = selectors(expr);
  assert.equal(at(expr, found[1].from, found[1].to), "foo{}");
  assert.equal(at(expr, found[0].braceFrom, found[0].braceTo), '{a="é😀"}');
});

test("what does not parse says where", () => {
  for (const expr of ["sum(", "a +", 'a{b="c"', "a{b=}", "ünï", "a b", ""]) {
    assert.ok(selectors(expr).error >= 0, `"${expr}" passed`);
  }
});

test("strings are read as Prometheus reads them", () => {
  assert.equal(unquoted(String.raw`"\x41\u00e9\101\\"`), "AéA\\");
  assert.equal(unquoted("`\\n`"), "\\n");
});
