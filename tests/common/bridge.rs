//! A server on loopback that passes bytes on to a serial port, as one far away would, and a network that can
//! be lost.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread::JoinHandle;

const PASSES: u8 = 0;
const FROZEN: u8 = 1;
const CLOSED: u8 = 2;

/// A server for one client at a time.
pub struct Bridge {
    number: u16,
    state: Arc<AtomicU8>,
    thread: Option<JoinHandle<()>>,
}

impl Bridge {
    /// Serves the port at a path.
    pub fn start(port: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
        let number = listener.local_addr().expect("it has a number").port();
        let state = Arc::new(AtomicU8::new(PASSES));
        let (port, seen) = (port.to_owned(), Arc::clone(&state));
        let thread = std::thread::spawn(move || serve(&listener, &port, &seen));
        Self { number, state, thread: Some(thread) }
    }

    /// What the program is to be told.
    pub fn address(&self) -> String {
        format!("tcp://127.0.0.1:{}", self.number)
    }

    /// From now on nothing passes any more, and nobody is told.
    pub fn freeze(&self) {
        self.state.store(FROZEN, Ordering::Relaxed);
    }

    /// Closes the connection and the port behind it.
    pub fn close(&mut self) {
        self.state.store(CLOSED, Ordering::Relaxed);
        // Where it still waits for a client.
        let _ = TcpStream::connect(("127.0.0.1", self.number));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the bridge holds");
        }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.close();
        }
    }
}

fn serve(listener: &TcpListener, port: &PathBuf, state: &AtomicU8) {
    while let Ok((client, _)) = listener.accept() {
        if state.load(Ordering::Relaxed) == CLOSED {
            return;
        }
        // Without its device a server turns its clients away.
        let Ok(device) = File::options().read(true).write(true).open(port) else { continue };
        let mut settings = tcgetattr(&device).expect("it has settings");
        settings.make_raw();
        tcsetattr(&device, OptionalActions::Now, &settings).expect("it takes settings");
        client.set_nodelay(true).expect("it can be");
        pass(client, device, state);
    }
}

fn pass(mut client: TcpStream, mut device: File, state: &AtomicU8) {
    let moment = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
    let mut buffer = [0; 512];
    loop {
        match state.load(Ordering::Relaxed) {
            CLOSED => return,
            FROZEN => {
                std::thread::sleep(std::time::Duration::from_millis(20));
                continue;
            }
            _ => {}
        }
        let mut sources = [PollFd::new(&client, PollFlags::IN), PollFd::new(&device, PollFlags::IN)];
        poll(&mut sources, Some(&moment)).expect("they can be waited for");
        let [from_client, from_device] = sources.map(|source| !source.revents().is_empty());
        if from_client {
            match client.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    if device.write_all(&buffer[..count]).is_err() {
                        return;
                    }
                }
            }
        }
        if from_device {
            match device.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => {
                    if client.write_all(&buffer[..count]).is_err() {
                        return;
                    }
                }
            }
        }
    }
}
