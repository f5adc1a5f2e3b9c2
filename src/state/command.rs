//! Everything that the viewer can do to the selection, as one closed enum, and what each does.
//!
//! Pure: the clock and the shown range are parameters. The page applies a command, writes the address, and tells the engine.

use super::{Comparison, Filter, Selection, TimeInput, Zone};
use crate::calendar;
use crate::query::TimeRange;

/// The narrowest range that a zoom gives, in milliseconds.
const MIN_WIDTH_MS: i64 = 1_000;

/// One change of the selection.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Look as another role, at its home dashboard. Range, filters and comparisons stay.
    SetRole(String),
    /// Open a dashboard; `None` is the role's own.
    OpenDashboard(Option<String>),
    /// Show a panel on a page of its own.
    OpenPanel(String),
    /// Show the panel that explains a number, filtered to what the number is of: one step, so that Back undoes it whole.
    OpenEvidence {
        /// Id of the panel.
        panel: String,
        /// Dimension and value; each filter becomes this value alone.
        filters: Vec<(String, String)>,
    },
    /// Back to the dashboard.
    ClosePanel,
    /// Set the time range as written; `None` is the default.
    SetRange {
        /// Where it begins.
        from: Option<TimeInput>,
        /// Where it ends.
        to: Option<TimeInput>,
    },
    /// Zoom to a span that was dragged, whichever end came first.
    Zoom {
        /// One end, in milliseconds.
        from_ms: i64,
        /// The other end, in milliseconds.
        to_ms: i64,
    },
    /// Twice the width around the same middle, not beyond now.
    ZoomOut {
        /// The range that is shown.
        shown: TimeRange,
    },
    /// Half a width back or forward, not beyond now.
    ShiftRange {
        /// The range that is shown.
        shown: TimeRange,
        /// Which way.
        direction: Direction,
    },
    /// Set the time zone.
    SetZone(Zone),
    /// Seconds between refreshes; `None` is off, zero is "auto".
    SetRefresh(Option<u32>),
    /// Click on a mark: filter by it, or no longer.
    ToggleFilter {
        /// Dimension id.
        dimension: String,
        /// Value.
        value: String,
    },
    /// Only this value of the dimension.
    OnlyFilter {
        /// Dimension id.
        dimension: String,
        /// Value.
        value: String,
    },
    /// Leave this value out, or no longer.
    Exclude {
        /// Dimension id.
        dimension: String,
        /// Value.
        value: String,
    },
    /// Set a dimension's filter as a picker does.
    SetFilter {
        /// Dimension id.
        dimension: String,
        /// The filter; an empty one removes it.
        filter: Filter,
    },
    /// Remove a dimension's filter.
    ClearFilter {
        /// Dimension id.
        dimension: String,
    },
    /// Remove all filters.
    ClearFilters,
    /// Compare with these.
    SetComparisons(Vec<Comparison>),
    /// Compare with this too, or no longer.
    ToggleComparison(Comparison),
    /// Focus a point (milliseconds, or the axis's unit); `None` is no point.
    Focus(Option<f64>),
    /// Set a model's decision threshold, 0 to 1; `None` is its own.
    SetThreshold {
        /// Model id.
        model: String,
        /// The threshold; clamped to 0 to 1.
        value: Option<f64>,
        /// `false` while dragging.
        is_final: bool,
    },
    /// Brush an axis, whichever end comes first.
    SetBrush {
        /// Axis, a parameter or metric of the runs.
        axis: String,
        /// One end.
        low: f64,
        /// The other end.
        high: f64,
        /// `false` while dragging.
        is_final: bool,
    },
    /// Remove the brush of an axis.
    ClearBrush {
        /// Axis.
        axis: String,
    },
    /// Remove all brushes.
    ClearBrushes,
    /// A setting of a panel; `None` is its default.
    SetSetting {
        /// Panel id.
        panel: String,
        /// Name, such as `scale`.
        name: String,
        /// Value, such as `log`.
        value: Option<String>,
    },
    /// `light`, `dark`, or `None` for the system's.
    SetTheme(Option<String>),
    /// Hide everything but the panels, or show it again.
    ToggleKiosk,
    /// Back to the role's home with nothing chosen. Workspace, role, zone, theme and unknown parameters stay.
    ResetAll,
}

/// Which way on the time axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Into the past.
    Back,
    /// Towards now.
    Forward,
}

