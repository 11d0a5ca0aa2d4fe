//! A unit behind a server that speaks telnet with RFC 2217's option to set up its serial port.

use super::host::HostPort;
use super::tcp::Tcp;
use super::telnet::{self, Decoder, Told, Verb};
use super::{Transport, TransportError, Wake, Waker};
use crate::clock::{Clock, Instant};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Telnet's options: all bytes pass as they are; no "go ahead" follows what is said; RFC 2217.
const BINARY: u8 = 0;
const NO_GO_AHEAD: u8 = 3;
const COM_PORT: u8 = 44;

/// What is said first: about each option, and whether the server has to agree.
const WORDS: [(Verb, u8, bool); 5] = [
    (Verb::Will, BINARY, true),
    (Verb::Do, BINARY, true),
    (Verb::Will, NO_GO_AHEAD, false),
    (Verb::Do, NO_GO_AHEAD, false),
    (Verb::Will, COM_PORT, true),
];

/// A server answers a setting under its code and so much.
const ANSWER: u8 = 100;

/// A setting of the serial port.
#[derive(Clone, Copy)]
struct Setting {
    code: u8,
    value: &'static [u8],
    meaning: &'static str,
    /// Whether the server has to confirm it. If it tells anything else, that is an error in any case.
    needed: bool,
}

const fn needed(code: u8, value: &'static [u8], meaning: &'static str) -> Setting {
    Setting { code, value, meaning, needed: true }
}

/// A line that a pseudo-terminal, for one, does not have: its server then says nothing.
const fn control(value: &'static [u8], meaning: &'static str) -> Setting {
    Setting { code: 5, value, meaning, needed: false }
}

/// How the serial port is set up: as a port of this machine is. What it had to say is thrown away, last of
/// all: whoever confirms that has dealt with all the others.
const SETTINGS: [Setting; 8] = [
    needed(1, &38400_u32.to_be_bytes(), "38400 baud"),
    needed(2, &[8], "8 data bits"),
    needed(3, &[1], "no parity"),
    needed(4, &[1], "1 stop bit"),
    needed(5, &[1], "no flow control"),
    control(&[8], "DTR on"),
    control(&[11], "RTS on"),
    needed(12, &[3], "empty buffers"),
];

/// The longest that a server may take to agree.
const AGREE: Duration = Duration::from_secs(3);

/// A connection to such a server.
pub struct Rfc2217 {
    tcp: Tcp,
    decoder: Decoder,
    received: Vec<u8>,
    sending: Vec<u8>,
}

impl Rfc2217 {
    /// Connects to a server and sets its serial port up. `name` is what a person knows the port by.
    ///
    /// # Errors
    /// Nothing listens there, the server does not speak RFC 2217, or it refuses a setting.
    pub fn connect(name: String, server: &HostPort, clock: Arc<dyn Clock>) -> Result<Self, TransportError> {
        let tcp = Tcp::connect(name, server, clock)?;
        let mut port = Self { tcp, decoder: Decoder::default(), received: Vec::new(), sending: Vec::new() };
        port.agree()?;
        Ok(port)
    }

    /// Agrees with the server about options, then about settings, each of which it has to confirm.
    fn agree(&mut self) -> Result<(), TransportError> {
        let until = self.tcp.clock().now() + AGREE;
        let mut words = Vec::new();
        WORDS.iter().for_each(|(verb, option, _)| telnet::about(*verb, *option, &mut words));
        self.tcp.send(&words)?;
        let mut open: Vec<_> =
            WORDS.iter().filter(|word| word.2).map(|(verb, option, _)| (agreement(*verb), *option)).collect();
        while let Some((_, option)) = open.first().copied() {
            let lacks = format!("it does not answer about {}; does it speak rfc2217?", option_name(option));
            for told in self.hear(until, lacks)? {
                open.retain(
                    |expected| !matches!(told, Told::About(verb, option) if *expected == (verb, option)),
                );
            }
        }
        let mut request = Vec::new();
        for Setting { code, value, .. } in SETTINGS {
            telnet::sub(&[&[COM_PORT, code], value].concat(), &mut request);
        }
        self.tcp.send(&request)?;
        let mut open = SETTINGS.to_vec();
        while let Some(Setting { meaning, .. }) = open.iter().find(|setting| setting.needed) {
            let lacks = format!("it does not confirm {meaning}");
            for told in self.hear(until, lacks)? {
                if let Told::Sub(content) = told {
                    self.confirm(&mut open, &content)?;
                }
            }
        }
        Ok(())
    }

    /// Takes in what the server says of a setting.
    fn confirm(&self, open: &mut Vec<Setting>, content: &[u8]) -> Result<(), TransportError> {
        let [COM_PORT, code, value @ ..] = content else { return Ok(()) };
        let is_asked = |setting: &Setting| setting.code + ANSWER == *code;
        // Notices of the port's state have codes of their own.
        let Some(asked) = open.iter().find(|setting| is_asked(setting)) else { return Ok(()) };
        match open.iter().position(|setting| is_asked(setting) && setting.value == value) {
            Some(done) => {
                open.remove(done);
                Ok(())
            }
            None => {
                let Setting { meaning, value: wanted, .. } = asked;
                let source =
                    io::Error::other(format!("it was asked for {meaning}, {wanted:?}, and set {value:?}"));
                Err(self.tcp.error("cannot be set up: its server refuses a setting", source))
            }
        }
    }

