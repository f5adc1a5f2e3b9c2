// The fixed list of custom marks that a series may name as renderItem "fn:NAME:ARG".
// Each returns shapes in pixels from the item's cells; a missing cell draws nothing.
// The cells are the columns of the series' `encode`, those of x before those of y; without `encode` the first columns.

import { instantText } from "./formatters.mjs";

const isNumber = Number.isFinite;

// Style keys of the series come through `itemStyle`; the colour through the palette unless set there.
function stroke(api, owner, extra) {
  const own = owner.itemStyle ?? {};
  return {
    stroke: own.borderColor ?? own.color ?? api.visual("color"),
    lineWidth: own.borderWidth ?? 1.5,
    opacity: own.opacity ?? 1,
    fill: null,
    ...extra,
  };
}

function fill(api, owner, extra) {
  const own = owner.itemStyle ?? {};
  return { fill: own.color ?? api.visual("color"), opacity: own.opacity ?? 1, ...extra };
}

const names = (given) => (given === undefined ? [] : [].concat(given));

// What a row holds at each of our places, as a function of (api, place, row).
function cellsOf(owner, axes = ["x", "y"]) {
  const dimensions = axes.flatMap((axis) => names(owner.encode?.[axis]));
  return (api, place, row) => api.value(dimensions[place] ?? place, row);
}

const line = (from, to, style) => ({
  type: "line",
  shape: { x1: from[0], y1: from[1], x2: to[0], y2: to[1] },
  style,
});

// [place, low, high] -> an error bar; ARG "horizontal" when the interval lies on the x axis.
function whisker(argument, owner) {
  const horizontal = argument === "horizontal";
  const cell = cellsOf(owner, horizontal ? ["y", "x"] : ["x", "y"]);
  return (_params, api) => {
    const [place, low, high] = [cell(api, 0), cell(api, 1), cell(api, 2)];
    if (!isNumber(low) || !isNumber(high)) return null;
    const at = (value) => api.coord(horizontal ? [value, place] : [place, value]);
    const [a, b] = [at(low), at(high)];
    const cap = horizontal ? [0, 4] : [4, 0];
    const style = stroke(api, owner);
    const capAt = (p) => line([p[0] - cap[0], p[1] - cap[1]], [p[0] + cap[0], p[1] + cap[1]], style);
    return { type: "group", children: [line(a, b, style), capAt(a), capAt(b)] };
  };
}

// [from, to, place] -> two dots joined by a bar, the second one filled.
function dumbbell(_argument, owner) {
  const cell = cellsOf(owner);
  return (_params, api) => {
    const [from, to, place] = [cell(api, 0), cell(api, 1), cell(api, 2)];
    if (!isNumber(from) || !isNumber(to)) return null;
    const [a, b] = [api.coord([from, place]), api.coord([to, place])];
    const solid = fill(api, owner);
    const dot = (p, style) => ({ type: "circle", shape: { cx: p[0], cy: p[1], r: 4 }, style });
    return {
      type: "group",
      children: [
        line(a, b, stroke(api, owner, { lineWidth: 2, opacity: 0.5 })),
        dot(a, { ...solid, fill: owner.emptyColor ?? "transparent", stroke: solid.fill, lineWidth: 1.5 }),
        dot(b, solid),
      ],
    };
  };
}

// [from, to, place] -> a bar between its ends, joined to the one after it: a step of a waterfall.
function step(_argument, owner) {
  const cell = cellsOf(owner);
  return (params, api) => {
    const [from, to, place] = [cell(api, 0), cell(api, 1), cell(api, 2)];
    if (!isNumber(from) || !isNumber(to)) return null;
    const [a, b] = [api.coord([from, place]), api.coord([to, place])];
    const band = api.size([0, 1])[1];
    const height = Math.min(14, band * 0.7);
    const bar = {
      type: "rect",
      shape: { x: Math.min(a[0], b[0]), y: a[1] - height / 2, width: Math.max(1, Math.abs(b[0] - a[0])), height },
      style: { fill: api.visual("color") },
    };
    const isLast = params.dataIndexInside + 1 >= params.dataInsideLength;
    const join = line([b[0], b[1] + height / 2], [b[0], b[1] + band - height / 2], { stroke: owner.joinColor, lineWidth: 1, opacity: 0.6 });
    return { type: "group", children: isLast ? [bar] : [bar, join] };
  };
}

