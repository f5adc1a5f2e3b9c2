//! The charts and maps of a panel as one PNG, as they stand on the screen.

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement, HtmlImageElement};

use crate::web::document::document;

/// The picture's data address; `None` if the panel draws nothing now. `svg_of` draws the map of a block as SVG text.
pub(super) async fn png_of(panel: &str, svg_of: impl Fn(&str) -> Option<String>) -> Option<String> {
    let frame = document()?.get_element_by_id(&format!("panel-{panel}"))?;
    let bounds = frame.get_bounding_client_rect();
    let canvases = canvases(&frame);
    let mut maps = Vec::new();
    for map in elements(&frame, "svg.map-picture") {
        let block = map.closest("[data-block]").ok().flatten().and_then(|block| block.get_attribute("data-block"));
        if let Some(svg) = block.and_then(|block| svg_of(&block)) {
            maps.push((map, image(&svg).await?));
        }
    }
    if canvases.is_empty() && maps.is_empty() {
        return None;
    }
    let of_canvas = canvases.first().map(|c| f64::from(c.width()) / c.get_bounding_client_rect().width().max(1.0));
    let ratio = of_canvas.or_else(|| Some(web_sys::window()?.device_pixel_ratio().max(1.0)))?;
    let picture: HtmlCanvasElement = document()?.create_element("canvas").ok()?.dyn_into().ok()?;
    picture.set_width((bounds.width() * ratio).ceil() as u32);
    picture.set_height((bounds.height() * ratio).ceil() as u32);
    let context: CanvasRenderingContext2d = picture.get_context("2d").ok()??.dyn_into().ok()?;
    let style = web_sys::window()?.get_computed_style(&frame).ok()??;
    let css = |name: &str| style.get_property_value(name).unwrap_or_default();
    context.set_fill_style_str(&css("background-color"));
    context.fill_rect(0.0, 0.0, f64::from(picture.width()), f64::from(picture.height()));
    context.scale(ratio, ratio).ok()?;
    context.set_fill_style_str(&css("color"));
    context.set_font(&format!("600 13px {}", css("font-family")));
    if let Some(title) = frame.query_selector(".panel-title").ok()?.and_then(|t| t.text_content()) {
        context.fill_text(&title, 12.0, 24.0).ok()?;
    }
    for canvas in canvases {
        let at = canvas.get_bounding_client_rect();
        let (x, y) = (at.left() - bounds.left(), at.top() - bounds.top());
        context.draw_image_with_html_canvas_element_and_dw_and_dh(&canvas, x, y, at.width(), at.height()).ok()?;
    }
    for (map, image) in maps {
        let at = map.get_bounding_client_rect();
        let (x, y) = (at.left() - bounds.left(), at.top() - bounds.top());
        context.draw_image_with_html_image_element_and_dw_and_dh(&image, x, y, at.width(), at.height()).ok()?;
    }
    picture.to_data_url().ok()
}

/// SVG text as an image that can be drawn; `None` if the browser refuses it.
async fn image(svg: &str) -> Option<HtmlImageElement> {
    let image = HtmlImageElement::new().ok()?;
    let text: String = js_sys::encode_uri_component(svg).into();
    image.set_src(&format!("data:image/svg+xml;charset=utf-8,{text}"));
    JsFuture::from(image.decode()).await.ok()?;
    Some(image)
}

fn canvases(frame: &Element) -> Vec<HtmlCanvasElement> {
    elements(frame, "canvas").into_iter().filter_map(|canvas| canvas.dyn_into().ok()).collect()
}

fn elements(frame: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = frame.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|i| list.item(i)?.dyn_into().ok()).collect()
}