    /// Waits for what the server says; data meanwhile is not the unit's answer to anything.
    fn hear(&mut self, until: Instant, lacks: String) -> Result<Vec<Told>, TransportError> {
        loop {
            self.tcp.receive(until, &mut self.received)?;
            let told = self.take(&mut Vec::new())?;
            // A server that never stops talking comes to no end of it either.
            if self.tcp.clock().now() >= until {
                let source = io::Error::new(io::ErrorKind::TimedOut, lacks);
                return Err(self.tcp.error("cannot be set up", source));
            }
            if !told.is_empty() {
                return Ok(told);
            }
        }
    }

    /// Takes apart what was received: data goes to `data`, what the server asks for is answered, and all
    /// that it said is given.
    fn take(&mut self, data: &mut Vec<u8>) -> Result<Vec<Told>, TransportError> {
        let mut all = Vec::new();
        self.decoder.feed(&self.received, data, |told| all.push(told));
        self.received.clear();
        self.sending.clear();
        for told in &all {
            if let Told::About(verb, option) = *told {
                if let Some(refused) = refusal(verb, option) {
                    let source = io::Error::other(refused);
                    return Err(self.tcp.error("cannot be used: its server refuses an option", source));
                }
                if let Some(verb) = reply(verb, option) {
                    telnet::about(verb, option, &mut self.sending);
                }
            }
        }
        if !self.sending.is_empty() {
            self.tcp.send(&self.sending)?;
        }
        Ok(all)
    }
}

/// How a server agrees.
const fn agreement(asked: Verb) -> Verb {
    match asked {
        Verb::Will => Verb::Do,
        Verb::Do => Verb::Will,
        Verb::Wont => Verb::Dont,
        Verb::Dont => Verb::Wont,
    }
}

fn option_name(option: u8) -> &'static str {
    match option {
        BINARY => "passing all bytes (telnet option 0)",
        _ => "setting its port up (telnet option 44)",
    }
}

/// Why a word of the server's ends the connection, if it does.
fn refusal(verb: Verb, option: u8) -> Option<String> {
    let asked = WORDS.iter().find(|(asked, of, needed)| {
        let refused = match asked {
            Verb::Will => Verb::Dont,
            _ => Verb::Wont,
        };
        *needed && *of == option && verb == refused
    })?;
    Some(format!("it refuses {}", option_name(asked.1)))
}

/// What is answered to a word about an option. To agreement with what was said first nothing is, or the two
/// sides would never end; what was not asked for is refused.
fn reply(verb: Verb, option: u8) -> Option<Verb> {
    if WORDS.iter().any(|(asked, of, _)| *of == option && agreement(*asked) == verb) {
        return None;
    }
    match verb {
        // Some servers offer what RFC 2217 has the client offer.
        Verb::Will if option == COM_PORT => Some(Verb::Do),
        Verb::Will => Some(Verb::Dont),
        Verb::Do => Some(Verb::Wont),
        Verb::Wont | Verb::Dont => None,
    }
}

impl Transport for Rfc2217 {
    fn name(&self) -> &str {
        self.tcp.name()
    }

    fn send(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.sending.clear();
        telnet::escape(bytes, &mut self.sending);
        self.tcp.send(&self.sending)
    }

    fn receive(&mut self, until: Instant, into: &mut Vec<u8>) -> Result<Wake, TransportError> {
        let before = into.len();
        loop {
            let wake = self.tcp.receive(until, &mut self.received)?;
            // What the server tells of its port's state, or asks for when it is busy, changes nothing: so
            // few bytes are ever under way that every buffer takes them.
            self.take(into)?;
            if into.len() > before {
                return Ok(Wake::Bytes);
            }
            if wake != Wake::Bytes {
                return Ok(wake);
            }
            // A server that never stops talking must not keep a station from its unit.
            if self.tcp.clock().now() >= until {
                return Ok(Wake::Deadline);
            }
        }
    }

    fn waker(&self) -> Waker {
        self.tcp.waker()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};
    use std::thread::JoinHandle;

    /// A server that answers by these rules, and to data with the same data.
    #[derive(Clone, Copy)]
    struct Rules {
        word: fn(Verb, u8) -> Option<Verb>,
        setting: fn(&[u8]) -> Option<Vec<u8>>,
        /// What it says besides, once it has agreed to everything.
        chatter: &'static [u8],
    }

    const GOOD: Rules = Rules {
        word: |verb, option| [BINARY, NO_GO_AHEAD, COM_PORT].contains(&option).then_some(agreement(verb)),
        setting: |value| Some(value.to_vec()),
        // The state of the modem, an offer to echo, "are you there".
        chatter: &[255, 250, COM_PORT, 107, 0xB0, 255, 240, 255, 251, 1, 255, 246],
    };

