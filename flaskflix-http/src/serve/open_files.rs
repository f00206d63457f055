//! Whether what may be under way fits into the files that may be open.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{Server, overload::MOST_FAREWELLS};
use crate::trace;

impl Server {
    /// Raises this process's limit of open files as far as it may (from the soft to the hard one), and lowers
    /// [`max_connections`](Self::max_connections) and [`max_requests`](Self::max_requests) to what fits into it: a file for
    /// each connection and one for each response under way, beside some hundred for everything else. Requests give way first. That is
    /// logged when it happens. For programs; a library should not turn the knobs of its process without being asked.
    ///
    /// Without it a server above the limit goes on, too: `accept` fails, which is logged, and is tried again up to a second
    /// later; films that cannot be opened are 503.
    #[must_use]
    pub fn within_open_files(mut self) -> Self {
        let Some(limit) = raised() else { return self };
        let (connections, requests) = fitting(limit, self.max_connections, self.requests);
        if connections < self.max_connections {
            trace::open_files_allow_few_connections(limit, self.max_connections, connections);
        }
        if requests < self.requests {
            trace::open_files_allow_few_requests(limit, self.requests, requests);
        }
        (self.max_connections, self.requests) = (connections, requests);
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

/// How many of these connections and requests so many open files are enough for.
fn fitting(open_files: u64, connections: usize, requests: usize) -> (usize, usize) {
    let open_files = usize::try_from(open_files).unwrap_or(usize::MAX);
    let for_them = open_files.saturating_sub(MOST_FAREWELLS.saturating_add(OTHERS));
    // Most connections of players wait for their next request most of the time.
    let connections = connections.min(for_them / 3 * 2).max(1);
    let requests = requests.min(for_them.saturating_sub(connections)).max(1);
    (connections, requests)
}

/// Databases, logs, caches, files of playlists and indexes.
const OTHERS: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_and_responses_fit_into_the_files_together() {
        #[rustfmt::skip]
        let table = [
            (1 << 20,  (10_000, 20_000)),
            (32_768,   (10_000, 20_000)),
            (20_000,   (10_000,  9_616)),
            (1_024,    (   426,    214)),
            (0,        (     1,      1)), // a server that serves nobody is no use
            (u64::MAX, (10_000, 20_000)),
        ];
        for (open_files, expected) in table {
            assert_eq!(fitting(open_files, 10_000, 20_000), expected, "{open_files}");
        }
    }
}
