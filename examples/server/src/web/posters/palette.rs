//! The colours of generated posters.

/// Five colours that go together, from dark to light.
///
/// White text keeps AA contrast on [`deep`](Self::deep) in every one of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Palette {
    /// Nearly black: the ground under the title.
    pub(super) deep: &'static str,
    /// Shadows.
    pub(super) shade: &'static str,
    /// The colour that one remembers.
    pub(super) tone: &'static str,
    /// What glows.
    pub(super) glow: &'static str,
    /// Nearly white: sparks and letters.
    pub(super) light: &'static str,
}

const fn palette(colours: [&'static str; 5]) -> Palette {
    let [deep, shade, tone, glow, light] = colours;
    Palette {
        deep,
        shade,
        tone,
        glow,
        light,
    }
}

/// Every palette that a title may get.
pub(super) const PALETTES: [Palette; 14] = [
    palette(["#081229", "#12305c", "#2a6f97", "#f2a65a", "#ffe9c7"]),
    palette(["#1a0a0f", "#4a1023", "#a4243b", "#f2754b", "#ffdcb4"]),
    palette(["#07160f", "#123524", "#2f6b4f", "#d9b44a", "#f6efcf"]),
    palette(["#120a24", "#2d1757", "#6a3fa0", "#f08cae", "#ffe3ee"]),
    palette(["#1f0f08", "#5b2a17", "#b5562d", "#f2b35c", "#fff0cf"]),
    palette(["#06141d", "#0f3546", "#3c7f98", "#a9dfe8", "#f4fdff"]),
    palette(["#0b0720", "#2a0f52", "#b0257f", "#2fd6d0", "#e6fffd"]),
    palette(["#0d0d10", "#24262d", "#565b66", "#e8594a", "#f7f1e8"]),
    palette(["#10140a", "#2f3a1b", "#6c7a34", "#e8a23d", "#fbf1d3"]),
    palette(["#1a0b17", "#4c1d3f", "#9c3d69", "#f6a37d", "#ffe9d6"]),
    palette(["#03181a", "#0b4246", "#13848a", "#f4c95d", "#fff6d8"]),
    palette(["#0b1020", "#1f2a52", "#4659a3", "#9fb4ff", "#eef2ff"]),
    palette(["#14090a", "#3a1a1a", "#7c2f2a", "#e9c46a", "#fdf3d7"]),
    palette(["#0a0f14", "#1c3a3f", "#3f7d6e", "#f08a6c", "#ffeadd"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2, relative luminance.
    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let share = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if share <= 0.04045 {
                share / 12.92
            } else {
                ((share + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    #[test]
    fn letters_keep_contrast_on_the_ground() {
        for palette in PALETTES {
            let ratio = (luminance(palette.light) + 0.05) / (luminance(palette.deep) + 0.05);
            assert!(ratio > 12.0, "{palette:?}: {ratio:.1}");
        }
    }
}
