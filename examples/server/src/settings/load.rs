//! The four layers and their precedence: flag, variable, file, default.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use config::{Config, FileFormat, ValueKind};

use super::{
    KEYS, Key, Settings,
    error::{Problem, SettingsError},
    keys::VARIABLE_PREFIX,
    sharing::SessionPlace,
};

/// What was found outside the program, as text.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// Flags by the name of their key.
    pub(crate) flags: BTreeMap<&'static str, String>,
    /// Every variable of the environment that begins with `FLASKFLIX_`.
    pub(crate) variables: BTreeMap<String, String>,
    /// The file of `--config`.
    pub(crate) config: Option<PathBuf>,
}

/// The settings, and where each comes from.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// The settings.
    pub(crate) settings: Settings,
    pub(crate) origins: BTreeMap<&'static str, Origin>,
    /// What is odd without being wrong, for the log.
    pub(crate) remarks: Vec<String>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Flag(String),
    Variable(String),
    File(PathBuf),
    /// What `--demo` sets unless something else does.
    Demo,
    /// A program that embeds this one.
    Code,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "--{name}"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Demo => f.write_str("--demo"),
            Self::Code => f.write_str("code"),
        }
    }
}

impl Layers {
    /// Takes what is ours from an environment. A value that is not UTF-8 keeps what can be read of it and is refused later.
    pub(crate) fn variables_of(
        environment: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>,
    ) -> BTreeMap<String, String> {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        let all = environment
            .into_iter()
            .map(|(name, value)| (text(name), text(value)));
        all.filter(|(name, _)| name.starts_with(VARIABLE_PREFIX))
            .collect()
    }

    /// Puts the layers together.
    ///
    /// # Errors
    /// [`SettingsError`] with everything that is wrong, not only the first fault.
    pub(crate) fn load(self) -> Result<Loaded, SettingsError> {
        let mut loading = Loading::default();
        let file = self
            .config
            .clone()
            .map(|path| (path, Origin::Flag(CONFIG.to_owned())));
        let variable = || {
            let name = format!("{VARIABLE_PREFIX}{}", CONFIG.to_ascii_uppercase());
            self.variables
                .get(&name)
                .map(|path| (path.into(), Origin::Variable(name)))
        };
        let named = file.or_else(variable);

        // The weakest layer first: a stronger one overwrites it.
        let mut above_file = Loading::default();
        above_file.take_variables(&self.variables);
        above_file.take_flags(&self.flags);
        match named {
            Some((path, origin)) => loading.take_file(&path, Some(&origin)),
            None => loading.take_file(&above_file.settings.data.join(DEFAULT_FILE), None),
        }
        loading.take_variables(&self.variables);
        loading.take_flags(&self.flags);
        loading.take_demo();
        loading.look_for_films();
        loading.look_for_tls();
        loading.finish()
    }
}

#[derive(Debug, Default)]
struct Loading {
    settings: Settings,
    origins: BTreeMap<&'static str, Origin>,
    remarks: Vec<String>,
    problems: Vec<Problem>,
}

impl Loading {
    fn take_flags(&mut self, flags: &BTreeMap<&'static str, String>) {
        for (name, text) in flags {
            if let Some(key) = Key::named(name) {
                self.take(key, text, Origin::Flag(key.flag()));
            }
        }
    }

    fn take_variables(&mut self, variables: &BTreeMap<String, String>) {
        for (name, text) in variables {
            if name.strip_prefix(VARIABLE_PREFIX) == Some("CONFIG") {
                continue;
            }
            match KEYS.iter().find(|key| key.variable() == *name) {
                Some(key) => self.take(key, text, Origin::Variable(name.clone())),
                None => self.unknown_variable(name),
            }
        }
    }

    /// A variable that looks like one of ours is a slip. Any other may be somebody else's: container platforms make
    /// variables such as `FLASKFLIX_PORT` from the names of services.
    fn unknown_variable(&mut self, name: &str) {
        let near = nearest(name, KEYS.iter().map(Key::variable));
        match near {
            Some(near) => self.problems.push(Problem::UnknownVariable {
                name: name.to_owned(),
                near,
            }),
            None => self
                .remarks
                .push(format!("the variable {name} is not a setting and is ignored")),
        }
    }

