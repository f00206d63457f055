//! The index of a film as bytes that can be kept: written once, restored without the film.
//!
//! ```text
//! 8   magic
//! 4   version of this layout
//! 32  SHA-256 of all that follows
//! 16  key: the version of the object (RecordKey)
//! 8   length of the object
//! 2   number of brands, then 4 bytes for each
//! 8   length of the payload of `moov`, then the payload
//! ```
//!
//! Numbers are big-endian. The payload is the film's own, without the boxes that nobody reads; it is not compressed, because
//! unpacking it takes longer than reading it (`docs/INDEXES.md`).

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{
    BoxFault, FourCc, Index, Limits, Mp4Error, RecordKey, movie,
    record_key::KEY_BYTES,
    unread,
    walk::{BoxView, Walk},
};
use crate::source::ObjectInfo;

/// Why there is no index in a record. Whoever meets one of these reads the film itself, and writes the record anew.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The bytes are something else.
    #[error("the bytes are not the record of an index")]
    Foreign,
    /// Another version of this program has written the record.
    #[error("the record has version {found}, this program reads version {known}")]
    OtherVersion {
        /// Version of the record.
        found: u32,
        /// The version that this program writes and reads.
        known: u32,
    },
    /// The record is cut off, longer than it was, or has other bytes than were written.
    #[error("the record is damaged: its checksum does not match")]
    Damaged,
    /// The record is whole, and of another object or of another version of it.
    #[error("the record belongs to another version of the object, or to another object")]
    OtherObject,
    /// The record is whole, and its film is not one that these limits allow.
    #[error("the record holds no film that can be indexed")]
    Film(#[source] Mp4Error),
}

impl Index {
    /// The index as bytes that [`from_record`](Self::from_record) restores. `object` is the version that was indexed.
    ///
    /// # Cost
    /// The bytes of the `moov` box without the boxes that nobody reads (covers, free space), copied and hashed: some
    /// milliseconds and 10 MB for three hours of film.
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::{
    ///     mp4::{Index, Limits, RecordError, index_bytes},
    ///     source::ObjectInfo,
    ///     testing::mp4::{TestCodec, TestMovie, TestTrack},
    ///     validator::EntityTag,
    /// };
    /// let film = TestMovie::new(vec![TestTrack::new(TestCodec::Aac, 48_000, vec![(100, 1024, 0, true)])]).build();
    /// let info = ObjectInfo { len: film.len() as u64, etag: EntityTag::of_bytes(&film), last_modified: None };
    /// let record = index_bytes(&film, &Limits::default())?.to_record(&info);
    ///
    /// let index = Index::from_record(record.clone(), &info, &Limits::default())?;
    /// assert_eq!(index.tracks()[0].samples.duration(), 1024);
    ///
    /// let newer = ObjectInfo { etag: EntityTag::of_bytes(b"another film"), ..info };
    /// let error = Index::from_record(record, &newer, &Limits::default()).unwrap_err();
    /// assert_eq!(error, RecordError::OtherObject);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn to_record(&self, object: &ObjectInfo) -> Bytes {
        let moov = unread::without_unread(self.moov());
        let mut record = Vec::with_capacity(moov.len().saturating_add(HEAD_BYTES));
        record.extend_from_slice(&MAGIC);
        record.extend_from_slice(&VERSION.to_be_bytes());
        let checksum_at = record.len();
        record.extend_from_slice(&[0; CHECKSUM_BYTES]);
        let sealed_at = record.len();
        record.extend_from_slice(RecordKey::of(object).as_bytes());
        record.extend_from_slice(&object.len.to_be_bytes());
        // The indexer keeps at most 64 of them.
        let brands = u16::try_from(self.brands().len()).unwrap_or(u16::MAX);
        record.extend_from_slice(&brands.to_be_bytes());
        for brand in self.brands().iter().take(usize::from(brands)) {
            record.extend_from_slice(&brand.0);
        }
        record.extend_from_slice(&(moov.len() as u64).to_be_bytes());
        record.extend_from_slice(&moov);
        let checksum = Sha256::digest(record.get(sealed_at..).unwrap_or_default());
        if let Some(place) = record.get_mut(checksum_at..sealed_at) {
            place.copy_from_slice(&checksum);
        }
        Bytes::from(record)
    }

