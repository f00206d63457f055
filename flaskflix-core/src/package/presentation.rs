//! The plan of a title: its streams, their segments, its playlists.

use std::{fmt, time::Duration};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{
    Input, Material, PackageError, PackageOptions, StartPoint, StreamKind, SubtitleInput, Warning,
    dash::description,
    init::init_segment,
    key_frames::KeyFrame,
    manifest::multivariant,
    plan::{self, Plan},
    segment::{SegmentLayout, pieces, written},
    stream::{SegmentStart, StreamPlan},
    text::ChapterPlan,
};
use crate::{
    encrypt::{ContentKey, Iv},
    mp4::{Sample, Track},
    object::{Piece, VirtualObject},
    playlist::{KeyFramePlaylist, MediaPlaylist, MediaSegment, PlaylistUrls, SegmentContent, target_secs},
    time::UnixTime,
    validator::EntityTag,
};

/// Changes whenever the bytes that we make from the same source change: part of every entity tag.
const FORMAT_VERSION: u32 = 3;

/// The plan of one title: streams on one timeline, cut into segments at common times.
///
/// # Cost
/// Planning looks at every sample's size and duration once. After that an init segment, a media segment or a
/// playlist is made from the plan without looking at other parts of the film; a media segment costs the same at
/// any point of a film of any length.
#[derive(Clone)]
pub struct Presentation {
    name: String,
    inputs: Vec<Input>,
    subtitles: Vec<SubtitleInput>,
    chapters: Option<ChapterPlan>,
    streams: Vec<StreamPlan>,
    warnings: Vec<Warning>,
    etag: EntityTag,
    last_modified: Option<UnixTime>,
    target_secs: u64,
    key: Option<ContentKey>,
    start: Option<StartPoint>,
}

impl Presentation {
    /// Plans a title from its files (a [`Material`], or only the inputs). Their order does not matter.
    ///
    /// # Errors
    /// [`PackageError`] when nothing can be played or a limit of the options is hit.
    pub fn plan(material: impl Into<Material>, options: &PackageOptions) -> Result<Self, PackageError> {
        let Material {
            name,
            mut inputs,
            mut subtitles,
            key,
        } = material.into();
        inputs.sort_by(|a, b| a.asset.cmp(&b.asset));
        let Plan {
            streams,
            chapters,
            zero_micros,
            warnings,
        } = plan::plan(&inputs, &subtitles, options, key.is_some())?;
        subtitles.iter_mut().for_each(|input| input.move_by(zero_micros));
        let longest = streams.iter().flat_map(StreamPlan::durations).max().unwrap_or(0);
        Ok(Self {
            etag: fingerprint(&inputs, options, key.as_ref()),
            last_modified: inputs.iter().filter_map(|input| input.info.last_modified).max(),
            target_secs: target_secs(longest),
            start: options.start,
            name,
            inputs,
            subtitles,
            chapters,
            streams,
            warnings,
            key,
        })
    }

    /// The key that media segments and key frames are to be encrypted with. What this plan makes is clear: whoever serves
    /// it passes it through [`VirtualObject::encrypted`]. Playlists speak of the encrypted ones.
    #[must_use]
    pub const fn key(&self) -> Option<&ContentKey> {
        self.key.as_ref()
    }

    /// The title's name for people. It is in no entity tag but the multivariant playlist's.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The streams: video by falling bit rate, then audio, then text.
    #[must_use]
    pub fn streams(&self) -> &[StreamPlan] {
        &self.streams
    }

    /// The stream of this id.
    #[must_use]
    pub fn stream(&self, id: &str) -> Option<&StreamPlan> {
        self.streams.iter().find(|stream| stream.id == id)
    }

    /// What the files hold that the playlists do not.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The files, sorted by key.
    #[must_use]
    pub fn inputs(&self) -> &[Input] {
        &self.inputs
    }

    /// The files of subtitles beside them, those that are left out too.
    #[must_use]
    pub fn subtitle_inputs(&self) -> &[SubtitleInput] {
        &self.subtitles
    }

    pub(super) const fn chapter_plan(&self) -> Option<&ChapterPlan> {
        self.chapters.as_ref()
    }

