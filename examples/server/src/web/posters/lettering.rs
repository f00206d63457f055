//! Sets a title in lines: as large as fits, and of lines that are about equally long.

/// A title, broken into lines of one size.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lettering {
    /// The lines, from top to bottom.
    pub(super) lines: Vec<String>,
    /// Size of the letters, in units of the picture.
    pub(super) size: f64,
}

impl Lettering {
    /// Sets a title for a column of this width. `wide` letters are capitals with space between them.
    pub(super) fn set(title: &str, column: f64, wide: bool) -> Self {
        let title = if wide {
            title.to_uppercase()
        } else {
            title.to_owned()
        };
        let words = words(&title, column / SMALLEST.0, wide);
        for (size, most) in SIZES {
            let fits = |text: &str| width(text, wide) * size <= column;
            if words.iter().all(|word| fits(word))
                && let Some(lines) = balanced(&words, column / size, wide, most)
            {
                return Self { lines, size };
            }
        }
        // Too long for any size: the smallest, cut.
        let (size, most) = SMALLEST;
        Self {
            lines: cut(&words, column / size, wide, most),
            size,
        }
    }
}

/// Widths of letters in a bold grotesque, in ems, rather too wide than too narrow: what font the viewer has is not known.
fn width(text: &str, wide: bool) -> f64 {
    let spacing = if wide { 0.09 } else { 0.0 };
    text.chars().map(|letter| letter_width(letter) + spacing).sum()
}

fn letter_width(letter: char) -> f64 {
    match letter {
        'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '’' | '!' | '|' => 0.33,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | ' ' | '-' | '/' => 0.39,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '—' | '…' => 0.95,
        'A'..='Z' => 0.74,
        'a'..='z' | '0'..='9' => 0.6,
        // From here on letters are squares.
        '\u{2e80}'.. => 1.05,
        _ => 0.72,
    }
}

/// The words, those that are wider than the room cut into pieces.
fn words(title: &str, room: f64, wide: bool) -> Vec<String> {
    let mut words = Vec::new();
    for word in title.split_whitespace().take(MOST_WORDS) {
        let mut piece = String::new();
        for letter in word.chars() {
            piece.push(letter);
            if width(&piece, wide) > room {
                piece.pop();
                words.push(std::mem::replace(&mut piece, letter.to_string()));
            }
        }
        words.push(piece);
    }
    words
}

/// The fewest lines that fit, of those the breaks that leave the least room at the ends. `None` when more than `most` are needed.
fn balanced(words: &[String], column: f64, wide: bool, most: usize) -> Option<Vec<String>> {
    let needed = greedy(words, column, wide).len();
    if needed > most {
        return None;
    }
    // The narrowest column that still needs no more lines has the most even ones.
    let (mut low, mut high) = (0.0, column);
    for _ in 0..12 {
        let middle = f64::midpoint(low, high);
        let widest = words.iter().map(|word| width(word, wide)).fold(0.0, f64::max);
        if middle >= widest && greedy(words, middle, wide).len() <= needed {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(greedy(words, high, wide))
}

fn greedy(words: &[String], column: f64, wide: bool) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        match lines.last_mut() {
            Some(line) if width(line, wide) + width(" ", wide) + width(word, wide) <= column => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.clone()),
        }
    }
    lines
}

fn cut(words: &[String], column: f64, wide: bool, most: usize) -> Vec<String> {
    let mut lines = greedy(words, column, wide);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            last.push('…');
        }
    }
    lines
}

/// Sizes to try, and how many lines of each the picture has room for.
const SIZES: [(f64, usize); 9] = [
    (76.0, 2),
    (66.0, 3),
    (58.0, 3),
    (50.0, 4),
    (44.0, 4),
    (38.0, 5),
    (33.0, 6),
    (28.0, 7),
    SMALLEST,
];
const SMALLEST: (f64, usize) = (24.0, 8);

const MOST_WORDS: usize = 80;

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(title: &str) -> Vec<String> {
        Lettering::set(title, 336.0, false).lines
    }

    #[test]
    fn lines_are_about_equally_long() {
        assert_eq!(lines("The Sea Remembers"), ["The Sea", "Remembers"]);
        assert_eq!(
            lines("A Short History of Quiet Machines"),
            ["A Short", "History", "of Quiet", "Machines"]
        );
    }

    #[test]
    fn every_line_fits_whatever_the_title() {
        for title in [
            "",
            "X",
            "Ω",
            &"W".repeat(200),
            &"word ".repeat(60),
            "Übergrößenträger",
        ] {
            for wide in [false, true] {
                let set = Lettering::set(title, 336.0, wide);
                for line in &set.lines {
                    // The dots of a cut line may stand out by their own width.
                    let room = 336.0 + set.size;
                    assert!(
                        width(line, wide) * set.size <= room,
                        "{title}: {line} at {}",
                        set.size
                    );
                }
                assert!(set.lines.len() <= 8, "{title}");
            }
        }
    }

    #[test]
    fn short_titles_are_large() {
        assert!(
            Lettering::set("Salt", 336.0, false).size
                > Lettering::set("Salt and Iron and Fire", 336.0, false).size
        );
    }
}
