//! A map, drawn as SVG here: its outlines are fetched when the first map is on the screen, and the chart library is not needed.

use leptos::ev::PointerEvent;
use leptos::html;
use leptos::prelude::*;

use super::super::grid_table::GridTable;
use super::{Cursor, Said, follow_width, leave_by_keyboard, offer_svg, pointer, press, theme};
use crate::chart::map::{MapDrawing, Mark, Paint, Shape, Words, compile};
use crate::ui::store::{Outlines, use_store};
use crate::ui::tasks::choose::is_chosen;
use crate::ui::tasks::load_outlines::load_outlines;
use crate::ui::text::use_texts;
use crate::view::{Block, BlockBody, Item, WorldMap, hover, twin::twin};

/// A map. While its outlines are fetched its place is kept; if they cannot be, the block's table stands for it.
#[component]
pub fn MapChart(
    /// What it draws.
    #[prop(into)]
    block: Signal<Block>,
    /// Id of the panel.
    #[prop(into)]
    panel: String,
) -> impl IntoView {
    let store = use_store();
    load_outlines(store);
    let needs_table = Memo::new(move |_| matches!(store.outlines.get(), Outlines::Failed));
    move || {
        if needs_table.get() {
            let rows = Memo::new(move |_| block.with(twin));
            let caption = Signal::derive(move || block.with(|b| b.title.clone()));
            view! { <GridTable twin=rows caption=caption panel=panel.clone() /> }.into_any()
        } else {
            view! { <Drawn block=block panel=panel.clone() /> }.into_any()
        }
    }
}

#[component]
fn Drawn(
    /// What is drawn.
    block: Signal<Block>,
    /// Id of the panel.
    panel: String,
) -> impl IntoView {
    let store = use_store();
    let texts = use_texts();
    let theme = theme::use_theme();
    let element = NodeRef::<html::Div>::new();
    let width = RwSignal::new(0_u32);
    let cursor = RwSignal::new(Cursor::default());
    let panel = StoredValue::new(panel);
    let id = panel.with_value(|panel| block.with_untracked(|block| definitions_id(panel, &block.id)));
    let id = StoredValue::new(id);

    let drawing = Memo::new(move |_| {
        let width_px = width.get();
        let Outlines::Ready(world) = store.outlines.get() else { return None };
        let texts = texts.get();
        let compiled = |body: &WorldMap| {
            theme.with(|theme| compile(body, theme, &world, width_px, &|value, unit| texts.value(value, unit)))
        };
        block.with(|block| match &block.body {
            BlockBody::Map(body) if width_px > 0 => Some(compiled(body)),
            _ => None,
        })
    });
    let height = Memo::new(move |_| drawing.with(|d| d.as_ref().map_or(240, |d| d.height_px)));
    let hovered = Memo::new(move |_| block.with(|b| hover(b, None, cursor.get().item)));

    follow_width(element, width);
    offer_svg(store, panel, block, move || drawing.try_get_untracked().flatten().map(|drawing| drawing.svg()));

    let leave = move || cursor.set(Cursor::default());
    let over = move |part: usize, event: &PointerEvent| {
        let Some(element) = element.get_untracked() else { return };
        let bounds = element.get_bounding_client_rect();
        let place = (f64::from(event.client_x()) - bounds.left(), f64::from(event.client_y()) - bounds.top());
        cursor.set(Cursor { x: None, item: Some(Item::Bar(part)), place: Some(place) });
    };
    let picture = move || {
        let part = |shape: &Shape, drawing: &MapDrawing, index: usize| {
            let chosen = block.with(|block| match &block.body {
                BlockBody::Map(body) => {
                    body.values.target.clone().zip(body.values.bars.get(index).map(|b| b.key.clone()))
                }
                _ => None,
            });
            let is_target = chosen.is_some();
            let key = chosen.as_ref().map(|(_, key)| key.clone());
            let is_chosen = move || {
                let (target, key) = chosen.as_ref()?;
                panel.with_value(|panel| is_chosen(store, panel, target, key)).then_some("")
            };
            let is_hovered = move || (cursor.get().item == Some(Item::Bar(index))).then_some("");
            let click = move |_| panel.with_value(|panel| pointer::click(store, panel, block, Item::Bar(index)));
            let transform = shape.is_outline.then(|| drawing.transform());
            let fill = id.with_value(|id| drawing.fill(shape, id));
            view! {
                <path
                    class="map-part"
                    class:is-target=is_target
                    data-key=key
                    data-chosen=is_chosen
                    data-hovered=is_hovered
                    d=shape.path.clone()
                    transform=transform
                    fill=fill
                    on:pointerenter=move |event| over(index, &event)
                    on:pointermove=move |event| over(index, &event)
                    on:click=click
                />
            }
            .into_any()
        };
        drawing.with(|drawing| {
            let drawing = drawing.as_ref()?;
            let mark = |mark: &Mark| match mark {
                Mark::Shape(shape) => match shape.part {
                    Some(index) => part(shape, drawing, index),
                    None => id.with_value(|id| ground(shape, drawing, id)).into_any(),
                },
                Mark::Words(said) => words(said).into_any(),
            };
            let marks: Vec<_> = drawing.marks.iter().map(mark).collect();
            let (width, height) = (drawing.width_px, drawing.height_px);
            let definitions = id.with_value(|id| definitions(drawing, id));
            Some(view! {
                <svg
                    class="map-picture"
                    width=width
                    height=height
                    viewBox=format!("0 0 {width} {height}")
                    aria-hidden="true"
                    on:pointerleave=move |_| leave()
                >
                    {definitions}
                    {marks}
                </svg>
            })
        })
    };
    let label = move || block.with(|b| if b.title.is_empty() { "Map".to_owned() } else { b.title.clone() });
    view! {
        <div class="chart map" style:--chart=move || format!("{}px", height.get())>
            <div
                class="chart-canvas"
                node_ref=element
                role="application"
                aria-roledescription="map"
                aria-label=label
                tabindex="0"
                on:keydown=move |event| press(store, panel, block, cursor, &event)
                on:blur=move |_| leave_by_keyboard(cursor)
            >
                {picture}
            </div>
            <Said hovered=hovered cursor=cursor width=width theme=theme />
        </div>
    }
}

