//! The selection with the workspace and the clock: the range as instants, the comparisons as references, and what does not fit.

use super::time::{moved_back, span_in_words};
use super::url::Notice;
use super::zone::{ZoneRules, civil_at};
use super::{Comparison, Selection, TimeInput, resolve_time};
use crate::derive::{Reference, ReferenceKind};
use crate::query::TimeRange;
use crate::spec::{DashboardSpec, RoleSpec, Workspace};

/// Where the range begins when neither the address nor the role says.
const DEFAULT_FROM: &str = "now-24h";
const DEFAULT_TO: &str = "now";

/// What the selection means now.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// Where the range begins, as written in the address, the role, or by default.
    pub from: TimeInput,
    /// Where it ends, as written or by default.
    pub to: TimeInput,
    /// The range as instants.
    pub range: TimeRange,
    /// The comparisons, in order; those that make no sense here are left out with a notice.
    pub references: Vec<Reference>,
    /// What in the selection does not fit the workspace.
    pub notices: Vec<Notice>,
}

/// The role that the selection looks as: its own if the workspace has it, else the workspace's first.
pub fn current_role<'a>(selection: &Selection, workspace: &'a Workspace) -> Option<&'a RoleSpec> {
    let named = selection.role.as_ref().and_then(|id| workspace.roles.iter().find(|r| r.id == *id));
    named.or_else(|| workspace.roles.first())
}

/// The id of the role whose list of fields holds; `None` where the workspace's policy has no lists.
pub fn role_of_fields(selection: &Selection, workspace: &Workspace) -> Option<String> {
    workspace.privacy.fields.as_ref()?;
    current_role(selection, workspace).map(|role| role.id.clone())
}

/// The dashboard that the selection shows: its own if the workspace has it, else the role's first, else the workspace's first.
pub fn current_dashboard<'a>(selection: &Selection, workspace: &'a Workspace) -> Option<&'a DashboardSpec> {
    let find = |id: &String| workspace.dashboards.iter().find(|d| d.id == *id);
    let named = selection.dashboard.as_ref().and_then(find);
    let home = || current_role(selection, workspace).and_then(|r| r.dashboards.iter().find_map(find));
    named.or_else(home).or_else(|| workspace.dashboards.first())
}

/// Id of the panel that has a page of its own, if the workspace has it.
pub fn current_panel<'a>(selection: &'a Selection, workspace: &Workspace) -> Option<&'a str> {
    selection.panel.as_deref().filter(|id| workspace.panels.contains_key(*id))
}

/// What the selection means at `now_ms` in the zone of `rules`, with the workspace's defaults filled in.
///
/// Never fails: what does not fit is replaced by its default and noticed.
pub fn resolve(selection: &Selection, workspace: &Workspace, now_ms: i64, rules: &dyn ZoneRules) -> Resolved {
    let mut notices = misfits(selection, workspace);
    let role_from = current_role(selection, workspace).and_then(|r| r.from.as_deref()).unwrap_or(DEFAULT_FROM);
    let clock = Clock { now_ms, rules };
    let (from, from_ms) = clock.end_of_range("from", selection.from.as_ref(), [role_from, DEFAULT_FROM], &mut notices);
    let (to, to_ms) = clock.end_of_range("to", selection.to.as_ref(), [DEFAULT_TO; 2], &mut notices);
    if from_ms > to_ms {
        notices.push(Notice::new("from", &from.0, "is after the end; the ends are exchanged"));
    }
    let range = TimeRange::new(from_ms, to_ms);
    let mut references = Vec::new();
    for comparison in &selection.compare {
        match clock.reference(comparison, range, workspace) {
            Ok(reference) => references.push(reference),
            Err(notice) => notices.push(notice),
        }
    }
    Resolved { from, to, range, references, notices }
}

