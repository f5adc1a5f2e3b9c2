//! A table with rich cells: sorted by a click on a heading, rows chosen by a click, virtual beyond two thousand rows.

mod cell;

use std::cmp::Ordering;

use leptos::html;
use leptos::prelude::*;

use super::evidence::evidence_button;
use super::number::Handle;
use crate::order::Order as _;
use crate::ui::store::{Store, use_store};
use crate::ui::tasks::choose::{choose, is_chosen, toggle_listed};
use crate::ui::text::{Texts, use_texts};
use crate::view::twin::{Twin, row_series};
use crate::view::{Cell, Grid};

/// Above this many rows only those near the view are in the document.
const VIRTUAL_ABOVE: usize = 2_000;
const ROW_PX: f64 = 28.0;
const ROWS_IN_VIEW: usize = 60;

/// Which column sorts, and whether downwards.
type Sorting = Option<(usize, bool)>;

/// A table.
#[component]
pub fn GridTable(
    /// The rows, and what the columns hold.
    #[prop(into)]
    twin: Signal<Twin>,
    /// What the table is, for those who do not see it.
    #[prop(into)]
    caption: Signal<String>,
    /// Id of the panel whose rows can be chosen; empty if they cannot.
    #[prop(into, optional)]
    panel: String,
) -> impl IntoView {
    let texts = use_texts();
    let order = RwSignal::new(Sorting::None);
    let scrolled = RwSignal::new(0.0_f64);
    let scroller = NodeRef::<html::Div>::new();
    let sorted = Memo::new(move |_| twin.with(|t| sorted_rows(&t.grid, order.get())));
    let window = Memo::new(move |_| window_of(sorted.with(Vec::len), scrolled.get()));
    let panel = StoredValue::new(panel);

    let headings = move || twin.with(|t| headings(&t.grid, order));
    let body = move || {
        let (first, last) = window.get();
        let texts = texts.get();
        twin.with(|t| {
            let decimals = decimals(&t.grid, &texts);
            sorted.with(|sorted| {
                let shown = sorted.get(first..last).unwrap_or_default();
                shown.iter().filter_map(|&row| table_row(t, row, &texts, &decimals, panel)).collect::<Vec<_>>()
            })
        })
    };
    let spacer = move |n_rows: usize| {
        (n_rows > 0).then(|| {
            view! { <tr aria-hidden="true" style:height=format!("{}px", n_rows as f64 * ROW_PX)></tr> }
        })
    };
    let more = move || {
        twin.with(|t| {
            let hidden = t.grid.n_total.map_or(0, |n| n.saturating_sub(t.grid.rows.len() as u64));
            (hidden > 0).then(|| {
                let text = format!("{} more, not shown", texts.get().count(hidden as f64));
                view! { <p class="table-more">{text}</p> }
            })
        })
    };
    view! {
        <div
            class="table-box"
            tabindex="0"
            role="region"
            aria-label=move || format!("Table {}", caption.get())
            node_ref=scroller
            on:scroll=move |_| {
                if let Some(element) = scroller.get_untracked() {
                    scrolled.set(f64::from(element.scroll_top()));
                }
            }
        >
            <table
                class="table"
                data-virtual=move || sorted.with(|rows| rows.len() > VIRTUAL_ABOVE).then_some("")
                aria-rowcount=move || sorted.with(Vec::len).to_string()>
                <thead>
                    <tr>{headings}</tr>
                </thead>
                <tbody>
                    {move || spacer(window.get().0)} {body}
                    {move || spacer(sorted.with(Vec::len).saturating_sub(window.get().1))}
                </tbody>
            </table>
            {more}
        </div>
    }
}

/// First and one past the last row that stand in the document.
fn window_of(n_rows: usize, scrolled_px: f64) -> (usize, usize) {
    if n_rows <= VIRTUAL_ABOVE {
        return (0, n_rows);
    }
    // In steps, so that scrolling within them changes nothing.
    let first = ((scrolled_px / ROW_PX) as usize / 20 * 20).saturating_sub(20).min(n_rows);
    (first, (first + ROWS_IN_VIEW + 40).min(n_rows))
}

