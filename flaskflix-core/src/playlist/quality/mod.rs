//! Our own multivariant playlist above media playlists that somebody else wrote, with what could be measured of them.
//!
//! | file | what it holds |
//! |---|---|
//! | `facts` | codecs, size and frame rate out of the first bytes of a stream |
//! | `rate` | bandwidths out of the sizes of its segments, or by height |
//! | `master` | the playlist |

mod facts;
mod master;
mod rate;

pub use facts::StreamFacts;
pub use master::{Quality, quality_playlist};
pub use rate::{DeclaredRate, nominal_bandwidth};