fn misfits(selection: &Selection, workspace: &Workspace) -> Vec<Notice> {
    let mut notices = Vec::new();
    let mut check = |parameter: &str, id: Option<&String>, is_known: &dyn Fn(&str) -> bool, instead: &str| {
        if let Some(id) = id.filter(|id| !is_known(id)) {
            notices.push(Notice::new(parameter, id, format!("is not in this workspace; {instead}")));
        }
    };
    let has_role = |id: &str| workspace.roles.iter().any(|r| r.id == id);
    let has_dashboard = |id: &str| workspace.dashboards.iter().any(|d| d.id == id);
    let has_panel = |id: &str| workspace.panels.contains_key(id);
    check("role", selection.role.as_ref(), &has_role, "the first role is shown");
    check("d", selection.dashboard.as_ref(), &has_dashboard, "the role's own dashboard is shown");
    check("panel", selection.panel.as_ref(), &has_panel, "the dashboard is shown");
    for (dimension, filter) in &selection.filters {
        let parameter = format!("var-{dimension}");
        if workspace.dimensions.iter().all(|d| d.id != *dimension) {
            notices.push(Notice::new(
                &parameter,
                dimension,
                "is not a dimension of this workspace; nothing is filtered by it",
            ));
        } else if dimension == "model" {
            let is_known = |id: &str| workspace.models.iter().any(|m| m.id == id);
            for id in filter.include.iter().chain(&filter.exclude).filter(|id| !is_known(id)) {
                notices.push(Notice::new(&parameter, id, "is not a model of this workspace"));
            }
        }
    }
    notices
}

struct Clock<'a> {
    now_ms: i64,
    rules: &'a dyn ZoneRules,
}

