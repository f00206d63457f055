//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{ArgGroup, CommandFactory as _, Parser, Subcommand, error::ErrorKind};
use flaskflix_core::{
    ErrorChain,
    id::{TitleId, ViewerId},
};
use flaskflix_http::Offload;
use flaskflix_storage::object::StoreAddress;

use crate::{cache::CacheArgs, limits::LimitArgs};

/// Serves a folder of films: byte ranges and just-in-time HLS.
#[derive(Debug, Parser)]
#[command(
    name = "flaskflix-origin",
    version,
    about = "Serves a folder of films: byte ranges and just-in-time HLS.",
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    group = ArgGroup::new("films").args(["root", "source"]).required(true),
    group = ArgGroup::new("access").args(["open", "key_file"]).required(true)
)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) serve: Option<ServeArgs>,
    // Not in `ServeArgs`: clap gives a group with a group in it no members, and takes it for absent.
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

/// What else the program does.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a token that opens one film for one viewer.
    Token(TokenArgs),
    /// Write a key file with one new random key; an existing file is never touched.
    Keygen(KeygenArgs),
    /// Tell what is in a film and what would be served of it; code 1 and the reason when nothing would.
    Inspect(InspectArgs),
    /// Write a film as static HLS files, the same that would be served, for a CDN or any web server.
    Package(PackageArgs),
}

/// How to serve.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// The folder: every file is a title, every sub-folder of MP4 files is one title with several renditions.
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// The films of an object store, in place of a folder; see the examples. Credentials are taken from the environment.
    #[arg(long, value_name = "URL", value_parser = StoreAddress::parse)]
    pub(crate) source: Option<StoreAddress>,
    /// Where to listen; port 0 takes a free one, which the first line of output names. A socket of systemd's counts before it.
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Threads that serve [default: one for each core].
    #[arg(long, value_name = "N", value_parser = parse_workers)]
    pub(crate) workers: Option<usize>,
    /// Serve without tokens, on a loopback address only.
    #[arg(long)]
    pub(crate) open: bool,
    /// Serve with tokens made with the keys of this file; SIGHUP reads it again.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Speak TLS, with the certificate and its chain in this PEM file; SIGHUP reads it again.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The private key of the certificate, not encrypted, in a PEM file.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Encrypt HLS segments (AES-128) with keys derived from the secret in this file, which `keygen` makes. Players get the
    /// key with their token; the clear film at /video is refused then.
    #[arg(long, value_name = "FILE")]
    pub(crate) encrypt_with: Option<PathBuf>,
    /// Write one line for each request to standard output; tokens are masked.
    #[arg(long)]
    pub(crate) access_log: bool,
    /// A web origin whose pages may play the films, as browsers write it (scheme://host:port); may be repeated.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) cors_origin: Vec<String>,
    /// Keep what is read of films in this folder, so that a restart need not read it again; it is made when it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) index_dir: Option<PathBuf>,
    /// For how long a film that was found unchanged is taken to be so when its playlists are asked for; 0s looks at every request.
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = parse_duration)]
    pub(crate) recheck_after: Duration,
    // No doc comment: what stands in one as the help has it is taken for links.
    #[arg(long, value_name = "HOW", value_parser = parse_offload, conflicts_with = "source", help = OFFLOAD_HELP)]
    pub(crate) offload: Option<Offload>,
    /// The folder where `npm ci` put the player [default: the one in the source tree].
    #[arg(long, value_name = "DIR")]
    pub(crate) player_assets: Option<PathBuf>,
    /// Send files through memory instead of letting the kernel send them (`sendfile`): where films are overwritten in place.
    #[arg(long)]
    pub(crate) no_zero_copy: bool,
    /// Leave TCP as the machine has it on a loopback address, too: with BBR a large film then costs twice the processor time there.
    #[arg(long)]
    pub(crate) pace_loopback: bool,
    /// How long requests under way may take to end after SIGTERM or Ctrl-C.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_duration)]
    pub(crate) drain: Duration,
}

/// Which token to print.
#[derive(Debug, clap::Args)]
pub(crate) struct TokenArgs {
    /// The key file of the server.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: PathBuf,
    /// The title: the name of the file with its extension, or of the folder.
    #[arg(long, value_name = "ID", value_parser = TitleId::parse)]
    pub(crate) movie: TitleId,
    /// The viewer, as you know them.
    #[arg(long, value_name = "NAME", value_parser = ViewerId::parse)]
    pub(crate) viewer: ViewerId,
    /// How long it is valid, in s, m, h or d.
    #[arg(long, value_name = "TIME", default_value = "4h", value_parser = parse_duration)]
    pub(crate) ttl: Duration,
}

/// Which key file to write.
#[derive(Debug, clap::Args)]
pub(crate) struct KeygenArgs {
    /// The file to make, readable by you alone.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The name of the key; it stands in every token, in clear.
    #[arg(long, value_name = "KID", default_value = "origin")]
    pub(crate) name: String,
}

/// Which film to look into.
#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// The film: an MP4 file, or a folder with a file for each rendition.
    #[arg(value_name = "FILE|FOLDER")]
    pub(crate) film: PathBuf,
    /// Print JSON; its names are described in docs/INSPECT.md.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which film to write, and where.
#[derive(Debug, clap::Args)]
pub(crate) struct PackageArgs {
    /// The film: an MP4 file, or a folder with a file for each rendition.
    #[arg(value_name = "FILE|FOLDER")]
    pub(crate) film: PathBuf,
    /// The folder to make; the one above it must be there.
    #[arg(value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Replace OUT when it is there and empty, or is what this command has written before.
    #[arg(long)]
    pub(crate) force: bool,
}

