//! Settings: a flag, else a `FLASKFLIX_*` variable, else the TOML file, else the default.
//!
//! | file | what it holds |
//! |---|---|
//! | `effective` | the settings as the program uses them, with their defaults |
//! | `keys` | the table of all keys: names, help, where each lands |
//! | `value`, `kinds` | how the text of a value is read and written |
//! | `sharing` | what is kept in Redis, and what holds while it is away |
//! | `load` | the four layers and their precedence |
//! | `error` | what is wrong with them, for the person who wrote them |
//! | `report` | what `--check-config` prints |

mod effective;
mod error;
mod keys;
mod kinds;
mod load;
mod report;
mod sharing;
mod value;

pub use effective::Settings;
pub use error::SettingsError;
pub(crate) use keys::{KEYS, Key};
pub(crate) use kinds::{LogFormat, Rate};
pub(crate) use load::{Layers, Loaded, Origin};
pub(crate) use sharing::SessionPlace;
pub(crate) use value::Value;