    /// Restores an index from its record, for exactly this version of the object.
    ///
    /// The checksum finds accidents, not malice: what is behind it is parsed with the care that a film gets, within the same limits.
    ///
    /// # Errors
    /// [`RecordError`] says what is wrong with the record. It is never the film's fault but for [`RecordError::Film`], which
    /// happens when the limits have become tighter.
    ///
    /// # Cost
    /// One hash and one pass over the tables, as for a film. The index keeps the bytes of the record and copies none of them:
    /// hand over a buffer of its own.
    pub fn from_record(record: Bytes, object: &ObjectInfo, limits: &Limits) -> Result<Self, RecordError> {
        let sealed = Fields(record).unseal()?;
        let Content {
            key,
            object_len,
            brands,
            moov,
        } = sealed.content().ok_or(RecordError::Damaged)?;
        if key != *RecordKey::of(object).as_bytes() || object_len != object.len {
            return Err(RecordError::OtherObject);
        }
        // The box as it was in the film: with a header.
        let found = (moov.len() as u64).saturating_add(8);
        if found > limits.max_moov_bytes {
            let limit_name = "max_moov_bytes";
            let limit = limits.max_moov_bytes;
            return Err(RecordError::Film(Mp4Error::in_box(
                MOOV,
                BoxFault::OverLimit {
                    limit_name,
                    limit,
                    found,
                },
            )));
        }
        let view = BoxView {
            fourcc: MOOV,
            payload: moov,
            offset: 0,
            depth: 1,
        };
        movie::index(&view, &Walk::new(limits), limits, object_len, &brands).map_err(RecordError::Film)
    }
}

/// What stands behind the checksum.
struct Content {
    key: [u8; KEY_BYTES],
    object_len: u64,
    brands: Vec<FourCc>,
    moov: Bytes,
}

/// The bytes of a record that are not read yet.
struct Fields(Bytes);

impl Fields {
    /// What the checksum covers, when it is what was written.
    fn unseal(mut self) -> Result<Self, RecordError> {
        if self.array().ok_or(RecordError::Foreign)? != MAGIC {
            return Err(RecordError::Foreign);
        }
        let found = u32::from_be_bytes(self.array().ok_or(RecordError::Damaged)?);
        if found != VERSION {
            return Err(RecordError::OtherVersion {
                found,
                known: VERSION,
            });
        }
        let checksum: [u8; CHECKSUM_BYTES] = self.array().ok_or(RecordError::Damaged)?;
        if *Sha256::digest(&self.0) != checksum {
            return Err(RecordError::Damaged);
        }
        Ok(self)
    }

    fn content(mut self) -> Option<Content> {
        let key = self.array()?;
        let object_len = u64::from_be_bytes(self.array()?);
        let count = u16::from_be_bytes(self.array()?);
        let brands = (0..count)
            .map(|_| self.array().map(FourCc))
            .collect::<Option<_>>()?;
        let moov_len = u64::from_be_bytes(self.array()?);
        (moov_len == self.0.len() as u64).then_some(Content {
            key,
            object_len,
            brands,
            moov: self.0,
        })
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let array = *self.0.first_chunk()?;
        self.0 = self.0.split_off(N);
        Some(array)
    }
}

/// As in PNG: a byte that is not text, and line ends that a text transfer would change.
const MAGIC: [u8; 8] = *b"\x89FFidx\r\n";

/// Changes with the layout, and with what [`unread`] leaves out.
const VERSION: u32 = 1;

const CHECKSUM_BYTES: usize = 32;

/// Enough for everything in front of the payload, brands included.
const HEAD_BYTES: usize = 512;

const MOOV: FourCc = FourCc(*b"moov");

#[cfg(test)]
mod tests;
