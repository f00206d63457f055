//! Plots as plain SVG, written by hand: no fonts, scripts or styles from elsewhere.
//!
//! | file | what it holds |
//! |---|---|
//! | [`svg`] | a canvas: text, lines, rectangles, paths |
//! | [`scale`] | from values to places, with round numbers at the axis |
//! | [`course`] | panels above each other over one time axis |
//! | [`bars`] | horizontal bars with the spread of each |

pub mod bars;
pub mod course;
pub mod scale;
pub mod svg;
