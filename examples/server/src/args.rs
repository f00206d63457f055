//! The command line.

use std::{collections::BTreeMap, path::PathBuf};

use clap::{
    Arg, ArgAction, ArgMatches, Command, FromArgMatches as _, Subcommand as _,
    builder::{PathBufValueParser, styling},
};

use crate::{
    commands::Task,
    settings::{KEYS, Key, Settings},
};

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Invocation {
    pub(crate) config: Option<PathBuf>,
    /// Flags by the name of their key, as text: the settings judge them beside the other layers.
    pub(crate) flags: BTreeMap<&'static str, String>,
    pub(crate) check_config: bool,
    /// A sub-command; without one the program serves.
    pub(crate) task: Option<Task>,
}

impl Invocation {
    /// Reads the process's arguments. Ends the program on `--help`, `--version` and what it does not know.
    pub(crate) fn parse() -> Self {
        Self::of(&command().get_matches()).unwrap_or_else(|error| error.exit())
    }

    fn of(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let text = |key: &Key| matches.try_get_one::<String>(key.name).ok().flatten().cloned();
        let task = matches
            .subcommand_name()
            .map(|_| Task::from_arg_matches(matches))
            .transpose()?;
        Ok(Self {
            config: matches.get_one(CONFIG).cloned(),
            flags: KEYS
                .iter()
                .filter_map(|key| text(key).map(|text| (key.name, text)))
                .collect(),
            check_config: matches.get_flag(CHECK_CONFIG),
            task,
        })
    }
}

/// The whole command line, for clap.
pub(crate) fn command() -> Command {
    let command = Command::new("flaskflix-server")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help(EXAMPLES)
        .styles(STYLES)
        .max_term_width(110)
        .subcommand_help_heading("Commands (they work while the server runs)")
        .disable_help_subcommand(true)
        .arg(
            Arg::new(CONFIG)
                .long(CONFIG)
                .value_name("FILE")
                .help("A TOML file with settings [default: config.toml in the data folder, if it is there]")
                .value_parser(PathBufValueParser::new())
                .help_heading("Places")
                .global(true),
        )
        .arg(
            Arg::new(CHECK_CONFIG)
                .long("check-config")
                .help("Print the settings in effect and where each comes from, and end")
                .action(ArgAction::SetTrue),
        );
    let flags = KEYS.iter().filter(|key| !key.is_secret()).map(flag);
    // Afterwards: the derived part brings a description of its own.
    Task::augment_subcommands(command.args(flags)).about(ABOUT)
}

fn flag(key: &'static Key) -> Arg {
    let default = key.shown(&Settings::default());
    let help = if default.is_empty() {
        key.help.to_owned()
    } else {
        format!("{} [default: {default}]", key.help)
    };
    let arg = Arg::new(key.name)
        .long(key.flag())
        .help(help)
        .help_heading(key.heading)
        // A sub-command needs to know where the data is; the rest is said before it or in the file.
        .global(key.name == "data");
    if key.is_switch() {
        // `--demo` is `--demo=on`. The equals sign keeps `--demo movie list` from reading as a value.
        arg.value_name("on|off")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("on")
    } else {
        arg.value_name(key.value_name).allow_hyphen_values(true)
    }
}

const ABOUT: &str = "The example OTT server: log in, browse, watch, leave, come back where you were.";
const CONFIG: &str = "config";
const CHECK_CONFIG: &str = "check_config";

const STYLES: styling::Styles = styling::Styles::styled()
    .header(styling::AnsiColor::Green.on_default().bold())
    .usage(styling::AnsiColor::Green.on_default().bold())
    .literal(styling::AnsiColor::Cyan.on_default().bold())
    .placeholder(styling::AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Every setting can be given in three ways; the first that is there counts:
  the flag          --resume-min-position 30s
  a variable        FLASKFLIX_RESUME_MIN_POSITION=30s
  the TOML file     [resume]
                    min_position = \"30s\"

Examples:
  Try it, with a demo film and a demo viewer, on http://127.0.0.1:5000:
    flaskflix-server --demo
  Serve your films to your network (the first start prints the administrator's password):
    flaskflix-server --media /srv/films --listen 0.0.0.0:5000
  Behind nginx with TLS on the same machine:
    flaskflix-server --base-url https://films.example --trusted-proxies 127.0.0.1
  Add a film and a viewer, also while it runs:
    flaskflix-server movie add --title \"Big Film\" --video big-film.mp4
    flaskflix-server user add anna";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Invocation, clap::Error> {
        Invocation::of(&command().try_get_matches_from(line.split(' '))?)
    }

    #[test]
    fn command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn switches_stand_alone_or_with_a_value() {
        let on = parse("flaskflix-server --demo --registration=off").unwrap();
        assert_eq!(on.flags["demo"], "on");
        assert_eq!(on.flags["registration"], "off");
        assert!(
            parse("flaskflix-server --demo movie list")
                .unwrap()
                .task
                .is_some()
        );
    }

    #[test]
    fn every_key_but_the_secret_ones_is_a_flag() {
        for key in KEYS {
            let flag = format!("flaskflix-server --{}=1", key.flag());
            assert_eq!(parse(&flag).is_ok(), !key.is_secret(), "{flag}");
        }
    }

    #[test]
    fn the_data_folder_may_be_named_behind_a_command() {
        let line = parse("flaskflix-server user list --data /srv/data").unwrap();
        assert_eq!(line.flags["data"], "/srv/data");
    }

    #[test]
    fn nothing_is_said_twice_and_nothing_unknown() {
        for bad in [
            "flaskflix-server --data a --data b",
            "flaskflix-server --lisen 127.0.0.1:1",
            "flaskflix-server user",
            "flaskflix-server user add",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
