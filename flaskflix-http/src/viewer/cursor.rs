//! Where a page of the row begins, as it stands in a URL.

use std::fmt;

use flaskflix_core::{id::TitleId, progress::Cursor, time::UnixMillis};

/// A cursor as text: the milliseconds of the activity, a dash, the title. Clients take it as it is, from the `Link` header.
pub(super) struct CursorText<'a>(pub(super) &'a Cursor);

impl fmt::Display for CursorText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cursor { activity_at, title } = self.0;
        write!(f, "{}-{title}", activity_at.as_millis())
    }
}

/// Reads a cursor; `None` when it is none of ours.
pub(super) fn parse(text: &str) -> Option<Cursor> {
    let (millis, title) = text.split_once('-')?;
    if !millis.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some(Cursor {
        activity_at: UnixMillis::from_millis(millis.parse().ok()?),
        title: TitleId::parse(title).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_as_it_went_out(millis in any::<u64>(), title in "\\PC{1,60}") {
            let Ok(title) = TitleId::parse(&title) else { return Ok(()) };
            let activity_at = UnixMillis::from_millis(millis);
            let cursor = Cursor { activity_at, title };
            let text = CursorText(&cursor).to_string();
            prop_assert_eq!(parse(&text), Some(cursor));
        }
    }
}
