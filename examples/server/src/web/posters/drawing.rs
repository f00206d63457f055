//! A sheet to draw on: writes SVG.

use std::fmt::Write as _;

use super::{chance::Chance, palette::Palette};

/// A picture while it is drawn.
#[derive(Debug)]
pub(super) struct Sheet {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) palette: Palette,
    pub(super) chance: Chance,
    svg: String,
}

impl Sheet {
    /// An empty sheet; the definitions that all compositions share are on it.
    pub(super) fn new(width: f64, height: f64, palette: Palette, chance: Chance) -> Self {
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">"#
        );
        let Palette {
            deep,
            shade,
            tone,
            glow,
            light,
        } = palette;
        let stops = |stops: &[(&str, &str, &str)]| -> String {
            stops
                .iter()
                .map(|(at, colour, opacity)| {
                    format!(r#"<stop offset="{at}" stop-color="{colour}" stop-opacity="{opacity}"/>"#)
                })
                .collect()
        };
        let sky = stops(&[("0", deep, "1"), ("0.45", shade, "1"), ("1", tone, "1")]);
        let dawn = stops(&[("0", shade, "1"), ("0.5", tone, "1"), ("0.85", glow, "1")]);
        let disc = stops(&[("0", light, "1"), ("1", glow, "1")]);
        let halo = stops(&[("0", glow, "0.75"), ("0.35", glow, "0.28"), ("1", glow, "0")]);
        let ground = stops(&[("0", deep, "0"), ("0.55", deep, "0.82"), ("1", deep, "0.98")]);
        let _ = write!(
            svg,
            r#"<defs><linearGradient id="sky" x2="0" y2="1">{sky}</linearGradient><linearGradient id="dawn" x2="0" y2="1">{dawn}</linearGradient><linearGradient id="disc" x2="0" y2="1">{disc}</linearGradient><radialGradient id="halo">{halo}</radialGradient><linearGradient id="ground" x2="0" y2="1">{ground}</linearGradient></defs>"#
        );
        Self {
            width,
            height,
            palette,
            chance,
            svg,
        }
    }

    /// The shorter side: what shapes are measured by.
    pub(super) const fn unit(&self) -> f64 {
        self.width.min(self.height)
    }

    /// Fills the whole sheet with a colour or a `url(#...)`.
    pub(super) fn fill(&mut self, paint: &str) {
        let (width, height) = (self.width, self.height);
        self.rect((0.0, 0.0), (width, height), paint, 1.0);
    }

    pub(super) fn rect(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        paint: &str,
        opacity: f64,
    ) {
        let _ = write!(
            self.svg,
            r#"<rect x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" fill="{paint}" fill-opacity="{opacity:.2}"/>"#
        );
    }

    pub(super) fn circle(&mut self, (x, y): (f64, f64), radius: f64, paint: &str, opacity: f64) {
        let _ = write!(
            self.svg,
            r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius:.1}" fill="{paint}" fill-opacity="{opacity:.2}"/>"#
        );
    }

    /// The outline of an ellipse, turned by so many degrees around its middle.
    pub(super) fn orbit(
        &mut self,
        (x, y): (f64, f64),
        (rx, ry): (f64, f64),
        turn: f64,
        paint: &str,
        stroke: f64,
    ) {
        let _ = write!(
            self.svg,
            r#"<ellipse cx="{x:.1}" cy="{y:.1}" rx="{rx:.1}" ry="{ry:.1}" transform="rotate({turn:.1} {x:.1} {y:.1})" fill="none" stroke="{paint}" stroke-width="{stroke:.1}"/>"#
        );
    }

    /// A filled shape with the data of an SVG path.
    pub(super) fn path(&mut self, data: &str, paint: &str, opacity: f64) {
        let _ = write!(
            self.svg,
            r#"<path d="{data}" fill="{paint}" fill-opacity="{opacity:.2}"/>"#
        );
    }

    /// A line with the data of an SVG path.
    pub(super) fn line(&mut self, data: &str, paint: &str, (stroke, opacity): (f64, f64)) {
        let _ = write!(
            self.svg,
            r#"<path d="{data}" fill="none" stroke="{paint}" stroke-width="{stroke:.1}" stroke-opacity="{opacity:.2}" stroke-linecap="round"/>"#
        );
    }

    /// A sun or moon with light around it.
    pub(super) fn glowing_disc(&mut self, at: (f64, f64), radius: f64) {
        self.circle(at, radius * 3.2, "url(#halo)", 1.0);
        self.circle(at, radius, "url(#disc)", 1.0);
    }

    /// So many stars above `bottom`.
    pub(super) fn stars(&mut self, count: u32, bottom: f64) {
        let light = self.palette.light;
        for _ in 0..count {
            let at = (
                self.chance.between(0.0, self.width),
                self.chance.between(0.0, bottom),
            );
            let (radius, opacity) = (self.chance.between(0.5, 1.7), self.chance.between(0.25, 0.9));
            self.circle(at, radius, light, opacity);
        }
    }

    /// Writes a piece of SVG as it is.
    pub(super) fn raw(&mut self, svg: &str) {
        self.svg.push_str(svg);
    }

    /// The whole picture.
    pub(super) fn finish(mut self) -> String {
        self.svg.push_str("</svg>");
        self.svg
    }
}