// [x, low, high] -> one closed area for each run of finite rows, drawn with the run's first row.
function band(_argument, owner) {
  const cell = cellsOf(owner);
  return (params, api) => {
    const row = (index) => [cell(api, 0, index), cell(api, 1, index), cell(api, 2, index)];
    const whole = (index) => row(index).every(isNumber);
    const start = params.dataIndexInside;
    if (!whole(start) || (start > 0 && whole(start - 1))) return null;
    const upper = [];
    const lower = [];
    for (let i = start; i < params.dataInsideLength && whole(i); i += 1) {
      const [x, low, high] = row(i);
      upper.push(api.coord([x, high]));
      lower.push(api.coord([x, low]));
    }
    return { type: "polygon", shape: { points: upper.concat(lower.reverse()) }, style: fill(api, owner), silent: true };
  };
}

// About the width of a letter of a flag's name, and how far the name stands from its rule.
const LETTER_PX = 6.4;
const FLAG_PX = 9;

// [x] -> a vertical rule with a small flag; its text is the item's `name` in the series' `data`, or `labels[i]`.
function flag(_argument, owner) {
  const cell = cellsOf(owner);
  return (params, api) => {
    const x = cell(api, 0);
    if (!isNumber(x)) return null;
    const { x: left, y: top, width, height } = params.coordSys;
    const at = api.coord([x, 0])[0];
    if (at < left || at > left + width) return null;
    const text = owner.labels?.[params.dataIndex] ?? owner.data?.[params.dataIndex]?.name ?? "";
    const style = stroke(api, owner, { lineWidth: 1 });
    // On the side with room for it, as src/chart/events.rs reckons when it chooses which are named.
    const room = [...text].length * LETTER_PX + FLAG_PX;
    const onRight = at + room <= left + width || at - left < left + width - at;
    return {
      type: "group",
      children: [
        line([at, top], [at, top + height], style),
        {
          type: "polygon",
          shape: { points: [[at, top], [at + (onRight ? 6 : -6), top + 3], [at, top + 6]] },
          style: { fill: style.stroke },
        },
        {
          type: "text",
          style: {
            text,
            x: at + (onRight ? FLAG_PX : -FLAG_PX),
            y: top,
            align: onRight ? "left" : "right",
            verticalAlign: "top",
            fill: owner.label?.color ?? style.stroke,
            fontSize: owner.label?.fontSize ?? 11,
            fontFamily: owner.label?.fontFamily,
          },
        },
      ],
    };
  };
}

// The diagonals of a rectangle, clipped by arithmetic so that no clip path is needed.
export function hatch(x, y, width, height, gap) {
  let path = "";
  for (let offset = gap; offset < width + height; offset += gap) {
    const [x1, y1] = [x + Math.max(0, offset - height), y + Math.min(height, offset)];
    const [x2, y2] = [x + Math.min(width, offset), y + Math.max(0, offset - width)];
    path += `M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}`;
  }
  return path;
}

// [from, to] -> a hatched span over the grid's height: here nothing was measured.
function gapHatch(argument, owner) {
  const cell = cellsOf(owner);
  const gap = Number.parseFloat(argument) || 7;
  return (params, api) => {
    const [from, to] = [cell(api, 0), cell(api, 1)];
    if (!isNumber(from) || !isNumber(to)) return null;
    const { x: left, y: top, width, height } = params.coordSys;
    const x1 = Math.max(left, api.coord([from, 0])[0]);
    const x2 = Math.min(left + width, api.coord([to, 0])[0]);
    if (x2 - x1 < 1) return null;
    const path = hatch(x1, top, x2 - x1, height, gap);
    if (path === "") return null;
    return { type: "path", shape: { pathData: path }, style: stroke(api, owner, { lineWidth: 1 }), silent: true };
  };
}

// About the widths of a border's name and of its short form.
const NAME_PX = 135;
const SHORT_PX = 58;

