//! From what a movie's row says to how it is delivered.

use super::{Delivery, Location, LocationError, QualityVariant, StreamKind, VariantsError};
use crate::id::AssetKey;

/// The columns of a movie that say where its streams are, with the names of the table.
///
/// The first that is set wins, in the order `quality_variants`, `hls_url`, `video_url`: what adapts before what does not.
///
/// | column | holds | delivery |
/// |---|---|---|
/// | `quality_variants` | MP4 files of ours only | [`Delivery::Packaged`] with all of them |
/// | | playlists, ours or external | [`Delivery::Variants`] |
/// | `hls_url` | a path | [`Delivery::Hls`] |
/// | | a URL | [`Delivery::External`] |
/// | `video_url` | a path of an MP4 file | [`Delivery::Packaged`], or [`Delivery::File`] when `progressive` |
/// | | another path | [`Delivery::File`] |
/// | | a URL | [`Delivery::External`] |
///
/// # Examples
/// ```
/// use flaskflix_core::catalog::{Delivery, MovieColumns};
/// let columns = MovieColumns { video_url: Some("films/a.mp4"), ..MovieColumns::default() };
/// assert!(matches!(columns.delivery()?, Delivery::Packaged { .. }));
/// let columns = MovieColumns { hls_url: Some("https://cdn.example/a.m3u8"), ..columns };
/// assert!(matches!(columns.delivery()?, Delivery::External { .. }));
/// # Ok::<(), flaskflix_core::catalog::DeliveryError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MovieColumns<'a> {
    /// One file: a path in the storage or an `http(s)` URL.
    pub video_url: Option<&'a str>,
    /// An HLS playlist: a path in the storage or an `http(s)` URL.
    pub hls_url: Option<&'a str>,
    /// Several qualities: `360p:url,720p:url`.
    pub quality_variants: Option<&'a str>,
    /// Serve a local `video_url` as it is, by ranges, and do not package it.
    pub progressive: bool,
}

