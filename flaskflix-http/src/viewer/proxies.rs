//! The client's address behind proxies that are trusted, and no others.

use std::{net::IpAddr, str::FromStr};

use http::{HeaderMap, HeaderName, Request};

use super::identity::ClientAddress;
use crate::peer::PeerAddress;

/// The proxies whose `X-Forwarded-For` is believed.
///
/// Every proxy appends the address that it was asked from, and anybody can send the header with anything in it. So it is
/// read from the right, and only as far as the addresses are proxies of this list: the first one that is not is the client.
///
/// # Examples
/// ```
/// use flaskflix_http::viewer::TrustedProxies;
/// use http::HeaderMap;
/// let proxies = TrustedProxies::new(["127.0.0.0/8".parse()?, "2001:db8::/32".parse()?]);
/// let mut headers = HeaderMap::new();
/// headers.insert("x-forwarded-for", "6.6.6.6, 192.0.2.7, 2001:db8::1".parse()?);
/// let client = |peer: &str| Ok::<_, std::net::AddrParseError>(proxies.client(peer.parse()?, &headers).to_string());
/// // What the client has written itself, 6.6.6.6, is not believed.
/// assert_eq!(client("127.0.0.1")?, "192.0.2.7");
/// // Nor is anything of a peer that is no proxy of ours.
/// assert_eq!(client("203.0.113.9")?, "203.0.113.9");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrustedProxies(Vec<Subnet>);

impl TrustedProxies {
    /// Trusts the proxies in these subnets. None: the peer is the client.
    #[must_use]
    pub fn new(subnets: impl IntoIterator<Item = Subnet>) -> Self {
        Self(subnets.into_iter().collect())
    }

    /// The client's address: the peer's, unless the peer is a trusted proxy that names another.
    ///
    /// IPv4-mapped IPv6 addresses come out as IPv4. An entry that is no address ends the walk at the proxy that reported
    /// it, and so do more than 32 proxies in a row.
    ///
    /// # Cost
    /// No allocation. Entries to the left of the answer are not looked at, however many there are.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        let lines = headers.get_all(X_FORWARDED_FOR).iter().rev();
        let entries = lines.flat_map(|line| line.as_bytes().rsplit(|&b| b == b','));
        for entry in entries.take(MAX_HOPS) {
            if !self.trusts(client) {
                break;
            }
            match parse_entry(entry) {
                Entry::Empty => {}
                Entry::Address(address) => client = address,
                Entry::Garbage => break,
            }
        }
        client
    }

    /// Puts the [`ClientAddress`] into a request whose extensions say who the peer is: [`Server`](crate::serve::Server)
    /// inserts a [`PeerAddress`] into every request, another accept loop's owner does it by hand. Without it the request
    /// stays as it is.
    ///
    /// It fits `axum::middleware::map_request` and `tower::ServiceBuilder::map_request`.
    ///
    /// # Examples
    /// ```
    /// use axum::{Router, extract::Request, middleware::map_request};
    /// use flaskflix_http::viewer::TrustedProxies;
    /// fn located(app: Router, proxies: TrustedProxies) -> Router {
    ///     app.layer(map_request(move |request: Request| std::future::ready(proxies.locate(request))))
    /// }
    /// ```
    #[must_use]
    pub fn locate<B>(&self, mut request: Request<B>) -> Request<B> {
        if let Some(&PeerAddress(peer)) = request.extensions().get() {
            let client = self.client(peer.ip(), request.headers());
            request.extensions_mut().insert(ClientAddress(client));
        }
        request
    }

    /// Whether an address is one of the trusted proxies.
    #[must_use]
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|subnet| subnet.contains(address))
    }
}

/// A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subnet {
    first: IpAddr,
    prefix_bits: u8,
}

impl Subnet {
    /// Whether the address lies in it. An IPv4-mapped address counts as the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix_bits) == Some(self.first)
    }
}

/// A text is no subnet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSubnet {
    /// The part before the slash is no IP address.
    #[error("a subnet begins with an IP address")]
    Address,
    /// The part behind the slash is no number of bits that such an address has.
    #[error("the number of bits of the subnet is not valid")]
    PrefixBits,
    /// The address is an IPv4-mapped IPv6 address: write it as IPv4, which is what such addresses count as.
    #[error("the subnet is written as IPv4-mapped IPv6")]
    Mapped,
    /// The address has bits behind the prefix: it is a host, and the subnet a slip.
    #[error("the address of the subnet has bits behind its prefix")]
    HostBits,
}

impl FromStr for Subnet {
    type Err = InvalidSubnet;

    fn from_str(text: &str) -> Result<Self, InvalidSubnet> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let first: IpAddr = address.parse().map_err(|_| InvalidSubnet::Address)?;
        if first.to_canonical() != first {
            return Err(InvalidSubnet::Mapped);
        }
        let prefix_bits = match (bits, first) {
            (Some(bits), _) => bits.parse().map_err(|_| InvalidSubnet::PrefixBits)?,
            (None, IpAddr::V4(_)) => 32,
            (None, IpAddr::V6(_)) => 128,
        };
        match masked(first, prefix_bits) {
            Some(masked) if masked == first => Ok(Self { first, prefix_bits }),
            Some(_) => Err(InvalidSubnet::HostBits),
            None => Err(InvalidSubnet::PrefixBits),
        }
    }
}

impl From<IpAddr> for Subnet {
    fn from(address: IpAddr) -> Self {
        let first = address.to_canonical();
        let prefix_bits = if first.is_ipv4() { 32 } else { 128 };
        Self { first, prefix_bits }
    }
}

/// The address without the bits behind the prefix; `None` when it has fewer bits than that.
fn masked(address: IpAddr, prefix_bits: u8) -> Option<IpAddr> {
    match address {
        IpAddr::V4(address) => {
            let host_bits = 32_u32.checked_sub(prefix_bits.into())?;
            let mask = u32::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V4((u32::from(address) & mask).into()))
        }
        IpAddr::V6(address) => {
            let host_bits = 128_u32.checked_sub(prefix_bits.into())?;
            let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
            Some(IpAddr::V6((u128::from(address) & mask).into()))
        }
    }
}

/// One element of the list.
enum Entry {
    /// Nothing between two commas (RFC 9110 section 5.6.1).
    Empty,
    Address(IpAddr),
    Garbage,
}

/// Reads `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:80`.
fn parse_entry(entry: &[u8]) -> Entry {
    let entry = entry.trim_ascii();
    if entry.is_empty() {
        return Entry::Empty;
    }
    let Ok(text) = std::str::from_utf8(entry) else {
        return Entry::Garbage;
    };
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let address = text
        .parse()
        .or_else(|_| text.parse().map(|socket: std::net::SocketAddr| socket.ip()))
        .ok()
        .or_else(|| bracketed?.parse().map(IpAddr::V6).ok());
    address.map_or(Entry::Garbage, |address| Entry::Address(address.to_canonical()))
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
/// No set-up has more proxies in a row.
const MAX_HOPS: usize = 32;

#[cfg(test)]
mod tests;
