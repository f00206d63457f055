//! The DASH description, read by `dash-mpd-core`: it names the same segments as the playlists, at the same times.

use dash_mpd_core::{AdaptationSet, MPD, Representation, SegmentTemplate};

use crate::{
    bandwidth::{self, Cost},
    codec_string,
    error::CheckError,
    fetch,
    subtitles::{self, Cue},
    title::Rendition,
};

/// What a description says, with the texts that it names.
#[derive(Debug)]
pub struct Description {
    /// Where it came from.
    pub url: String,
    /// As `dash-mpd-core` read it.
    pub mpd: MPD,
    /// The cues of each file of subtitles that it names.
    pub texts: Vec<Vec<Cue>>,
}

impl Description {
    /// Downloads `manifest.mpd` beside the multivariant playlist. `None` when there is none.
    ///
    /// # Errors
    /// [`CheckError`] when it cannot be read, or names a text that is not there.
    pub fn download(master_url: &str) -> Result<Option<Self>, CheckError> {
        let url = fetch::resolve(master_url, "manifest.mpd");
        let text = match fetch::get(&url) {
            Err(CheckError::Refused { status, .. }) if status == "404" => return Ok(None),
            answer => answer?,
        };
        let mpd =
            dash_mpd_core::parse(&String::from_utf8_lossy(&text)).map_err(|error| CheckError::Playlist {
                url: url.clone(),
                reason: format!("dash-mpd-core: {error}"),
            })?;
        let texts = representations(&mpd)
            .filter(|(set, _)| is_text(set))
            .map(|(_, text)| {
                let name = text.BaseURL.first().map_or("", |place| place.base.as_str());
                let url = fetch::resolve(&url, name);
                let body = fetch::get(&url)?;
                let (_, cues) = subtitles::parse(&String::from_utf8_lossy(&body))
                    .map_err(|reason| CheckError::Fetch { url, reason })?;
                Ok(cues)
            })
            .collect::<Result<_, CheckError>>()?;
        Ok(Some(Self { url, mpd, texts }))
    }

    /// How many streams it names.
    #[must_use]
    pub fn streams(&self) -> usize {
        representations(&self.mpd).count()
    }

    /// All that is wrong with it, beside what the playlists under `master_url` name.
    #[must_use]
    pub fn faults(
        &self,
        master_url: &str,
        renditions: &[Rendition],
        texts: &[subtitles::Rendition],
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let mut left: Vec<&Rendition> = renditions.iter().collect();
        for (set, stream) in representations(&self.mpd).filter(|(set, _)| !is_text(set)) {
            let id = stream.id.as_deref().unwrap_or("?");
            let found = self.names(set, stream).and_then(|names| {
                let same = |rendition: &&Rendition| urls(master_url, rendition) == names;
                let place = left.iter().position(same).ok_or_else(|| {
                    format!("no playlist names its segments, the first is {:?}", names.get(1))
                })?;
                describes(set, stream, left.remove(place))
            });
            faults.extend(
                found
                    .err()
                    .map(|fault| format!("manifest.mpd: representation {id}: {fault}")),
            );
        }
        let unnamed = left.iter().map(|rendition| &rendition.uri);
        faults.extend(unnamed.map(|uri| format!("manifest.mpd: no representation is {uri}")));
        let mut served: Vec<Vec<Cue>> = texts.iter().map(subtitles::Rendition::cues).collect();
        for text in &self.texts {
            // What is shown behind the end of the title stands in no segment.
            let same = |cues: &Vec<Cue>| cues.iter().all(|cue| text.contains(cue));
            match served.iter().position(same) {
                Some(place) => drop(served.remove(place)),
                None => faults.push("manifest.mpd: a text has other cues than the playlists'".to_owned()),
            }
        }
        if !served.is_empty() {
            faults.push(format!("manifest.mpd: {} texts are not named", served.len()));
        }
        faults.extend(self.length_fault(renditions));
        faults
    }

    /// The URLs of a representation: its init segment, then its media segments.
    fn names(&self, set: &AdaptationSet, stream: &Representation) -> Result<Vec<String>, String> {
        let template = template(set, stream)?;
        let id = stream.id.as_deref().unwrap_or_default();
        let init = template.initialization.as_deref().ok_or("no initialization")?;
        let media = template.media.as_deref().ok_or("no media")?;
        let of = |pattern: &str| pattern.replace("$RepresentationID$", id);
        let count = durations(template)?.len();
        let first = template.startNumber.unwrap_or(1);
        let numbers = (first..).take(count);
        let segments = numbers.map(|number| of(media).replace("$Number$", &number.to_string()));
        let names = std::iter::once(of(init)).chain(segments);
        Ok(names.map(|name| fetch::resolve(&self.url, &name)).collect())
    }

