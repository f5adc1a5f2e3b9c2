//! Saving a file that the page made.

use wasm_bindgen::JsCast;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Offers `text` as a file called `name`.
///
/// # Errors
/// When the browser refuses, which it does not say more about.
pub fn save_text(name: &str, media_type: &str, text: &str) -> Result<(), &'static str> {
    let parts = js_sys::Array::of1(&text.into());
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let save = || {
        let blob = Blob::new_with_str_sequence_and_options(&parts, &options).ok()?;
        let address = Url::create_object_url_with_blob(&blob).ok()?;
        let saved = save_address(name, &address);
        Url::revoke_object_url(&address).ok()?;
        saved
    };
    save().ok_or("the browser did not save the file")
}

/// Offers what is at `address` (a data or blob address of our own) as a file called `name`; `None` if the browser refuses.
pub fn save_address(name: &str, address: &str) -> Option<()> {
    let link: HtmlAnchorElement = super::document::document()?.create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(address);
    link.set_download(name);
    link.click();
    Some(())
}
