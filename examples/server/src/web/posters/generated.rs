//! Posters that are drawn from the title: palette, composition and lettering are decided by a hash of it.

use std::fmt::Write as _;

use askama::filters::{Html, escape};

use super::{
    abstracts,
    chance::Chance,
    drawing::Sheet,
    landscapes,
    lettering::Lettering,
    palette::{PALETTES, Palette},
};

/// The poster of a title, as SVG of 400 x 600. The same title gives the same bytes.
pub(crate) fn poster(title: &str) -> String {
    let (mut sheet, composition) = begin(title, 400.0, 600.0);
    composition(&mut sheet);
    let style = sheet.chance.pick(&STYLES).unwrap_or(Style::Plain);
    sheet.rect((0.0, 250.0), (400.0, 350.0), "url(#ground)", 1.0);
    letter(&mut sheet, title, style);
    sheet.finish()
}

/// The same picture in the shape of a screen and without letters: what lies behind a page about the title.
pub(crate) fn backdrop(title: &str) -> String {
    let (mut sheet, composition) = begin(title, 1600.0, 900.0);
    composition(&mut sheet);
    sheet.finish()
}

fn begin(title: &str, width: f64, height: f64) -> (Sheet, Composition) {
    let mut chance = Chance::of(title);
    let palette = chance.pick(&PALETTES).unwrap_or(FALLBACK);
    let composition = chance.pick(&COMPOSITIONS).unwrap_or(landscapes::hills);
    (Sheet::new(width, height, palette, chance), composition)
}

/// How the title is set.
#[derive(Debug, Clone, Copy)]
enum Style {
    /// A bold grotesque, to the left.
    Plain,
    /// Spaced capitals, in the middle.
    Capitals,
    /// A book face, in the middle.
    Book,
}

fn letter(sheet: &mut Sheet, title: &str, style: Style) {
    let capitals = matches!(style, Style::Capitals);
    let set = Lettering::set(title, COLUMN, capitals);
    let (x, anchor) = match style {
        Style::Plain => (MARGIN, "start"),
        Style::Capitals | Style::Book => (200.0, "middle"),
    };
    let look = match style {
        Style::Plain => {
            r#"font-family="Avenir Next,Segoe UI,Helvetica Neue,Arial,sans-serif" font-weight="800""#
        }
        Style::Capitals => {
            r#"font-family="Avenir Next,Segoe UI,Helvetica Neue,Arial,sans-serif" font-weight="700" letter-spacing=".08em""#
        }
        Style::Book => r#"font-family="Georgia,Liberation Serif,Times New Roman,serif" font-weight="700""#,
    };
    let leading = set.size * 1.08;
    let rows = u32::try_from(set.lines.len()).map_or(0.0, f64::from);
    let first = BASE - leading * (rows - 1.0).max(0.0);
    let (light, glow) = (sheet.palette.light, sheet.palette.glow);
    let rule = if anchor == "start" { MARGIN } else { 176.0 };
    sheet.rect((rule, first - set.size - 20.0), (48.0, 4.0), glow, 1.0);
    let mut text = format!(
        r#"<text {look} font-size="{:.1}" fill="{light}" text-anchor="{anchor}">"#,
        set.size
    );
    for (row, line) in (0_u32..).zip(&set.lines) {
        let y = first + leading * f64::from(row);
        // A title may hold anything; what is shown is text.
        let line = drawable(line);
        let Ok(line) = escape(line.as_str(), Html);
        let _ = write!(text, r#"<tspan x="{x}" y="{y:.1}">{line}</tspan>"#);
    }
    text.push_str("</text>");
    sheet.raw(&text);
}

/// The characters that XML allows ([XML 1.0 section 2.2](https://www.w3.org/TR/xml/#charsets)): one other would make the whole picture unreadable.
fn drawable(line: &str) -> String {
    line.chars()
        .filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}'))
        .collect()
}

type Composition = fn(&mut Sheet);

const COMPOSITIONS: [Composition; 13] = [
    landscapes::hills,
    landscapes::peaks,
    landscapes::city,
    landscapes::forest,
    landscapes::road,
    landscapes::doorway,
    abstracts::rings,
    abstracts::eclipse,
    abstracts::scales,
    abstracts::ribbons,
    abstracts::blades,
    abstracts::orbits,
    abstracts::waves,
];

const STYLES: [Style; 3] = [Style::Plain, Style::Capitals, Style::Book];

const FALLBACK: Palette = PALETTES[0];

/// Where the letters stand, in units of the picture.
const MARGIN: f64 = 32.0;
const COLUMN: f64 = 336.0;
const BASE: f64 = 556.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_title_gives_the_same_bytes() {
        assert_eq!(poster("Salt"), poster("Salt"));
        assert_ne!(poster("Salt"), poster("Iron"));
    }

    #[test]
    fn titles_are_text_and_nothing_else() {
        let svg = poster("</text><script>alert(1)</script>\"'&\u{1}\u{ffff}");
        assert!(!svg.contains("<script"), "{svg}");
        assert!(!svg.chars().any(|c| c.is_control() || c == '\u{ffff}'));
        assert_eq!(svg.matches("<text ").count(), 1);
    }

    #[test]
    fn posters_are_small_and_load_nothing() {
        for title in ["", "A", "The City", "Forest of Mist", &"long ".repeat(60)] {
            for svg in [poster(title), backdrop(title)] {
                assert!(svg.len() < 100 << 10, "{title}: {} bytes", svg.len());
                let links = svg.replace("http://www.w3.org/2000/svg", "");
                assert!(!links.contains("http") && !links.contains("href"), "{title}");
            }
        }
    }
}
