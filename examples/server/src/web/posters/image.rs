//! What an image file is: format and size, from its first bytes. Nothing is decoded.

/// The formats that a poster may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Png,
    Jpeg,
    Webp,
}

/// What is known about an image file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Image {
    pub(crate) format: Format,
    /// In pixels.
    pub(crate) width: u32,
    /// In pixels.
    pub(crate) height: u32,
}

/// Why a file is no poster. The text is for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ImageError {
    #[error("This file is not a PNG, JPEG or WebP image.")]
    NotAnImage,
    #[error("This image is damaged: its size cannot be read.")]
    Damaged,
    #[error(
        "This image has {width} × {height} pixels. A poster has {SMALLEST} to {LARGEST} pixels on each side."
    )]
    Size { width: u32, height: u32 },
}

impl Format {
    /// The end of a stored file's name.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "jpg",
            Self::Webp => "webp",
        }
    }

    /// The format that the end of a name tells.
    pub(crate) fn of_extension(extension: &str) -> Option<Self> {
        [Self::Png, Self::Jpeg, Self::Webp]
            .into_iter()
            .find(|format| format.extension() == extension)
    }

    pub(crate) const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Webp => "image/webp",
        }
    }
}

impl Image {
    /// Reads format and size. The name of the file and the type that a browser claims are not looked at.
    pub(crate) fn parse(file: &[u8]) -> Result<Self, ImageError> {
        let (format, size) = if file.starts_with(b"\x89PNG\r\n\x1a\n") {
            (Format::Png, png(file))
        } else if file.starts_with(b"\xff\xd8\xff") {
            (Format::Jpeg, jpeg(file))
        } else if file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP") {
            (Format::Webp, webp(file))
        } else {
            return Err(ImageError::NotAnImage);
        };
        let (width, height) = size.ok_or(ImageError::Damaged)?;
        let fits = |side| (SMALLEST..=LARGEST).contains(&side);
        if !fits(width) || !fits(height) {
            return Err(ImageError::Size { width, height });
        }
        Ok(Self {
            format,
            width,
            height,
        })
    }
}

/// The `IHDR` chunk, which comes first.
fn png(file: &[u8]) -> Option<(u32, u32)> {
    if file.get(12..16)? != b"IHDR" {
        return None;
    }
    Some((big_endian(file.get(16..20)?), big_endian(file.get(20..24)?)))
}

/// The first frame header (ITU-T T.81 section B.2.2), past the segments before it.
fn jpeg(file: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2_usize;
    for _ in 0..MOST_SEGMENTS {
        let [fill, marker] = *file.get(at..)?.first_chunk()?;
        if fill != 0xff {
            return None;
        }
        match marker {
            // A fill byte; markers without a segment.
            0xff => at = at.checked_add(1)?,
            0x01 | 0xd0..=0xd8 => at = at.checked_add(2)?,
            // Tables and definitions share the range with the frame headers.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let frame = file.get(at.checked_add(5)?..)?;
                return Some((big_endian(frame.get(2..4)?), big_endian(frame.get(..2)?)));
            }
            // The image data: no frame header came before it.
            0xd9 | 0xda => return None,
            _ => {
                let length = big_endian(file.get(at.checked_add(2)?..)?.get(..2)?);
                at = at.checked_add(2)?.checked_add(usize::try_from(length).ok()?)?;
            }
        }
    }
    None
}

/// The first chunk: extended, lossless or lossy (RFC 9649 section 2).
fn webp(file: &[u8]) -> Option<(u32, u32)> {
    let payload = file.get(20..)?;
    match file.get(12..16)? {
        b"VP8X" => {
            let side = |at: usize| Some(little_endian(payload.get(at..)?.get(..3)?).saturating_add(1));
            Some((side(4)?, side(7)?))
        }
        b"VP8L" if payload.first() == Some(&0x2f) => {
            let bits = little_endian(payload.get(1..5)?);
            Some(((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1))
        }
        b"VP8 " if payload.get(3..6)? == [0x9d, 0x01, 0x2a] => {
            let side = |at: usize| Some(little_endian(payload.get(at..)?.get(..2)?) & 0x3fff);
            Some((side(6)?, side(8)?))
        }
        _ => None,
    }
}

/// A number of up to four bytes.
fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

fn little_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Pixels on a side.
const SMALLEST: u32 = 16;
const LARGEST: u32 = 8192;

/// Segments before the frame header of a JPEG file. Cameras write a handful, profiles some dozens.
const MOST_SEGMENTS: u32 = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn image(format: Format, width: u32, height: u32) -> Result<Image, ImageError> {
        Ok(Image {
            format,
            width,
            height,
        })
    }

    #[test]
    fn sizes_of_every_format_are_read() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x90\0\0\x02\x58";
        assert_eq!(Image::parse(png), image(Format::Png, 400, 600));
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\xff\xfe\0\x02\xff\xc2\0\x11\x08\x02\x58\x01\x90\x03";
        assert_eq!(Image::parse(jpeg), image(Format::Jpeg, 400, 600));
        let lossy = b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x90\x01\x58\x02";
        assert_eq!(Image::parse(lossy), image(Format::Webp, 400, 600));
        let extended = b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\x8f\x01\0\x57\x02\0";
        assert_eq!(Image::parse(extended), image(Format::Webp, 400, 600));
        let bits = (399_u32 | 599 << 14).to_le_bytes();
        let lossless = [b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f".as_slice(), &bits].concat();
        assert_eq!(Image::parse(&lossless), image(Format::Webp, 400, 600));
    }

    #[test]
    fn markup_is_never_an_image() {
        for file in [
            &b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"[..],
            b"<!doctype html><script>alert(1)</script>",
            b"GIF89a<script>",
            b"",
        ] {
            assert_eq!(Image::parse(file), Err(ImageError::NotAnImage));
        }
    }

    #[test]
    fn damaged_files_end_soon_and_with_a_reason() {
        let endless = [b"\xff\xd8".as_slice(), &[0xff; 100_000]].concat();
        for file in [
            &b"\x89PNG\r\n\x1a\n"[..],
            b"\xff\xd8\xff",
            b"\xff\xd8\xff\xe0\0\0",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"RIFF\0\0\0\0WEBP",
            b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0",
            &endless,
        ] {
            assert_eq!(
                Image::parse(file),
                Err(ImageError::Damaged),
                "{:?}",
                &file[..file.len().min(20)]
            );
        }
    }

    #[test]
    fn bombs_are_refused_by_their_size() {
        let bomb = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x7f\xff\xff\xff\x7f\xff\xff\xff";
        assert!(matches!(Image::parse(bomb), Err(ImageError::Size { .. })));
    }
}
