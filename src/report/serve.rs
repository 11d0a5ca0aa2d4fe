//! The live page of a run: its report, asked for by a browser while the run goes on.
//!
//! It reads what the run writes and shares nothing else with it, so that nothing a browser does can hold
//! up the cells: threads of its own, a bounded number of connections, each for one short request.

use super::request::{Asked, LONGEST, Refusal, read};
use super::{Report, ReportError};
use crate::clock::{Clock, Instant, SystemClock};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long it waits where the system refuses connections.
const REFUSED: Duration = Duration::from_millis(200);
/// So many connections at a time; one more is closed at once.
const CONNECTIONS: usize = 8;
/// The files are looked into at most this often, however many ask.
const FRESH: Duration = Duration::from_secs(1);
/// A browser that is slower than this to ask, or stops taking the answer for so long, is left alone.
const PATIENCE: Duration = Duration::from_secs(5);
/// And one that takes the whole answer slower than this.
const ANSWER: Duration = Duration::from_secs(60);
/// Whoever asked within this time before the end of the run gets the finished page, if he asks again.
const FAREWELL: Duration = Duration::from_secs(5);

/// The page as it was last made.
struct Page {
    report: Report,
    made: Option<(String, Arc<String>)>,
    looked: Option<Instant>,
    /// When somebody asked last, and whether the finished page was given to somebody.
    asked: Option<Instant>,
    given: bool,
}

struct Shared {
    page: Mutex<Page>,
    given: Condvar,
    clock: SystemClock,
    loopback: bool,
    open: AtomicUsize,
    closing: AtomicBool,
}

/// A port that is taken, and not yet served from.
#[derive(Debug)]
pub struct Port {
    listener: TcpListener,
    address: SocketAddr,
}

impl Port {
    /// Takes the port, or with the number 0 one that is free.
    ///
    /// # Errors
    /// Somebody has it, or this machine has no such address.
    pub fn take(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    /// Where it is.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the report of a run directory until it is told to end.
    ///
    /// # Errors
    /// The directory has no manifest.
    pub fn serve(self, directory: PathBuf) -> Result<Server, ReportError> {
        let page =
            Page { report: Report::open(&[directory])?, made: None, looked: None, asked: None, given: false };
        let shared = Arc::new(Shared {
            page: Mutex::new(page),
            given: Condvar::new(),
            clock: SystemClock::start(),
            loopback: self.address.ip().is_loopback(),
            open: AtomicUsize::new(0),
            closing: AtomicBool::new(false),
        });
        let (listener, for_thread) = (self.listener, Arc::clone(&shared));
        let work = move || accept(&listener, &for_thread);
        std::thread::Builder::new().name("serve".to_owned()).spawn(work).map_err(ReportError::Thread)?;
        Ok(Server { shared, address: self.address })
    }
}

/// A live page. Dropped, it takes no more connections.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Server {
    /// Waits a moment for a browser that has just asked to ask again, so that it shows how the run ended.
    pub fn farewell(&self) {
        let page = self.shared.lock();
        let now = self.shared.clock.now();
        let is_read = page.asked.is_some_and(|asked| now.since(asked) < FAREWELL);
        if is_read {
            // Whether it was given or took too long makes no difference: the run is over.
            let _ = self.shared.given.wait_timeout_while(page, FAREWELL, |page| !page.given);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for a connection, so that it sees that.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming() {
        if shared.closing.load(Ordering::Relaxed) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of file handles, it may be: asking again at once would only go round in a ring.
            std::thread::sleep(REFUSED);
            continue;
        };
        let Some(place) = Place::take(shared) else { continue };
        // Where the system gives no thread, the connection is closed, and the next one may fare better.
        let _ = std::thread::Builder::new().spawn(move || {
            // A connection that breaks is the browser's affair.
            let _ = place.0.answer(stream);
        });
    }
}

/// One of the connections that may be open at once; given back when it is dropped, whatever ends it.
struct Place(Arc<Shared>);

impl Place {
    fn take(shared: &Arc<Shared>) -> Option<Self> {
        let place = Self(Arc::clone(shared));
        (shared.open.fetch_add(1, Ordering::Relaxed) < CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let begun = self.clock.now();
        let mut head = Vec::new();
        let mut piece = [0; 1024];
        let asked = loop {
            match read(&head, self.loopback) {
                Ok(None) => {}
                asked => break asked,
            }
            let count = stream.read(&mut piece)?;
            if count == 0 || self.clock.now().since(begun) > PATIENCE {
                return Ok(());
            }
            head.extend_from_slice(piece.get(..count).unwrap_or_default());
            head.truncate(LONGEST);
        };
        let mut is_last = false;
        let (status, kind, body) = match asked {
            Ok(Some(Asked::Page)) => match self.page() {
                Ok((page, is_over)) => {
                    is_last = is_over;
                    ("200 OK".to_owned(), "text/html", page)
                }
                Err(error) => {
                    ("500 Internal Server Error".to_owned(), "text/plain", Arc::new(error.to_string()))
                }
            },
            Ok(Some(Asked::Version)) => ("200 OK".to_owned(), "text/plain", Arc::new(self.version())),
            Ok(None) => return Ok(()),
            Err(Refusal(code, reason)) => {
                (format!("{code} {reason}"), "text/plain", Arc::new(format!("{reason}\n")))
            }
        };
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\
             Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\nReferrer-Policy: no-referrer\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        let begun = self.clock.now();
        for part in body.as_bytes().chunks(64 * 1024) {
            if self.clock.now().since(begun) > ANSWER {
                return Ok(());
            }
            stream.write_all(part)?;
        }
        stream.flush()?;
        if is_last {
            self.lock().given = true;
            self.given.notify_all();
        }
        Ok(())
    }

    /// Looks for what is new, if the last look was long enough ago.
    fn looked(&self) -> MutexGuard<'_, Page> {
        let mut page = self.lock();
        let now = self.clock.now();
        page.asked = Some(now);
        if page.looked.is_none_or(|looked| now.since(looked) >= FRESH) {
            page.report.catch_up();
            page.looked = Some(now);
        }
        page
    }

    fn version(&self) -> String {
        self.looked().report.version()
    }

    /// The page, and whether it is that of a run that is over.
    fn page(&self) -> Result<(Arc<String>, bool), ReportError> {
        let mut page = self.looked();
        let version = page.report.version();
        let is_over = page.report.is_over();
        let html = match page.made.take() {
            Some((of, html)) if of == version => html,
            _ => Arc::new(page.report.html(!is_over)?),
        };
        page.made = Some((version, Arc::clone(&html)));
        Ok((html, is_over))
    }
}
