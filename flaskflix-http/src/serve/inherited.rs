//! A listener that was opened before this process: socket activation, as systemd does it.
//!
//! The protocol is that of [`sd_listen_fds(3)`](https://www.freedesktop.org/software/systemd/man/latest/sd_listen_fds.html).

use std::{env, io, net::TcpListener};

use listenfd::ListenFd;
use rustix::net::sockopt::socket_acceptconn;

/// The listener that systemd has handed to this process; `None` when it was started without one.
///
/// Who holds the listener outlives the server: while one process ends and the next begins, clients wait in the
/// kernel's queue, and none is refused. `TcpListener::from_std` makes it one of tokio's.
///
/// Call it at the beginning of `main`, before there are other threads: it takes `LISTEN_FDS` and `LISTEN_PID` out of the
/// environment, so that children do not take the descriptors for theirs.
///
/// # Errors
/// When there is more than one descriptor, or the one is not a TCP socket that listens.
///
/// # Examples
/// ```
/// use flaskflix_http::serve::inherited_listener;
/// let listener = match inherited_listener()? {
///     Some(listener) => listener,
///     None => std::net::TcpListener::bind("127.0.0.1:0")?,
/// };
/// # let _ = listener;
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn inherited_listener() -> io::Result<Option<TcpListener>> {
    // systemd always says whom it means. Without that the descriptors may be anybody's.
    if env::var_os("LISTEN_PID").is_none() {
        return Ok(None);
    }
    let mut handed_over = ListenFd::from_env();
    if handed_over.len() > 1 {
        return Err(io::Error::other(
            "more than one socket was handed over: one ListenStream is what this server takes",
        ));
    }
    let Some(listener) = handed_over.take_tcp_listener(0)? else {
        return Ok(None);
    };
    if !socket_acceptconn(&listener)? {
        return Err(io::Error::other(
            "the socket that was handed over does not listen: Accept=no belongs into its unit",
        ));
    }
    listener.set_nonblocking(true)?;
    Ok(Some(listener))
}
