//! Whether what may be under way fits into the files that may be open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Server, overload::MOST_FAREWELLS};
use crate::trace;

impl Server {
    /// Raises this process's limit of open files as far as it may (from the soft to the hard one), and lowers
    /// [`max_connections`](Self::max_connections) and [`max_requests`](Self::max_requests) to what fits into it. For programs; a
    /// library should not turn the knobs of its process without being asked.
    ///
    /// A connection takes a file, and so does a request under way. Of N files, 3/16 are kept back for everything else (databases, logs,
    /// caches; at least 48, at most 128), and 1/16 for telling connections above the cap that they are (at most 256). Of the rest
    /// connections get half, or what requests leave:
    ///
    /// | open files | connections | requests |
    /// |---|---|---|
    /// | 64 | 6 | 6 |
    /// | 256 | 96 | 96 |
    /// | 1,024 | 416 | 416 |
    /// | 20,000 | 9,808 | 9,808 |
    /// | 32,768 | 10,000 | 20,000 |
    ///
    /// It is logged when it happens, and below 64 files as an error: the server starts, and films may fail.
    ///
    /// Without it a server above the limit goes on, too: `accept` fails, which is logged, and is tried again up to a second
    /// later; films that cannot be opened are 503.
    #[must_use]
    pub fn within_open_files(mut self) -> Self {
        let Some(limit) = raised() else { return self };
        if limit < LEAST {
            trace::open_files_are_too_few(limit, LEAST);
        }
        let fitting = fitting(limit, self.max_connections, self.requests);
        if fitting.connections < self.max_connections {
            trace::open_files_allow_few_connections(limit, self.max_connections, fitting.connections);
        }
        if fitting.requests < self.requests {
            trace::open_files_allow_few_requests(limit, self.requests, fitting.requests);
        }
        self.max_connections = fitting.connections;
        self.requests = fitting.requests;
        self.max_farewells = fitting.farewells;
        self
    }
}

/// The limit after it was raised; `None` when there is none.
fn raised() -> Option<u64> {
    let limits = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limits.maximum,
        ..limits
    };
    match setrlimit(Resource::Nofile, raised) {
        Ok(()) => limits.maximum,
        // A container may forbid it: what holds already is there all the same.
        Err(_) => limits.current,
    }
}

/// What may be open at once.
#[derive(Debug, PartialEq, Eq)]
struct Fitting {
    connections: usize,
    requests: usize,
    farewells: usize,
}

/// How many of these connections and requests so many open files are enough for.
fn fitting(open_files: u64, connections: usize, requests: usize) -> Fitting {
    let open_files = usize::try_from(open_files).unwrap_or(usize::MAX);
    let sixteenth = open_files / 16;
    let others = sixteenth.saturating_mul(3).clamp(LEAST_OTHERS, MOST_OTHERS);
    let farewells = sixteenth.min(MOST_FAREWELLS);
    let for_them = open_files.saturating_sub(others.saturating_add(farewells));
    // Who was let in gets a film: a connection without a request's place is one that is told 503 all the time.
    let most = (for_them / 2).max(for_them.saturating_sub(requests));
    let connections = connections.min(most).max(1);
    let requests = requests.min(for_them.saturating_sub(connections)).max(1);
    Fitting {
        connections,
        requests,
        farewells,
    }
}

/// Databases, logs, caches, files of playlists and indexes: 11 for an origin, some 40 for a server with PostgreSQL and Redis
/// (docs/OPERATIONS.md).
const LEAST_OTHERS: usize = 48;
const MOST_OTHERS: usize = 128;

/// With fewer even a handful of viewers may meet with 503.
const LEAST: u64 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_responses_fit_into_the_files_together() {
        #[rustfmt::skip]
        let table = [
            (u64::MAX, (10_000, 20_000, 256)),
            (1 << 20,  (10_000, 20_000, 256)),
            (32_768,   (10_000, 20_000, 256)),
            (20_000,   ( 9_808,  9_808, 256)),
            (1_024,    (   416,    416,  64)),
            (256,      (    96,     96,  16)),
            (64,       (     6,      6,   4)),
            (48,       (     1,      1,   3)), // a server that serves nobody is no use
            (0,        (     1,      1,   0)),
        ];
        for (open_files, (connections, requests, farewells)) in table {
            let expected = Fitting {
                connections,
                requests,
                farewells,
            };
            assert_eq!(fitting(open_files, 10_000, 20_000), expected, "{open_files}");
        }
    }

    #[test]
    fn what_was_asked_for_is_not_raised_and_what_one_leaves_the_other_gets() {
        let caps = |connections, requests| {
            let fitting = fitting(256, connections, requests);
            (fitting.connections, fitting.requests)
        };
        assert_eq!(caps(10, 20_000), (10, 182));
        assert_eq!(caps(10_000, 20), (172, 20));
        assert_eq!(caps(10, 20), (10, 20));
    }

    #[test]
    fn no_more_than_a_quarter_is_kept_back() {
        for open_files in 256..5000_u64 {
            let fitting = fitting(open_files, usize::MAX, usize::MAX);
            let for_them = u64::try_from(fitting.connections + fitting.requests).unwrap();
            assert!(for_them >= open_files * 3 / 4, "{fitting:?} of {open_files}");
            assert!(for_them < open_files - 48, "{fitting:?} of {open_files}");
        }
    }
}
