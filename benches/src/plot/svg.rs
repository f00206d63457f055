//! A canvas. Places are in pixels, from the upper left corner.

use std::fmt::Write as _;

/// A drawing under way.
#[derive(Debug, Clone)]
pub struct Canvas {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text stands relative to its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// It begins there.
    Start,
    /// Its middle is there.
    Middle,
    /// It ends there.
    End,
}

/// How a text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Letters {
    /// Height in pixels.
    pub size: f64,
    /// Its colour.
    pub colour: &'static str,
    /// Whether it is bold.
    pub bold: bool,
    /// Where it stands.
    pub anchor: Anchor,
}

impl Letters {
    /// Plain ones of this height, from left to right.
    #[must_use]
    pub const fn of(size: f64) -> Self {
        Self {
            size,
            colour: INK,
            bold: false,
            anchor: Anchor::Start,
        }
    }

    /// In another colour.
    #[must_use]
    pub const fn coloured(self, colour: &'static str) -> Self {
        Self { colour, ..self }
    }

    /// Bold.
    #[must_use]
    pub const fn bold(self) -> Self {
        Self { bold: true, ..self }
    }

    /// Standing otherwise.
    #[must_use]
    pub const fn anchored(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }
}

impl Canvas {
    /// A white one with a frame, so that it can be read on a dark page too.
    #[must_use]
    pub fn new(width: f64, height: f64) -> Self {
        let mut canvas = Self {
            width,
            height,
            body: String::new(),
        };
        canvas.element(&format!(
            r##"<rect x="0.5" y="0.5" width="{}" height="{}" rx="8" fill="#ffffff" stroke="{GRID}"/>"##,
            width - 1.0,
            height - 1.0
        ));
        canvas
    }

    /// Text at a place; its foot line is there.
    pub fn text(&mut self, (x, y): (f64, f64), letters: Letters, text: &str) {
        let anchor = match letters.anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let weight = if letters.bold { r#" font-weight="600""# } else { "" };
        let (size, colour, text) = (letters.size, letters.colour, escaped(text));
        self.element(&format!(
            r#"<text x="{x:.1}" y="{y:.1}" font-size="{size}" fill="{colour}" text-anchor="{anchor}"{weight}>{text}</text>"#
        ));
    }

    /// A straight line.
    pub fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), stroke: Stroke) {
        let stroke = stroke.attributes();
        self.element(&format!(
            r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" {stroke}/>"#
        ));
    }

    /// A filled rectangle; `opacity` is 1 when nothing shines through.
    pub fn rectangle(&mut self, (x, y): (f64, f64), (width, height): (f64, f64), fill: &str, opacity: f64) {
        let (width, height) = (width.max(0.0), height.max(0.0));
        self.element(&format!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{fill}" fill-opacity="{opacity}"/>"#
        ));
    }

    /// Straight lines from point to point. Nothing when there is none.
    pub fn polyline(&mut self, points: &[(f64, f64)], stroke: Stroke) {
        if !points.is_empty() {
            let (path, stroke) = (path(points), stroke.attributes());
            self.element(&format!(
                r#"<path d="{path}" fill="none" stroke-linejoin="round" {stroke}/>"#
            ));
        }
    }

    /// What lies between points and a height below them.
    pub fn area(&mut self, points: &[(f64, f64)], floor: f64, fill: &str, opacity: f64) {
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            let path = path(points);
            self.element(&format!(
                r#"<path d="{path}L{:.1} {floor:.1}L{:.1} {floor:.1}Z" fill="{fill}" fill-opacity="{opacity}"/>"#,
                last.0, first.0
            ));
        }
    }

    /// The file.
    #[must_use]
    pub fn finish(self) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif\">\n{body}</svg>\n"
        )
    }

    fn element(&mut self, element: &str) {
        self.body.push_str(element);
        self.body.push('\n');
    }
}

/// How a line looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Its colour.
    pub colour: &'static str,
    /// Its width in pixels.
    pub width: f64,
    /// Whether it is dashed.
    pub dashed: bool,
}

impl Stroke {
    /// One without gaps.
    #[must_use]
    pub const fn solid(colour: &'static str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashed: false,
        }
    }

    /// One with gaps.
    #[must_use]
    pub const fn dashed(colour: &'static str, width: f64) -> Self {
        Self {
            colour,
            width,
            dashed: true,
        }
    }

    fn attributes(self) -> String {
        let Self { colour, width, .. } = self;
        let dashes = if self.dashed {
            r#" stroke-dasharray="4 3""#
        } else {
            ""
        };
        format!(r#"stroke="{colour}" stroke-width="{width}"{dashes}"#)
    }
}

fn path(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (place, (x, y)) in points.iter().enumerate() {
        let command = if place == 0 { 'M' } else { 'L' };
        // Writing to a String never fails.
        let _ = write!(path, "{command}{x:.1} {y:.1}");
    }
    path
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Text.
pub const INK: &str = "#1e293b";
/// Text of less weight.
pub const PALE_INK: &str = "#64748b";
/// Lines behind the values.
pub const GRID: &str = "#e2e8f0";
/// The first series; ours where there are several servers.
pub const BLUE: &str = "#2563eb";
/// The second series.
pub const ORANGE: &str = "#ea8a1a";
/// What should not be.
pub const RED: &str = "#dc2626";
/// Peers.
pub const SLATE: &str = "#94a3b8";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_cannot_become_an_element() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.text((1.0, 2.0), Letters::of(9.0), "<b> & co");
        let svg = canvas.finish();
        assert!(svg.contains("&lt;b&gt; &amp; co</text>"), "{svg}");
        assert!(svg.ends_with("</svg>\n"), "{svg}");
    }

    #[test]
    fn an_area_goes_down_to_its_floor_and_back() {
        let mut canvas = Canvas::new(10.0, 10.0);
        canvas.area(&[(1.0, 5.0), (2.0, 4.0)], 9.0, BLUE, 0.5);
        canvas.area(&[], 9.0, BLUE, 0.5);
        let svg = canvas.finish();
        assert_eq!(svg.matches("<path").count(), 1);
        assert!(svg.contains("M1.0 5.0L2.0 4.0L2.0 9.0L1.0 9.0Z"), "{svg}");
    }
}
