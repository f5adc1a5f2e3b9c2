//! A block drawn by the chart library, with its tooltip, its crosshair and its keyboard cursor.

mod keys;
mod library;
mod map;
mod pointer;
mod theme;
mod threshold;
mod tooltip;
mod zoom;

use leptos::ev::KeyboardEvent;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::grid_table::GridTable;
use crate::chart::{self, LegendEntry, SeriesHit};
use crate::ui::store::{Store, use_store};
use crate::ui::text::use_texts;
use crate::view::{Block, BlockBody, Hover, Item, XScale, hover, twin::twin};
use crate::web::charts::{self, Chart, Look};
use crate::web::{observe, turns};

pub use map::MapChart;

use library::{Library, use_library};
use threshold::ThresholdSlider;
use tooltip::{spoken, tooltip};

/// The width at which a chart is compiled follows its element in steps, so that dragging a window's edge compiles seldom.
const WIDTH_STEP_PX: f64 = 16.0;

/// Where the pointer or the keyboard cursor is on a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Cursor {
    /// Position on the x axis.
    x: Option<f64>,
    /// What it is on.
    item: Option<Item>,
    /// Pixels from the left and top edge; the keyboard has none.
    place: Option<(f64, f64)>,
}

/// A chart. While the chart library loads its place is kept; if it cannot be loaded, the block's table stands for it.
#[component]
pub fn BlockChart(
    /// What it draws.
    #[prop(into)]
    block: Signal<Block>,
    /// Id of the panel.
    #[prop(into)]
    panel: String,
) -> impl IntoView {
    let library = use_library();
    let is_refused = RwSignal::new(false);
    // What one answer made impossible the next may allow.
    Effect::new(move |_| {
        block.track();
        is_refused.set(false);
    });
    let needs_table = Memo::new(move |_| library.get() == Library::Failed || is_refused.get());
    move || {
        if needs_table.get() {
            let rows = Memo::new(move |_| block.with(twin));
            let caption = Signal::derive(move || block.with(|b| b.title.clone()));
            view! { <GridTable twin=rows caption=caption /> }.into_any()
        } else {
            view! { <Drawn block=block panel=panel.clone() library=library is_refused=is_refused /> }.into_any()
        }
    }
}

#[component]
fn Drawn(
    /// What is drawn.
    block: Signal<Block>,
    /// Id of the panel.
    panel: String,
    /// The chart library.
    library: Signal<Library>,
    /// Set when the library refuses the chart.
    is_refused: RwSignal<bool>,
) -> impl IntoView {
    let store = use_store();
    let theme = theme::use_theme();
    let element = NodeRef::<html::Div>::new();
    let width = RwSignal::new(0_u32);
    let cursor = RwSignal::new(Cursor::default());
    let mounted = StoredValue::new_local(None::<Chart>);
    let panel = StoredValue::new(panel);

    let drawing = Memo::new(move |_| {
        let width_px = width.get();
        (width_px > 0).then(|| theme.with(|theme| block.with(|b| chart::compile(b, theme, width_px)))).flatten()
    });
    let height = Memo::new(move |_| drawing.with(|d| d.as_ref().map_or(200, |d| d.height_px)));
    let is_time = Memo::new(move |_| block.with(is_over_time));
    let hovered = Memo::new(move |_| {
        let at = cursor.get();
        block.with(|b| hover(b, at.x, at.item))
    });

    follow_width(element, width);
    // The table shows the same numbers, so the viewer loses little; that we are at fault must not go unseen.
    let refuse = move |error: &JsValue| {
        web_sys::console::error_2(&"A chart was refused and is shown as a table:".into(), error);
        is_refused.set(true);
    };
    let draw = move || {
        let (Some(target), Library::Ready) = (element.get_untracked(), library.get_untracked()) else { return };
        let look = theme.with_untracked(|t| Look { crosshair: t.muted.clone(), selection: t.selection.clone() });
        drawing.with_untracked(|drawn| {
            let Some(drawn) = drawn else { return };
            mounted.update_value(|chart| match chart {
                Some(chart) => {
                    if let Err(error) = chart.update(drawn, &look) {
                        refuse(&error);
                    }
                }
                None => {
                    let take = move |event| {
                        panel.with_value(|panel| pointer::take(store, panel, block, drawing, cursor, event));
                    };
                    match Chart::mount(&target, drawn, &look, take) {
                        Ok(mounted) => *chart = Some(mounted),
                        Err(error) => refuse(&error),
                    }
                }
            });
        });
    };
    let is_waiting = StoredValue::new(false);
    Effect::new(move |_| {
        element.track();
        library.track();
        theme.track();
        drawing.track();
        if is_waiting.get_value() {
            return;
        }
        is_waiting.set_value(true);
        turns::later(move || {
            // The chart may be gone when its turn comes.
            if is_waiting.try_update_value(|waiting| *waiting = false).is_some() {
                draw();
            }
        });
    });
    Effect::new(move |_| {
        let at = store.crosshair.get();
        let is_mine = store.is_crosshair_shared.get() || cursor.with_untracked(|c| c.x.is_some());
        let at = at.filter(|_| is_mine);
        if is_time.get() {
            mounted.with_value(|chart| chart.iter().for_each(|c| c.set_crosshair(at)));
        }
    });
    offer_svg(store, panel, block, move || {
        let drawing = drawing.try_get_untracked().flatten()?;
        charts::to_svg(&drawing, 960.0, f64::from(drawing.height_px.max(320))).ok()
    });
    on_cleanup(move || mounted.set_value(None));

    let named = Memo::new(move |_| drawing.with(|d| d.as_ref().map(|d| d.legend.clone()).unwrap_or_default()));
    let label = move || block.with(|b| if b.title.is_empty() { "Chart".to_owned() } else { b.title.clone() });
    view! {
        {move || named.with(|named| legend(named))}
        <div class="chart" style:--chart=move || format!("{}px", height.get())>
            <div
                class="chart-canvas"
                node_ref=element
                role="application"
                aria-roledescription="chart"
                aria-label=label
                tabindex="0"
                on:keydown=move |event| press(store, panel, block, cursor, &event)
                on:blur=move |_| leave_by_keyboard(cursor)
            ></div>
            <Said hovered=hovered cursor=cursor width=width theme=theme />
        </div>
        <ThresholdSlider block=block />
    }
}

