//! How far it is: a bar on a terminal, a line for every tenth in a log. On standard error.

use std::io::{self, IsTerminal as _, Write as _};

use indicatif::{ProgressBar, ProgressStyle};

use crate::wording::size;

/// Counts bytes and files.
#[derive(Debug)]
pub(super) struct Progress {
    display: Display,
    files: usize,
    done: usize,
}

#[derive(Debug)]
enum Display {
    Bar(ProgressBar),
    Lines(Lines),
}

#[derive(Debug)]
struct Lines {
    bytes: u64,
    done: u64,
    /// Tenths that were told.
    tenths: u64,
}

impl Progress {
    /// Starts at nothing of so many files with so many bytes.
    pub(super) fn new(files: usize, bytes: u64) -> Self {
        let display = if io::stderr().is_terminal() {
            let bar = ProgressBar::new(bytes);
            // The template is checked by a test: it cannot be wrong here.
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_message(message(0, files));
            Display::Bar(bar)
        } else {
            Display::Lines(Lines {
                bytes,
                done: 0,
                tenths: 0,
            })
        };
        Self {
            display,
            files,
            done: 0,
        }
    }

    /// So many bytes more are written.
    pub(super) fn add(&mut self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        match &mut self.display {
            Display::Bar(bar) => bar.inc(bytes),
            Display::Lines(lines) => {
                if let Some(line) = lines.add(bytes) {
                    // Nobody to tell it to is no reason to stop.
                    let _ = writeln!(io::stderr(), "{line}");
                }
            }
        }
    }

    /// One file more is written.
    pub(super) fn file_done(&mut self) {
        self.done = self.done.saturating_add(1);
        if let Display::Bar(bar) = &self.display {
            bar.set_message(message(self.done, self.files));
        }
    }

    /// All is done: makes room for what is told next.
    pub(super) fn finish(self) {
        if let Display::Bar(bar) = self.display {
            bar.finish_and_clear();
        }
    }
}

impl Lines {
    /// The line for the tenth that was reached, when one was.
    fn add(&mut self, bytes: u64) -> Option<String> {
        self.done = self.done.saturating_add(bytes);
        let tenths = self.done.saturating_mul(10).checked_div(self.bytes)?;
        (tenths > self.tenths).then(|| {
            self.tenths = tenths;
            format!(
                "{:>3} %  {} of {}",
                tenths.saturating_mul(10),
                size(self.done),
                size(self.bytes)
            )
        })
    }
}

fn message(done: usize, files: usize) -> String {
    format!("file {done} of {files}")
}

const TEMPLATE: &str =
    "{wide_bar} {percent:>3} %  {decimal_bytes} of {decimal_total_bytes}, {msg}, {eta} left";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn template_can_be_read() {
        assert!(ProgressStyle::with_template(TEMPLATE).is_ok());
    }

    #[test]
    fn log_gets_a_line_for_every_tenth() {
        let mut lines = Lines {
            bytes: 1_000,
            done: 0,
            tenths: 0,
        };
        let told: Vec<_> = [99, 1, 250, 0, 649, 1]
            .into_iter()
            .filter_map(|bytes| lines.add(bytes))
            .collect();
        assert_eq!(
            told,
            [
                " 10 %  100 B of 1.0 kB",
                " 30 %  350 B of 1.0 kB",
                " 90 %  999 B of 1.0 kB",
                "100 %  1.0 kB of 1.0 kB"
            ]
        );
        assert_eq!(
            Lines {
                bytes: 0,
                done: 0,
                tenths: 0
            }
            .add(0),
            None
        );
    }
}