/// Land without a value, and the boxes of the legend.
fn ground(shape: &Shape, drawing: &MapDrawing, id: &str) -> impl IntoView + use<> {
    let transform = shape.is_outline.then(|| drawing.transform());
    let class = (shape.paint == Paint::Land).then_some("map-land");
    view! { <path class=class d=shape.path.clone() transform=transform fill=drawing.fill(shape, id) /> }
}

fn words(said: &Words) -> impl IntoView + use<> {
    let class = match (said.is_name, said.is_strong) {
        (true, true) => "map-name map-strong",
        (true, false) => "map-name",
        (false, _) => "map-words",
    };
    let (x, y) = (format!("{:.1}", said.x), format!("{:.1}", said.y));
    view! { <text class=class x=x y=y>{said.text.clone()}</text> }
}

/// The hatches and the ramp, which shapes name by their ids.
fn definitions(drawing: &MapDrawing, id: &str) -> impl IntoView + use<> {
    let hatch = |suffix: &str, transform: String| {
        let (surface, line) = (drawing.look.surface.clone(), drawing.look.hatch.clone());
        view! {
            <pattern id=format!("{id}-{suffix}") width="5" height="5" patternUnits="userSpaceOnUse" patternTransform=transform>
                <path d="M0 0h5v5h-5z" fill=surface />
                <path d="M1 0v5" stroke=line stroke-width="1.5" />
            </pattern>
        }
    };
    let stop = |(offset, colour): (f64, &String)| {
        view! { <stop offset=format!("{offset:.4}") stop-color=colour.clone() /> }
    };
    let stops: Vec<_> = drawing.offsets().map(stop).collect();
    view! {
        <defs>
            {hatch("hatch", "rotate(45)".to_owned())}
            {hatch("map", drawing.hatch_transform())}
            <linearGradient id=format!("{id}-ramp")>{stops}</linearGradient>
        </defs>
    }
}

/// An id that an address inside the document can name.
fn definitions_id(panel: &str, block: &str) -> String {
    let is_plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    format!("map-{panel}-{block}").chars().map(|c| if is_plain(&c) { c } else { '-' }).collect()
}