impl Clock<'_> {
    fn instant(&self, input: &TimeInput, end: bool) -> Option<i64> {
        resolve_time(&input.0, end, self.now_ms, self.rules).ok()
    }

    /// The first of the chosen time and the defaults that can be resolved.
    fn end_of_range(
        &self,
        parameter: &str,
        chosen: Option<&TimeInput>,
        defaults: [&str; 2],
        notices: &mut Vec<Notice>,
    ) -> (TimeInput, i64) {
        let end = parameter == "to";
        let candidates = chosen.cloned().into_iter().chain(defaults.map(|d| TimeInput(d.to_owned())));
        for input in candidates {
            match resolve_time(&input.0, end, self.now_ms, self.rules) {
                Ok(at_ms) => return (input, at_ms),
                Err(error) => {
                    notices.push(Notice::new(parameter, &input.0, format!("{}; the default holds", error.reason)));
                }
            }
        }
        (TimeInput("now".to_owned()), self.now_ms)
    }

    fn reference(&self, comparison: &Comparison, range: TimeRange, workspace: &Workspace) -> Result<Reference, Notice> {
        let misfit = |found: &str, text: &str| Notice::new("compare", found, text);
        let rest = |dimension: &str, value: &str| Reference {
            title: format!("all {dimension}s but {value}"),
            kind: ReferenceKind::Rest { dimension: dimension.to_owned(), value: value.to_owned() },
        };
        let over = |title: String, range: TimeRange| Reference { title, kind: ReferenceKind::Range(range) };
        match comparison {
            Comparison::Previous => Ok(over("previous period".to_owned(), range.previous())),
            Comparison::Offset(span) => {
                let from_ms = moved_back(range.from_ms, span, self.rules);
                let words = span_in_words(span);
                let (Some(from_ms), Some(words)) = (from_ms, words) else {
                    return Err(misfit(span, "is not an offset that the calendar has; it is left out"));
                };
                // The width is kept, so that both ranges have the same steps across a switch.
                Ok(over(format!("{words} earlier"), range.shifted(from_ms.saturating_sub(range.from_ms))))
            }
            Comparison::Window(from, to) => {
                let (Some(from_ms), Some(to_ms)) = (self.instant(from, false), self.instant(to, true)) else {
                    return Err(misfit(&format!("{}..{}", from.0, to.0), "is not a window; it is left out"));
                };
                let window = TimeRange::new(from_ms, to_ms);
                Ok(over(format!("{} to {}", self.minute(window.from_ms), self.minute(window.to_ms)), window))
            }
            Comparison::Model(id, version) => {
                let model = workspace.models.iter().find(|m| m.id == *id);
                let model = model.ok_or_else(|| misfit(id, "is not a model of this workspace; it is left out"))?;
                let title = model.title.as_ref().unwrap_or(id);
                let title = version.as_ref().map_or_else(|| title.clone(), |v| format!("{title} v{v}"));
                Ok(Reference { title, kind: ReferenceKind::Model { id: id.clone(), version: version.clone() } })
            }
            Comparison::Segment(value) => Ok(rest("segment", value)),
            Comparison::Region(value) => Ok(rest("region", value)),
        }
    }

    /// Local time to the minute, as people in every locale can read it.
    fn minute(&self, at_ms: i64) -> String {
        civil_at(at_ms, self.rules)
            .map_or_else(String::new, |t| format!("{} {:02}:{:02}", t.date(), t.hour(), t.minute()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{Density, ModelSpec, PanelKind, PanelSpec, Task};
    use crate::state::{NativeZone, parse};

    const NOW_MS: i64 = 1_774_864_800_000; // 2026-03-30T10:00:00Z, the day after Berlin went to summer time
    const HOUR_MS: i64 = 3_600_000;

    fn workspace() -> Workspace {
        let role = |id: &str, from: Option<&str>| RoleSpec {
            id: id.to_owned(),
            title: id.to_owned(),
            dashboards: vec![format!("{id}-home")],
            density: Density::Dense,
            from: from.map(str::to_owned),
        };
        let dashboard = |id: &str| DashboardSpec {
            id: id.to_owned(),
            title: id.to_owned(),
            description: None,
            sections: Vec::new(),
        };
        let model = ModelSpec {
            id: "fraud".to_owned(),
            title: Some("Fraud".to_owned()),
            task: Task::Binary,
            positive_class: None,
            identity: std::collections::BTreeMap::new(),
            costs: None,
            cost_unit: None,
        };
        let panel = PanelSpec {
            kind: PanelKind::Drift,
            title: None,
            metrics: std::collections::BTreeMap::new(),
            options: std::collections::BTreeMap::new(),
        };
        Workspace {
            roles: vec![role("a", None), role("b", Some("now-7d"))],
            dashboards: vec![dashboard("a-home"), dashboard("b-home")],
            models: vec![model],
            panels: [("drift".to_owned(), panel)].into(),
            ..Workspace::default()
        }
    }

    fn resolved(query: &str) -> Resolved {
        resolve(&parse(query).0, &workspace(), NOW_MS, &NativeZone::new("Europe/Berlin").unwrap())
    }

    #[track_caller]
    fn check_notices(query: &str, parameters: &[&str]) {
        let resolved = resolved(query);
        assert_eq!(resolved.notices.iter().map(|n| n.parameter.as_str()).collect::<Vec<_>>(), parameters, "{query}");
    }

    #[test]
    fn the_range_comes_from_the_address_then_the_role_then_the_default() {
        assert_eq!(resolved("").range, TimeRange::new(NOW_MS - 24 * HOUR_MS, NOW_MS));
        // Seven calendar days that hold the switch are an hour shorter.
        assert_eq!(resolved("role=b").range, TimeRange::new(NOW_MS - (7 * 24 - 1) * HOUR_MS, NOW_MS));
        assert_eq!(resolved("role=b&from=now-1h").range, TimeRange::new(NOW_MS - HOUR_MS, NOW_MS));
    }

    #[test]
    fn ends_in_the_wrong_order_are_exchanged() {
        assert_eq!(resolved("from=now&to=now-1h").range, TimeRange::new(NOW_MS - HOUR_MS, NOW_MS));
        check_notices("from=now&to=now-1h", &["from"]);
    }

    #[test]
    fn comparisons_become_references() {
        let query = "from=now-1h&compare=previous&compare=offset:1d&compare=window:2026-03-01..2026-03-01&compare=model:fraud@3&compare=region:eu";
        let resolved = resolved(query);
        let titles: Vec<&str> = resolved.references.iter().map(|r| r.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "previous period",
                "1 day earlier",
                "2026-03-01 00:00 to 2026-03-01 23:59",
                "Fraud v3",
                "all regions but eu"
            ]
        );
        assert_eq!(
            resolved.references[0].kind,
            ReferenceKind::Range(TimeRange::new(NOW_MS - 2 * HOUR_MS, NOW_MS - HOUR_MS))
        );
        assert_eq!(resolved.references[1].kind, ReferenceKind::Range(resolved.range.shifted(-24 * HOUR_MS)));
        assert_eq!(
            resolved.references[4].kind,
            ReferenceKind::Rest { dimension: "region".to_owned(), value: "eu".to_owned() }
        );
    }

    #[test]
    fn what_does_not_fit_is_noticed() {
        check_notices("role=z&d=z&panel=z", &["role", "d", "panel"]);
        check_notices("compare=model:z", &["compare"]);
        check_notices("var-planet=mars", &["var-planet"]);
        check_notices("role=b&d=a-home&panel=drift&compare=model:fraud", &[]);
    }

    #[test]
    fn an_unknown_place_falls_back_to_home() {
        let workspace = workspace();
        let place = |query: &str| current_dashboard(&parse(query).0, &workspace).map(|d| d.id.as_str());
        assert_eq!(place(""), Some("a-home"));
        assert_eq!(place("role=b"), Some("b-home"));
        assert_eq!(place("role=b&d=a-home"), Some("a-home"));
        assert_eq!(place("role=z&d=z"), Some("a-home"));
    }
}
