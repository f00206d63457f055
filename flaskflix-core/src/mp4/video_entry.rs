//! Sample entries of picture tracks (ISO 14496-12 section 12.1.3).

use super::{
    BoxFault, Codec, FourCc, Media, Mp4Error, ParameterSets, Unsupported, VideoInfo,
    codec::{Colour, av1::Av1Config, avc, colour::UNSPECIFIED, dolby_vision::DolbyVision, hevc, vp9},
    walk::{BoxView, Walk},
};

/// Reads the sample entry of a picture track.
pub(super) fn parse(entry: &BoxView, walk: &Walk) -> Result<(Media, Codec), Mp4Error> {
    let mut fields = entry.fields();
    fields.skip(24)?;
    let mut info = VideoInfo {
        width: fields.u16()?,
        height: fields.u16()?,
        pixel_aspect: None,
        primaries: None,
        matrix: None,
        transfer: None,
    };
    let format = match Format::of(entry.fourcc) {
        Ok(format) => format,
        Err(reason) => return Ok((Media::Video(info), Codec::refused(entry.fourcc, reason))),
    };
    let found = Extensions::gather(entry, format, walk)?;
    info.pixel_aspect = found.pixel_aspect;
    let (mut codec, colour) = found.codec(entry.fourcc, format)?;
    let specified = |of: fn(Colour) -> u16| colour.map(of).filter(|code| *code != UNSPECIFIED);
    info.primaries = specified(|colour| colour.primaries);
    info.matrix = specified(|colour| colour.matrix);
    info.transfer = specified(|colour| colour.transfer).or_else(|| found.dolby_vision?.transfer());
    if format.dolby_vision {
        let record = found.dolby_vision.ok_or(missing(b"dvcC"))?;
        codec.rfc6381 = Some(record.rfc6381(entry.fourcc));
    } else {
        codec.supplemental = found
            .dolby_vision
            .and_then(|record| record.supplemental(entry.fourcc));
    }
    Ok((Media::Video(info), codec))
}

/// How the samples behind a sample entry are encoded.
#[derive(Debug, Clone, Copy)]
struct Format {
    base: Base,
    /// Whether the name of the entry says that only a Dolby Vision decoder may play it.
    dolby_vision: bool,
}

/// The standard that a decoder of the base layer follows.
#[derive(Debug, Clone, Copy)]
enum Base {
    Avc,
    Hevc,
    Av1,
    Vp9,
}

impl Format {
    fn of(entry: FourCc) -> Result<Self, Unsupported> {
        let (base, dolby_vision) = match &entry.0 {
            b"avc1" | b"avc3" => (Base::Avc, false),
            b"dva1" | b"dvav" => (Base::Avc, true),
            b"hvc1" | b"hev1" => (Base::Hevc, false),
            b"dvh1" | b"dvhe" => (Base::Hevc, true),
            b"av01" => (Base::Av1, false),
            b"dav1" => (Base::Av1, true),
            b"vp09" => (Base::Vp9, false),
            b"encv" | b"drmi" => return Err(Unsupported::Encrypted),
            _ => return Err(Unsupported::Codec(entry)),
        };
        Ok(Self { base, dolby_vision })
    }

    /// The box that holds the base layer's configuration.
    const fn record(self) -> &'static [u8; 4] {
        match self.base {
            Base::Avc => b"avcC",
            Base::Hevc => b"hvcC",
            Base::Av1 => b"av1C",
            Base::Vp9 => b"vpcC",
        }
    }
}

/// What the boxes of a sample entry say.
#[derive(Debug, Default)]
struct Extensions {
    /// The configuration of the codec.
    record: Option<BoxView>,
    dolby_vision: Option<DolbyVision>,
    pixel_aspect: Option<(u32, u32)>,
    colour: Option<Colour>,
}

impl Extensions {
    fn gather(entry: &BoxView, format: Format, walk: &Walk) -> Result<Self, Mp4Error> {
        let mut found = Self::default();
        for child in walk.children_after(entry, FIELDS_BYTES) {
            let child = child?;
            match &child.fourcc.0 {
                b"pasp" => found.pixel_aspect = pixel_aspect(&child).or(found.pixel_aspect),
                b"colr" => found.colour = Colour::parse(&child).or(found.colour),
                b"dvcC" | b"dvvC" | b"dvwC" => found.dolby_vision = Some(DolbyVision::parse(&child)?),
                name if name == format.record() && found.record.is_none() => found.record = Some(child),
                _ => {}
            }
        }
        Ok(found)
    }

    /// The codec of the base layer, and the colour that its configuration or the file tells.
    fn codec(&self, entry: FourCc, format: Format) -> Result<(Codec, Option<Colour>), Mp4Error> {
        let record = self.record.as_ref().ok_or(missing(format.record()))?;
        let plain = |text| Codec::packageable(entry, text, ParameterSets::NotUsed);
        Ok(match format.base {
            Base::Avc => (avc::parse(record, entry)?, self.colour),
            Base::Hevc => (hevc::parse(record, entry)?, self.colour),
            Base::Av1 => {
                let config = Av1Config::parse(record)?;
                (plain(config.rfc6381(self.colour)), config.colour(self.colour))
            }
            Base::Vp9 => {
                let (text, colour) = vp9::parse(record)?;
                let colour = self.colour.and_then(Colour::specified).or(colour);
                (plain(text), colour)
            }
        })
    }
}

/// The shape of a pixel (`pasp`, ISO 14496-12 section 12.1.4), unless it is none.
fn pixel_aspect(pasp: &BoxView) -> Option<(u32, u32)> {
    let mut fields = pasp.fields();
    let (horizontal, vertical) = (fields.u32().ok()?, fields.u32().ok()?);
    (horizontal > 0 && vertical > 0).then_some((horizontal, vertical))
}

const fn missing(fourcc: &[u8; 4]) -> Mp4Error {
    Mp4Error::in_box(FourCc(*fourcc), BoxFault::Missing)
}

/// Bytes of the fields in front of the boxes.
const FIELDS_BYTES: usize = 78;
