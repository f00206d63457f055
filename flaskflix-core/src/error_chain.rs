//! Errors as people read them.

use std::{error::Error, fmt};

/// Shows an error and its causes on one line, outermost first, with `: ` between them.
///
/// The errors of these crates say only what failed themselves and name the cause as their [`source`](Error::source).
///
/// # Examples
/// ```
/// use flaskflix_core::{ErrorChain, source::SourceError};
/// let error = SourceError::Io(std::io::Error::other("a cable is loose"));
/// assert_eq!(ErrorChain(&error).to_string(), "the storage failed: a cable is loose");
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ErrorChain<'a>(pub &'a (dyn Error + 'static));

impl fmt::Display for ErrorChain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
