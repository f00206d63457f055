//! `flaskflix-hls-check`: every sample of the source arrives through HLS, in order, in time.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write},
    num::NonZeroUsize,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use clap::Parser;
use flaskflix_hls_check::{
    error::CheckError,
    expectation::{Expectation, Expectations},
    origin::{self, Origin, Title},
    report::{self, TitleReport},
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
  flaskflix-hls-check --origin target/debug/flaskflix-origin --root media demo film.mp4
  flaskflix-hls-check --origin target/debug/flaskflix-origin --root target/corpus/films \\
    --expect examples/hls-check/corpus/expected.txt"
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
    /// What must come of titles that are not simply right: refused, in part, like another (see the module `expectation`).
    #[arg(long, value_name = "FILE", requires = "origin")]
    expect: Option<PathBuf>,
    /// Have the origin encrypt all titles with the secret in this file (`flaskflix-origin keygen FILE`), and want all segments encrypted.
    #[arg(long, value_name = "FILE", requires = "origin")]
    encrypt_with: Option<PathBuf>,
    /// Titles that are checked at the same time.
    #[arg(long, value_name = "N", default_value = "2")]
    jobs: NonZeroUsize,
    /// Print one JSON array in place of tables.
    #[arg(long)]
    json: bool,
    /// Print one table in Markdown: how docs/CORPUS.md gets its own.
    #[arg(long, conflicts_with = "json")]
    markdown: bool,
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
        if !arguments.json && !arguments.markdown {
            writeln!(io::stdout(), "{report}")?;
        }
        reports.push(report);
        Ok::<(), io::Error>(())
    };
    match (&arguments.master, &arguments.origin) {
        (Some(master), _) => {
            let sources: Vec<PathBuf> = arguments.names.iter().map(PathBuf::from).collect();
            show(title::check(master, master, &sources, &Expectation::default()))?;
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
    } else if arguments.markdown {
        write!(out, "{}", report::markdown(&reports))?;
    } else {
        writeln!(out, "{passed} passed, {failed} failed")?;
    }
    Ok(failed == 0 && passed > 0)
}

fn check_roots(
    binary: &Path,
    arguments: &Arguments,
    show: &mut dyn FnMut(TitleReport) -> io::Result<()>,
) -> Result<(), CheckError> {
    let expectations = match &arguments.expect {
        Some(file) => Expectations::parse(&fs::read_to_string(file)?).map_err(CheckError::Expectations)?,
        None => Expectations::default(),
    };
    let mut seen = Vec::new();
    for root in &arguments.root {
        let mut titles = origin::titles(root)?;
        titles.retain(|title| arguments.names.is_empty() || arguments.names.contains(&title.name));
        seen.extend(titles.iter().map(|title| title.name.clone()));
        let secret = arguments.encrypt_with.as_deref();
        let running = Origin::start(binary, root, secret)?;
        let mut judged = |mut report: TitleReport| {
            hold_to_the_origin(&mut report, secret.is_some());
            show(report)
        };
        check_titles(&running, &titles, &expectations, arguments.jobs, &mut judged)?;
    }
    for name in arguments.names.iter().filter(|name| !seen.contains(name)) {
        show(TitleReport::broken(name, "no root has this title".to_owned()))?;
    }
    if arguments.names.is_empty() {
        for row in expectations.idle(&seen) {
            show(TitleReport::broken(
                row,
                "the expectation names no title".to_owned(),
            ))?;
        }
    }
    Ok(())
}

/// What our own origin promises of every title, and other packagers need not: a DASH description, or encryption where it is asked for.
fn hold_to_the_origin(report: &mut TitleReport, encrypts: bool) {
    if report.refused.is_some() || report.streams.is_empty() {
        return;
    }
    if report.encrypted != encrypts {
        let verb = if encrypts { "are not all" } else { "are" };
        report.failures.push(format!("its segments {verb} encrypted"));
    }
    if (report.described > 0) == encrypts {
        let verb = if encrypts { "a" } else { "no" };
        report.failures.push(format!("there is {verb} DASH description"));
    }
}

/// Checks the titles of one root, several at the same time, and shows them in their order.
fn check_titles(
    origin: &Origin,
    titles: &[Title],
    expectations: &Expectations,
    jobs: NonZeroUsize,
    show: &mut dyn FnMut(TitleReport) -> io::Result<()>,
) -> Result<(), CheckError> {
    let check = |title: &Title| {
        let expected = expectations.of(&title.name);
        let sources = match &expected.like {
            Some(file) => {
                let first = title.files.iter().take(1);
                first.map(|path| path.with_file_name(file)).collect()
            }
            None => title.files.clone(),
        };
        title::check(&title.name, &origin.master_url(&title.name), &sources, &expected)
    };
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel();
        for _ in 0..jobs.get() {
            let (send, next) = (send.clone(), &next);
            scope.spawn(move || {
                while let Some((place, title)) = take(next, titles) {
                    let _ = send.send((place, check(title)));
                }
            });
        }
        drop(send);
        let mut waiting = BTreeMap::new();
        let mut shown = 0_usize;
        for (place, report) in receive {
            waiting.insert(place, report);
            while let Some(report) = waiting.remove(&shown) {
                show(report)?;
                shown = shown.saturating_add(1);
            }
        }
        Ok(())
    })
}

/// The next title that nobody took.
fn take<'a>(next: &AtomicUsize, titles: &'a [Title]) -> Option<(usize, &'a Title)> {
    let place = next.fetch_add(1, Ordering::Relaxed);
    Some((place, titles.get(place)?))
}