    /// How long the title is: to the end of the stream that ends last.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let ends = self.streams.iter().filter_map(|stream| stream.starts.last());
        let micros = ends.max().map_or(0, |end| end.as_micros());
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Validator of picture and sound: of the sources' versions, the options and our own format. Subtitles beside the film
    /// are not in it, so that new ones leave the segments' own tags alone.
    #[must_use]
    pub const fn etag(&self) -> &EntityTag {
        &self.etag
    }

    /// When the newest of the files changed.
    #[must_use]
    pub const fn last_modified(&self) -> Option<UnixTime> {
        self.last_modified
    }

    /// Memory of the plan and its indexes in bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> u64 {
        let indexes = self.inputs.iter().map(|input| input.index.memory_bytes());
        let cues = self.subtitles.iter().filter_map(|input| input.cues.as_ref().ok());
        indexes
            .chain(cues.map(|cues| cues.memory_bytes()))
            .chain(self.streams.iter().map(StreamPlan::memory_bytes))
            .fold(1024, u64::saturating_add)
    }

    /// The file that a stream's media comes from. `None`: subtitles of a file beside the film.
    #[must_use]
    pub fn input(&self, stream: &StreamPlan) -> Option<&Input> {
        self.inputs.get(stream.input?)
    }

    /// The track that a stream serves.
    #[must_use]
    pub fn track(&self, stream: &StreamPlan) -> Option<&Track> {
        self.input(stream)?.index.tracks().get(stream.track)
    }

    /// The file to serve as one progressive MP4: the one of the best stream that has picture and sound, else the best
    /// with a picture, else the first.
    #[must_use]
    pub fn progressive(&self) -> Option<&Input> {
        let has_sound = |input: &&Input| {
            let is_sound = |track: &Track| matches!(track.media, crate::mp4::Media::Audio(_));
            input.index.tracks().iter().any(is_sound)
        };
        let in_order = || self.streams.iter().filter_map(|stream| self.input(stream));
        in_order().find(has_sound).or_else(|| in_order().next())
    }

    /// The init segment of a stream of picture or sound; empty for text, which needs none.
    #[must_use]
    pub fn init_segment(&self, stream: &StreamPlan) -> VirtualObject {
        let track = self.track(stream).filter(|_| stream.kind != StreamKind::Text);
        let bytes = track.map_or_else(Bytes::new, |track| {
            let scale = track.timescale;
            let end = stream.starts.last().map_or(0, |end| end.rescale(scale).ticks());
            init_segment(track, u64::try_from(end).unwrap_or(0))
        });
        self.object(vec![Piece::Bytes(bytes)], &format!("-{}-i", stream.id))
    }

    /// A media segment of a stream, by its number (1 is the first). `None` when there is no such segment, and for text: see
    /// [`text`](Self::text).
    #[must_use]
    pub fn segment(&self, stream: &StreamPlan, number: u32) -> Option<VirtualObject> {
        let range = stream.samples_of(number)?;
        let table = &self.track(stream)?.samples;
        let samples: Vec<Sample> = written(table.samples(range.start..u32::MAX), range.end).collect();
        let layout = SegmentLayout::of(samples.iter().copied(), stream.placement);
        let start = table.decode_time(range.start);
        let pieces = pieces(number, &samples, start, layout, stream.placement);
        Some(self.object(pieces, &segment_suffix(stream, number)))
    }

    /// The multivariant playlist.
    #[must_use]
    pub fn multivariant_playlist(&self, urls: &dyn PlaylistUrls) -> String {
        multivariant(self).render(urls)
    }

    /// The DASH description: the same segments as the playlists name.
    ///
    /// # Cost
    /// Looks at every sample of the film once, to say with how much in advance no player runs dry.
    #[must_use]
    pub fn dash_manifest(&self, urls: &dyn PlaylistUrls) -> String {
        description(self).render(urls)
    }

    /// The media playlist of a stream.
    #[must_use]
    pub fn media_playlist(&self, stream: &StreamPlan, urls: &dyn PlaylistUrls) -> String {
        let playlist = MediaPlaylist {
            target_secs: self.target_secs,
            independent_segments: stream.start == SegmentStart::Closed,
            first_number: 1,
            content: match stream.kind {
                StreamKind::Text => SegmentContent::Text,
                _ => SegmentContent::Media,
            },
        };
        let segments = stream
            .durations()
            .zip(1..=stream.segment_count())
            .map(|(micros, number)| {
                // Subtitles stay clear: players that decrypt media do not all decrypt text.
                let iv = self.iv(&segment_suffix(stream, number));
                let iv = iv.filter(|_| stream.kind != StreamKind::Text);
                MediaSegment { number, micros, iv }
            });
        playlist.render(segments, urls)
    }

    /// The vector of the object whose entity tag is the plan's with this suffix, when it is encrypted.
    fn iv(&self, suffix: &str) -> Option<Iv> {
        let key = self.key.as_ref()?;
        Some(key.iv(&self.etag.with_suffix(suffix)))
    }

    /// The I-frame playlist of a stream: the first key frame of every stretch of
    /// [`key_frame_interval`](PackageOptions::key_frame_interval). `None` when it has none.
    ///
    /// # Cost
    /// Looks at every key frame of the film; nothing of it is kept in the plan.
    #[must_use]
    pub fn key_frame_playlist(&self, stream: &StreamPlan, urls: &dyn PlaylistUrls) -> Option<String> {
        let (plan, track) = (stream.key_frames?, self.track(stream)?);
        let listed = plan.listed(&KeyFrame::all(track, stream.placement));
        let entries = listed.iter().map(|entry| MediaSegment {
            number: entry.number,
            micros: entry.micros,
            iv: self.iv(&key_frame_suffix(stream, entry.number)),
        });
        let playlist = KeyFramePlaylist {
            target_secs: plan.target_secs,
        };
        Some(playlist.render(entries, urls))
    }

    /// One key frame of a stream as a segment of its own, by its place among the key frames of the film (1 is the first). Those that no
    /// playlist lists are there too. `None` when there is no such key frame, or the stream is sound.
    #[must_use]
    pub fn key_frame(&self, stream: &StreamPlan, number: u32) -> Option<VirtualObject> {
        let sample = stream
            .key_frames?
            .sample(number, self.track(stream)?, stream.placement)?;
        let layout = SegmentLayout::of(std::iter::once(sample), stream.placement);
        let pieces = pieces(number, &[sample], sample.decode_time, layout, stream.placement);
        Some(self.object(pieces, &key_frame_suffix(stream, number)))
    }

    /// Where players should start, when that lies inside the title.
    pub(super) fn start(&self) -> Option<StartPoint> {
        let end = self.duration();
        self.start.filter(|start| start.offset < end)
    }

    fn object(&self, pieces: Vec<Piece>, suffix: &str) -> VirtualObject {
        VirtualObject::new(pieces, self.etag.with_suffix(suffix), self.last_modified)
    }
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The sample tables would fill pages.
        f.debug_struct("Presentation")
            .field("etag", &self.etag)
            .field(
                "streams",
                &self.streams.iter().map(StreamPlan::id).collect::<Vec<_>>(),
            )
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

/// What the entity tag of a media segment has behind the plan's.
fn segment_suffix(stream: &StreamPlan, number: u32) -> String {
    format!("-{}-{number}", stream.id)
}

/// The same for a key frame.
fn key_frame_suffix(stream: &StreamPlan, number: u32) -> String {
    format!("-{}-k{number}", stream.id)
}

/// A strong validator of everything that the bytes we make depend on.
fn fingerprint(inputs: &[Input], options: &PackageOptions, key: Option<&ContentKey>) -> EntityTag {
    let mut hash = Sha256::new();
    hash.update(FORMAT_VERSION.to_be_bytes());
    let mut settings = 0_u64;
    for setting in options.identity() {
        hash.update(setting.to_be_bytes());
        settings = settings.saturating_add(1);
    }
    hash.update(settings.to_be_bytes());
    for input in inputs {
        for text in [input.asset.as_str(), input.info.etag.opaque()] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.update(input.info.len.to_be_bytes());
    }
    if let Some(key) = key {
        // The playlists tell its vectors.
        hash.update(key.fingerprint());
    }
    let digest = hash.finalize();
    EntityTag::from_identity(digest.get(..16).unwrap_or(&digest))
}
