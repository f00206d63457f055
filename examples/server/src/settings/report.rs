//! What `--check-config` prints.

use std::fmt;

use super::{KEYS, Loaded};

/// The effective settings as a TOML file that could be used again, with the source of each.
impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = "";
        for key in KEYS {
            let (in_table, name) = key.name.split_once('.').unwrap_or(("", key.name));
            if in_table != table {
                write!(f, "\n[{in_table}]\n")?;
                table = in_table;
            }
            let value = key.shown(&self.settings);
            let origin = self.origins.get(key.name);
            let origin = origin.map_or_else(|| "default".to_owned(), ToString::to_string);
            // A setting without a value cannot stand in TOML: it is shown as a comment.
            let line = if value.is_empty() {
                format!("# {name}")
            } else {
                format!("{name} = {value:?}")
            };
            writeln!(f, "{line:<44} # {origin}")?;
        }
        for remark in &self.remarks {
            writeln!(f, "# {remark}")?;
        }
        Ok(())
    }
}