/// Why a movie's columns give no delivery. The editor's concern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliveryError {
    /// None of the columns is set.
    #[error("the movie has no video_url, hls_url or quality_variants")]
    NoStream,
    /// `video_url` cannot be used.
    #[error("video_url cannot be used")]
    VideoUrl(#[source] LocationError),
    /// `hls_url` cannot be used.
    #[error("hls_url cannot be used")]
    HlsUrl(#[source] LocationError),
    /// `hls_url` names a file that is no playlist.
    #[error("hls_url does not end in .m3u8")]
    NoPlaylist,
    /// `quality_variants` cannot be used.
    #[error("quality_variants cannot be used")]
    Variants(#[from] VariantsError),
    /// MP4 files and playlists stand side by side.
    #[error("quality_variants mixes MP4 files and playlists: use one kind")]
    MixedVariants,
    /// A quality is an MP4 file on another host, which no playlist of ours can cut into segments.
    #[error("{height}p of quality_variants is not a playlist: on another host only .m3u8 can be a quality")]
    ExternalFile {
        /// Its height.
        height: u32,
    },
}

impl MovieColumns<'_> {
    /// The delivery that these columns ask for. Empty text counts as not set.
    ///
    /// # Errors
    /// [`DeliveryError`] names the column and what is wrong with it.
    pub fn delivery(&self) -> Result<Delivery, DeliveryError> {
        if let Some(text) = filled(self.quality_variants) {
            return of_variants(QualityVariant::parse_list(text)?);
        }
        if let Some(text) = filled(self.hls_url) {
            return of_playlist(Location::parse(text).map_err(DeliveryError::HlsUrl)?);
        }
        let text = filled(self.video_url).ok_or(DeliveryError::NoStream)?;
        Ok(match Location::parse(text).map_err(DeliveryError::VideoUrl)? {
            Location::External(url) => Delivery::External {
                url,
                kind: StreamKind::Mp4,
            },
            Location::Asset(asset) if is_mp4(&asset) && !self.progressive => Delivery::packaged([asset]),
            Location::Asset(asset) => Delivery::File { asset },
        })
    }
}

fn filled(column: Option<&str>) -> Option<&str> {
    column.map(str::trim).filter(|text| !text.is_empty())
}

fn of_playlist(location: Location) -> Result<Delivery, DeliveryError> {
    match location {
        // Another host may name its playlists as it likes.
        Location::External(url) => Ok(Delivery::External {
            url,
            kind: StreamKind::Hls,
        }),
        Location::Asset(playlist) if is_playlist(playlist.extension()) => Ok(Delivery::Hls { playlist }),
        Location::Asset(_) => Err(DeliveryError::NoPlaylist),
    }
}

fn of_variants(variants: Vec<QualityVariant>) -> Result<Delivery, DeliveryError> {
    let mut renditions = Vec::new();
    for variant in &variants {
        match &variant.location {
            Location::Asset(asset) if is_mp4(asset) => renditions.push(asset.clone()),
            Location::Asset(asset) if is_playlist(asset.extension()) => {}
            Location::External(url) if is_playlist(url.extension()) => {}
            Location::Asset(_) => return Err(DeliveryError::MixedVariants),
            Location::External(_) => {
                return Err(DeliveryError::ExternalFile {
                    height: variant.height,
                });
            }
        }
    }
    if renditions.is_empty() {
        Ok(Delivery::Variants { variants })
    } else if renditions.len() == variants.len() {
        Ok(Delivery::packaged(renditions))
    } else {
        Err(DeliveryError::MixedVariants)
    }
}

fn is_mp4(asset: &AssetKey) -> bool {
    asset
        .extension()
        .is_some_and(|extension| MP4.iter().any(|mp4| mp4.eq_ignore_ascii_case(extension)))
}

fn is_playlist(extension: Option<&str>) -> bool {
    extension.is_some_and(|extension| extension.eq_ignore_ascii_case("m3u8"))
}

/// What names a file of the MP4 family.
const MP4: [&str; 4] = ["mp4", "m4v", "mov", "m4a"];

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(video: &str, hls: &str, variants: &str) -> Result<Delivery, DeliveryError> {
        MovieColumns {
            video_url: Some(video),
            hls_url: Some(hls),
            quality_variants: Some(variants),
            progressive: false,
        }
        .delivery()
    }

    #[test]
    fn the_first_column_that_is_set_wins() {
        assert_eq!(delivery("", " ", ""), Err(DeliveryError::NoStream));
        assert!(matches!(delivery("a.mp4", "", ""), Ok(Delivery::Packaged { .. })));
        assert!(matches!(
            delivery("a.mp4", "b/m.m3u8", ""),
            Ok(Delivery::Hls { .. })
        ));
        assert!(matches!(
            delivery("a.mp4", "b/m.m3u8", "360p:c.mp4,720p:d.mp4"),
            Ok(Delivery::Packaged { renditions, .. }) if renditions.len() == 2
        ));
    }

    #[test]
    fn what_a_place_is_decides_the_mode() {
        assert!(matches!(delivery("a.webm", "", ""), Ok(Delivery::File { .. })));
        let external = delivery("https://h/a.mp4", "", "").unwrap();
        assert_eq!(external.kind(), StreamKind::Mp4);
        let external = delivery("", "https://h/stream", "").unwrap();
        assert_eq!(external.kind(), StreamKind::Hls);
        let variants = delivery("", "", "360p:a/360.m3u8,720p:https://h/720.m3u8").unwrap();
        assert!(matches!(variants, Delivery::Variants { .. }));
        let progressive = MovieColumns {
            video_url: Some("a.mp4"),
            progressive: true,
            ..MovieColumns::default()
        };
        assert!(matches!(progressive.delivery(), Ok(Delivery::File { .. })));
    }

    #[test]
    fn what_cannot_be_served_is_named() {
        assert_eq!(delivery("", "a.mp4", ""), Err(DeliveryError::NoPlaylist));
        assert_eq!(
            delivery("", "", "360p:a.mp4,720p:b.m3u8"),
            Err(DeliveryError::MixedVariants)
        );
        assert_eq!(delivery("", "", "360p:a.txt"), Err(DeliveryError::MixedVariants));
        assert_eq!(
            delivery("", "", "360p:https://h/a.mp4"),
            Err(DeliveryError::ExternalFile { height: 360 })
        );
        assert!(matches!(
            delivery("/etc/passwd", "", ""),
            Err(DeliveryError::VideoUrl(_))
        ));
        assert!(matches!(
            delivery("file:///etc/passwd", "", ""),
            Err(DeliveryError::VideoUrl(_))
        ));
    }
}
