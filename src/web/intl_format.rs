//! Numbers and times in the viewer's locale, by `Intl`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use js_sys::{Array, Date, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use super::intl;
use crate::format::{Formatter, PlainFormatter, TimeStyle};
use crate::state::Zone;

/// Writes in the browser's locale and in one zone. Where `Intl` refuses, it writes plainly.
pub struct IntlFormatter {
    plain: PlainFormatter,
    zone: String,
    numbers: RefCell<HashMap<(u8, u8), Option<Bound>>>,
    times: RefCell<HashMap<&'static str, Option<Bound>>>,
}

/// A formatter's own `format` function, bound to it.
type Bound = Function;

thread_local! {
    static FORMATTERS: RefCell<HashMap<String, Rc<IntlFormatter>>> = RefCell::default();
}

/// The formatter of a zone, made once.
pub fn formatter(zone: &Zone) -> Rc<IntlFormatter> {
    let name = intl::rules(zone).name().to_owned();
    FORMATTERS.with_borrow_mut(|known| {
        let make = || {
            Rc::new(IntlFormatter {
                plain: PlainFormatter::new(intl::rules(zone)),
                zone: name.clone(),
                numbers: RefCell::default(),
                times: RefCell::default(),
            })
        };
        known.entry(name.clone()).or_insert_with(make).clone()
    })
}

impl Formatter for IntlFormatter {
    fn number(&self, value: f64, min_decimals: u8, max_decimals: u8) -> String {
        let mut numbers = self.numbers.borrow_mut();
        let bound = numbers.entry((min_decimals, max_decimals)).or_insert_with(|| {
            let options =
                [("minimumFractionDigits", min_decimals), ("maximumFractionDigits", max_decimals.max(min_decimals))];
            let options = options.map(|(name, value)| (name, JsValue::from(value)));
            bound("NumberFormat", &options)
        });
        let text = bound.as_ref().and_then(|format| call(format, &value.into()));
        text.unwrap_or_else(|| self.plain.number(value, min_decimals, max_decimals))
    }

    fn time(&self, at_ms: i64, style: TimeStyle) -> String {
        let (key, parts): (&str, &[(&str, &str)]) = match style {
            TimeStyle::DateTime => ("date-time", &[("dateStyle", "medium"), ("timeStyle", "medium")]),
            TimeStyle::DateMinute => ("date-minute", &[("dateStyle", "medium"), ("timeStyle", "short")]),
            TimeStyle::Date => ("date", &[("dateStyle", "medium")]),
            TimeStyle::Minute => ("minute", &[("timeStyle", "short")]),
            TimeStyle::Second => ("second", &[("timeStyle", "medium")]),
        };
        let mut times = self.times.borrow_mut();
        let bound = times.entry(key).or_insert_with(|| {
            let zone = ("timeZone", self.zone.as_str());
            let options = parts.iter().chain(std::iter::once(&zone));
            let options: Vec<_> = options.map(|(name, value)| (*name, JsValue::from(*value))).collect();
            bound("DateTimeFormat", &options)
        });
        let date = Date::new(&JsValue::from_f64(at_ms as f64));
        let text = bound.as_ref().and_then(|format| call(format, &date));
        text.unwrap_or_else(|| self.plain.time(at_ms, style))
    }
}

/// `new Intl[class](undefined, options).format`; `None` where it throws.
fn bound(class: &str, options: &[(&str, JsValue)]) -> Option<Bound> {
    let object = Object::new();
    for (name, value) in options {
        Reflect::set(&object, &(*name).into(), value).ok()?;
    }
    let made = intl::construct(class, &JsValue::UNDEFINED, &object)?;
    Reflect::get(&made, &"format".into()).ok()?.dyn_into().ok()
}

fn call(format: &Bound, value: &JsValue) -> Option<String> {
    Reflect::apply(format, &JsValue::UNDEFINED, &Array::of1(value)).ok()?.as_string()
}
