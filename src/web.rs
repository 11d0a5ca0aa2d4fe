//! Talking to web servers: one client, with its certificates, for all who do.

use reqwest::Url;
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

/// Whether the address is of the machine that the program runs on.
pub fn is_of_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare.parse().is_ok_and(|it: Ipv4Addr| it.is_loopback())
        || bare.parse().is_ok_and(|it: Ipv6Addr| it.is_loopback())
}

/// Makes a client for an address. Nothing is connected yet. One for `https` never speaks `http`, wherever
/// it is redirected to.
///
/// # Errors
/// The system has no certificates to know a server by, or gives no thread.
pub fn client(url: &Url, timeout: Duration, redirects: Policy) -> Result<Client, reqwest::Error> {
    // A second call finds the provider there already, and that is the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("batlab-run/", env!("CARGO_PKG_VERSION")))
        .redirect(redirects)
        .timeout(timeout);
    if is_of_this_machine(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Certificates are not asked for, so a machine that has none can still speak http.
        let nobody =
            ClientConfig::builder().with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        builder = builder.tls_backend_preconfigured(nobody);
    } else {
        builder = builder.https_only(true);
    }
    builder.build()
}

/// What went wrong: the innermost cause, since those around it name the address.
pub fn cause(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(cause) = error.source() {
        error = cause;
    }
    error.to_string()
}
