//! Fragmented films (ISO 14496-12 section 8.8): the samples that `moof` boxes list, behind those of the `moov` box when it
//! lists any.
//!
//! A film in fragments is indexed as if its `moov` box had listed all samples: [`FragmentedFilm`] takes the `moov` box, then
//! every `moof` box in file order, and writes a *synthetic* `moov` box, which is parsed by the code that parses every
//! other. So nothing behind the index knows of fragments.
//!
//! ```text
//! film      the moov box and its tracks; one fragment after the other
//! track     a track: where it is in time, what the file has lost
//! track_fragment, run, header   the boxes of a fragment: traf; trun; tfhd and trex
//! columns   all samples of a track, run lengths where they pay
//! moov      columns -> synthetic moov
//! start     where a track starts whose first fragment does not start at zero
//! ```

mod columns;
mod film;
mod header;
mod moov;
mod run;
mod start;
mod track;
mod track_fragment;

pub(super) use columns::Columns;
pub(super) use film::FragmentedFilm;
