//! nginx, with the configuration that the documentation gives: only its addresses, logs and certificate are replaced.

use std::{fs, io, net::SocketAddr, path::Path, process::Command};

use rustix::process::{Signal, geteuid};

use crate::process::{Process, free_addresses};

/// A running nginx.
#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    _process: Process,
}

/// What the access log tells about the requests that a node had a part in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Served {
    /// Requests that it answered in the end.
    pub(crate) answered: u64,
    /// Requests that it did not answer, so that another node was asked.
    pub(crate) passed_on: u64,
}

impl Proxy {
    /// Starts nginx before these nodes. Its files are kept in the folder, which must be new.
    pub(crate) async fn start(folder: &Path, nodes: &[SocketAddr]) -> io::Result<Self> {
        fs::create_dir(folder)?;
        let [address, plain] = free_addresses()?;
        let site = adapt(DOCUMENTED, folder, nodes, address, plain)?;
        fs::write(folder.join("flaskflix.conf"), site)?;
        let main = folder.join("nginx.conf");
        fs::write(&main, main_file(folder))?;
        let mut command = Command::new("nginx");
        command.arg("-p").arg(folder).arg("-c").arg(&main);
        // Before that, a fault of the configuration goes to the log of the distribution.
        command.args(["-e", "stderr"]);
        let mut process = Process::start("nginx", command, folder, Signal::TERM)?;
        process.listens(address).await?;
        Ok(Self {
            address,
            _process: process,
        })
    }
}

/// Reads what the access log in the folder tells about a node.
pub(crate) fn served(folder: &Path, node: SocketAddr) -> io::Result<Served> {
    let log = fs::read_to_string(folder.join("flaskflix.log"))?;
    Ok(count(&log, &node.to_string()))
}

/// A line names all nodes that were asked, in order, between brackets: the last one answered.
fn count(log: &str, node: &str) -> Served {
    let mut served = Served::default();
    for line in log.lines() {
        let asked = line.split(['[', ']']).nth(1).unwrap_or_default();
        let mut asked = asked.split(',').map(str::trim);
        if asked.next_back() == Some(node) {
            served.answered = served.answered.saturating_add(1);
        }
        if asked.any(|other| other == node) {
            served.passed_on = served.passed_on.saturating_add(1);
        }
    }
    served
}

/// The documented file with these addresses, logs in the folder, and no TLS.
///
/// # Errors
/// When a line that has to be replaced is not there: then something else than the documented file would be tried.
fn adapt(
    documented: &str,
    folder: &Path,
    nodes: &[SocketAddr],
    address: SocketAddr,
    plain: SocketAddr,
) -> io::Result<String> {
    let mut lines = Vec::new();
    let (mut listens, mut logs, mut upstreams, mut certificates) = (0, 0, 0, 0);
    for line in documented.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["listen", "443", ..] => {
                listens += 1;
                lines.push(format!("listen {address};"));
            }
            ["listen", "80;"] => {
                listens += 1;
                lines.push(format!("listen {plain};"));
            }
            ["ssl_certificate" | "ssl_certificate_key", ..] => certificates += 1,
            ["server", node, options @ ..] if node.starts_with("10.") => {
                if let Some(node) = nodes.get(upstreams) {
                    lines.push(format!("server {node} {}", options.join(" ")));
                }
                upstreams += 1;
            }
            ["access_log" | "error_log", ..] => {
                logs += 1;
                lines.push(line.replace("/var/log/nginx", &folder.display().to_string()));
            }
            _ => lines.push(line.to_owned()),
        }
    }
    if (listens, logs, upstreams, certificates) == (2, 2, MOST_NODES, 2) && nodes.len() <= MOST_NODES {
        lines.push(String::new());
        return Ok(lines.join("\n"));
    }
    Err(io::Error::other(
        "the documented nginx configuration has other lines than expected",
    ))
}

/// What stands in the distribution's nginx.conf, around the documented file.
fn main_file(folder: &Path) -> String {
    // Started by root, workers would be nobody, who may not enter the folder.
    let user = if geteuid().is_root() { "user root;" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("    {kind}_temp_path {}/{kind};\n", folder.display()))
        .concat();
    format!(
        "{user}\ndaemon off;\nworker_processes 2;\npid {folder}/nginx.pid;\nerror_log {folder}/error.log;\n\
         events {{ worker_connections 4096; }}\nhttp {{\n{temporary}    include flaskflix.conf;\n}}\n",
        folder = folder.display(),
    )
}

const DOCUMENTED: &str = include_str!("../../server/deploy/nginx.conf");
/// The nodes of the documented file.
const MOST_NODES: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn adapted(documented: &str) -> io::Result<String> {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let nodes = [address(1), address(2)];
        adapt(documented, Path::new("/logs"), &nodes, address(3), address(4))
    }

    #[test]
    fn only_places_are_replaced_in_the_documented_file() {
        let text = adapted(DOCUMENTED).unwrap();
        assert!(text.contains("server 127.0.0.1:1 max_fails=3 fail_timeout=5s;"));
        assert!(text.contains("server 127.0.0.1:2 max_fails=3 fail_timeout=5s;"));
        assert!(text.contains("access_log /logs/flaskflix.log flaskflix;"));
        let kept = DOCUMENTED.lines().filter(|line| text.contains(line)).count();
        assert_eq!(DOCUMENTED.lines().count() - kept, 8);
    }

    #[test]
    fn a_file_without_a_line_that_is_replaced_is_refused() {
        for line in [
            "listen 80;",
            "access_log",
            "ssl_certificate_key",
            "server 10.0.0.12",
        ] {
            assert!(adapted(&DOCUMENTED.replace(line, "#")).is_err(), "{line}");
        }
    }

    #[test]
    fn the_log_tells_who_answered_and_who_did_not() {
        let log = "now GET 200 5 0.001 [127.0.0.1:1] [200]\n\
            now GET 200 5 0.001 [127.0.0.1:1, 127.0.0.1:2] [502, 200]\n\
            now GET 404 5 0.001 [-] [-]\n";
        let served = |answered, passed_on| Served { answered, passed_on };
        assert_eq!(count(log, "127.0.0.1:1"), served(1, 1));
        assert_eq!(count(log, "127.0.0.1:2"), served(1, 0));
    }
}