impl ServeArgs {
    /// Ends the program with code 2, as for any other wrong argument, when films would be open to a network.
    pub(crate) fn refuse_unsafe(&self) {
        if self.open && !self.listen.ip().is_loopback() {
            let listen = self.listen;
            let text = format!(
                "--open serves everybody and so listens on loopback only, but {listen} is not a loopback \
                 address: use --key-file FILE there (`flaskflix-origin keygen FILE` makes one)"
            );
            Args::command().error(ErrorKind::ArgumentConflict, text).exit();
        }
    }
}

fn parse_workers(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads @ 1..=MAX_WORKERS) => Ok(threads),
        _ => Err(format!("not a number from 1 to {MAX_WORKERS}")),
    }
}

fn parse_offload(text: &str) -> Result<Offload, String> {
    text.parse().map_err(|error| {
        format!(
            "{}; write accel:/internal/media/ or sendfile:/srv/media",
            ErrorChain(&error)
        )
    })
}

/// Reads `90s`, `15m`, `4h`, `7d`; a bare number is seconds.
pub(crate) fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.strip_prefix(digits) {
        Some("" | "s") => 1,
        Some("m") => 60,
        Some("h") => 60 * 60,
        Some("d") => 24 * 60 * 60,
        _ => return Err("not a time: write 90s, 15m, 4h or 7d".into()),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .map(Duration::from_secs)
        .ok_or_else(|| "not a time: write 90s, 15m, 4h or 7d".into())
}

const MAX_WORKERS: usize = 1024;

const OFFLOAD_HELP: &str = "Leave the bytes of /video to the web server in front, which sees the folder there: \
    accel:/internal/media/ for nginx, sendfile:/srv/media for Apache and lighttpd. Nobody may reach this program past it";

const EXAMPLES: &str = "\
Examples:
  Watch a folder on this machine:
    flaskflix-origin --root films --open
  Serve it to viewers who hold a token:
    flaskflix-origin keygen origin.key
    flaskflix-origin --root films --key-file origin.key --listen 0.0.0.0:8080
    flaskflix-origin token --key-file origin.key --movie film.mp4 --viewer anna
  Serve films of a bucket, with credentials of the environment:
    export AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=...
    flaskflix-origin --source s3://films/2026?region=eu-central-1 --key-file origin.key
    flaskflix-origin --source 's3://films?endpoint=http://127.0.0.1:9000' --open
    (gs://bucket, az://container?account=NAME and https://host/folder are stores, too)
  Speak https, HTTP/2 included:
    flaskflix-origin --root films --key-file origin.key --listen 0.0.0.0:8443 --tls-cert films.pem --tls-key films.key
  Encrypt it on the way, with a secret of its own:
    flaskflix-origin keygen content.key --name content
    flaskflix-origin --root films --key-file origin.key --encrypt-with content.key
  Films on a network file system, with the ones that are watched near at hand:
    flaskflix-origin --root /mnt/films --key-file origin.key --cache-memory 1GiB \
      --cache-disk /var/cache/flaskflix --cache-disk-size 100GiB
  Look into a film, and write it as static files:
    flaskflix-origin inspect films/film.mp4
    flaskflix-origin package films/film.mp4 public/film

URLs, {name} being a file name with its extension or a folder name, percent-encoded:
  /                              the titles, with links to a player
  /stream/{name}/video           one file, as byte ranges
  /stream/{name}/master.m3u8     HLS
  /stream/{name}/key             the key of an encrypted title
  /stream/{name}/t/{token}/...   the same with a token; /video takes ?token={token} too
  /healthz                       200 while the server runs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn durations_have_units() {
        for (text, secs) in [
            ("90", 90),
            ("90s", 90),
            ("15m", 900),
            ("4h", 14_400),
            ("7d", 604_800),
        ] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(secs)), "{text}");
        }
        for bad in [
            "",
            "h",
            "4 h",
            "4w",
            "-1s",
            "1.5h",
            "4hh",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse_duration(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn exactly_one_kind_of_access_is_asked_for() {
        let parse = |rest: &[&str]| Args::try_parse_from(["flaskflix-origin"].iter().chain(rest));
        for good in [
            &["--root", "films", "--open"][..],
            &["--root", "films", "--key-file", "k"],
            &["--source", "s3://films/2026?region=eu-central-1", "--open"],
        ] {
            assert!(parse(good).unwrap().serve.is_some(), "{good:?}");
        }
        for bad in [
            &["--root", "films"][..],
            &["--open"],
            &["--source", "s3://films"],
            &["--source", "s3://key:secret@films", "--open"],
            &["--source", "s3://films", "--root", "films", "--open"],
            &["--root", "films", "--open", "--key-file", "k"],
            &["--root", "films", "--open", "--workers", "0"],
            &["--root", "films", "--open", "--offload", "accel:internal"],
            &[
                "--source",
                "s3://films?region=eu-central-1",
                "--open",
                "--offload",
                "accel:/internal/",
            ],
            &[],
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_certificate_needs_its_key() {
        let parse = |rest: &[&str]| {
            let line = ["flaskflix-origin", "--root", "films", "--open"];
            Args::try_parse_from(line.iter().chain(rest))
        };
        assert!(parse(&["--tls-cert", "c", "--tls-key", "k"]).is_ok());
        assert!(parse(&["--tls-cert", "c"]).is_err());
        assert!(parse(&["--tls-key", "k"]).is_err());
    }

    #[test]
    fn subcommands_need_no_root() {
        let parse = |line: &str| Args::try_parse_from(line.split(' '));
        assert!(parse("flaskflix-origin keygen origin.key").is_ok());
        assert!(parse("flaskflix-origin token --key-file k --movie film.mp4 --viewer anna").is_ok());
        assert!(parse("flaskflix-origin token --key-file k --movie a/b --viewer anna").is_err());
    }
}
