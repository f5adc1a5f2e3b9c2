// The linked crosshair: one vertical rule in each grid, on a layer of its own so that moving it redraws no data.
const LAYER = 20;

export class Crosshair {
  constructor(handle) {
    this.handle = handle;
    this.x = null;
    this.rules = [];
  }

  set(x) {
    if (x === this.x && x === null) return;
    this.x = x;
    this.redraw();
  }

  redraw() {
    const { chart, echarts, flags } = this.handle;
    const zr = chart.getZr();
    const places = this.x === null ? [] : this.handle.grids().flatMap((grid) => this.place(grid));
    while (this.rules.length > places.length) zr.remove(this.rules.pop());
    places.forEach((shape, index) => {
      if (this.rules[index]) {
        this.rules[index].setShape(shape);
        return;
      }
      const style = { stroke: flags.crosshairColor ?? "#80808099", lineWidth: 1 };
      const rule = new echarts.graphic.Line({ silent: true, zlevel: LAYER, shape, style });
      this.rules.push(rule);
      zr.add(rule);
    });
  }

  place({ index, rect }) {
    const point = this.handle.chart.convertToPixel({ gridIndex: index }, [this.x, 0]);
    const px = Array.isArray(point) ? point[0] : Number.NaN;
    if (!(px >= rect.x && px <= rect.x + rect.width)) return [];
    const at = Math.round(px) + 0.5;
    return [{ x1: at, y1: rect.y, x2: at, y2: rect.y + rect.height }];
  }
}