    /// `mediaPresentationDuration` is what the longest playlist lasts.
    fn length_fault(&self, renditions: &[Rendition]) -> Option<String> {
        let lasts = |rendition: &Rendition| {
            let durations = rendition.media.segments.iter();
            durations.fold(0_u64, |sum, segment| sum.saturating_add(segment.duration_us))
        };
        let longest = renditions.iter().map(lasts).max().unwrap_or(0);
        let told = self.mpd.mediaPresentationDuration.unwrap_or_default();
        let told = u64::try_from(told.as_micros()).unwrap_or(u64::MAX);
        (told.abs_diff(longest) > 1000)
            .then(|| format!("manifest.mpd: it says {told} us, the playlists {longest} us"))
    }
}

/// Timeline, codec and bit rate of a representation are those of the playlist that names the same segments.
fn describes(set: &AdaptationSet, stream: &Representation, rendition: &Rendition) -> Result<(), String> {
    let template = template(set, stream)?;
    let scale = u128::from(template.timescale.filter(|scale| *scale > 0).unwrap_or(1));
    let offset = u128::from(template.presentationTimeOffset.unwrap_or(0));
    let ticks = |micros: u64| u128::from(micros).saturating_mul(scale) / 1_000_000;
    let mut declared = 0_u64;
    for (number, ((start, duration), segment)) in
        (1_u128..).zip(durations(template)?.into_iter().zip(&rendition.media.segments))
    {
        declared = declared.saturating_add(segment.duration_us);
        let end = start.saturating_add(duration).saturating_sub(offset);
        // Each EXTINF is rounded to a microsecond, and the ticks above are cut.
        let allowed = number.saturating_mul(scale) / 1_000_000 + 1;
        if end.abs_diff(ticks(declared)) > allowed {
            let end_us = end.saturating_mul(1_000_000) / scale;
            return Err(format!(
                "segment {number} ends at {end_us} us, by EXTINF at {declared} us"
            ));
        }
    }
    let codecs = stream
        .codecs
        .as_ref()
        .or(set.codecs.as_ref())
        .ok_or("no codecs")?;
    let derived = codec_string::of_init(&rendition.init)?;
    if !derived.allows(codecs) {
        return Err(format!(
            "codecs is {codecs}, the segments are {}",
            derived.required
        ));
    }
    let costs: Vec<Cost> = rendition.segments.iter().map(|segment| segment.cost).collect();
    let peak = bandwidth::peak(&costs, rendition.media.target_duration);
    let declared = stream.bandwidth.unwrap_or(0);
    if bandwidth::within_a_tenth(declared, peak) {
        Ok(())
    } else {
        Err(format!("bandwidth is {declared}, a client downloads {peak}"))
    }
}

/// Start and duration of every segment in ticks; the timeline has no gap.
fn durations(template: &SegmentTemplate) -> Result<Vec<(u128, u128)>, String> {
    let timeline = template.SegmentTimeline.as_ref().ok_or("no SegmentTimeline")?;
    let mut all = Vec::new();
    let mut next = None;
    for run in &timeline.segments {
        let start = run.t.map(u128::from).or(next).unwrap_or(0);
        if next.is_some_and(|next| next != start) {
            return Err(format!("its timeline has a gap before {start}"));
        }
        let times = usize::try_from(run.r.unwrap_or(0).saturating_add(1)).map_err(|_| "a run without end")?;
        let duration = u128::from(run.d);
        let mut at = start;
        for _ in 0..times {
            all.push((at, duration));
            at = at.saturating_add(duration);
        }
        next = Some(at);
    }
    Ok(all)
}

fn representations(mpd: &MPD) -> impl Iterator<Item = (&AdaptationSet, &Representation)> {
    let sets = mpd.periods.iter().flat_map(|period| &period.adaptations);
    sets.flat_map(|set| set.representations.iter().map(move |stream| (set, stream)))
}

fn is_text(set: &AdaptationSet) -> bool {
    set.contentType.as_deref() == Some("text")
}

fn template<'a>(set: &'a AdaptationSet, stream: &'a Representation) -> Result<&'a SegmentTemplate, String> {
    let own = stream.SegmentTemplate.as_ref();
    own.or(set.SegmentTemplate.as_ref())
        .ok_or_else(|| "no SegmentTemplate".to_owned())
}

/// The URLs of a playlist: its init segment, then its media segments.
fn urls(master_url: &str, rendition: &Rendition) -> Vec<String> {
    let url = fetch::resolve(master_url, &rendition.uri);
    let media = rendition.media.segments.iter().map(|segment| &segment.uri);
    rendition
        .media
        .init
        .iter()
        .chain(media)
        .map(|uri| fetch::resolve(&url, uri))
        .collect()
}

#[cfg(test)]
mod tests;