    fn take_file(&mut self, path: &Path, named_by: Option<&Origin>) {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if named_by.is_none() && error.kind() == io::ErrorKind::NotFound => return,
            Err(cause) => {
                return self.problems.push(Problem::FileUnreadable {
                    path: path.to_owned(),
                    cause,
                });
            }
        };
        match read_toml(&text) {
            Ok(entries) => self.take_entries(entries, path, named_by.is_some()),
            Err(cause) => self.problems.push(Problem::FileMalformed {
                path: path.to_owned(),
                cause,
            }),
        }
    }

    fn take_entries(&mut self, entries: Vec<(String, Entry)>, path: &Path, was_named: bool) {
        let origin = Origin::File(path.to_owned());
        for (name, entry) in entries {
            let Some(key) = Key::named(&name) else {
                let near = nearest(&name, KEYS.iter().map(|key| key.name.to_owned()));
                let path = path.to_owned();
                self.problems.push(Problem::UnknownKey { name, path, near });
                continue;
            };
            if key.name == "data" && !was_named {
                self.problems.push(Problem::DataInItself {
                    path: path.to_owned(),
                });
                continue;
            }
            match entry {
                Entry::Text(text) => self.take(key, &text, origin.clone()),
                Entry::Strange(what) => self.problems.push(Problem::invalid(key, what, origin.clone())),
            }
        }
    }

    fn take(&mut self, key: &'static Key, text: &str, origin: Origin) {
        if key.set(&mut self.settings, text) {
            self.origins.insert(key.name, origin);
        } else {
            self.problems.push(Problem::invalid(key, text, origin));
        }
    }

    fn take_demo(&mut self) {
        if !self.settings.demo {
            return;
        }
        if !self.settings.is_local() {
            let listen = self.settings.listen;
            self.problems.push(Problem::DemoOffLoopback { listen });
        }
        let rules = Settings::demo_rules();
        let resume = &mut self.settings.resume;
        for (name, ours, demo) in [
            (
                "resume.min_position",
                &mut resume.min_position,
                rules.min_position,
            ),
            ("resume.short_title", &mut resume.short_title, rules.short_title),
        ] {
            self.origins.entry(name).or_insert_with(|| {
                *ours = demo;
                Origin::Demo
            });
        }
    }

    /// Films are in one place, and nobody's bucket is written to.
    fn look_for_films(&mut self) {
        let origin = |name| self.origins.get(name).cloned();
        if let (Some(media), Some(store)) = (origin("media"), origin("media_url")) {
            self.problems.push(Problem::TwoPlacesOfFilms { media, store });
        }
        if self.settings.offload.is_some() && self.settings.media_url.is_some() {
            self.problems.push(Problem::OffloadOfStore);
        }
        if self.settings.demo && self.settings.media_url.is_some() {
            self.remarks
                .push("demo adds no film to the store of media_url: it is never written to".to_owned());
        }
    }

    /// A certificate and its key, or neither.
    fn look_for_tls(&mut self) {
        let (given, missing) = match (&self.settings.tls_cert, &self.settings.tls_key) {
            (Some(_), None) => ("tls_cert", "tls_key"),
            (None, Some(_)) => ("tls_key", "tls_cert"),
            _ => return,
        };
        let origin = self.origins.get(given).cloned().unwrap_or(Origin::Code);
        self.problems.push(Problem::HalfOfTls {
            given,
            origin,
            missing,
        });
    }

    fn finish(mut self) -> Result<Loaded, SettingsError> {
        if self.settings.sessions == SessionPlace::Redis && self.settings.redis_url.is_none() {
            self.problems.push(Problem::SessionsWithoutRedis);
        }
        if !self.problems.is_empty() {
            return Err(SettingsError::new(self.problems));
        }
        Ok(Loaded {
            settings: self.settings,
            origins: self.origins,
            remarks: self.remarks,
        })
    }
}

/// What stands behind a key of the file.
enum Entry {
    Text(String),
    /// Nothing that can be text: described for the error.
    Strange(&'static str),
}

/// The entries of a TOML text, the keys of tables joined by dots, in the order of the alphabet.
fn read_toml(text: &str) -> Result<Vec<(String, Entry)>, config::ConfigError> {
    let file = config::File::from_str(text, FileFormat::Toml);
    let root: BTreeMap<String, config::Value> =
        Config::builder().add_source(file).build()?.try_deserialize()?;
    let mut entries = Vec::new();
    for (name, value) in root {
        match value.kind {
            ValueKind::Table(table) => {
                entries.extend(
                    table
                        .into_iter()
                        .map(|(inner, value)| (format!("{name}.{inner}"), entry(value.kind))),
                );
            }
            kind => entries.push((name, entry(kind))),
        }
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(entries)
}

fn entry(kind: ValueKind) -> Entry {
    match kind {
        ValueKind::String(text) => Entry::Text(text),
        ValueKind::Boolean(on) => Entry::Text(on.to_string()),
        ValueKind::I64(number) => Entry::Text(number.to_string()),
        ValueKind::U64(number) => Entry::Text(number.to_string()),
        ValueKind::Array(items) => {
            let texts = items.into_iter().map(|item| match item.kind {
                ValueKind::String(text) => Some(text),
                _ => None,
            });
            texts
                .collect::<Option<Vec<_>>>()
                .map_or(Entry::Strange("a list of other things than texts"), |texts| {
                    Entry::Text(texts.join(", "))
                })
        }
        ValueKind::Table(_) => Entry::Strange("a table"),
        _ => Entry::Strange("a number that is not whole"),
    }
}

/// The candidate that a slip of the finger away would be `name`.
fn nearest(name: &str, candidates: impl Iterator<Item = String>) -> Option<String> {
    candidates
        .map(|candidate| (edits(name, &candidate), candidate))
        .filter(|(edits, _)| *edits <= 2)
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters must be put in, taken out or changed to get from one text to the other (Levenshtein).
fn edits(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (b, &above) in to.iter().zip(row.iter().skip(1)) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(a != *b));
            diagonal = above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

/// The file in the data folder that is read when none is named.
const DEFAULT_FILE: &str = "config.toml";
const CONFIG: &str = "config";

#[cfg(test)]
mod tests;