    /// Serves one client, and gives every word that was said.
    fn serve(rules: Rules) -> (HostPort, JoinHandle<Vec<(Verb, u8)>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap().to_string().parse().unwrap();
        let serve = move || {
            let (mut client, _): (TcpStream, _) = listener.accept().unwrap();
            let (mut decoder, mut words) = (Decoder::default(), Vec::new());
            let mut buffer = [0; 7];
            while let Ok(count @ 1..) = client.read(&mut buffer) {
                let (mut data, mut answer) = (Vec::new(), Vec::new());
                decoder.feed(&buffer[..count], &mut data, |told| match told {
                    Told::About(verb, option) => {
                        words.push((verb, option));
                        if let Some(verb) = (rules.word)(verb, option) {
                            telnet::about(verb, option, &mut answer);
                        }
                    }
                    Told::Sub(content) => {
                        let (code, value) = (content[1], &content[2..]);
                        if let Some(set) = (rules.setting)(value) {
                            telnet::sub(&[&[COM_PORT, code + ANSWER], &*set].concat(), &mut answer);
                        }
                        if code == 12 {
                            answer.extend(rules.chatter);
                        }
                    }
                });
                telnet::escape(&data, &mut answer);
                if client.write_all(&answer).is_err() {
                    break;
                }
            }
            words
        };
        (server, std::thread::spawn(serve))
    }

    fn connect(server: &HostPort) -> Result<Rfc2217, TransportError> {
        Rfc2217::connect(format!("rfc2217://{server}"), server, Arc::new(SystemClock::start()))
    }

    #[test]
    fn every_byte_passes_both_ways_amid_chatter() {
        let (server, thread) = serve(GOOD);
        let mut port = connect(&server).unwrap();
        let bytes: Vec<u8> = (0..=255).chain([255, 255, 13, 0, 13, 10]).collect();
        port.send(&bytes).unwrap();
        let mut came = Vec::new();
        let until = port.tcp.clock().now() + Duration::from_secs(20);
        while came.len() < bytes.len() {
            assert_eq!(port.receive(until, &mut came).unwrap(), Wake::Bytes);
        }
        assert_eq!(came, bytes);
        port.waker().wake();
        assert_eq!(port.receive(until, &mut came).unwrap(), Wake::Woken);
        drop(port);
        let words = thread.join().unwrap();
        let asked: Vec<_> = WORDS.iter().map(|(verb, option, _)| (*verb, *option)).collect();
        assert_eq!(words, [asked, vec![(Verb::Dont, 1)]].concat(), "the echo, and only that, is refused");
    }

    #[test]
    fn a_server_that_only_says_telnet_commands_does_not_make_a_wait_longer() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server: HostPort = listener.local_addr().unwrap().to_string().parse().unwrap();
        let tcp = Tcp::connect("tcp".into(), &server, Arc::new(SystemClock::start())).unwrap();
        let talk = std::thread::spawn(move || {
            let (mut client, _) = listener.accept().unwrap();
            // "No operation", for ever.
            while client.write_all(&[255, 241]).is_ok() {}
        });
        let mut port =
            Rfc2217 { tcp, decoder: Decoder::default(), received: Vec::new(), sending: Vec::new() };
        let (until, mut came) = (port.tcp.clock().now() + Duration::from_millis(50), Vec::new());
        assert_eq!(port.receive(until, &mut came).unwrap(), Wake::Deadline);
        assert!(came.is_empty());
        drop(port);
        talk.join().unwrap();
    }

    #[test]
    fn what_is_refused_is_an_error() {
        let plain = Rules { word: plain_word, ..GOOD };
        let text = Rules {
            word: |verb, option| (if option == BINARY { plain_word } else { GOOD.word })(verb, option),
            ..GOOD
        };
        let slow = Rules {
            setting: |value| {
                Some(if value.len() == 4 { 9600_u32.to_be_bytes().to_vec() } else { value.to_vec() })
            },
            ..GOOD
        };
        let modest = Rules { setting: |value| (value.len() != 4).then(|| value.to_vec()), ..GOOD };
        let mute = Rules { word: |_, _| None, ..GOOD };
        for (rules, why) in [
            (plain, "it refuses passing all bytes"),
            (text, "it refuses passing all bytes"),
            (slow, "asked for 38400 baud, [0, 0, 150, 0], and set [0, 0, 37, 128]"),
            (modest, "it does not confirm 38400 baud"),
            (mute, "does it speak rfc2217?"),
        ] {
            let (server, thread) = serve(rules);
            let error = connect(&server).err().unwrap();
            let told = format!("{error} ({})", error.source);
            assert!(told.contains(why), "{why}: {told}");
            thread.join().unwrap();
        }
    }

    fn plain_word(verb: Verb, _: u8) -> Option<Verb> {
        Some(if verb == Verb::Will { Verb::Dont } else { Verb::Wont })
    }
}
