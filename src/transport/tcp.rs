//! A unit behind a server on the network that passes bytes on to its serial port.

use super::host::HostPort;
use super::readiness::Port;
use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant};
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

/// The longest that each address of a server may take to answer.
const CONNECT: Duration = Duration::from_secs(3);
/// The longest that the network may take to accept bytes before it counts as stuck.
const STUCK: Duration = Duration::from_secs(1);
/// The longest that what was sent may stay unacknowledged before the network counts as lost.
#[cfg(target_os = "linux")]
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);
/// A connection on which nothing passes is probed after two seconds, each second, three times: a network
/// that is lost in a rest is noticed as soon as one that is lost under current.
const KEEPALIVE: TcpKeepalive = TcpKeepalive::new()
    .with_time(Duration::from_secs(2))
    .with_interval(Duration::from_secs(1))
    .with_retries(3);

/// A connection to a server.
pub struct Tcp {
    name: String,
    port: Port,
    clock: Arc<dyn Clock>,
}

impl Tcp {
    /// Connects to a server. `name` is what a person knows the port by.
    ///
    /// # Errors
    /// No such host, or nothing listens there.
    pub fn connect(name: String, server: &HostPort, clock: Arc<dyn Clock>) -> Result<Self, TransportError> {
        match reach(server).and_then(Port::over) {
            Ok(port) => Ok(Self { name, port, clock }),
            Err(source) => Err(TransportError { port: name, what: why(&source), source }),
        }
    }

    /// The clock that it goes by.
    pub(super) fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// An error about this port.
    pub(super) fn error(&self, what: &'static str, source: io::Error) -> TransportError {
        TransportError { port: self.name.clone(), what, source }
    }

    fn lost(&self, source: io::Error) -> TransportError {
        let what = match source.kind() {
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
                "was closed by its server: the unit was pulled out there, or somebody else uses it"
            }
            io::ErrorKind::TimedOut => "is not reached any more: the network is lost",
            _ => "is lost",
        };
        self.error(what, source)
    }
}

fn why(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            "cannot be opened; nothing listens there: does the server run, at this port?"
        }
        io::ErrorKind::TimedOut | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => {
            "cannot be opened; the host does not answer"
        }
        _ => "cannot be opened",
    }
}

/// Tries the addresses of a server one after the other.
fn reach(server: &HostPort) -> io::Result<TcpStream> {
    let mut failed = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in server.resolve()? {
        match TcpStream::connect_timeout(&address, CONNECT) {
            Ok(stream) => return tune(&stream).map(|()| stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn tune(stream: &TcpStream) -> io::Result<()> {
    // Requests are small, and each waits for an answer.
    stream.set_nodelay(true)?;
    let socket = SockRef::from(stream);
    socket.set_tcp_keepalive(&KEEPALIVE)?;
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(UNACKNOWLEDGED))?;
    Ok(())
}

impl Transport for Tcp {
    fn name(&self) -> &str {
        &self.name
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.port.write(bytes, STUCK).map_err(|error| self.lost(error))
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        self.port.receive(until, &*self.clock, into).map_err(|error| self.lost(error))
    }

    fn waker(&self) -> Waker {
        self.port.waker()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_connection_passes_bytes_is_woken_and_ends() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap().to_string().parse().unwrap();
        let mut port = Tcp::connect("tcp".into(), &server, Arc::new(SystemClock::start())).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        let mut heard = [0; 3];
        port.send(&[1, 2, 255]).unwrap();
        far.read_exact(&mut heard).unwrap();
        assert_eq!(heard, [1, 2, 255]);
        far.write_all(&[0xAA, 255]).unwrap();
        let (mut came, soon) = (Vec::new(), port.clock.now() + Duration::from_secs(20));
        assert_eq!(port.receive(soon, &mut came).unwrap(), Wake::Bytes);
        assert_eq!(came, [0xAA, 255]);
        port.waker().wake();
        assert_eq!(port.receive(soon, &mut came).unwrap(), Wake::Woken);
        assert_eq!(port.receive(port.clock.now(), &mut came).unwrap(), Wake::Deadline);
        drop(far);
        let lost = port.receive(soon, &mut came).unwrap_err();
        assert!(lost.to_string().contains("closed by its server"), "{lost}");
    }

    #[test]
    fn a_server_that_takes_nothing_is_lost_within_a_second_or_so() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap().to_string().parse().unwrap();
        let mut port = Tcp::connect("tcp".into(), &server, Arc::new(SystemClock::start())).unwrap();
        let lost = (0..1000).find_map(|_| port.send(&[0; 65536]).err()).unwrap();
        assert_eq!(lost.source.kind(), io::ErrorKind::TimedOut);
    }
}
