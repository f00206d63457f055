use http::HeaderValue;
use proptest::prelude::*;

use super::*;

fn proxies(subnets: &[&str]) -> TrustedProxies {
    TrustedProxies::new(subnets.iter().map(|subnet| subnet.parse().unwrap()))
}

fn client(proxies: &TrustedProxies, peer: &str, lines: &[&[u8]]) -> String {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
    }
    proxies.client(peer.parse().unwrap(), &headers).to_string()
}

#[test]
fn the_first_address_from_the_right_that_is_no_proxy_is_the_client() {
    let proxies = proxies(&["10.0.0.0/8", "2001:db8::/32"]);
    #[rustfmt::skip]
    let table: &[(&str, &[&[u8]], &str)] = &[
        // Nobody but a proxy of ours is believed.
        ("192.0.2.9", &[b"1.2.3.4"],                         "192.0.2.9"),
        ("10.0.0.1",  &[],                                   "10.0.0.1"),
        ("10.0.0.1",  &[b"1.2.3.4"],                         "1.2.3.4"),
        ("10.0.0.1",  &[b"6.6.6.6, 1.2.3.4"],                "1.2.3.4"),
        ("10.0.0.1",  &[b"6.6.6.6,1.2.3.4 ,\t10.9.9.9"],     "1.2.3.4"),
        // Several lines are one list (RFC 9110 section 5.3).
        ("10.0.0.1",  &[b"6.6.6.6", b"1.2.3.4", b"10.9.9.9"], "1.2.3.4"),
        // Every hop is a proxy: the farthest of them asks for itself.
        ("10.0.0.1",  &[b"10.0.0.3, 10.0.0.2"],              "10.0.0.3"),
        // IPv4-mapped addresses are IPv4, as peer and as entry.
        ("::ffff:10.0.0.1", &[b"::ffff:1.2.3.4"],            "1.2.3.4"),
        ("::ffff:1.2.3.4",  &[b"6.6.6.6"],                   "1.2.3.4"),
        // Ports and brackets.
        ("10.0.0.1",  &[b"1.2.3.4:5678"],                    "1.2.3.4"),
        ("10.0.0.1",  &[b"[2001:db9::1]:5678"],              "2001:db9::1"),
        ("10.0.0.1",  &[b"[2001:db9::1]"],                   "2001:db9::1"),
        ("10.0.0.1",  &[b"2001:db9::1, 2001:db8::1"],        "2001:db9::1"),
        // Empty elements are skipped (section 5.6.1).
        ("10.0.0.1",  &[b"1.2.3.4,, ,", b""],                "1.2.3.4"),
        // What is no address ends the walk at the proxy that reported it.
        ("10.0.0.1",  &[b"1.2.3.4, unknown"],                "10.0.0.1"),
        ("10.0.0.1",  &[b"1.2.3.4, unknown, 10.0.0.2"],      "10.0.0.2"),
        ("10.0.0.1",  &[b"1.2.3.4, 10.0.0.2:x"],             "10.0.0.1"),
        ("10.0.0.1",  &[b"1.2.3.4, [10.0.0.2]"],             "10.0.0.1"),
        ("10.0.0.1",  &[b"1.2.3.4, \xff\xfe"],               "10.0.0.1"),
        ("10.0.0.1",  &[b"1.2.3.4, 010.0.0.2"],              "10.0.0.1"),
        ("10.0.0.1",  &[b"\"1.2.3.4\""],                     "10.0.0.1"),
    ];
    for &(peer, lines, wanted) in table {
        assert_eq!(client(&proxies, peer, lines), wanted, "{peer} {lines:?}");
    }
}

#[test]
fn without_proxies_the_peer_is_the_client() {
    let nobody = TrustedProxies::default();
    assert_eq!(client(&nobody, "127.0.0.1", &[b"1.2.3.4"]), "127.0.0.1");
}

