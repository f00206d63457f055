//! Header values that are written for one response.

use std::{fmt::Display, io::Write as _, ops::Range};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use smallvec::SmallVec;

/// Writes the header values of one response one behind the other: they share one piece of memory, where each alone would take one
/// or more.
#[derive(Debug, Default)]
pub(super) struct Values {
    text: SmallVec<[u8; USUAL_BYTES]>,
    places: SmallVec<[(HeaderName, Range<usize>); 4]>,
}

impl Values {
    /// Writes the value of a header: text that we made, visible ASCII by construction.
    pub(super) fn write(&mut self, name: HeaderName, text: impl Display) {
        let start = self.text.len();
        // Memory has room for any text.
        let _ = write!(self.text, "{text}");
        self.places.push((name, start..self.text.len()));
    }

    /// Sets the headers that were written, in the place of others of their names.
    pub(super) fn insert_into(self, headers: &mut HeaderMap) {
        let text = Bytes::from_owner(self.text);
        for (name, place) in self.places {
            let value = HeaderValue::from_maybe_shared(text.slice(place));
            headers.insert(name, value.unwrap_or(HeaderValue::from_static("")));
        }
    }
}

/// Room for a tag, a date, a range and a length: 35 + 29 + 68 + 20.
const USUAL_BYTES: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_the_texts_however_many_and_long() {
        let name = |number| HeaderName::try_from(format!("x-{number}")).unwrap();
        let mut values = Values::default();
        (0..50).for_each(|number: usize| values.write(name(number), number.to_string().repeat(number)));
        let mut headers = HeaderMap::new();
        headers.insert(name(7), HeaderValue::from_static("another"));
        values.insert_into(&mut headers);
        for number in 0..50 {
            assert_eq!(headers[name(number)], number.to_string().repeat(number));
        }
    }
}
