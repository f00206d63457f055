//! Short runs over every store.

use std::{
    fs,
    process::{Command, Output},
};

/// Runs the program over a few hundred reports. It gives itself up after its deadline.
fn run(args: &[&str]) -> Output {
    program(&[&["--acks", "100", "--deadline", "120"], args].concat())
}

fn program(args: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_flaskflix-progress-ledger"))
        .args(["--writers", "4", "--titles", "4"])
        .args(args)
        .output()
        .unwrap();
    println!("{}{}", text(&output.stdout), text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// The number behind this word in the last line.
fn count(output: &Output, word: &str) -> u64 {
    let table = text(&output.stdout).lines().last().unwrap();
    let field = table.split('|').find_map(|field| field.trim().strip_prefix(word));
    field
        .unwrap_or_else(|| panic!("{word} in {table}"))
        .trim()
        .parse()
        .unwrap()
}

#[test]
fn sqlite_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(&["--kills", "3", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0));
    for kind in ["lost", "regressed", "torn", "invented"] {
        assert_eq!(count(&output, kind), 0, "{kind}");
    }
    assert_eq!(count(&output, "kills"), 3);
    // The ledger is on disk, too.
    let ledger = fs::read_to_string(folder.path().join("ledger.txt")).unwrap();
    let acknowledged = ledger
        .lines()
        .filter(|line| line.starts_with("acknowledged "))
        .count();
    assert_eq!(count(&output, "acknowledged"), acknowledged as u64);
    assert!(acknowledged >= 150);
    // A ledger that does not know everything judges nothing.
    let again = run(&["--kills", "1", "--data", folder.path().to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn acknowledging_before_the_commit_is_found() {
    let output = run(&["--kills", "3", "--store", "ack-first"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(count(&output, "lost") > 0);
    assert!(text(&output.stdout).contains("lost: viewer ledger-"));
}

#[test]
fn last_writer_wins_is_found() {
    let output = run(&["--kills", "3", "--store", "last-writer"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(count(&output, "regressed") > 0);
    assert_eq!(count(&output, "lost"), 0);
}

#[test]
fn other_servers_are_started_by_their_command() {
    let program = env!("CARGO_BIN_EXE_flaskflix-progress-ledger");
    let command = format!("{program} serve --titles 4 --data {{data}} --listen 127.0.0.1:{{port}}");
    let output = run(&["--kills", "2", "--server-command", &command]);
    assert_eq!(output.status.code(), Some(0));
    // One that ends at once is no verdict.
    let output = run(&["--kills", "1", "--server-command", "false {port} {data}"]);
    assert_eq!(output.status.code(), Some(2));
}

/// What the real one does under the ledger, `.ci/ledger` runs: it is another package's program.
#[test]
fn flaskflix_server_that_cannot_be_set_up_is_no_verdict() {
    // One fails at its first command, the other says that it did all of them.
    for (program, reason) in [("false", "migrate"), ("true", "movie 1 is to be added")] {
        let output = run(&["--kills", "1", "--flaskflix-server", program]);
        assert_eq!(output.status.code(), Some(2), "{program}");
        assert!(text(&output.stderr).contains(reason), "{program}");
    }
    let both = run(&["--flaskflix-server", "true", "--store", "sqlite"]);
    assert_eq!(both.status.code(), Some(2));
}

#[test]
fn run_that_takes_too_long_is_no_verdict() {
    let output = program(&["--acks", "1000000", "--deadline", "1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no verdict within 1 s"));
}
