//! The catalogue: which titles exist and how each is delivered.
//!
//! | file | what it holds |
//! |---|---|
//! | `port` | the trait that an application implements |
//! | `title` | a title and the ways to deliver it |
//! | `subtitle_file` | subtitles beside a film |
//! | `external_url` | an address on another host |
//! | `variants` | the `quality_variants` text: several qualities of one film |
//! | `columns` | from the three text columns of a movie to its delivery |

mod columns;
mod external_url;
mod port;
mod subtitle_file;
mod title;
mod variants;

pub use columns::{DeliveryError, MovieColumns};
pub use external_url::{ExternalUrl, InvalidUrl, MAX_URL_BYTES};
pub use port::{Catalog, CatalogError};
pub use subtitle_file::{SubtitleFile, SubtitleRole};
pub use title::{Delivery, Rendition, StreamKind, Title};
pub use variants::{Location, LocationError, MAX_VARIANTS, QualityVariant, VariantsError};
