//! What a short document leaves out: dimensions, roles, dashboards and panels.

use std::collections::BTreeMap;

use super::formula::Formula;
use super::{
    DashboardSpec, Density, DimensionSpec, MetricQuerySpec, PanelKind, PanelSpec, Placement, RoleSpec, SectionSpec,
    Workspace,
};

/// The built-in dimensions, in the order of the filter bar.
const DIMENSIONS: [&str; 5] = ["model", "version", "region", "segment", "environment"];

impl Workspace {
    /// The workspace with everything filled in that it leaves out. Filling in twice changes nothing.
    ///
    /// Dimensions and panels are added where their id is not taken, the four roles if it has none,
    /// and the built-in dashboards that a role names.
    #[must_use]
    pub fn with_defaults(mut self) -> Self {
        for id in DIMENSIONS {
            if self.dimensions.iter().all(|d| d.id != id) {
                self.dimensions.push(DimensionSpec {
                    id: id.to_owned(),
                    title: None,
                    labels: BTreeMap::new(),
                    places: BTreeMap::new(),
                });
            }
        }
        if self.roles.is_empty() {
            self.roles = roles();
        }
        for dashboard in dashboards() {
            let is_named = self.roles.iter().any(|r| r.dashboards.contains(&dashboard.id));
            if is_named && self.dashboards.iter().all(|d| d.id != dashboard.id) {
                self.dashboards.push(dashboard);
            }
        }
        for kind in PanelKind::ALL {
            self.panels.entry(kind.id().to_owned()).or_insert_with(|| PanelSpec {
                kind,
                title: None,
                metrics: BTreeMap::new(),
                options: BTreeMap::new(),
            });
        }
        self.say_what_derived_metrics_are();
        self
    }

    /// Unit, formula and whether it is simulated, of derived metrics whose expression has no mistake.
    fn say_what_derived_metrics_are(&mut self) {
        let told: Vec<_> = self
            .metrics
            .iter()
            .map(|metric| match &metric.query {
                MetricQuerySpec::Derived { expression } => {
                    let formula = Formula::of(self, metric).ok()?;
                    let is_simulated = formula.parts.iter().any(|part| part.simulated);
                    Some((formula.unit, expression.clone(), is_simulated))
                }
                _ => None,
            })
            .collect();
        for (metric, told) in self.metrics.iter_mut().zip(told) {
            if let Some((unit, expression, is_simulated)) = told {
                metric.unit = unit;
                metric.formula.get_or_insert(expression);
                metric.simulated |= is_simulated;
            }
        }
    }
}

fn roles() -> Vec<RoleSpec> {
    let role = |id: &str, title: &str, density, from: &str| RoleSpec {
        id: id.to_owned(),
        title: title.to_owned(),
        dashboards: vec![id.to_owned()],
        density,
        from: Some(from.to_owned()),
    };
    vec![
        role("data-scientist", "Data scientist", Density::Dense, "now-7d"),
        role("ml-engineer", "ML engineer", Density::Dense, "now-24h"),
        role("product-manager", "Product manager", Density::Medium, "now-30d"),
        role("executive", "Executive", Density::Airy, "now-90d"),
    ]
}

