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
            let line = match &*value {
                // What has no value cannot stand in TOML.
                "" => format!("# {name}"),
                // A mask is no value: nobody shall use it as one.
                _ if key.is_secret() => format!("# {name} = {value}"),
                "on" if key.is_switch() => format!("{name} = true"),
                "off" if key.is_switch() => format!("{name} = false"),
                number if number.bytes().all(|b| b.is_ascii_digit()) => format!("{name} = {number}"),
                text => format!("{name} = {text:?}"),
            };
            writeln!(f, "{line:<44} # {origin}")?;
        }
        for remark in &self.remarks {
            writeln!(f, "# {remark}")?;
        }
        Ok(())
    }
}