// [at] and the instant as `before` -> the end of simulated data, named above the grid. ARG "at": a line with a tint on the side
// before it; "column": a line before that column; "beyond": everything is simulated, and the name alone says so.
function simulated(argument, owner) {
  const cell = cellsOf(owner);
  return (params, api) => {
    const { x: left, y: top, width, height } = params.coordSys;
    const right = left + width;
    const beyond = argument === "beyond";
    const inset = argument === "column" ? api.size([1, 0])[0] / 2 : 0;
    const at = beyond ? left : Math.min(right, api.coord([cell(api, 0), 0])[0] - inset);
    if (!isNumber(at) || at < left) return null;
    const style = stroke(api, owner, { lineWidth: 1, lineDash: [2, 3] });
    const long = width >= NAME_PX;
    const onLeft = at - left > (long ? NAME_PX : SHORT_PX);
    const whole = long ? "all of this is simulated" : "all simulated";
    const part = long ? `simulated before ${instantText(owner.before)}` : "simulated";
    const children = [
      {
        type: "text",
        style: {
          text: beyond ? whole : part,
          x: onLeft ? at : Math.max(left, Math.min(at, right - (long ? NAME_PX : SHORT_PX))),
          y: top - 5,
          align: onLeft ? "right" : "left",
          verticalAlign: "bottom",
          fill: owner.label?.color ?? style.stroke,
          fontSize: owner.label?.fontSize ?? 11,
          fontFamily: owner.label?.fontFamily,
        },
      },
    ];
    if (!beyond) children.push(line([at, top - 3], [at, top + height], style));
    if (argument === "at") {
      children.push({ type: "rect", shape: { x: left, y: top, width: at - left, height }, style: { fill: style.stroke, opacity: 0.06 } });
    }
    return { type: "group", children };
  };
}

// [low, high, height] -> a bar between its true edges, from zero.
function histogramBucket(_argument, owner) {
  const cell = cellsOf(owner);
  return (params, api) => {
    const [low, high, value] = [cell(api, 0), cell(api, 1), cell(api, 2)];
    if (!isNumber(value)) return null;
    const { x: left, width } = params.coordSys;
    // An open bucket (-Inf or +Inf) reaches to the edge of the grid.
    const x1 = isNumber(low) ? api.coord([low, 0])[0] : left;
    const x2 = isNumber(high) ? api.coord([high, 0])[0] : left + width;
    const base = api.coord([isNumber(low) ? low : high, 0])[1];
    const top = api.coord([isNumber(low) ? low : high, value])[1];
    return {
      type: "rect",
      shape: { x: x1 + 0.5, y: Math.min(top, base), width: Math.max(1, x2 - x1 - 1), height: Math.abs(base - top) },
      style: fill(api, owner),
    };
  };
}

// [x0, x1, y0, y1] -> a cell between its ends; on an axis of names both ends are the name's place, and the cell is as wide as the name's band.
function surfaceCell(_argument, owner) {
  const cell = cellsOf(owner);
  return (_params, api) => {
    const [x0, x1, y0, y1] = [cell(api, 0), cell(api, 1), cell(api, 2), cell(api, 3)];
    if (![x0, x1, y0, y1].every(isNumber)) return null;
    const [a, b] = [api.coord([x0, y0]), api.coord([x1, y1])];
    const [wide, high] = api.size([1, 1]);
    const [left, right] = x0 === x1 ? [a[0] - wide / 2, a[0] + wide / 2] : [Math.min(a[0], b[0]), Math.max(a[0], b[0])];
    const [top, bottom] = y0 === y1 ? [a[1] - high / 2, a[1] + high / 2] : [Math.min(a[1], b[1]), Math.max(a[1], b[1])];
    // Half a pixel over, so that no seam shows between neighbours.
    const shape = { x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 };
    return { type: "rect", shape, style: { fill: api.visual("color") }, silent: true };
  };
}

const RENDERERS = {
  cell: surfaceCell,
  whisker,
  dumbbell,
  step,
  band,
  flag,
  "gap-hatch": gapHatch,
  simulated,
  "histogram-bucket": histogramBucket,
};

export const renderItemNamed = (name, argument, owner) =>
  Object.hasOwn(RENDERERS, name) ? RENDERERS[name](argument, owner) : undefined;