impl Command {
    /// Whether Back should undo it: a step in the history, not a replacement of the current address.
    pub fn is_committed(&self) -> bool {
        match self {
            Self::Focus(_) | Self::SetRefresh(_) | Self::SetTheme(_) | Self::ToggleKiosk => false,
            Self::SetThreshold { is_final, .. } | Self::SetBrush { is_final, .. } => *is_final,
            _ => true,
        }
    }
}

/// The selection after `command`.
///
/// `now_ms` is the viewer's clock. Numbers that are not finite change nothing.
pub fn apply(selection: &Selection, command: &Command, now_ms: i64) -> Selection {
    let mut next = selection.clone();
    match command {
        Command::SetRole(role) => {
            next.role = Some(role.clone());
            (next.dashboard, next.panel, next.at) = (None, None, None);
        }
        Command::OpenDashboard(id) => {
            next.dashboard.clone_from(id);
            (next.panel, next.at) = (None, None);
        }
        Command::OpenPanel(id) => next.panel = Some(id.clone()),
        Command::OpenEvidence { panel, filters } => {
            for (dimension, value) in filters {
                let only = Filter { include: vec![value.clone()], exclude: Vec::new() };
                change_filter(&mut next, dimension, |filter| *filter = only);
            }
            next.panel = Some(panel.clone());
        }
        Command::ClosePanel => next.panel = None,
        Command::SetRange { from, to } => (next.from, next.to, next.at) = (from.clone(), to.clone(), None),
        Command::Zoom { from_ms, to_ms } => set_range(&mut next, TimeRange::new(*from_ms, *to_ms)),
        Command::ZoomOut { shown } => set_range(&mut next, zoomed_out(*shown, now_ms)),
        Command::ShiftRange { shown, direction } => set_range(&mut next, stepped(*shown, *direction, now_ms)),
        Command::SetZone(zone) => next.zone = zone.clone(),
        Command::SetRefresh(seconds) => {
            next.refresh_seconds = seconds.map(|s| if s == 0 { 0 } else { s.clamp(5, 86_400) });
        }
        Command::ToggleFilter { dimension, value } => change_filter(&mut next, dimension, |filter| {
            filter.exclude.retain(|v| v != value);
            toggle(&mut filter.include, value);
        }),
        Command::OnlyFilter { dimension, value } => change_filter(&mut next, dimension, |filter| {
            *filter = Filter { include: vec![value.clone()], exclude: Vec::new() };
        }),
        Command::Exclude { dimension, value } => change_filter(&mut next, dimension, |filter| {
            filter.include.retain(|v| v != value);
            toggle(&mut filter.exclude, value);
        }),
        Command::SetFilter { dimension, filter } => change_filter(&mut next, dimension, |f| f.clone_from(filter)),
        Command::ClearFilter { dimension } => drop(next.filters.remove(dimension)),
        Command::ClearFilters => next.filters.clear(),
        Command::SetComparisons(comparisons) => {
            next.compare.clear();
            for comparison in comparisons {
                if !next.compare.contains(comparison) {
                    next.compare.push(comparison.clone());
                }
            }
        }
        Command::ToggleComparison(comparison) => toggle(&mut next.compare, comparison),
        Command::Focus(at) => next.at = at.filter(|at| at.is_finite()),
        Command::SetThreshold { model, value, .. } => match value {
            Some(value) if value.is_finite() => drop(next.thresholds.insert(model.clone(), value.clamp(0.0, 1.0))),
            Some(_) => {}
            None => drop(next.thresholds.remove(model)),
        },
        Command::SetBrush { axis, low, high, .. } => {
            if low.is_finite() && high.is_finite() {
                next.brushes.insert(axis.clone(), (low.min(*high), low.max(*high)));
            }
        }
        Command::ClearBrush { axis } => drop(next.brushes.remove(axis)),
        Command::ClearBrushes => next.brushes.clear(),
        Command::SetSetting { panel, name, value } => set_setting(&mut next, panel, name, value.as_deref()),
        Command::SetTheme(theme) => next.theme = theme.clone().filter(|t| t == "light" || t == "dark"),
        Command::ToggleKiosk => next.kiosk = !next.kiosk,
        Command::ResetAll => {
            next = Selection {
                workspace: next.workspace,
                role: next.role,
                zone: next.zone,
                theme: next.theme,
                unknown: next.unknown,
                ..Selection::default()
            };
        }
    }
    next
}

fn toggle<T: PartialEq + Clone>(values: &mut Vec<T>, value: &T) {
    match values.iter().position(|v| v == value) {
        Some(at) => drop(values.remove(at)),
        None => values.push(value.clone()),
    }
}

