//! The thread that writes the lines.

use std::{
    io::{self, Write as _},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, SyncSender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tracing_subscriber::fmt::{
    format::Writer,
    time::{FormatTime as _, SystemTime},
};

/// Takes lines. A slow reader of standard output never holds up a request: what does not fit the queue is left out
/// and counted, and the count is written when there is room again.
#[derive(Debug, Clone)]
pub(crate) struct AccessLog {
    queue: SyncSender<String>,
    left_out: Arc<AtomicU64>,
}

/// The thread that writes to standard output until the last [`AccessLog`] is gone.
#[derive(Debug)]
pub(crate) struct LogThread {
    done: Receiver<()>,
    _thread: JoinHandle<()>,
}

impl AccessLog {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<(Self, LogThread)> {
        let (queue, lines) = mpsc::sync_channel(QUEUE_LINES);
        let (done_mark, done) = mpsc::sync_channel::<()>(0);
        let left_out = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&left_out);
        let thread = thread::Builder::new().name("access-log".into()).spawn(move || {
            // A closed standard output ends the log, not the server.
            let _ = write_all(&lines, &counted);
            drop(done_mark);
        })?;
        Ok((
            Self { queue, left_out },
            LogThread {
                done,
                _thread: thread,
            },
        ))
    }

    /// A log whose lines come out of the receiver instead.
    #[cfg(test)]
    pub(super) fn captured() -> (Self, Receiver<String>) {
        let (queue, lines) = mpsc::sync_channel(QUEUE_LINES);
        (
            Self {
                queue,
                left_out: Arc::default(),
            },
            lines,
        )
    }

    pub(super) fn write(&self, line: String) {
        if self.queue.try_send(line).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl LogThread {
    /// Waits until every line is written, but not for a reader that has stopped reading.
    pub(crate) fn finish(self) {
        // The thread never sends, it hangs up when it is done: either way the wait is over.
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

fn write_all(lines: &Receiver<String>, left_out: &AtomicU64) -> io::Result<()> {
    let mut out = io::stdout();
    for line in lines {
        out.write_all(line.as_bytes())?;
        match left_out.swap(0, Ordering::Relaxed) {
            0 => {}
            count => writeln!(out, "access log: {count} lines left out, the reader is too slow")?,
        }
    }
    out.flush()
}

/// The present moment, as RFC 3339 with microseconds.
pub(super) fn timestamp() -> String {
    let mut text = String::new();
    // Writing to a String never fails.
    let _ = SystemTime.format_time(&mut Writer::new(&mut text));
    text
}

const QUEUE_LINES: usize = 4096;
const PATIENCE: Duration = Duration::from_secs(2);
