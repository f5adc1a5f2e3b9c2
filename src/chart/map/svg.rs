//! A map as an SVG file: complete in itself, with every text escaped.

use std::fmt::Write as _;

use super::{MapDrawing, Mark, Paint, Shape};

impl MapDrawing {
    /// What a shape is filled with; `id` tells the definitions of one picture from those of others.
    pub fn fill(&self, shape: &Shape, id: &str) -> String {
        match &shape.paint {
            Paint::Land => self.look.land.clone(),
            Paint::Colour(colour) => colour.clone(),
            Paint::Hatch if shape.is_outline => format!("url(#{id}-map)"),
            Paint::Hatch => format!("url(#{id}-hatch)"),
            Paint::Ramp => format!("url(#{id}-ramp)"),
        }
    }

    /// From units of the outlines to CSS pixels.
    pub fn transform(&self) -> String {
        format!("translate({:.2} 0) scale({:.5})", self.left, self.scale)
    }

    /// The hatch's own transform, so that its lines are as far apart on outlines as elsewhere.
    pub fn hatch_transform(&self) -> String {
        format!("scale({:.3}) rotate(45)", 1.0 / self.scale)
    }

    /// The map as the text of an SVG file.
    pub fn svg(&self) -> String {
        let look = &self.look;
        let (width, height) = (self.width_px, self.height_px);
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="{}" font-size="11"><defs>"#,
            escaped(&look.font)
        );
        for (id, transform) in [("hatch", "rotate(45)".to_owned()), ("map", self.hatch_transform())] {
            // Writing to a text cannot fail.
            let _ = write!(
                svg,
                r#"<pattern id="w-{id}" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="{transform}"><path d="M0 0h5v5h-5z" fill="{}"/><path d="M1 0v5" stroke="{}" stroke-width="1.5"/></pattern>"#,
                escaped(&look.surface),
                escaped(&look.hatch)
            );
        }
        svg.push_str(r#"<linearGradient id="w-ramp">"#);
        for (offset, colour) in self.offsets() {
            let _ = write!(svg, r#"<stop offset="{offset:.4}" stop-color="{}"/>"#, escaped(colour));
        }
        let _ = write!(
            svg,
            r#"</linearGradient></defs><path d="M0 0h{width}v{height}H0z" fill="{}"/>"#,
            escaped(&look.surface)
        );
        for mark in &self.marks {
            self.write_mark(&mut svg, mark);
        }
        svg.push_str("</svg>");
        svg
    }

    /// Each colour of the ramp and its place, 0 to 1.
    pub fn offsets(&self) -> impl Iterator<Item = (f64, &String)> {
        let last = self.stops.len().saturating_sub(1).max(1) as f64;
        self.stops.iter().enumerate().map(move |(i, colour)| (i as f64 / last, colour))
    }

    fn write_mark(&self, svg: &mut String, mark: &Mark) {
        let look = &self.look;
        let _ = match mark {
            Mark::Shape(shape) => {
                let transform =
                    if shape.is_outline { format!(r#" transform="{}""#, self.transform()) } else { String::new() };
                // Colours near the middle of a ramp could be taken for bare land: what has a part has a border.
                let border = if shape.part.is_some() { &look.hatch } else { &look.surface };
                write!(
                    svg,
                    r#"<path d="{}"{transform} fill="{}" stroke="{}" stroke-width="0.6" vector-effect="non-scaling-stroke"/>"#,
                    escaped(&shape.path),
                    escaped(&self.fill(shape, "w")),
                    escaped(border)
                )
            }
            Mark::Words(words) => {
                let (anchor, ink) = if words.is_name { ("middle", &look.text) } else { ("start", &look.muted) };
                let halo = if words.is_name {
                    format!(
                        r#" stroke="{}" stroke-width="3" stroke-linejoin="round" paint-order="stroke""#,
                        escaped(&look.surface)
                    )
                } else {
                    String::new()
                };
                let weight = if words.is_strong { 600 } else { 400 };
                write!(
                    svg,
                    r#"<text x="{:.1}" y="{:.1}" text-anchor="{anchor}" fill="{}" font-weight="{weight}"{halo}>{}</text>"#,
                    words.x,
                    words.y,
                    escaped(ink),
                    escaped(&words.text)
                )
            }
        };
    }
}

/// Text as XML has it, in elements and attributes; characters that XML does not allow are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
