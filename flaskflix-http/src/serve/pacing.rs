//! TCP pacing, and where it is of no use.
//!
//! A congestion control that paces (BBR) spreads what is sent over time, so that no queue on the way overflows. Where the network
//! device does not do that itself (qdisc `fq`), the kernel arms a timer for nearly every packet. The loopback device has no such
//! queue: there the timers take more than half of what it costs to send a large file, and nobody gains anything.
//!
//! So a listener on a loopback address, where only this machine comes in (a proxy, as a rule), gets `reno`: the one congestion
//! control that every kernel has and every process may choose. What it accepts inherits that. It cannot be done later, for single
//! connections: one that has begun to pace goes on, whatever it is told.

use tokio::net::TcpListener;

/// Whether what this listener accepts is paced. On a loopback address it is not, unless that is wanted.
#[cfg(target_os = "linux")]
pub(super) fn settle(listener: &TcpListener, wanted_on_loopback: bool) -> bool {
    let is_loopback = listener
        .local_addr()
        .is_ok_and(|address| address.ip().to_canonical().is_loopback());
    if is_loopback && !wanted_on_loopback && is_paced(listener) {
        // One that may not goes on as it is: this only spares work.
        let _ = rustix::net::sockopt::set_tcp_congestion(listener, "reno");
    }
    is_paced(listener)
}

#[cfg(target_os = "linux")]
fn is_paced(listener: &TcpListener) -> bool {
    // Whatever cannot be asked may be one of them.
    rustix::net::sockopt::tcp_congestion(listener).map_or(true, |name| paces(&name))
}

/// Whether this congestion control asks for pacing. All of the kernel's that do are versions of BBR.
#[cfg(target_os = "linux")]
fn paces(name: &str) -> bool {
    name.starts_with("bbr")
}

/// Nothing is known about it on other systems.
#[cfg(not(target_os = "linux"))]
pub(super) const fn settle(_: &TcpListener, _: bool) -> bool {
    true
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use rustix::net::sockopt::{set_tcp_congestion, tcp_congestion};
    use tokio::net::TcpStream;

    use super::*;

    /// Every congestion control that this machine has and lets this process choose; on machines without BBR those that change nothing.
    fn choices() -> Vec<String> {
        let listed = std::fs::read_to_string("/proc/sys/net/ipv4/tcp_available_congestion_control").unwrap();
        listed.split_whitespace().map(str::to_owned).collect()
    }

    #[tokio::test]
    async fn a_listener_on_loopback_is_not_paced_unless_that_is_wanted_and_all_else_stays_as_it_is() {
        for name in choices() {
            for (address, wanted) in [
                ("127.0.0.1:0", false),
                ("[::1]:0", false),
                ("127.0.0.1:0", true),
                ("0.0.0.0:0", false),
            ] {
                // A machine may be without IPv6.
                let Ok(listener) = TcpListener::bind(address).await else {
                    continue;
                };
                if set_tcp_congestion(&listener, &name).is_err() {
                    continue;
                }
                let is_changed = paces(&name) && !wanted && address != "0.0.0.0:0";
                let expected = if is_changed { "reno" } else { &name };
                assert_eq!(settle(&listener, wanted), paces(expected), "{name} on {address}");
                assert_eq!(tcp_congestion(&listener).unwrap(), expected, "{address}");

                let port = listener.local_addr().unwrap().port();
                let host = if address.starts_with('[') {
                    "::1"
                } else {
                    "127.0.0.1"
                };
                let _client = TcpStream::connect((host, port)).await.unwrap();
                let (accepted, _) = listener.accept().await.unwrap();
                assert_eq!(
                    tcp_congestion(&accepted).unwrap(),
                    expected,
                    "what {address} accepts"
                );
            }
        }
    }

    #[test]
    fn versions_of_bbr_pace_and_others_do_not() {
        assert!(paces("bbr") && paces("bbr3"));
        assert!(!paces("reno") && !paces("cubic") && !paces("dctcp"));
    }
}
