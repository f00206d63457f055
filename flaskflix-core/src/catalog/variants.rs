//! The `quality_variants` text of a movie: `360p:url,720p:url,1080p:url`.

use super::{ExternalUrl, InvalidUrl};
use crate::id::{AssetKey, InvalidId};

/// Most qualities that one film may have.
pub const MAX_VARIANTS: usize = 16;

/// One quality of a film, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QualityVariant {
    /// Its height in pixels, the number of its label: 720 of `720p`.
    pub height: u32,
    /// Where it is.
    pub location: Location,
}

/// Where a stream is: in our storage or on another host.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Location {
    /// An object of the byte source.
    Asset(AssetKey),
    /// An address that viewers are sent to.
    External(ExternalUrl),
}

impl Location {
    /// Reads what a movie's URL column holds: a URL with a scheme is external, all else is a path in the storage.
    ///
    /// # Errors
    /// [`LocationError`] names what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, LocationError> {
        if text.contains("://") {
            return Ok(Self::External(ExternalUrl::parse(text)?));
        }
        Ok(Self::Asset(AssetKey::parse(text)?))
    }
}

/// Why a text names no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocationError {
    /// It looks like a URL and is none that viewers can be sent to.
    #[error(transparent)]
    Url(#[from] InvalidUrl),
    /// It is no path below the media root.
    #[error(transparent)]
    Path(#[from] InvalidId),
}

/// Why a `quality_variants` text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VariantsError {
    /// Nothing in it.
    #[error("the list of qualities is empty")]
    Empty,
    /// More qualities than the limit.
    #[error("the list has {count} qualities, the limit is {limit}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// The limit it hit.
        limit: usize,
    },
    /// An entry is not `label:url`.
    #[error("entry {entry} is not written as 720p:url (a comma inside a URL is %2C)")]
    Syntax {
        /// Which entry, from 1.
        entry: usize,
    },
    /// A label that is not a height such as `720p`.
    #[error("the label of entry {entry} is not a height from 16p to 8640p")]
    Label {
        /// Which entry, from 1.
        entry: usize,
    },
    /// A height that was there before.
    #[error("{height}p is listed twice")]
    Repeated {
        /// The height.
        height: u32,
    },
    /// An entry's place.
    #[error("the place of entry {entry} cannot be used")]
    Location {
        /// Which entry, from 1.
        entry: usize,
        /// What is wrong with it.
        #[source]
        cause: LocationError,
    },
}

impl QualityVariant {
    /// Reads a `quality_variants` text. Spaces around entries are ignored; everything else is strict.
    ///
    /// # Errors
    /// [`VariantsError`] names the entry and what is wrong with it.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::catalog::QualityVariant;
    /// let variants = QualityVariant::parse_list("360p:film/360p.mp4,720p:https://cdn.example/720p.m3u8")?;
    /// assert_eq!(variants[1].height, 720);
    /// assert!(QualityVariant::parse_list("720p:a.mp4,720p:b.mp4").is_err());
    /// # Ok::<(), flaskflix_core::catalog::VariantsError>(())
    /// ```
    pub fn parse_list(text: &str) -> Result<Vec<Self>, VariantsError> {
        if text.trim().is_empty() {
            return Err(VariantsError::Empty);
        }
        let count = text.split(',').count();
        if count > MAX_VARIANTS {
            return Err(VariantsError::TooMany {
                count,
                limit: MAX_VARIANTS,
            });
        }
        let mut variants: Vec<Self> = Vec::with_capacity(count);
        for (entry, text) in (1..).zip(text.split(',')) {
            let variant = Self::parse(entry, text.trim())?;
            if variants.iter().any(|other| other.height == variant.height) {
                return Err(VariantsError::Repeated {
                    height: variant.height,
                });
            }
            variants.push(variant);
        }
        Ok(variants)
    }

    fn parse(entry: usize, text: &str) -> Result<Self, VariantsError> {
        let (label, place) = text.split_once(':').ok_or(VariantsError::Syntax { entry })?;
        let digits = label.strip_suffix('p').ok_or(VariantsError::Label { entry })?;
        let canonical = digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0');
        let height = digits
            .parse()
            .ok()
            .filter(|height| canonical && (16..=8640).contains(height))
            .ok_or(VariantsError::Label { entry })?;
        let location = Location::parse(place).map_err(|cause| VariantsError::Location { entry, cause })?;
        Ok(Self { height, location })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_strictly() {
        let read = QualityVariant::parse_list(" 360p:a/360.mp4, 1080p:https://h/x.m3u8?a=b:c ").unwrap();
        assert_eq!(read.iter().map(|v| v.height).collect::<Vec<_>>(), [360, 1080]);
        #[rustfmt::skip]
        let table = [
            ("", VariantsError::Empty),
            (" ", VariantsError::Empty),
            ("360p:a.mp4,", VariantsError::Syntax { entry: 2 }),
            ("a.mp4", VariantsError::Syntax { entry: 1 }),
            ("360:a.mp4", VariantsError::Label { entry: 1 }),
            ("+36p:a.mp4", VariantsError::Label { entry: 1 }),
            ("0360p:a.mp4", VariantsError::Label { entry: 1 }),
            ("9p:a.mp4", VariantsError::Label { entry: 1 }),
            ("99999999999p:a.mp4", VariantsError::Label { entry: 1 }),
            ("360p:a.mp4,360p:b.mp4", VariantsError::Repeated { height: 360 }),
            ("360p:/a.mp4", VariantsError::Location { entry: 1, cause: LocationError::Path(InvalidId::BadComponent) }),
            ("360p:../a.mp4", VariantsError::Location { entry: 1, cause: LocationError::Path(InvalidId::BadComponent) }),
            ("360p:", VariantsError::Location { entry: 1, cause: LocationError::Path(InvalidId::Empty) }),
            ("360p:ftp://h/x", VariantsError::Location { entry: 1, cause: LocationError::Url(InvalidUrl::Scheme) }),
        ];
        for (text, error) in table {
            assert_eq!(QualityVariant::parse_list(text), Err(error), "{text:?}");
        }
        let many = (100..117)
            .map(|h| format!("{h}p:{h}.mp4"))
            .collect::<Vec<_>>()
            .join(",");
        assert_eq!(
            QualityVariant::parse_list(&many),
            Err(VariantsError::TooMany {
                count: 17,
                limit: MAX_VARIANTS
            })
        );
    }
}
