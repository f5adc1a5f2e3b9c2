//! What masks are, and what they are not, said beside what they change.

use leptos::prelude::*;

use crate::spec::Privacy;

/// The remark for a role; nothing where it sees every field.
pub fn fields_remark(privacy: &Privacy, role: Option<&str>) -> Option<impl IntoView + use<>> {
    let masks = privacy.fields_of(role).map(|_| {
        "Fields that are not on this role's list are masked. Equal values have equal masks until the page is loaded again. "
    });
    (masks.is_some() || !privacy.hidden_columns.is_empty()).then(|| {
        view! {
            <p class="faint" data-remark="fields">
                {masks}
                "This is no access control: this browser has received the rows, and a viewer may choose another role. What somebody must not read belongs behind a restricted view in the backend."
            </p>
        }
    })
}