/// Tables up to this many rows have their numbers' decimal marks in a line.
const ALIGNED_ROWS: usize = 100;

/// The decimals that all numbers of a column are written with, by column; none where each has its own.
fn decimals(grid: &Grid, texts: &Texts) -> Vec<Option<u8>> {
    let of_column = |(at, column): (usize, &crate::view::GridColumn)| {
        let cells = grid.rows.iter().filter_map(|row| row.get(at));
        let numbers = cells.filter_map(|cell| match cell {
            Cell::Number(v) | Cell::Interval(v, _, _) | Cell::Share(_, v) => Some(*v),
            _ => None,
        });
        (grid.rows.len() <= ALIGNED_ROWS).then(|| texts.common_decimals(numbers, &column.unit)).flatten()
    };
    grid.columns.iter().enumerate().map(of_column).collect()
}

fn headings(grid: &Grid, order: RwSignal<Sorting>) -> Vec<impl IntoView + use<>> {
    let heading = |(at, column): (usize, &crate::view::GridColumn)| {
        let class = if is_numeric(grid, at) { "numeric" } else { "" };
        let sort = move || match order.get() {
            Some((column, true)) if column == at => "descending",
            Some((column, false)) if column == at => "ascending",
            _ => "none",
        };
        let arrow = move || match sort() {
            "descending" => " ↓",
            "ascending" => " ↑",
            _ => "",
        };
        let turn = move |_| {
            order.update(|order| {
                *order = match *order {
                    Some((column, true)) if column == at => Some((at, false)),
                    Some((column, false)) if column == at => None,
                    _ => Some((at, true)),
                };
            });
        };
        view! {
            <th scope="col" class=class aria-sort=sort>
                <button type="button" on:click=turn>
                    {column.title.clone()}
                    {arrow}
                </button>
            </th>
        }
    };
    grid.columns.iter().enumerate().map(heading).collect()
}

/// A column is numeric when its first present cell is.
fn is_numeric(grid: &Grid, column: usize) -> bool {
    let first = grid.rows.iter().filter_map(|row| row.get(column)).find(|cell| !matches!(cell, Cell::Missing));
    matches!(first, Some(Cell::Number(_) | Cell::Interval(..) | Cell::Share(..)))
}

/// Row numbers in order; missing cells last in either direction.
fn sorted_rows(grid: &Grid, order: Sorting) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..grid.rows.len()).collect();
    let Some((column, is_down)) = order else { return rows };
    // Pinned rows stay on top, whatever the others are sorted by.
    let pinned = grid.n_pinned.min(rows.len());
    let cell = |row: usize| grid.rows.get(row).and_then(|cells| cells.get(column)).unwrap_or(&Cell::Missing);
    let (_, rest) = rows.split_at_mut(pinned);
    rest.order_by(|&a, &b| {
        let (a, b) = (cell(a), cell(b));
        match (matches!(a, Cell::Missing), matches!(b, Cell::Missing)) {
            (false, false) if is_down => compare(b, a),
            (false, false) => compare(a, b),
            (a, b) => a.cmp(&b),
        }
    });
    rows
}

fn compare(a: &Cell, b: &Cell) -> Ordering {
    let number = |cell: &Cell| match cell {
        Cell::Number(v) | Cell::Interval(v, _, _) | Cell::Time(v) | Cell::Share(_, v) => Some(*v),
        Cell::Spark(values) => values.last().copied(),
        _ => None,
    };
    let text = |cell: &Cell| match cell {
        Cell::Text(text) | Cell::Status(_, text) => text.to_lowercase(),
        Cell::Series(labels) => labels.to_string(),
        _ => String::new(),
    };
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => text(a).cmp(&text(b)),
    }
}

