//! `docs/HTTP.md` names a test for every rule. A name that no test bears is a promise nobody keeps.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

#[test]
fn every_test_named_in_the_table_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/HTTP.md")).unwrap();
    let named: BTreeSet<_> = page
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|code| looks_like_a_test(code))
        .collect();
    assert!(
        named.len() > 40,
        "the page names few tests: has its form changed?"
    );

    let sources: String = rust_files(&root)
        .unwrap()
        .iter()
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    let missing: Vec<_> = named
        .into_iter()
        .filter(|name| !sources.contains(&format!("fn {name}(")))
        .collect();
    assert!(missing.is_empty(), "no test bears the names {missing:?}");
}

/// Test names are sentences; no other code on the page has three underscores.
fn looks_like_a_test(code: &str) -> bool {
    code.matches('_').count() >= 3
        && code
            .bytes()
            .all(|b| b == b'_' || b.is_ascii_lowercase() || b.is_ascii_digit())
}

fn rust_files(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders: Vec<_> = ["flaskflix-core", "flaskflix-http"]
        .iter()
        .flat_map(|name| [root.join(name).join("src"), root.join(name).join("tests")])
        .filter(|folder| folder.is_dir())
        .collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    Ok(files)
}
