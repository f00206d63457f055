//! Local files and the folder catalogue, over real folders.

mod conformance;
