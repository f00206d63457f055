//! How many connections each address has open.

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flaskflix_core::access::Subject;

/// Counts the open connections of every address, an IPv6 /64 being one.
#[derive(Debug)]
pub(super) struct Guests {
    most: usize,
    uncounted: Uncounted,
    seated: Mutex<HashMap<Subject, Seated>>,
}

#[derive(Debug, Default)]
struct Seated {
    connections: usize,
    /// Its first refusal was told. Forgotten with its last connection.
    told: bool,
}

/// The addresses whose connections are not counted.
#[derive(Clone, Default)]
pub(super) struct Uncounted(pub(super) Option<Arc<dyn Fn(IpAddr) -> bool + Send + Sync>>);

impl fmt::Debug for Uncounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "none" })
    }
}

/// An address has as many connections as it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoSeat {
    /// It is the first one that is refused since this address has had a connection.
    pub(super) first: bool,
}

impl Guests {
    pub(super) fn new(most: usize, uncounted: Uncounted) -> Self {
        Self {
            most: most.max(1),
            uncounted,
            seated: Mutex::default(),
        }
    }

    /// Counts a connection for as long as the seat lives. `Ok(None)`: this address is not counted.
    pub(super) fn seat(self: &Arc<Self>, address: IpAddr) -> Result<Option<Seat>, NoSeat> {
        if self
            .uncounted
            .0
            .as_ref()
            .is_some_and(|is_uncounted| is_uncounted(address))
        {
            return Ok(None);
        }
        let subject = Subject::address(address);
        let mut seated = self.seated();
        let guest = seated.entry(subject.clone()).or_default();
        if guest.connections >= self.most {
            let first = !guest.told;
            guest.told = true;
            return Err(NoSeat { first });
        }
        guest.connections = guest.connections.saturating_add(1);
        drop(seated);
        Ok(Some(Seat {
            guests: Arc::clone(self),
            subject,
        }))
    }

    fn seated(&self) -> MutexGuard<'_, HashMap<Subject, Seated>> {
        self.seated.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One connection of an address.
#[derive(Debug)]
pub(super) struct Seat {
    guests: Arc<Guests>,
    subject: Subject,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seated = self.guests.seated();
        let Some(guest) = seated.get_mut(&self.subject) else {
            return; // never: a guest stays for as long as one of its seats
        };
        guest.connections = guest.connections.saturating_sub(1);
        if guest.connections == 0 {
            seated.remove(&self.subject);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guests(most: usize) -> Arc<Guests> {
        Arc::new(Guests::new(most, Uncounted::default()))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_address_has_so_many_seats_and_gets_them_back() {
        let guests = guests(2);
        let first = guests.seat(ip("192.0.2.1")).unwrap();
        let _second = guests.seat(ip("::ffff:192.0.2.1")).unwrap();
        assert_eq!(guests.seat(ip("192.0.2.1")).unwrap_err(), NoSeat { first: true });
        assert_eq!(guests.seat(ip("192.0.2.1")).unwrap_err(), NoSeat { first: false });
        assert!(guests.seat(ip("192.0.2.2")).is_ok(), "others have their own");
        drop(first);
        assert!(guests.seat(ip("192.0.2.1")).is_ok());
    }

    #[test]
    fn an_ipv6_customer_is_one_guest() {
        let guests = guests(1);
        let _seat = guests.seat(ip("2001:db8::1")).unwrap();
        assert!(guests.seat(ip("2001:db8::ffff:1")).is_err());
        assert!(guests.seat(ip("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn who_has_left_is_forgotten() {
        let guests = guests(1);
        let seats: Vec<_> = (0..200)
            .map(|n| guests.seat(IpAddr::from([10, 0, 0, n])))
            .collect();
        assert_eq!(guests.seated().len(), 200);
        drop(seats);
        assert_eq!(guests.seated().len(), 0);
    }

    #[test]
    fn a_proxy_is_not_counted() {
        let proxy = ip("10.0.0.1");
        let uncounted = Uncounted(Some(Arc::new(move |address| address == proxy)));
        let guests = Arc::new(Guests::new(1, uncounted));
        for _ in 0..3 {
            assert!(guests.seat(proxy).unwrap().is_none());
        }
        assert_eq!(guests.seated().len(), 0);
    }
}
