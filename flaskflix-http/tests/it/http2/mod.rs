//! HTTP/2 with frames written by hand, as no library would send them.

mod floods;
mod limits;
mod raw;
