//! A host and a port on the network, as a person writes them.

use std::fmt;
use std::io;
use std::net::{Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

/// Where a server listens: a name or an address, and a port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostPort {
    /// A name, an IPv4 address, or an IPv6 address without brackets.
    host: String,
    port: u16,
}

impl HostPort {
    /// The addresses behind the name, by the system's resolver, which may take its time.
    ///
    /// # Errors
    /// The name is not known.
    pub fn resolve(&self) -> io::Result<Vec<SocketAddr>> {
        (self.host.as_str(), self.port).to_socket_addrs().map(Iterator::collect)
    }
}

impl FromStr for HostPort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, rest)) => {
                address
                    .parse::<Ipv6Addr>()
                    .map_err(|_| format!("`{address}` in brackets is no IPv6 address"))?;
                (address, rest.strip_prefix(':'))
            }
            None if text.parse::<Ipv6Addr>().is_ok() || text.matches(':').count() > 1 => {
                return Err("an IPv6 address stands in brackets, such as [::1]:4000".into());
            }
            None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
        };
        if host.is_empty() {
            return Err("the host is missing".into());
        }
        let is_odd = |c: &char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_' | ':');
        if let Some(odd) = host.chars().find(is_odd) {
            return Err(format!("{odd:?} cannot be in the name of a host"));
        }
        let port = port.filter(|port| !port.is_empty()).ok_or("the number of the port is missing")?;
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        match port.parse() {
            Ok(number) if digits && number > 0 => Ok(Self { host: host.to_owned(), port: number }),
            _ => Err(format!("the port is a number from 1 to 65535, not `{port}`, and nothing follows it")),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_names_and_addresses_of_both_kinds() {
        for good in ["bench:4000", "bench.local:1", "10.0.0.7:65535", "[::1]:4000", "[fe80::1]:4000"] {
            assert_eq!(good.parse::<HostPort>().unwrap().to_string(), good);
        }
        assert_eq!("[::1]:9".parse::<HostPort>().unwrap().resolve().unwrap()[0].to_string(), "[::1]:9");
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (wrong, why) in [
            ("", "host is missing"),
            (":4000", "host is missing"),
            ("bench", "port is missing"),
            ("bench:", "port is missing"),
            ("[::1]", "port is missing"),
            ("[::1]4000", "port is missing"),
            ("::1", "[::1]:4000"),
            ("fe80::1:4000", "[::1]:4000"),
            ("[bench]:1", "no IPv6 address"),
            ("bench:0", "1 to 65535"),
            ("bench:65536", "1 to 65535"),
            ("bench:+1", "1 to 65535"),
            ("bench:4000/", "nothing follows it"),
            ("me@bench:4000", "'@' cannot be"),
            ("a b:4000", "' ' cannot be"),
        ] {
            let told = wrong.parse::<HostPort>().unwrap_err();
            assert!(told.contains(why), "{wrong}: {told}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_host_that_reads_back_or_an_error(text in ".{0,40}") {
            if let Ok(host) = text.parse::<HostPort>() {
                prop_assert_eq!(host.to_string().parse::<HostPort>(), Ok(host));
            }
        }
    }
}
