//! What a browser may ask of the live page: very little, and only the browser of somebody who means it.

use httparse::{EMPTY_HEADER, Request, Status};
use std::net::IpAddr;

/// A head of a request may be so many bytes long; browsers send one or two thousand.
pub(super) const LONGEST: usize = 8 * 1024;

/// And have so many headers.
const HEADERS: usize = 48;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// The page.
    Page,
    /// A text that changes when the page does.
    Version,
}

/// Why it is not given: a status of HTTP and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal(pub(super) u16, pub(super) &'static str);

const BAD: Refusal = Refusal(400, "Bad Request");

/// Reads the head of a request; none while it is not whole. `loopback` says whether only this machine is
/// served.
///
/// # Errors
/// It is malformed or too long, asks for what there is not, wants to do more than read, or comes by a
/// name: a page elsewhere could have a name of its own lead here (DNS rebinding), but has no number.
pub(super) fn read(bytes: &[u8], loopback: bool) -> Result<Option<Asked>, Refusal> {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => {}
        Ok(Status::Partial) if bytes.len() < LONGEST => return Ok(None),
        Ok(Status::Partial) | Err(httparse::Error::TooManyHeaders) => {
            return Err(Refusal(431, "Request Header Fields Too Large"));
        }
        Err(_) => return Err(BAD),
    }
    let mut hosts = request.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = hosts.next().and_then(|header| std::str::from_utf8(header.value).ok()).ok_or(BAD)?;
    if hosts.next().is_some() {
        return Err(BAD);
    }
    if !is_meant(host, loopback) {
        return Err(Refusal(421, "Misdirected Request"));
    }
    if request.method != Some("GET") {
        return Err(Refusal(405, "Method Not Allowed"));
    }
    match request.path.and_then(|path| path.split('?').next()) {
        Some("/" | "/report.html") => Ok(Some(Asked::Page)),
        Some("/version") => Ok(Some(Asked::Version)),
        _ => Err(Refusal(404, "Not Found")),
    }
}

/// Whether a Host header names this server by its number, or as `localhost`.
fn is_meant(host: &str, loopback: bool) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    if name.eq_ignore_ascii_case("localhost") {
        return true;
    }
    name.parse::<IpAddr>().is_ok_and(|address| !loopback || address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(text: &str) -> Result<Option<Asked>, Refusal> {
        read(text.as_bytes(), true)
    }

    #[test]
    fn the_page_and_its_version_are_given_and_nothing_else() {
        let get = |path: &str| asked(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"));
        assert_eq!(get("/"), Ok(Some(Asked::Page)));
        assert_eq!(get("/report.html?x"), Ok(Some(Asked::Page)));
        assert_eq!(get("/version"), Ok(Some(Asked::Version)));
        assert_eq!(get("/../run.json"), Err(Refusal(404, "Not Found")));
        assert_eq!(asked("GET / HTTP/1.1\r\nHost: local"), Ok(None));
        let post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
        assert_eq!(asked(post), Err(Refusal(405, "Method Not Allowed")));
    }

    #[test]
    fn a_name_that_leads_here_from_elsewhere_is_refused() {
        let host = |host: &str, loopback| {
            read(format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n").as_bytes(), loopback).is_ok()
        };
        for good in ["localhost", "LOCALHOST:1", "127.0.0.1", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9"] {
            assert!(host(good, true), "{good}");
        }
        for bad in
            ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "", "[", "192.0.2.7"]
        {
            assert!(!host(bad, true), "{bad}");
        }
        assert!(host("192.0.2.7:80", false));
        assert!(!host("bench.example:80", false));
        assert_eq!(asked("GET / HTTP/1.1\r\n\r\n"), Err(BAD));
        assert_eq!(asked("GET / HTTP/1.1\r\nHost: localhost\r\nHost: x\r\n\r\n"), Err(BAD));
    }

    proptest! {
        #[test]
        fn no_bytes_get_more_than_a_page(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = read(&bytes, true);
        }

        #[test]
        fn a_head_without_an_end_is_refused_at_last(more in LONGEST..LONGEST + 100) {
            let text = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}", "a".repeat(more));
            prop_assert_eq!(asked(&text), Err(Refusal(431, "Request Header Fields Too Large")));
        }
    }
}