fn change_filter(selection: &mut Selection, dimension: &str, change: impl FnOnce(&mut Filter)) {
    let mut filter = selection.filters.remove(dimension).unwrap_or_default();
    change(&mut filter);
    if !(filter.include.is_empty() && filter.exclude.is_empty()) {
        selection.filters.insert(dimension.to_owned(), filter);
    }
}

fn set_setting(selection: &mut Selection, panel: &str, name: &str, value: Option<&str>) {
    let settings = selection.settings.entry(panel.to_owned()).or_default();
    if name == "x" {
        // A zoom is in the unit of its axis.
        settings.remove("zoom");
    }
    match value {
        Some(value) => drop(settings.insert(name.to_owned(), value.to_owned())),
        None => drop(settings.remove(name)),
    }
    if settings.is_empty() {
        selection.settings.remove(panel);
    }
}

fn set_range(selection: &mut Selection, range: TimeRange) {
    let to_ms = range.to_ms.max(range.from_ms.saturating_add(MIN_WIDTH_MS));
    // Instants outside the calendar cannot be written, nor shown: the range stays.
    if let (Some(from), Some(to)) = (written(range.from_ms), written(to_ms)) {
        (selection.from, selection.to, selection.at) = (Some(from), Some(to), None);
    }
}

fn written(at_ms: i64) -> Option<TimeInput> {
    calendar::instant_text(at_ms).map(TimeInput)
}

fn zoomed_out(shown: TimeRange, now_ms: i64) -> TimeRange {
    let half = (shown.width_ms() / 2).max(MIN_WIDTH_MS / 2);
    let wider = TimeRange { from_ms: shown.from_ms.saturating_sub(half), to_ms: shown.to_ms.saturating_add(half) };
    not_beyond(wider, shown.to_ms.max(now_ms))
}

fn stepped(shown: TimeRange, direction: Direction, now_ms: i64) -> TimeRange {
    let half = (shown.width_ms() / 2).max(1);
    match direction {
        Direction::Back => shown.shifted(-half),
        Direction::Forward => not_beyond(shown.shifted(half), shown.to_ms.max(now_ms)),
    }
}

