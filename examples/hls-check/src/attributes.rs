//! What the multivariant playlist says of its streams, against what `ffprobe` says of the sources and `mp4-atom` of the init
//! segments.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codec_string,
    playlist::{AudioRendition, Multivariant, Variant},
    probe::{Kind, Packet, Track},
    title::Rendition,
};

/// The source track that each media playlist carries, by the playlist's URI.
pub type Carried<'a> = BTreeMap<&'a str, &'a Track>;

/// All attributes that are wrong, one sentence each.
#[must_use]
pub fn faults(
    master: &Multivariant,
    renditions: &[Rendition],
    carried: &Carried<'_>,
    says: &[String],
) -> Vec<String> {
    let mut faults = Vec::new();
    for variant in &master.variants {
        let found = [
            codecs(variant, master, renditions),
            resolution(variant, carried),
            frame_rate(variant, carried),
            video_range(variant, carried),
        ];
        let sentence = |fault| format!("{}: {fault}", variant.uri);
        faults.extend(found.into_iter().filter_map(Result::err).map(sentence));
    }
    // What a row of the expectations says stands for what ffprobe cannot read.
    let is_said = |name: &str| says.iter().any(|text| text.starts_with(name));
    for audio in &master.audio {
        let found = [
            ("CHANNELS=", channels(audio, carried)),
            ("LANGUAGE=", language(audio, carried)),
        ];
        let judged = found.into_iter().filter(|(name, _)| !is_said(name));
        let sentence = |fault| format!("{}: {fault}", audio.uri);
        faults.extend(judged.filter_map(|(_, found)| found.err()).map(sentence));
    }
    faults.extend(groups(master));
    faults
}

/// `CODECS` names the codecs of the variant and of all renditions of its group, each once, and no other.
fn codecs(variant: &Variant, master: &Multivariant, renditions: &[Rendition]) -> Result<(), String> {
    let group = master
        .audio
        .iter()
        .filter(|audio| Some(&audio.group) == variant.audio_group.as_ref())
        .map(|audio| &audio.uri);
    let mut declared: Vec<&str> = attribute(&variant.attributes, "CODECS")?
        .split(',')
        .map(str::trim)
        .collect();
    let mut found = BTreeSet::new();
    for uri in std::iter::once(&variant.uri).chain(group) {
        let rendition = renditions.iter().find(|rendition| rendition.uri == *uri);
        let init = rendition.map_or(&[][..], |rendition| &rendition.init);
        let derived = codec_string::of_init(init).map_err(|reason| format!("{uri}: {reason}"))?;
        found.extend(declared.iter().copied().find(|text| derived.allows(text)));
        if !declared.iter().any(|text| derived.allows(text)) {
            let (required, optional) = (&derived.required, &derived.optional);
            return Err(format!(
                "CODECS {declared:?} lacks {required}[{optional}] of {uri}"
            ));
        }
    }
    declared.retain(|text| !found.contains(text));
    if declared.is_empty() {
        Ok(())
    } else {
        Err(format!("CODECS has {declared:?}, which no stream is"))
    }
}

/// `RESOLUTION` is the size as displayed: pixel aspect and a turn by a quarter count. A pixel of rounding is allowed.
fn resolution(variant: &Variant, carried: &Carried<'_>) -> Result<(), String> {
    let Some(track) = video(variant, carried) else {
        return Ok(());
    };
    let Some((width, height)) = track.facts.size else {
        return Ok(());
    };
    let (wide, high) = track.facts.pixel_aspect;
    let stretched = width
        .saturating_mul(wide)
        .saturating_add(high / 2)
        .checked_div(high)
        .unwrap_or(width);
    let shown = if track.facts.is_turned {
        (height, stretched)
    } else {
        (stretched, height)
    };
    let declared = attribute(&variant.attributes, "RESOLUTION")?;
    let parsed = declared
        .split_once('x')
        .and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let near = |a: u64, b: u64| a.abs_diff(b) <= 1;
    match parsed {
        Some((width, height)) if near(width, shown.0) && near(height, shown.1) => Ok(()),
        _ => Err(format!(
            "RESOLUTION is {declared}, the source shows {}x{}",
            shown.0, shown.1
        )),
    }
}

/// `FRAME-RATE` is that of the most common frame, within a tick; or what `ffprobe` thinks of the whole.
fn frame_rate(variant: &Variant, carried: &Carried<'_>) -> Result<(), String> {
    let Some(track) = video(variant, carried) else {
        return Ok(());
    };
    let declared = attribute(&variant.attributes, "FRAME-RATE")?;
    let thousandths: u64 = declared
        .split_once('.')
        .filter(|(_, decimals)| decimals.len() == 3)
        .and_then(|(whole, decimals)| format!("{whole}{decimals}").parse().ok())
        .ok_or_else(|| format!("FRAME-RATE {declared} has not three decimals"))?;
    let [least, average] = track.facts.frame_rates;
    let common = most_common_rate(track);
    let near = |rate: u64| thousandths.abs_diff(rate) <= (rate / 1000).max(1);
    if near(least) || near(average) || common.is_some_and(near) {
        Ok(())
    } else {
        Err(format!(
            "FRAME-RATE is {declared}, ffprobe says {least} and {average}, most frames {common:?} thousandths"
        ))
    }
}

