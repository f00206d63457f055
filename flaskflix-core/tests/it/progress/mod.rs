//! The rules of progress: against what users of other systems complain about, in every order of arrival, at every bound.

mod complaints;
mod decisions;
mod model;
mod order;
mod plays;
mod reports;
mod sessions;
mod thresholds;
mod viewing;
