//! Codecs: made sample entries, hostile ones, and real files made by ffmpeg.

mod entries;
mod hostile;
mod left_out;
mod made_by_ffmpeg;
mod records;
mod supplements;
