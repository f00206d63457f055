//! `docs/SECURITY.md` names a test for every attack. A name that no test bears is a promise nobody keeps.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

#[test]
fn every_test_named_in_the_security_table_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = fs::read_to_string(root.join("docs/SECURITY.md")).unwrap();
    let named: BTreeSet<&str> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| is_a_sentence(code))
        .collect();
    assert!(
        named.len() > 80,
        "{} tests: has the page's form changed?",
        named.len()
    );

    let sources: String = [
        "flaskflix-core",
        "flaskflix-storage",
        "flaskflix-http",
        "examples/origin",
        "examples/server",
    ]
    .iter()
    .flat_map(|package| ["src", "tests"].map(|folder| root.join(package).join(folder)))
    .flat_map(rust_files)
    .map(|file| fs::read_to_string(file).unwrap())
    .collect();
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    assert!(missing.is_empty(), "no test bears the names {missing:?}");
}

/// Names of tests are sentences; no other code on the page has three underscores.
fn is_a_sentence(code: &str) -> bool {
    code.matches('_').count() >= 3 && code.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

fn rust_files(folder: PathBuf) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}
