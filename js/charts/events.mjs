// Pointer and chart events as plain objects for Rust:
//   hover {x, gridIndex, seriesIndex, dataIndex, px, py}   leave {}
//   click {x, gridIndex, seriesIndex, dataIndex, name, seriesName, seriesId, px, py, ctrl}
//   zoom {from, to}   zoomout {}   span {from, to} (Ctrl or Cmd held: reserved for annotations)
//   axisbrush {axis, intervals}   rendered {}
// x is the axis value; indices are -1 where no mark is under the pointer.

const MIN_DRAG_PX = 5;

export function listen(handle) {
  const { chart } = handle;
  const zr = chart.getZr();
  let mark = null;
  let clicked = null;
  let frame = 0;
  let pointer = null;

  const markOf = (params) =>
    params.componentType === "series" ? { seriesIndex: params.seriesIndex, dataIndex: params.dataIndex ?? -1, params } : null;
  chart.on("mouseover", (params) => {
    mark = markOf(params);
  });
  chart.on("mouseout", () => {
    mark = null;
  });
  // Comes after zrender's own click below, in the same task.
  chart.on("click", (params) => {
    clicked = markOf(params);
  });

  const place = (event) => {
    const grid = handle.gridAt(event.offsetX, event.offsetY);
    return { grid, x: grid ? handle.xAt(grid, event.offsetX) : null };
  };
  const described = (event, on) => {
    const { grid, x } = place(event);
    return {
      x,
      gridIndex: grid ? grid.index : -1,
      seriesIndex: on?.seriesIndex ?? -1,
      dataIndex: on?.dataIndex ?? -1,
      px: event.offsetX,
      py: event.offsetY,
    };
  };

  const drag = dragging(handle);
  let away = true;
  const leave = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    if (!away) handle.emit({ type: "leave" });
    away = true;
  };
  // At most one report a frame: moving the pointer must not flood Rust.
  zr.on("mousemove", (event) => {
    pointer = event;
    if (drag.move(event)) return;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const hover = described(pointer, mark);
      if (hover.x === null && hover.seriesIndex < 0) {
        leave();
        return;
      }
      away = false;
      handle.emit({ type: "hover", ...hover });
    });
  });
  zr.on("globalout", leave);
  zr.on("mousedown", (event) => drag.start(event, place(event).grid));
  zr.on("mouseup", (event) => drag.end(event));
  zr.on("click", (event) => {
    clicked = null;
    if (drag.justEnded()) return;
    const ctrl = Boolean(event.event?.ctrlKey || event.event?.metaKey);
    queueMicrotask(() => {
      if (handle.disposed) return;
      const { name, seriesName, seriesId } = clicked?.params ?? {};
      handle.emit({ type: "click", ...described(event, clicked), name: name ?? "", seriesName: seriesName ?? "", seriesId: seriesId ?? "", ctrl });
    });
  });
  zr.on("dblclick", (event) => {
    if (handle.zooms && place(event).grid) handle.emit({ type: "zoomout" });
  });

  chart.on("axisareaselected", ({ parallelAxisId, parallelAxisIndex }) => {
    const axes = chart.getModel().queryComponents({ mainType: "parallelAxis", id: parallelAxisId, index: parallelAxisIndex });
    for (const axis of axes) {
      handle.emit({ type: "axisbrush", axis: axis.option.dim ?? axis.componentIndex, intervals: axis.activeIntervals.map((pair) => [...pair]) });
    }
  });
  chart.on("finished", () => {
    handle.crosshair.redraw();
    handle.emit({ type: "rendered" });
  });

  // zrender's and ECharts' own listeners go with the instance; only ours outside remain.
  return () => {
    cancelAnimationFrame(frame);
  };
}

// A drag over a grid draws a span of the x axis and reports it when the button is released.
function dragging(handle) {
  const { chart, echarts } = handle;
  const zr = chart.getZr();
  let from = null;
  let rectangle = null;
  let ended = false;

  const clear = () => {
    if (rectangle) zr.remove(rectangle);
    rectangle = null;
    from = null;
  };

  return {
    start(event, grid) {
      ended = false;
      if (!handle.zooms || !grid || (event.which ?? 1) !== 1) return;
      from = { px: event.offsetX, grid, ctrl: Boolean(event.event?.ctrlKey || event.event?.metaKey) };
    },
    // Whether the movement belongs to a drag.
    move(event) {
      if (!from) return false;
      // The button was released outside the window.
      if (event.event?.buttons === 0) {
        clear();
        return false;
      }
      const { x, y, width, height } = from.grid.rect;
      const to = Math.min(x + width, Math.max(x, event.offsetX));
      if (!rectangle && Math.abs(to - from.px) < MIN_DRAG_PX) return true;
      if (!rectangle) {
        const style = { fill: handle.flags.selectionColor ?? "#4a7dff2e" };
        rectangle = new echarts.graphic.Rect({ silent: true, zlevel: 20, style });
        zr.add(rectangle);
      }
      rectangle.setShape({ x: Math.min(from.px, to), y, width: Math.abs(to - from.px), height });
      return true;
    },
    end(event) {
      if (!from) return;
      const { grid, px, ctrl } = from;
      const drawn = rectangle !== null;
      clear();
      if (!drawn || Math.abs(event.offsetX - px) < MIN_DRAG_PX) return;
      ended = true;
      const ends = [handle.xAt(grid, px), handle.xAt(grid, event.offsetX)];
      if (ends.includes(null)) return;
      handle.emit({ type: ctrl ? "span" : "zoom", from: Math.min(...ends), to: Math.max(...ends) });
    },
    // The click that follows a drag is not a click.
    justEnded() {
      const result = ended;
      ended = false;
      return result;
    },
  };
}
