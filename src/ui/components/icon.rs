//! Line icons on a grid of 16 units.

use leptos::prelude::*;

/// An icon by the path of its strokes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say what they show
pub enum Icon {
    Back,
    Check,
    Chevron,
    Close,
    Clock,
    Compare,
    Copy,
    Down,
    Filter,
    Help,
    Left,
    Link,
    Menu,
    Moon,
    More,
    Refresh,
    Right,
    Search,
    Sun,
    System,
    Warning,
    ZoomOut,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Back => "M13 8H3m4-4L3 8l4 4",
            Self::Check => "M3 8.5l3.2 3L13 4.5",
            Self::Chevron | Self::Right => "M6 3.5L10.5 8 6 12.5",
            Self::Close => "M4 4l8 8m0-8l-8 8",
            Self::Clock => "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 3v3.2l2 1.3",
            Self::Compare => "M5 2.5v11M11 2.5v11M2.5 5.5L5 3l2.5 2.5M8.500 10.500L11 13l2.500-2.500",
            Self::Copy => "M5.500 5.500h7v8h-7zM3.500 10.500v-8h7",
            Self::Down => "M4 6.5l4 4 4-4",
            Self::Filter => "M2.500 4h11M4.500 8h7M6.500 12h3",
            Self::Help => {
                "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM6.300 6.300a1.800 1.800 0 1 1 2.600 1.600c-.6.3-.9.700-.9 1.300M8 11.300v.1"
            }
            Self::Left => "M10 3.5L5.500 8l4.500 4.500",
            Self::Link => {
                "M6.500 9.500l3-3M7.500 4.500l1.300-1.300a2.800 2.800 0 0 1 4 4L11.500 8.500M8.500 11.500l-1.300 1.300a2.800 2.800 0 0 1-4-4L4.500 7.500"
            }
            Self::Menu => "M2.500 4h11M2.500 8h11M2.500 12h11",
            Self::Moon => "M13 9.500A5.500 5.500 0 0 1 6.500 3a5.500 5.500 0 1 0 6.500 6.500z",
            Self::More => "M3.500 8h.01M8 8h.01M12.500 8h.01",
            Self::Refresh => "M13 8a5 5 0 1 1-1.500-3.500M13 2.500v2.800h-2.800",
            Self::Search => "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300L13.500 13.500",
            Self::Sun => {
                "M8 5.300a2.700 2.700 0 1 0 0 5.400 2.700 2.700 0 0 0 0-5.400zM8 1.500v1.300M8 13.200v1.300M1.500 8h1.300M13.200 8h1.300M3.400 3.400l.9.9M11.700 11.700l.9.9M12.600 3.400l-.9.9M4.300 11.700l-.9.9"
            }
            Self::System => "M2.500 3.500h11v7.500h-11zM6 13.500h4",
            Self::Warning => "M8 2.500l6 10.500H2zM8 6.500v3M8 11.200v.1",
            Self::ZoomOut => "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300L13.500 13.500M5 7h4",
        }
    }
}

/// Draws an icon. It is silent: the control around it carries the name.
pub fn icon(icon: Icon) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d=icon.path() />
        </svg>
    }
}