/// The built-in dashboards, one a role under its id.
pub(super) fn dashboards() -> Vec<DashboardSpec> {
    use PanelKind::{
        AbTests, BusinessImpact, Compliance, ConfusionMatrix, DeploymentStatus, Drift, Errors, FeatureImportance,
        Headline, HyperparameterTuning, LatencyThroughput, MarketAdoption, ModelPerformance, Portfolio, Resources,
        RevenueImpact, Risk, Roi, Scalability, Segments, StrategicGoals, TimeToValue, TrainingCurves, UserFeedback,
        Utilization,
    };
    let dashboard = |id: &str, title: &str, description: Option<&str>, sections| DashboardSpec {
        id: id.to_owned(),
        title: title.to_owned(),
        description: description.map(str::to_owned),
        sections,
    };
    vec![
        dashboard(
            "data-scientist",
            "Models and training",
            None,
            vec![
                section("Quality", &[(ModelPerformance, 14, 8), (ConfusionMatrix, 10, 8)]),
                section("Data", &[(Drift, 14, 11), (FeatureImportance, 10, 11)]),
                section("Training", &[(TrainingCurves, 12, 8), (HyperparameterTuning, 12, 8)]),
            ],
        ),
        dashboard(
            "ml-engineer",
            "Serving",
            None,
            vec![
                section("Now", &[(LatencyThroughput, 14, 11), (DeploymentStatus, 10, 11)]),
                section("Capacity", &[(Resources, 12, 10), (Scalability, 12, 10)]),
                section("Change", &[(Errors, 12, 9), (AbTests, 12, 9)]),
            ],
        ),
        dashboard(
            "product-manager",
            "Product",
            None,
            vec![
                section("Impact", &[(BusinessImpact, 14, 12), (Segments, 10, 12)]),
                section("Use", &[(Utilization, 12, 10), (UserFeedback, 12, 10)]),
                section("Money and time", &[(RevenueImpact, 14, 9), (TimeToValue, 10, 9)]),
            ],
        ),
        dashboard(
            "executive",
            "Overview",
            None,
            vec![
                SectionSpec { title: None, ..section("", &[(Headline, 24, 5)]) },
                section("Value", &[(Roi, 10, 7), (StrategicGoals, 14, 7)]),
                section("Portfolio", &[(Portfolio, 14, 7), (MarketAdoption, 10, 7)]),
                section("Trust", &[(Risk, 14, 8), (Compliance, 10, 8)]),
            ],
        ),
    ]
}

fn section(title: &str, panels: &[(PanelKind, u8, u8)]) -> SectionSpec {
    let place = |&(kind, width, height): &(PanelKind, u8, u8)| Placement { panel: kind.id().to_owned(), width, height };
    SectionSpec { title: Some(title.to_owned()), collapsed: false, panels: panels.iter().map(place).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::validate;

    #[test]
    fn an_empty_workspace_becomes_a_whole_one() {
        let full = Workspace::default().with_defaults();
        assert_eq!(full.roles.len(), 4);
        assert_eq!(full.dashboards.len(), 4);
        assert_eq!(full.panels.len(), PanelKind::ALL.len());
        assert_eq!(validate(&full), []);
        assert_eq!(full.clone().with_defaults(), full);
    }

    #[test]
    fn every_section_of_the_built_in_dashboards_fills_its_rows() {
        for section in dashboards().iter().flat_map(|d| &d.sections) {
            assert_eq!(section.panels.iter().map(|p| p.width).sum::<u8>(), 24, "{:?}", section.title);
            assert!(section.panels.windows(2).all(|p| p[0].height == p[1].height), "{:?}", section.title);
        }
    }

    #[test]
    fn every_panel_stands_on_exactly_one_built_in_dashboard() {
        let dashboards = dashboards();
        let mut placed: Vec<&str> =
            dashboards.iter().flat_map(|d| &d.sections).flat_map(|s| &s.panels).map(|p| p.panel.as_str()).collect();
        placed.sort_unstable();
        let mut all = PanelKind::ALL.map(PanelKind::id);
        all.sort_unstable();
        assert_eq!(placed, all);
    }

    #[test]
    fn what_the_document_says_wins() {
        let own = DimensionSpec {
            id: "region".to_owned(),
            title: Some("Zone".to_owned()),
            labels: BTreeMap::new(),
            places: BTreeMap::new(),
        };
        let full = Workspace { dimensions: vec![own.clone()], ..Workspace::default() }.with_defaults();
        assert_eq!(full.dimensions[0], own);
        assert_eq!(full.dimensions.len(), 5);
    }
}
