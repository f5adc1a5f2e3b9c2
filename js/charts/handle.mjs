// One mounted chart: its ECharts instance and everything that was registered beside it, freed together.
import { asArray, compile } from "./options.mjs";
import { Crosshair } from "./crosshair.mjs";
import { listen } from "./events.mjs";
import { isComplete, loadMore } from "./parts.mjs";

// What Rust describes anew with each option; the rest (a parallel chart's axes state) is merged.
const REPLACED = ["series", "dataset", "grid", "xAxis", "yAxis", "visualMap", "parallelAxis"];

let live = 0;
export const liveHandles = () => live;

const sizeOf = (element) => ({ width: Math.max(1, element.clientWidth), height: Math.max(1, element.clientHeight) });

export class ChartHandle {
  constructor(echarts, element, option, columns, flags, onEvent) {
    this.echarts = echarts;
    this.element = element;
    this.flags = flags;
    this.disposed = false;
    this.onEvent = onEvent;
    // Sizes are always given: ECharts warns about an element that is folded away, and finds its size itself only once.
    this.chart = echarts.init(element, null, { renderer: flags.renderer ?? "canvas", ...sizeOf(element) });
    live += 1;
    try {
      this.crosshair = new Crosshair(this);
      this.stopListening = listen(this);
      // Drawn at once, so that an option that ECharts refuses fails here and not in a later frame.
      this.draw(option, columns);
    } catch (error) {
      this.dispose();
      throw error;
    }
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(element);
  }

  /** Reports to Rust; never after `dispose`, since the listener may be freed by then. */
  emit(event) {
    if (!this.disposed) this.onEvent?.(event);
  }

  update(option, columns, flags) {
    if (this.disposed) return;
    if (flags) this.flags = flags;
    // At once: the page hands charts in one by one, each in a task of its own.
    this.draw(option, columns);
  }

  draw(option, columns) {
    const compiled = compile(option, columns, this.flags);
    this.wanted = compiled;
    if (isComplete(compiled)) this.apply(compiled);
    else loadMore().then(() => this.wanted === compiled && !this.disposed && this.apply(compiled));
  }

  apply(compiled) {
    // Of the axes and grids only those are replaced that the option has, so that a parallel chart stays whole.
    const known = REPLACED.filter((type) => compiled[type] !== undefined || this.has(type));
    this.chart.setOption(compiled, this.flags.notMerge ? { notMerge: true } : { replaceMerge: known });
    this.isTime = asArray(compiled.xAxis).some(({ type } = {}) => type === "time");
  }

  has(type) {
    return Boolean(this.chart.getModel()?.getComponent(type));
  }

  /** Whether a drag selects a span of the x axis. */
  get zooms() {
    return this.flags.zoom ?? this.isTime;
  }

  /** The grids' rectangles in pixels, by index. */
  grids() {
    const grids = [];
    for (let index = 0; ; index += 1) {
      const rect = this.chart.getModel()?.getComponent("grid", index)?.coordinateSystem?.getRect?.();
      if (!rect) return grids;
      grids.push({ index, rect });
    }
  }

  gridAt(px, py) {
    return this.grids().find(({ index }) => this.chart.containPixel({ gridIndex: index }, [px, py]));
  }

  /** The x axis value under a pixel of that grid, not beyond the axis' ends. */
  xAt(grid, px) {
    const { x, width } = grid.rect;
    const value = this.chart.convertFromPixel({ gridIndex: grid.index }, [Math.min(x + width, Math.max(x, px)), grid.rect.y]);
    return Array.isArray(value) && Number.isFinite(value[0]) ? value[0] : null;
  }

  resize() {
    if (this.disposed) return;
    const size = sizeOf(this.element);
    if (size.width === this.chart.getWidth() && size.height === this.chart.getHeight()) return;
    this.chart.resize({ ...size, silent: true });
    this.crosshair.redraw();
  }

  setCrosshair(x) {
    if (!this.disposed) this.crosshair.set(x ?? null);
  }

  png(ratio, background) {
    const shown = this.crosshair.x;
    this.crosshair.set(null);
    const url = this.chart.getDataURL({ type: "png", pixelRatio: ratio ?? 2, backgroundColor: background ?? "#fff" });
    this.crosshair.set(shown);
    return url;
  }

  dispose() {
    if (this.disposed) return;
    this.disposed = true;
    live -= 1;
    this.observer?.disconnect();
    this.stopListening?.();
    this.chart.dispose();
    this.onEvent = null;
  }
}
