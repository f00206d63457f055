//! What names of files say about titles, wherever the files lie: folders and buckets are catalogues by the same rules.

mod beside;
mod film_folder;
mod names;
mod title;

pub(crate) use beside::Beside;
pub(crate) use film_folder::FilmFolder;
#[cfg(feature = "object-store")]
pub(crate) use film_folder::TooManyRenditions;
pub(crate) use names::{is_hidden, is_mp4, readable_name};
pub(crate) use title::{FINISHED_PLAYLIST, file_title, folder_title};

/// Most files of subtitles of one film: a film in all languages of Europe, twice.
const MAX_SUBTITLES: usize = 64;
