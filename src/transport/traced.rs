//! A transport that writes down every frame: when, which way, its bytes, and what it means.

use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant};
use crate::wire::{ACCEPTED, COMMAND_LENGTH, Command, Decoder, Frame, REFUSED};
use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Tells whether a trace is still being written: losing it must not stop the cells, and not go unseen.
#[derive(Clone, Debug, Default)]
pub struct TraceHealth(Arc<Mutex<Option<io::Error>>>);

impl TraceHealth {
    /// Why the trace ended early, told once; `None` while it has not.
    pub fn take_error(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Wraps a transport and writes a line for each frame, in the form
/// `seconds port > AA 02 83 A0 00  write slot 2: CURRENT_SETPOINT = 160 (1.2500 A)`.
pub struct Traced {
    inner: Box<dyn Transport>,
    clock: Arc<dyn Clock>,
    out: Option<Box<dyn Write + Send>>,
    health: TraceHealth,
    decoder: Decoder,
    garbage: u64,
}

impl Traced {
    /// Traces what passes through `inner`.
    pub fn new(inner: Box<dyn Transport>, clock: Arc<dyn Clock>, out: Box<dyn Write + Send>) -> Self {
        let (health, decoder) = (TraceHealth::default(), Decoder::new());
        Self { inner, clock, out: Some(out), health, decoder, garbage: 0 }
    }

    /// A handle that tells whether the trace is still being written.
    pub fn health(&self) -> TraceHealth {
        self.health.clone()
    }

    fn line(&mut self, at: Instant, way: char, bytes: &[u8], meaning: fmt::Arguments<'_>) {
        let name = self.inner.name();
        let Some(out) = &mut self.out else { return };
        let micros = at.as_micros();
        let mut line = format!("{}.{:06} {name} {way}", micros / 1_000_000, micros % 1_000_000);
        for byte in bytes {
            line.push_str(&format!(" {byte:02X}"));
        }
        line.push_str(&format!("  {meaning}\n"));
        // Written at once: several units may share the file, and their lines must not mix.
        if let Err(error) = out.write_all(line.as_bytes()) {
            *self.health.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            self.out = None;
        }
    }

    fn sent(&mut self, at: Instant, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let frame = bytes.first_chunk::<COMMAND_LENGTH>().and_then(|chunk| Command::decode(*chunk));
            let length = match frame {
                Some(_) => COMMAND_LENGTH,
                None => {
                    bytes.iter().position(|byte| *byte == 0xAA).filter(|at| *at > 0).unwrap_or(bytes.len())
                }
            };
            let (now, rest) = bytes.split_at(length);
            match frame {
                Some(Command::Read(address)) => self.line(at, '>', now, format_args!("read {address}")),
                Some(Command::Write(address, raw)) => {
                    let value = (address.info().describe)(raw);
                    self.line(at, '>', now, format_args!("write {address} = {raw} ({value})"));
                }
                None => self.line(at, '>', now, format_args!("flush")),
            }
            bytes = rest;
        }
    }

    fn came(&mut self, at: Instant, bytes: &[u8]) {
        let mut decoder = std::mem::take(&mut self.decoder);
        decoder.feed(bytes, |frame| match frame {
            Frame::Response(response) => {
                let (address, data) = (response.address, response.data);
                let value = (address.info().describe)(data);
                let bytes = response.encode();
                match (response.is_write, data) {
                    (true, ACCEPTED) => self.line(at, '<', &bytes, format_args!("accepted {address}")),
                    (true, REFUSED) => self.line(at, '<', &bytes, format_args!("refused {address}")),
                    (true, _) => {
                        self.line(at, '<', &bytes, format_args!("odd answer {data} to a write of {address}"))
                    }
                    (false, _) => self.line(at, '<', &bytes, format_args!("{address} is {data} ({value})")),
                }
            }
            Frame::Stream(packet) => {
                let bytes = packet.encode();
                let crate::wire::StreamPacket { slot, mode, status, temperature, current, voltage } = packet;
                let meaning = format_args!(
                    "stream slot {slot}: {mode}, {voltage}, {current}, {temperature}, status {status}"
                );
                self.line(at, '<', &bytes, meaning);
            }
        });
        let garbage = decoder.garbage();
        self.decoder = decoder;
        if garbage > self.garbage {
            let count = garbage - self.garbage;
            self.line(at, '<', &[], format_args!("{count} bytes of no frame"));
            self.garbage = garbage;
        }
    }
}

impl Transport for Traced {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.sent(self.clock.now(), bytes);
        self.inner.send(bytes)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        let wake = self.inner.receive(until, into)?;
        let now = self.clock.now();
        self.came(now, into.get(before..).unwrap_or_default());
        Ok(wake)
    }

    fn waker(&self) -> Waker {
        self.inner.waker()
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        if let Some(out) = &mut self.out {
            // The end of the run: there is nobody left to tell.
            let _ = out.flush();
        }
    }
}
