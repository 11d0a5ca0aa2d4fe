//! A web server that keeps what it is sent, and answers as badly as a test wants.

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What came in one request.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Method, path and version.
    pub line: String,
    /// By their names in small letters.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Seen {
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// How a request is answered: the number of the request, from 1, and where the answer goes.
pub type Answer = fn(usize, &mut dyn Write) -> std::io::Result<()>;

/// A server; it ends with the test.
pub struct Server {
    pub port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    came: Receiver<()>,
}

impl Server {
    pub fn start(answer: Answer) -> Self {
        Self::serve(answer, None)
    }

    /// One that speaks TLS, with the certificate in `tls/`.
    pub fn start_tls(answer: Answer) -> Self {
        let file = |name: &str| format!("{}/tests/notify/tls/{name}", env!("CARGO_MANIFEST_DIR"));
        let chain = CertificateDer::pem_file_iter(file("server.pem")).unwrap();
        let key = PrivateKeyDer::from_pem_file(file("server.key")).unwrap();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain.map(Result::unwrap).collect(), key)
            .unwrap();
        Self::serve(answer, Some(Arc::new(config)))
    }

    fn serve(answer: Answer, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (arrived, came) = channel();
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (seen, arrived, tls) = (Arc::clone(&kept), arrived.clone(), tls.clone());
                std::thread::spawn(move || {
                    let handle = |stream: &mut dyn ReadWrite| {
                        let Some(request) = read(stream) else { return };
                        let number = {
                            let mut seen = seen.lock().unwrap();
                            seen.push(request);
                            seen.len()
                        };
                        let _ = arrived.send(());
                        let answered = answer(number, stream);
                        drop(answered.and_then(|()| stream.flush()));
                    };
                    match tls {
                        None => handle(&mut { stream }),
                        Some(config) => {
                            let session = ServerConnection::new(config).unwrap();
                            let mut stream = StreamOwned::new(session, stream);
                            handle(&mut stream);
                            stream.conn.send_close_notify();
                            drop(stream.flush());
                        }
                    }
                });
            }
        });
        Self { port, seen, came }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Everything that came so far.
    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits for the next request.
    pub fn waits(&self) {
        self.came.recv_timeout(Duration::from_secs(60)).expect("a request comes");
    }
}

trait ReadWrite: Read + Write {}
impl ReadWrite for TcpStream {}
impl ReadWrite for StreamOwned<ServerConnection, TcpStream> {}

fn read(stream: &mut dyn ReadWrite) -> Option<Seen> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Seen { line: line.trim_end().to_owned(), headers, body: String::from_utf8(body).unwrap() })
}

/// A port on which nobody listens.
pub fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub fn good(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
}

pub fn error(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfull")
}

pub fn not_found(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// An answer that never comes.
pub fn silent(_: usize, _: &mut dyn Write) -> std::io::Result<()> {
    loop {
        std::thread::park();
    }
}

pub fn garbage(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"\x00\xff\xfe no such thing\r\n\r\n")
}

pub fn closes(_: usize, _: &mut dyn Write) -> std::io::Result<()> {
    Ok(())
}

pub fn closes_in_the_middle(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nContent-Len")
}

pub fn endless_head(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\n")?;
    loop {
        to.write_all(b"X-More: and more and more and more and more and more and more\r\n")?;
    }
}

pub fn endless_body(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
    loop {
        to.write_all(b"10\r\nand more and more\r\n")?;
    }
}

/// Leads to itself, for ever.
pub fn redirects(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 307 Elsewhere\r\nLocation: /\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

/// Fails twice.
pub fn good_at_last(number: usize, to: &mut dyn Write) -> std::io::Result<()> {
    if number < 3 { error(number, to) } else { good(number, to) }
}

/// Sends back what it knows best.
pub fn echo(_: usize, to: &mut dyn Write) -> std::io::Result<()> {
    to.write_all(b"HTTP/1.1 403 No\r\nContent-Length: 28\r\nConnection: close\r\n\r\nwho says open-sesame\x1b[31m here?")
}
