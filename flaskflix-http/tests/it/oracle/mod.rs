//! Random reads over real connections, against an oracle that is too simple to be wrong.
//!
//! [`library`] holds the objects, [`asks`] makes the requests, [`expected`] says from the text of a request what RFC 9110
//! sections 8.8, 13 and 14 and `docs/HTTP.md` make of it, and [`answers`] holds that against the bytes that came. The
//! oracle shares no code with the library. The seed is `PROPTEST_RNG_SEED`; a case that fails is printed as a line for
//! [`cases_that_once_failed_are_right`].

mod answers;
mod asks;
mod expected;
mod library;

use std::cell::RefCell;

use proptest::test_runner::{Config, TestError, TestRunner};
use tokio::runtime::Runtime;

use self::{
    asks::{Ask, asked},
    library::Library,
};

/// How many cases a run has; one in six is a pipeline of up to four requests.
const CASES: u32 = 5_000;

#[test]
fn five_thousand_random_reads_get_what_the_rfc_says() {
    let runtime = runtime();
    let library = RefCell::new(runtime.block_on(Library::open()));
    let strategy = asks::several(library.borrow().objects());
    // Nothing is written into the source tree: the seed and the printed case say enough.
    let config = Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    };
    let seed = config.rng_seed;
    let failed = TestRunner::new(config).run(&strategy, |asks| {
        runtime.block_on(library.borrow_mut().check(&asks));
        Ok(())
    });
    match failed {
        Ok(()) => {}
        Err(TestError::Fail(reason, asks)) => panic!(
            "{reason}\nthe seed was {seed:?}; to replay it, add this to `cases_that_once_failed_are_right`:\n    vec!{asks:?},"
        ),
        Err(aborted) => panic!("{aborted}"),
    }
    // A generator that no longer makes one kind of case would agree with everything.
    let seen = &library.borrow().seen;
    assert!(
        seen.len() == 7 && seen.values().all(|&times| times >= 100),
        "{seen:?}"
    );
}

/// Requests of one case stand in one pipeline.
#[test]
fn cases_that_once_failed_are_right() {
    let table: Vec<Vec<Ask>> = vec![
        // Not failures, but the corners where the models of other servers failed: see docs/HTTP.md.
        vec![asked("folder/1000", "GET", &[("Range", "bytes=-2000")])],
        vec![asked("memory/1", "GET", &[("Range", "bytes=-0")])],
        vec![asked("memory/0", "GET", &[("Range", "bytes=0-")])],
        vec![
            asked(
                "folder/3MiB",
                "GET",
                &[("Range", "bytes=0-0,-1"), ("If-Range", "\"{etag}\"")],
            ),
            asked("folder/3MiB", "HEAD", &[("Range", "bytes=0-0,-1")]),
            asked("film/v1/1.m4s", "GET", &[("If-None-Match", "W/\"{etag}\"")]),
        ],
    ];
    let runtime = runtime();
    runtime.block_on(async {
        let mut library = Library::open().await;
        for asks in table {
            library.check(&asks).await;
        }
    });
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}
