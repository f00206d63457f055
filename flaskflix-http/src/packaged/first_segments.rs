//! What players ask for right after the playlists: the source is told, and may fetch it meanwhile.

use flaskflix_core::{
    id::AssetKey,
    object::{Piece, VirtualObject},
    package::Presentation,
    range::ByteRange,
    source::ByteSource,
};

/// Where the first segment of every stream of picture and sound lies.
#[derive(Debug)]
pub(super) struct FirstSegments(Vec<(AssetKey, ByteRange)>);

impl FirstSegments {
    pub(super) fn of(plan: &Presentation) -> Self {
        let streams = plan.streams().iter().filter(|stream| !stream.is_text());
        let places = streams.filter_map(|stream| {
            let first = plan.segment(stream, 1)?;
            Some((plan.input(stream)?.asset.clone(), span(&first)?))
        });
        Self(places.collect())
    }

    /// Tells the source that they will be read.
    pub(super) fn announce(&self, source: &dyn ByteSource) {
        for (asset, range) in &self.0 {
            source.expect(asset, &[*range]);
        }
    }
}

/// From the first byte of the source to the last: what lies between is another stream's first segment.
fn span(segment: &VirtualObject) -> Option<ByteRange> {
    let ranges = segment.pieces().iter().filter_map(|piece| match piece {
        Piece::Source(range) => Some(*range),
        _ => None,
    });
    ranges.reduce(|all, range| {
        let (start, end) = (all.start().min(range.start()), all.end().max(range.end()));
        ByteRange::new(start, end).unwrap_or(all)
    })
}
