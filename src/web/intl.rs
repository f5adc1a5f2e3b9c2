//! The browser's time zones, by `Intl`.

use js_sys::{Array, Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

use crate::calendar::{Date, Local};
use crate::state::{FixedZone, Zone, ZoneRules};

/// A time zone of the browser's database.
#[derive(Clone)]
pub struct IntlZone {
    name: String,
    format_to_parts: Function,
    format: JsValue,
}

/// The rules of the selection's zone; UTC where the browser does not know it.
pub fn rules(zone: &Zone) -> Box<dyn ZoneRules> {
    let known = match zone {
        Zone::Utc => None,
        Zone::Browser => IntlZone::new(&browser_zone()),
        Zone::Named(name) => IntlZone::new(name),
    };
    match known {
        Some(zone) => Box::new(zone),
        None => Box::new(FixedZone::utc()),
    }
}

/// IANA name of the browser's own zone; `UTC` if it does not say.
pub fn browser_zone() -> String {
    let format = date_time_format(&JsValue::UNDEFINED, &Object::new());
    let resolved = format.and_then(|f| call(&f, "resolvedOptions", &Array::new()));
    let name = resolved.and_then(|r| Reflect::get(&r, &"timeZone".into()).ok());
    name.and_then(|n| n.as_string()).unwrap_or_else(|| "UTC".to_owned())
}

/// Every zone that the browser knows, by name; empty if it does not say.
pub fn known_zones() -> Vec<String> {
    let list = intl().and_then(|intl| call(&intl, "supportedValuesOf", &Array::of1(&"timeZone".into())));
    list.map(|l| Array::from(&l).iter().filter_map(|name| name.as_string()).collect()).unwrap_or_default()
}

impl IntlZone {
    /// The zone of that name; `None` if the browser does not know it.
    pub fn new(name: &str) -> Option<Self> {
        let options = Object::new();
        let numeric = ["year", "month", "day", "hour", "minute", "second"].map(|part| (part, "numeric"));
        let fixed = [("timeZone", name), ("hourCycle", "h23"), ("calendar", "iso8601"), ("numberingSystem", "latn")];
        for (key, value) in numeric.into_iter().chain(fixed) {
            Reflect::set(&options, &key.into(), &value.into()).ok()?;
        }
        let format = date_time_format(&"en-US".into(), &options)?;
        let format_to_parts = Reflect::get(&format, &"formatToParts".into()).ok()?.dyn_into().ok()?;
        Some(Self { name: name.to_owned(), format_to_parts, format })
    }

    /// Local time at an instant, as if it were UTC, in milliseconds without the fraction of a second.
    fn local_ms(&self, at_ms: i64) -> Option<i64> {
        let date = js_sys::Date::new(&JsValue::from_f64(at_ms as f64));
        let parts = self.format_to_parts.call1(&self.format, &date).ok()?;
        let mut fields = [0_i64; 6];
        for part in Array::from(&parts).iter() {
            let text = |key: &str| Reflect::get(&part, &key.into()).ok().and_then(|v| v.as_string());
            let names = ["year", "month", "day", "hour", "minute", "second"];
            let kind = text("type")?;
            if let Some(place) = names.iter().position(|name| *name == kind) {
                *fields.get_mut(place)? = text("value")?.parse().ok()?;
            }
        }
        let [year, month, day, hour, minute, second] = fields;
        let second_of_day = (hour * 60 + minute) * 60 + second;
        Local::new(Date::new(year, month, day)?, second_of_day * 1_000).map(Local::utc_ms)
    }
}

impl ZoneRules for IntlZone {
    fn offset_seconds(&self, at_ms: i64) -> i32 {
        let whole_ms = at_ms.div_euclid(1_000) * 1_000;
        self.local_ms(whole_ms).map_or(0, |local| ((local - whole_ms) / 1_000) as i32)
    }

    fn name(&self) -> &str {
        &self.name
    }
}

fn intl() -> Option<JsValue> {
    Reflect::get(&js_sys::global(), &"Intl".into()).ok()
}

fn date_time_format(locale: &JsValue, options: &Object) -> Option<JsValue> {
    construct("DateTimeFormat", locale, options)
}

/// `new Intl[class](locale, options)`; `None` where it throws, as for an unknown zone.
pub(super) fn construct(class: &str, locale: &JsValue, options: &Object) -> Option<JsValue> {
    let class: Function = Reflect::get(&intl()?, &class.into()).ok()?.dyn_into().ok()?;
    Reflect::construct(&class, &Array::of2(locale, options)).ok()
}

fn call(object: &JsValue, method: &str, arguments: &Array) -> Option<JsValue> {
    let method: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    Reflect::apply(&method, object, arguments).ok()
}