fn table_row(
    twin: &Twin,
    row: usize,
    texts: &Texts,
    decimals: &[Option<u8>],
    panel: StoredValue<String>,
) -> Option<impl IntoView + use<>> {
    let store = use_store();
    let grid = &twin.grid;
    let cells = grid.rows.get(row)?;
    let series = row_series(cells).or_else(|| twin.series.get(row)).cloned().unwrap_or_default();
    let is_choosable = !panel.with_value(String::is_empty);
    let key = grid.row_keys.get(row).filter(|key| !key.is_empty()).cloned();
    let pin = grid.pin_setting.clone().zip(key.clone()).filter(|_| is_choosable);
    let is_pinned = row < grid.n_pinned;
    let choice = grid.row_target.clone().zip(key).filter(|_| is_choosable);
    let selected = {
        let choice = choice.clone();
        move || {
            let (target, key) = choice.as_ref()?;
            Some(panel.with_value(|panel| is_chosen(store, panel, target, key)).to_string())
        }
    };
    let has_choice = choice.is_some();
    let pick = move || {
        if let Some((target, key)) = &choice {
            panel.with_value(|panel| choose(store, panel, target, key));
        }
    };
    let view_cell = |(at, cell): (usize, &Cell)| {
        let column = grid.columns.get(at);
        let of_column = column.and_then(|c| c.metric.clone());
        let of_row = twin.metrics.get(row).filter(|m| !m.is_empty() && of_column.is_some());
        let metric = of_row.cloned().or(of_column).unwrap_or_default();
        let handle = Handle::new(&metric, &series);
        let unit = column.map(|c| c.unit.clone()).unwrap_or_default();
        let part = twin.parts.get(at).copied().unwrap_or("value");
        let class = if matches!(cell, Cell::Number(_) | Cell::Interval(..) | Cell::Share(..)) || is_numeric(grid, at) {
            "numeric"
        } else {
            ""
        };
        let shown = cell::cell(cell, &handle, part, &unit, texts, decimals.get(at).copied().flatten());
        let evidence = grid.evidence.get(row).and_then(|row| row.get(at)).and_then(Option::as_ref);
        let shown = match evidence {
            Some(evidence) => evidence_button(store, evidence.clone(), None, shown),
            None => shown,
        };
        if at == 0 {
            let button = pin.clone().map(|(setting, key)| pin_button(store, panel, setting, key, is_pinned));
            view! { <th scope="row" class=class title=cell::plain(cell)>{button}{shown}</th> }.into_any()
        } else if let Cell::Share(share, _) = cell {
            let width = format!("{:.1}%", share.clamp(0.0, 1.0) * 100.0);
            view! { <td class="numeric share" style:--share=width>{shown}</td> }.into_any()
        } else {
            view! { <td class=class>{shown}</td> }.into_any()
        }
    };
    let by_key = {
        let pick = pick.clone();
        move |event: web_sys::KeyboardEvent| {
            if event.key() == "Enter" || event.key() == " " {
                event.prevent_default();
                pick();
            }
        }
    };
    Some(view! {
        <tr
            data-clickable=has_choice.then_some("")
            data-pinned=is_pinned.then_some("")
            tabindex=has_choice.then_some("0")
            aria-selected=selected
            on:click=move |_| pick()
            on:keydown=by_key
        >
            {cells.iter().enumerate().map(view_cell).collect::<Vec<_>>()}
        </tr>
    })
}

/// Keeps a row on top, or lets it go again. Its star is drawn by the style sheet, so that the cell's text is the row's name alone.
fn pin_button(
    store: Store,
    panel: StoredValue<String>,
    setting: String,
    key: String,
    is_pinned: bool,
) -> impl IntoView {
    let turn = move |event: web_sys::MouseEvent| {
        // The row's own click chooses it.
        event.stop_propagation();
        panel.with_value(|panel| toggle_listed(store, panel, &setting, &key));
    };
    let title = if is_pinned { "Unpin this row" } else { "Pin this row on top" };
    view! {
        <button
            type="button"
            class="pin"
            title=title
            aria-label=title
            aria-pressed=is_pinned.to_string()
            on:click=turn
            on:keydown=|event: web_sys::KeyboardEvent| event.stop_propagation()
        ></button>
    }
}
