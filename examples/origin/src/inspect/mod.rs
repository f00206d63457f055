//! `flaskflix-origin inspect`: what is in a film, and what the server would make of it.
//!
//! | file | what it holds |
//! |---|---|
//! | `report` | the report: what `--json` prints |
//! | `look` | from a film to its report |
//! | `subtitles` | files of subtitles beside it |
//! | `key_frames` | how far a track's key frames are apart |
//! | `text` | the report for people |

mod key_frames;
mod look;
mod report;
mod subtitles;
mod text;

use std::{
    error::Error,
    io::{self, Write as _},
};

pub(crate) use self::look::look;
use crate::{args::InspectArgs, film::Film};

/// Prints the report of a film.
///
/// # Errors
/// When there is no film, and, after printing, when the film cannot be served: the reason.
pub(crate) async fn run(args: &InspectArgs) -> Result<(), Box<dyn Error>> {
    let film = Film::find(&args.film).await?;
    let report = look(&film).await;
    let text = if args.json {
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        text
    } else {
        text::render(&report)
    };
    io::stdout().write_all(text.as_bytes())?;
    match report.reason {
        None => Ok(()),
        Some(reason) => Err(format!("{} cannot be served: {reason}", args.film.display()).into()),
    }
}
