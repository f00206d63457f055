//! `flaskflix-hls-check`: every sample of the source arrives through HLS, in order, in time.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use clap::Parser;
use flaskflix_hls_check::{
    error::CheckError,
    origin::{self, Origin},
    report::TitleReport,
    title,
};

/// Compares what ffprobe reads through HLS with what it reads from the source files.
///
/// Packets must agree in count, order, size and payload hash; times up to one common offset; EXTINF,
/// TARGETDURATION, key frames and declared bandwidths must be true. Exit code 0 when all titles pass, else 1.
#[derive(Debug, Parser)]
#[command(
    version,
    after_help = "Examples:
  flaskflix-hls-check --master http://127.0.0.1:8080/stream/film.mp4/master.m3u8 film.mp4
  flaskflix-hls-check --origin target/debug/flaskflix-origin --root media
  flaskflix-hls-check --origin target/debug/flaskflix-origin --root media demo film.mp4"
)]
struct Arguments {
    /// Check this multivariant playlist (plain http); the names are its source files.
    #[arg(long, value_name = "URL", conflicts_with_all = ["origin", "root"])]
    master: Option<String>,
    /// Start this flaskflix-origin on every root and check its titles.
    #[arg(
        long,
        value_name = "BINARY",
        requires = "root",
        required_unless_present = "master"
    )]
    origin: Option<PathBuf>,
    /// A folder of films; may stand several times.
    #[arg(long, value_name = "DIR", requires = "origin")]
    root: Vec<PathBuf>,
    /// Print one JSON array in place of tables.
    #[arg(long)]
    json: bool,
    /// Source files (with --master) or titles (with --origin; none: all titles of all roots).
    names: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(io::stderr(), "flaskflix-hls-check: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether every title passed, and there was one.
fn run(arguments: &Arguments) -> Result<bool, CheckError> {
    let mut reports = Vec::new();
    let mut show = |report: TitleReport| {
        if !arguments.json {
            writeln!(io::stdout(), "{report}")?;
        }
        reports.push(report);
        Ok::<(), io::Error>(())
    };
    match (&arguments.master, &arguments.origin) {
        (Some(master), _) => {
            let sources: Vec<PathBuf> = arguments.names.iter().map(PathBuf::from).collect();
            show(title::check(master, master, &sources))?;
        }
        (None, Some(binary)) => check_roots(binary, arguments, &mut show)?,
        (None, None) => {}
    }
    let passed = reports.iter().filter(|report| report.passed()).count();
    let failed = reports.len().saturating_sub(passed);
    let mut out = io::stdout();
    if arguments.json {
        let json = serde_json::to_string_pretty(&reports).map_err(io::Error::other)?;
        writeln!(out, "{json}")?;
    } else {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    Ok(failed == 0 && passed > 0)
}

fn check_roots(
    binary: &std::path::Path,
    arguments: &Arguments,
    show: &mut dyn FnMut(TitleReport) -> io::Result<()>,
) -> Result<(), CheckError> {
    let mut unseen: Vec<&str> = arguments.names.iter().map(String::as_str).collect();
    for root in &arguments.root {
        let titles = origin::titles(root)?;
        let wanted = |name: &String| arguments.names.is_empty() || arguments.names.contains(name);
        let running = Origin::start(binary, root)?;
        for title in titles.iter().filter(|title| wanted(&title.name)) {
            unseen.retain(|name| *name != title.name);
            let url = running.master_url(&title.name);
            show(title::check(&title.name, &url, &title.files))?;
        }
    }
    for name in unseen {
        show(TitleReport::broken(name, "no root has this title".to_owned()))?;
    }
    Ok(())
}
