//! What is hidden and masked, and what that is not, said beside what it changes.

use leptos::prelude::*;

use crate::spec::Workspace;

/// The remarks for a role: on small counts where the workspace counts people, on fields where it does not see all; else nothing.
pub fn privacy_remark(workspace: &Workspace, role: Option<&str>) -> Option<impl IntoView + use<>> {
    let counts = small_counts(workspace).map(|text| view! { <p class="faint" data-remark="small-cells">{text}</p> });
    let privacy = &workspace.privacy;
    let masks = privacy.fields_of(role).map(|_| {
        "Fields that are not on this role's list are masked. Equal values have equal masks until the page is loaded again. "
    });
    let fields = (masks.is_some() || !privacy.hidden_columns.is_empty()).then(|| {
        view! { <p class="faint" data-remark="fields">{masks} "A viewer may choose another role."</p> }
    });
    (counts.is_some() || fields.is_some()).then(|| {
        view! {
            {counts}
            {fields}
            <p class="faint" data-remark="no-access-control">
                "This is no access control: this browser has received the rows. What somebody must not read belongs behind a restricted view in the backend."
            </p>
        }
    })
}

/// What is hidden of small counts, and what cannot be; `None` where no metric counts people, or every count is shown.
fn small_counts(workspace: &Workspace) -> Option<String> {
    let most = workspace.privacy.small_cells.smallest()? - 1;
    workspace.counts_people().then(|| {
        format!(
            "Counts of 1 to {most} people are hidden, and within one panel and its exports also what would reveal them. Across separate views it cannot be prevented: who changes a filter or the time range, or puts panels or exports side by side, can compare their numbers."
        )
    })
}
