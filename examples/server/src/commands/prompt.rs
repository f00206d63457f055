//! Passwords from the terminal or a pipe, never from the command line, which other users of the machine can read.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

/// Asks for a password twice at a terminal, without showing it; else reads one line of standard input.
///
/// # Errors
/// When the two differ, or nothing can be read.
pub(super) fn password() -> io::Result<Zeroizing<String>> {
    if !io::stdin().is_terminal() {
        return read_line();
    }
    let _quiet = Quiet::begin()?;
    let first = ask("Password: ")?;
    let second = ask("The same again: ")?;
    if first == second {
        Ok(first)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "the two passwords differ",
        ))
    }
}

fn ask(question: &str) -> io::Result<Zeroizing<String>> {
    let mut terminal = io::stderr();
    write!(terminal, "{question}")?;
    terminal.flush()?;
    let answer = read_line();
    // The line feed of the answer is not shown either.
    writeln!(terminal)?;
    answer
}

fn read_line() -> io::Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    io::stdin().lock().take(MAX_LINE_BYTES).read_line(&mut line)?;
    if line.is_empty() {
        let text = "a password is expected on standard input";
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, text));
    }
    let length = line.trim_end_matches(['\r', '\n']).len();
    line.truncate(length);
    Ok(line)
}

/// A terminal that does not show what is typed, for as long as this lives.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(io::stdin(), OptionalActions::Flush, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // The terminal may have gone.
        let _ = tcsetattr(io::stdin(), OptionalActions::Flush, &self.0);
    }
}

/// More than any password.
const MAX_LINE_BYTES: u64 = 4096;