/// What is said of the item under the pointer or the keyboard's cursor: beside it, and aloud where the keyboard moved there.
#[component]
fn Said(
    /// What is to be said.
    hovered: Memo<Option<Hover>>,
    /// Where the pointer or the cursor is.
    cursor: RwSignal<Cursor>,
    /// Width of the picture in CSS pixels.
    width: RwSignal<u32>,
    /// The look.
    theme: Memo<crate::chart::Theme>,
) -> impl IntoView {
    let texts = use_texts();
    let tip = move || {
        let (at, texts) = (cursor.get(), texts.get());
        hovered.with(|h| h.as_ref().map(|h| theme.with(|theme| tooltip(h, at.place, width.get(), &texts, theme))))
    };
    let live = move || {
        let is_by_keyboard = cursor.get().place.is_none();
        hovered.with(|h| h.as_ref().filter(|_| is_by_keyboard).map(|h| spoken(h, &texts.get())))
    };
    view! {
        {tip}
        <p class="visually-hidden" aria-live="polite">{live}</p>
    }
}

/// A key pressed on a picture that has the focus.
fn press(
    store: Store,
    panel: StoredValue<String>,
    block: Signal<Block>,
    cursor: RwSignal<Cursor>,
    event: &KeyboardEvent,
) {
    let Some(key) = keys::key(&event.key()) else { return };
    event.prevent_default();
    event.stop_propagation();
    panel.with_value(|panel| keys::press(store, panel, block, cursor, key));
}

/// The focus leaves: the keyboard's cursor goes with it, the pointer's place stays.
fn leave_by_keyboard(cursor: RwSignal<Cursor>) {
    if cursor.get_untracked().place.is_none() {
        cursor.set(Cursor::default());
    }
}

/// At most this many names stand over a chart; the tooltip has them all.
const MAX_LEGEND: usize = 6;

/// Names of lines beside their colours, for sighted readers: the chart's table names them for the others.
fn legend(entries: &[LegendEntry]) -> Option<impl IntoView + use<>> {
    let item = |entry: &LegendEntry| {
        let (title, hover, colour) = (entry.title.clone(), entry.title.clone(), entry.colour.clone());
        view! {
            <li title=hover>
                <i style:background=colour.clone() style:border-color=colour data-dashed=entry.dashed.then_some("")></i>
                <span>{title}</span>
            </li>
        }
    };
    let n_more = entries.len().saturating_sub(MAX_LEGEND);
    let more = (n_more > 0).then(|| view! { <li>{format!("and {n_more} more")}</li> });
    let items: Vec<_> = entries.iter().take(MAX_LEGEND).map(item).collect();
    (!items.is_empty()).then(|| {
        view! {
            <ul class="legend" aria-hidden="true">
                {items}
                {more}
            </ul>
        }
    })
}

fn is_over_time(block: &Block) -> bool {
    matches!(&block.body, BlockBody::Lines(lines) if lines.x.scale == XScale::Time)
}

fn follow_width(element: NodeRef<html::Div>, width: RwSignal<u32>) {
    let observer = StoredValue::new_local(None::<observe::Width>);
    Effect::new(move |_| {
        let Some(target) = element.get() else { return };
        let react = move |px: f64| {
            let stepped = ((px / WIDTH_STEP_PX).floor() * WIDTH_STEP_PX) as u32;
            if width.try_get_untracked().is_some_and(|now| now != stepped) {
                width.set(stepped);
            }
        };
        observer.set_value(observe::Width::new(&target, react));
    });
    on_cleanup(move || observer.set_value(None));
}

/// Lets the panel's export draw this chart as SVG.
fn offer_svg(
    store: Store,
    panel: StoredValue<String>,
    block: Signal<Block>,
    make: impl Fn() -> Option<String> + 'static,
) {
    let key = (panel.get_value(), block.with_untracked(|b| b.id.clone()));
    let name = key.clone();
    store.svg_makers.update_value(|makers| drop(makers.insert(name, std::rc::Rc::new(make))));
    on_cleanup(move || {
        // The page may be gone before its charts.
        let _ = store.svg_makers.try_update_value(|makers| drop(makers.remove(&key)));
    });
}

/// What an item of a chart's series stands for.
fn item(hits: &[SeriesHit], (series, datum): (usize, usize)) -> Option<Item> {
    Some(match hits.get(series)? {
        SeriesHit::Decoration => return None,
        SeriesHit::Line(line) => Item::Line(*line),
        SeriesHit::Bars => Item::Bar(datum),
        SeriesHit::Cells(cells) => Item::Cell(*cells.get(datum)?),
        SeriesHit::Points(points) => Item::Point(*points.get(datum)?),
        SeriesHit::Runs(runs) => Item::Run(*runs.get(datum)?),
    })
}

/// The tooltip's data type, for the parts of this component.
type Tip = Hover;
