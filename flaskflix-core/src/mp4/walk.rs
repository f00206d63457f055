//! Walks the boxes inside a box (ISO 14496-12 section 4.2) within the limits of depth and number.

use std::cell::Cell;

use bytes::Bytes;

use super::{BoxFault, FourCc, Limits, Mp4Error, fields::Fields};

/// The header of a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fourcc: FourCc,
    /// Bytes of the header itself: 8, or 16 with a 64-bit size.
    pub(super) header_bytes: u64,
    /// Bytes of the whole box: at least `header_bytes`, at most what its parent has left.
    pub(super) size: u64,
}

impl Header {
    /// Most bytes a header has.
    pub(super) const MAX_BYTES: u64 = 16;

    /// Reads the header of the box at `offset` in the file, whose parent has `available` bytes left from there.
    /// `bytes` starts at the box and need not hold more than [`MAX_BYTES`](Self::MAX_BYTES) of them.
    ///
    /// `None` is the end of the parent: no room for a header, or a terminator of zeros as `QuickTime` writes it.
    pub(super) fn read(bytes: &[u8], offset: u64, available: u64) -> Result<Option<Self>, Mp4Error> {
        let Some((&[a, b, c, d, e, f, g, h], rest)) = bytes.split_first_chunk::<8>() else {
            return Ok(None);
        };
        let fourcc = FourCc([e, f, g, h]);
        let (header_bytes, size) = match u32::from_be_bytes([a, b, c, d]) {
            0 if fourcc.0 == [0; 4] => return Ok(None),
            0 => (8, available),
            1 => {
                let size = rest
                    .first_chunk()
                    .map_or(Self::MAX_BYTES, |size| u64::from_be_bytes(*size));
                (Self::MAX_BYTES, size)
            }
            size => (8, u64::from(size)),
        };
        if size < header_bytes {
            return Err(Mp4Error::in_box(fourcc, BoxFault::Undersized { offset, size }));
        }
        if size > available {
            return Err(Mp4Error::in_box(
                fourcc,
                BoxFault::Overrun {
                    offset,
                    size,
                    available,
                },
            ));
        }
        Ok(Some(Self {
            fourcc,
            header_bytes,
            size,
        }))
    }
}

/// One box in memory.
#[derive(Debug, Clone)]
pub(super) struct BoxView {
    pub(super) fourcc: FourCc,
    /// What follows the header.
    pub(super) payload: Bytes,
    /// Where the payload starts in the file.
    pub(super) offset: u64,
    /// How deep the box lies; 1 is the top level.
    pub(super) depth: u32,
}

impl BoxView {
    /// The fields of the payload.
    pub(super) fn fields(&self) -> Fields {
        Fields::new(self.fourcc, self.payload.clone())
    }

    /// Bytes from this place in the file to the end of the box.
    pub(super) fn bytes_from(&self, offset: u64) -> usize {
        let end = self.offset.saturating_add(self.payload.len() as u64);
        usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX)
    }

    /// An error about this box.
    pub(super) const fn fault(&self, fault: BoxFault) -> Mp4Error {
        Mp4Error::in_box(self.fourcc, fault)
    }
}

/// Counts the boxes of a file and bounds their nesting.
#[derive(Debug)]
pub(super) struct Walk {
    seen: Cell<u32>,
    max_boxes: u32,
    max_depth: u32,
}

impl Walk {
    pub(super) const fn new(limits: &Limits) -> Self {
        Self {
            seen: Cell::new(0),
            max_boxes: limits.max_boxes,
            max_depth: limits.max_depth,
        }
    }

    /// Counts one box of this type at this depth.
    pub(super) fn count(&self, fourcc: FourCc, depth: u32) -> Result<(), Mp4Error> {
        let seen = self.seen.get().saturating_add(1);
        self.seen.set(seen);
        let over = |limit_name, limit: u32, found: u32| {
            Err(Mp4Error::in_box(
                fourcc,
                BoxFault::OverLimit {
                    limit_name,
                    limit: u64::from(limit),
                    found: u64::from(found),
                },
            ))
        };
        if seen > self.max_boxes {
            return over("max_boxes", self.max_boxes, seen);
        }
        if depth > self.max_depth {
            return over("max_depth", self.max_depth, depth);
        }
        Ok(())
    }

    /// The boxes inside `parent`.
    pub(super) fn children(&self, parent: &BoxView) -> Children<'_> {
        self.children_after(parent, 0)
    }

    /// The boxes inside `parent` that follow `skip` bytes of fields.
    pub(super) fn children_after(&self, parent: &BoxView, skip: usize) -> Children<'_> {
        let skip = skip.min(parent.payload.len());
        Children {
            walk: self,
            left: parent.payload.slice(skip..),
            offset: parent.offset.saturating_add(skip as u64),
            depth: parent.depth.saturating_add(1),
        }
    }

    /// The first box of each of these types inside `parent`.
    pub(super) fn pick<const N: usize>(
        &self,
        parent: &BoxView,
        fourccs: [FourCc; N],
    ) -> Result<[Option<BoxView>; N], Mp4Error> {
        let mut picked = [const { None }; N];
        for child in self.children(parent) {
            let child = child?;
            let place = fourccs
                .iter()
                .zip(&mut picked)
                .find(|(fourcc, _)| **fourcc == child.fourcc);
            if let Some((_, slot @ None)) = place {
                *slot = Some(child);
            }
        }
        Ok(picked)
    }
}

/// Iterates over the boxes inside a box; ends after the first error.
#[derive(Debug)]
pub(super) struct Children<'w> {
    walk: &'w Walk,
    left: Bytes,
    offset: u64,
    depth: u32,
}

impl Children<'_> {
    fn advance(&mut self) -> Result<Option<BoxView>, Mp4Error> {
        let Some(header) = Header::read(&self.left, self.offset, self.left.len() as u64)? else {
            return Ok(None);
        };
        self.walk.count(header.fourcc, self.depth)?;
        let mut fields = Fields::new(header.fourcc, self.left.clone());
        // Both fit: the header's size is at most the length of `left`, a usize.
        let header_bytes = usize::try_from(header.header_bytes).unwrap_or(usize::MAX);
        let size = usize::try_from(header.size).unwrap_or(usize::MAX);
        fields.skip(header_bytes)?;
        let view = BoxView {
            fourcc: header.fourcc,
            payload: fields.take(size.saturating_sub(header_bytes))?,
            offset: self.offset.saturating_add(header.header_bytes),
            depth: self.depth,
        };
        self.offset = self.offset.saturating_add(header.size);
        self.left = fields.rest();
        Ok(Some(view))
    }
}

impl Iterator for Children<'_> {
    type Item = Result<BoxView, Mp4Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.advance().transpose();
        if !matches!(next, Some(Ok(_))) {
            self.left = Bytes::new();
        }
        next
    }
}
