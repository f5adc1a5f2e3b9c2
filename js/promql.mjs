// Finds the selectors of a PromQL expression with Prometheus' own grammar, for the engine.
// Positions are UTF-8 byte offsets, as Rust counts; nothing is reformatted, the caller inserts text at these places.
import { parser } from "@prometheus-io/lezer-promql";

const ESCAPES = { a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\\": "\\", "'": "'", '"': '"' };

/** The value of a PromQL string literal: Go's escapes in '...' and "...", none in `...`. */
export function unquoted(literal) {
  const inner = literal.slice(1, -1);
  if (literal[0] === "`") return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))/g,
    (whole, byte, short, long, octal, simple) => {
      if (simple !== undefined) return ESCAPES[simple] ?? whole;
      return String.fromCodePoint(octal ? Number.parseInt(octal, 8) : Number.parseInt(byte ?? short ?? long, 16));
    },
  );
}

function matcher(node, text) {
  const [name, operator, value] = [node.firstChild, node.firstChild?.nextSibling, node.lastChild];
  const label = text(name);
  return {
    label: node.name === "QuotedLabelMatcher" ? unquoted(label) : label,
    op: text(operator),
    value: unquoted(text(value)),
    from: node.from,
    to: node.to,
  };
}

function selector(node, text) {
  const name = node.getChild("Identifier");
  const braces = node.getChild("LabelMatchers");
  const found = {
    from: node.from,
    to: node.to,
    nameFrom: name ? name.from : -1,
    nameTo: name ? name.to : -1,
    braceFrom: braces ? braces.from : -1,
    braceTo: braces ? braces.to : -1,
    metric: name ? text(name) : null,
    matchers: [],
    inRange: false,
  };
  for (let child = braces?.firstChild; child; child = child.nextSibling) {
    if (child.name === "UnquotedLabelMatcher" || child.name === "QuotedLabelMatcher") {
      found.matchers.push(matcher(child, text));
    } else if (child.name === "QuotedLabelName") {
      // {"metric.name"}: the name in the UTF-8 style, kept with its place among the matchers.
      found.metric = unquoted(text(child));
    }
  }
  const exact = found.matchers.find(({ label, op }) => label === "__name__" && op === "=");
  found.metric ??= exact ? exact.value : null;
  // Modifiers may stand between a selector and its range in the tree, never another operator.
  for (let up = node.parent; up; up = up.parent) {
    if (up.name === "MatrixSelector") found.inRange = true;
    if (up.name !== "ParenExpr" && up.name !== "OffsetExpr" && up.name !== "StepInvariantExpr") break;
  }
  return found;
}

const PLACES = ["from", "to", "nameFrom", "nameTo", "braceFrom", "braceTo"];

function toBytes(part, bytes) {
  for (const place of PLACES) if (place in part) part[place] = bytes(part[place]);
}

// JavaScript counts UTF-16 units; almost every query is ASCII, where both agree.
function byteOffsets(expr) {
  if (/^[\x00-\x7f]*$/.test(expr)) return (place) => place;
  const encoder = new TextEncoder();
  return (place) => (place < 0 ? -1 : encoder.encode(expr.slice(0, place)).length);
}

/**
 * The selectors of `expr` from left to right, and `error`: the first place that does not parse, or -1.
 * With an error the selectors are those the grammar could recover; a caller must not rewrite such a text.
 */
export function selectors(expr) {
  const text = (node) => (node ? expr.slice(node.from, node.to) : "");
  const found = [];
  let error = -1;
  parser.parse(expr).iterate({
    enter(ref) {
      if (ref.type.isError && error < 0) error = ref.from;
      if (ref.name === "VectorSelector") found.push(selector(ref.node, text));
    },
  });
  const bytes = byteOffsets(expr);
  for (const one of found) for (const part of [one, ...one.matchers]) toBytes(part, bytes);
  return { selectors: found, error: bytes(error) };
}