#[test]
fn thousands_of_entries_cost_no_more_than_a_few() {
    let proxies = proxies(&["10.0.0.0/8"]);
    let hostile = b"6.6.6.6,".repeat(100_000);
    assert_eq!(client(&proxies, "10.0.0.1", &[&hostile]), "6.6.6.6");
    // Even a client that names our own proxies comes to an end.
    let mut forged = b"6.6.6.6,".to_vec();
    forged.extend(b"10.0.0.7,".repeat(MAX_HOPS));
    assert_eq!(client(&proxies, "10.0.0.1", &[&forged]), "10.0.0.7");
    let mut commas = b"6.6.6.6".to_vec();
    commas.extend(b",".repeat(100_000));
    assert_eq!(client(&proxies, "10.0.0.1", &[&commas]), "10.0.0.1");
}

#[test]
fn subnets_are_parsed_strictly() {
    #[rustfmt::skip]
    let table = [
        ("0.0.0.0/0",       Ok(())),
        ("10.0.0.0/8",      Ok(())),
        ("10.1.2.3",        Ok(())),
        ("10.1.2.3/32",     Ok(())),
        ("::/0",            Ok(())),
        ("2001:db8::/32",   Ok(())),
        ("2001:db8::1",     Ok(())),
        ("",                Err(InvalidSubnet::Address)),
        ("localhost",       Err(InvalidSubnet::Address)),
        ("10.0.0/8",        Err(InvalidSubnet::Address)),
        ("10.0.0.0/",       Err(InvalidSubnet::PrefixBits)),
        ("10.0.0.0/33",     Err(InvalidSubnet::PrefixBits)),
        ("10.0.0.0/-1",     Err(InvalidSubnet::PrefixBits)),
        ("2001:db8::/129",  Err(InvalidSubnet::PrefixBits)),
        ("10.0.0.0/256",    Err(InvalidSubnet::PrefixBits)),
        ("10.0.0.1/8",      Err(InvalidSubnet::HostBits)),
        ("::ffff:0.0.0.0/96", Err(InvalidSubnet::Mapped)),
        ("::ffff:10.0.0.1", Err(InvalidSubnet::Mapped)),
    ];
    for (text, wanted) in table {
        assert_eq!(text.parse::<Subnet>().map(drop), wanted, "{text}");
    }
}

#[test]
fn a_subnet_holds_its_addresses_and_no_others() {
    let holds = |subnet: &str, address: &str| {
        let subnet: Subnet = subnet.parse().unwrap();
        subnet.contains(address.parse().unwrap())
    };
    assert!(holds("10.0.0.0/8", "10.255.255.255"));
    assert!(!holds("10.0.0.0/8", "11.0.0.0"));
    assert!(holds("10.0.0.0/8", "::ffff:10.0.0.1"));
    assert!(holds("0.0.0.0/0", "255.255.255.255"));
    assert!(!holds("0.0.0.0/0", "::1"));
    assert!(!holds("::/0", "10.0.0.1"));
    assert!(holds("2001:db8::/33", "2001:db8:7fff::1"));
    assert!(!holds("2001:db8::/33", "2001:db8:8000::1"));
    assert!(holds("10.1.2.3", "10.1.2.3"));
    assert!(!holds("10.1.2.3", "10.1.2.2"));
    assert_eq!(
        Subnet::from("::ffff:10.1.2.3".parse::<IpAddr>().unwrap()),
        "10.1.2.3".parse().unwrap()
    );
}

proptest! {
    /// What a client writes never decides, as long as a proxy of ours appends the address that it sees.
    #[test]
    fn a_client_cannot_choose_its_address(
        lines in prop::collection::vec(prop::collection::vec(32..=255_u8, 0..60), 0..4),
        seen in any::<[u8; 4]>(),
    ) {
        prop_assume!(seen[0] != 10);
        let seen = IpAddr::from(seen).to_string();
        let mut lines: Vec<&[u8]> = lines.iter().map(Vec::as_slice).filter(|line| !line.contains(&127)).collect();
        let appended = format!("{seen}, 10.0.0.2");
        lines.push(appended.as_bytes());
        prop_assert_eq!(client(&proxies(&["10.0.0.0/8"]), "10.0.0.1", &lines), seen);
    }
}
