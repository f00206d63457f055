//! From a movie's columns to the right way of looking.

use flaskflix_core::{
    catalog::{Delivery, Location, MovieColumns, QualityVariant},
    id::AssetKey,
    source::ByteSource as _,
};
use flaskflix_storage::sql::Movie;

use super::{
    film, hls, reasons,
    report::{Inspection, State, TrackLine},
};
use crate::app::App;

/// Looks into the streams of a movie. What is wrong is in the answer: there is always one.
///
/// # Cost
/// As planning the movie once: the indexes of its files are read, or are in the cache already.
pub(crate) async fn of_movie(app: &App, movie: &Movie) -> Inspection {
    let columns = MovieColumns {
        video_url: movie.video_url.as_deref(),
        hls_url: movie.hls_url.as_deref(),
        quality_variants: movie.quality_variants.as_deref(),
        progressive: movie.progressive,
    };
    inspect(app, columns).await
}

/// Looks into the streams that these columns name.
pub(crate) async fn inspect(app: &App, columns: MovieColumns<'_>) -> Inspection {
    match columns.delivery() {
        Err(error) => Inspection::refused("None", reasons::sentence(&error)),
        Ok(Delivery::Packaged { renditions, .. }) => film::packaged(app, &renditions).await,
        Ok(Delivery::File { asset }) => plain_file(app, asset).await,
        Ok(Delivery::Hls { playlist }) => hls::folder(app, playlist).await,
        Ok(Delivery::Variants { variants }) => of_variants(app, variants).await,
        Ok(Delivery::External { url, .. }) => Inspection {
            summary: format!("Viewers are sent to {}.", url.origin()),
            ..Inspection::new("Another host", State::Unchecked)
        },
        Ok(_) => Inspection::refused("Unknown", "This kind of delivery is not known here."),
    }
}

/// A file that is served as it is: it is there, and its tracks are listed when they can be.
async fn plain_file(app: &App, asset: AssetKey) -> Inspection {
    let object = match app.files().open(&asset).await {
        Ok(object) => object,
        Err(error) => return Inspection::refused(PLAIN, reasons::of_source(&asset, &error)),
    };
    match app.indexes().index(&object).await {
        Ok(index) => film::plain(&asset, &index, PLAIN),
        Err(_) => Inspection {
            summary: "It is served as it is. What it holds cannot be listed: not every browser may play it."
                .to_owned(),
            file: Some(asset),
            ..Inspection::new(PLAIN, State::Plays)
        },
    }
}

/// A list of playlists, ours and others'.
async fn of_variants(app: &App, variants: Vec<QualityVariant>) -> Inspection {
    let mut whole = Inspection::new("Qualities", State::Plays);
    let mut unchecked = 0_usize;
    let mut heights: Vec<u32> = variants.iter().map(|variant| variant.height).collect();
    heights.sort_unstable_by_key(|height| std::cmp::Reverse(*height));
    whole.qualities = heights.iter().map(|height| format!("{height}p")).collect();
    let count = variants.len();
    for QualityVariant { height, location } in variants {
        let (details, found) = match location {
            Location::External(url) => {
                unchecked = unchecked.saturating_add(1);
                (format!("on {}", url.origin()), None)
            }
            Location::Asset(asset) => (asset.to_string(), Some(hls::folder(app, asset).await)),
        };
        let mut line = TrackLine {
            what: format!("{height}p"),
            details,
            planned: String::new(),
            used: true,
        };
        if let Some(found) = found {
            if let State::Refused(reason) = found.state {
                whole.state = State::Refused(format!("{height}p: {reason}"));
            }
            line.planned = found.summary;
            whole.duration = whole.duration.or(found.duration);
        }
        whole.tracks.push(line);
    }
    if unchecked == count {
        whole.state = State::Unchecked;
    }
    whole
}

const PLAIN: &str = "Plain file";