/// Frames per 1000 seconds by the most common distance of two decode times.
fn most_common_rate(track: &Track) -> Option<u64> {
    let times = track.packets.iter().filter_map(|packet: &Packet| packet.dts);
    let steps = times.clone().zip(times.skip(1)).map(|(a, b)| b.saturating_sub(a));
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for step in steps.filter(|step| *step > 0) {
        let count = counts.entry(step).or_default();
        *count = count.saturating_add(1);
    }
    let (step, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
    let ticks = track.time_base.den.checked_mul(1000)?;
    let rate = ticks.checked_div(track.time_base.num.checked_mul(i128::from(step))?)?;
    u64::try_from(rate).ok()
}

/// `VIDEO-RANGE` is `PQ` or `HLG` exactly when the source's transfer function is.
fn video_range(variant: &Variant, carried: &Carried<'_>) -> Result<(), String> {
    let Some(track) = video(variant, carried) else {
        return Ok(());
    };
    let wanted = match track.facts.transfer.as_str() {
        "smpte2084" => "PQ",
        "arib-std-b67" => "HLG",
        _ => "SDR",
    };
    let declared = variant
        .attributes
        .get("VIDEO-RANGE")
        .map_or("SDR", String::as_str);
    if declared == wanted {
        Ok(())
    } else {
        Err(format!("VIDEO-RANGE is {declared}, the source is {wanted}"))
    }
}

/// `CHANNELS` begins with the number of channels.
fn channels(audio: &AudioRendition, carried: &Carried<'_>) -> Result<(), String> {
    let Some(track) = carried.get(audio.uri.as_str()) else {
        return Ok(());
    };
    let declared = attribute(&audio.attributes, "CHANNELS")?;
    if declared.split('/').next() == Some(&track.facts.channels.to_string()) {
        Ok(())
    } else {
        Err(format!(
            "CHANNELS is {declared}, the source has {}",
            track.facts.channels
        ))
    }
}

/// `LANGUAGE` is the source's language as BCP 47 writes it, and is not there when the source does not know it.
fn language(audio: &AudioRendition, carried: &Carried<'_>) -> Result<(), String> {
    let Some(track) = carried.get(audio.uri.as_str()) else {
        return Ok(());
    };
    let declared = audio.attributes.get("LANGUAGE").map_or("und", String::as_str);
    let known = track.language.as_str();
    let short = SHORT_LANGUAGES.iter().find(|(long, _)| *long == known);
    if declared == short.map_or(known, |(_, short)| short) {
        Ok(())
    } else {
        Err(format!("LANGUAGE is {declared}, the source's is {known}"))
    }
}

/// Every group has exactly one default, and names are unique in it.
fn groups(master: &Multivariant) -> Vec<String> {
    let ids: BTreeSet<&str> = master.audio.iter().map(|audio| audio.group.as_str()).collect();
    let mut faults = Vec::new();
    for id in ids {
        let of_group = || master.audio.iter().filter(|audio| audio.group == id);
        let with = |name: &'static str| of_group().filter_map(move |audio| audio.attributes.get(name));
        let defaults = with("DEFAULT").filter(|value| *value == "YES").count();
        if defaults != 1 {
            faults.push(format!("group {id} has {defaults} renditions with DEFAULT=YES"));
        }
        if with("NAME").collect::<BTreeSet<_>>().len() != of_group().count() {
            faults.push(format!("group {id} has a NAME twice, or none"));
        }
    }
    faults
}

/// The source of a variant's pictures; `None` for variants of sound alone.
fn video<'a>(variant: &Variant, carried: &Carried<'a>) -> Option<&'a Track> {
    let track = carried.get(variant.uri.as_str())?;
    (track.kind == Kind::Video).then_some(*track)
}

fn attribute<'a>(list: &'a BTreeMap<String, String>, name: &str) -> Result<&'a str, String> {
    list.get(name)
        .map(String::as_str)
        .ok_or_else(|| format!("{name} is missing"))
}

/// ISO 639-2 as MP4 writes it to the two letters that BCP 47 asks for, of the languages that test files have.
const SHORT_LANGUAGES: [(&str, &str); 8] = [
    ("eng", "en"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("deu", "de"),
    ("ger", "de"),
    ("jpn", "ja"),
    ("por", "pt"),
    ("spa", "es"),
];

#[cfg(test)]
mod tests;