/// The range moved back so far that it ends by `last_ms`.
fn not_beyond(range: TimeRange, last_ms: i64) -> TimeRange {
    range.shifted(last_ms.saturating_sub(range.to_ms).min(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{parse, to_query};

    const NOW_MS: i64 = 1_767_225_600_000; // 2026-01-01T00:00:00Z

    #[track_caller]
    fn check(before: &str, command: &Command, after: &str) {
        let next = apply(&parse(before).0, command, NOW_MS);
        assert_eq!(to_query(&next).replace("%5C", "\\"), after);
        assert_eq!(parse(&to_query(&next)).0, next, "the address loses something");
    }

    fn filter(value: &str) -> Command {
        Command::ToggleFilter { dimension: "model".to_owned(), value: value.to_owned() }
    }

    fn range(from_ms: i64, to_ms: i64) -> TimeRange {
        TimeRange { from_ms, to_ms }
    }

    #[test]
    fn a_second_click_takes_the_filter_back() {
        check("", &filter("a"), "var-model=a");
        check("var-model=a", &filter("a"), "");
        check("var-model=a", &filter("b"), "var-model=a&var-model=b");
        check("var-model=!a", &filter("a"), "var-model=a");
    }

    #[test]
    fn only_and_exclude() {
        let (dimension, value) = ("model".to_owned(), "a".to_owned());
        check(
            "var-model=b&var-model=!c",
            &Command::OnlyFilter { dimension: dimension.clone(), value: value.clone() },
            "var-model=a",
        );
        check(
            "var-model=a&var-model=b",
            &Command::Exclude { dimension: dimension.clone(), value: value.clone() },
            "var-model=b&var-model=!a",
        );
        check("var-model=!a", &Command::Exclude { dimension: dimension.clone(), value }, "");
        check("var-model=a&var-region=eu", &Command::ClearFilter { dimension }, "var-region=eu");
        check("var-model=a&var-region=eu", &Command::ClearFilters, "");
    }

    #[test]
    fn evidence_opens_filtered_in_one_step() {
        let filters = vec![("model".to_owned(), "a".to_owned())];
        check(
            "var-model=b&var-model=!c&var-region=eu",
            &Command::OpenEvidence { panel: "drift".to_owned(), filters },
            "panel=drift&var-model=a&var-region=eu",
        );
    }

    #[test]
    fn a_role_opens_its_own_dashboard_and_keeps_the_question() {
        check(
            "d=x&panel=y&from=now-7d&var-model=a&compare=previous",
            &Command::SetRole("r".to_owned()),
            "role=r&from=now-7d&var-model=a&compare=previous",
        );
    }

    #[test]
    fn a_drag_in_either_direction_zooms() {
        let expected = "from=2025-12-31T23:00:00Z&to=2025-12-31T23:30:00.5Z";
        let (from_ms, to_ms) = (NOW_MS - 3_600_000, NOW_MS - 1_799_500);
        check("at=5", &Command::Zoom { from_ms, to_ms }, expected);
        check("", &Command::Zoom { from_ms: to_ms, to_ms: from_ms }, expected);
        check("", &Command::Zoom { from_ms, to_ms: from_ms }, "from=2025-12-31T23:00:00Z&to=2025-12-31T23:00:01Z");
        check("from=now-1h", &Command::Zoom { from_ms: i64::MIN, to_ms: i64::MAX }, "from=now-1h");
    }

    #[test]
    fn zooming_out_doubles_and_stops_at_now() {
        let shown = range(NOW_MS - 3 * 3_600_000, NOW_MS - 2 * 3_600_000);
        check("", &Command::ZoomOut { shown }, "from=2025-12-31T20:30:00Z&to=2025-12-31T22:30:00Z");
        let shown = range(NOW_MS - 3_600_000, NOW_MS);
        check("", &Command::ZoomOut { shown }, "from=2025-12-31T22:00:00Z&to=2026-01-01T00:00:00Z");
    }

    #[test]
    fn stepping_moves_by_half_and_stops_at_now() {
        let shown = range(NOW_MS - 3_600_000, NOW_MS);
        check(
            "",
            &Command::ShiftRange { shown, direction: Direction::Back },
            "from=2025-12-31T22:30:00Z&to=2025-12-31T23:30:00Z",
        );
        check(
            "",
            &Command::ShiftRange { shown, direction: Direction::Forward },
            "from=2025-12-31T23:00:00Z&to=2026-01-01T00:00:00Z",
        );
    }

    #[test]
    fn what_ifs_are_bounded_and_taken_back() {
        let model = "a".to_owned();
        check("", &Command::SetThreshold { model: model.clone(), value: Some(1.5), is_final: true }, "threshold-a=1");
        check(
            "threshold-a=0.5",
            &Command::SetThreshold { model: model.clone(), value: Some(f64::NAN), is_final: true },
            "threshold-a=0.5",
        );
        check("threshold-a=0.5", &Command::SetThreshold { model, value: None, is_final: true }, "");
        check("", &Command::SetBrush { axis: "lr".to_owned(), low: 2.0, high: 1.0, is_final: true }, "brush-lr=1..2");
        check("brush-lr=1..2&brush-x=0..1", &Command::ClearBrush { axis: "lr".to_owned() }, "brush-x=0..1");
    }

    #[test]
    fn settings_comparisons_and_look() {
        let setting = |value: Option<&str>| Command::SetSetting {
            panel: "p".to_owned(),
            name: "scale".to_owned(),
            value: value.map(str::to_owned),
        };
        check("", &setting(Some("log")), "set-p.scale=log");
        check("set-p.scale=log", &setting(None), "");
        check("compare=previous", &Command::ToggleComparison(Comparison::Previous), "");
        check(
            "compare=previous",
            &Command::SetComparisons(vec![Comparison::Region("eu".to_owned())]),
            "compare=region:eu",
        );
        check("", &Command::ToggleKiosk, "kiosk");
        check("", &Command::SetTheme(Some("pink".to_owned())), "");
        check("", &Command::SetRefresh(Some(1)), "refresh=5s");
        check("", &Command::SetRefresh(Some(0)), "refresh=auto");
    }

    #[test]
    fn reset_keeps_who_and_where() {
        check(
            "workspace=w&role=r&d=x&from=now-1h&tz=utc&var-model=a&theme=dark&utm=1",
            &Command::ResetAll,
            "workspace=w&role=r&tz=utc&theme=dark&utm=1",
        );
    }

    #[test]
    fn drags_and_hovers_do_not_fill_the_history() {
        let drag = |is_final| Command::SetThreshold { model: "a".to_owned(), value: Some(0.5), is_final };
        assert!(!drag(false).is_committed());
        assert!(drag(true).is_committed());
        assert!(!Command::Focus(Some(1.0)).is_committed());
        assert!(Command::Zoom { from_ms: 0, to_ms: 1 }.is_committed());
    }
}
