//! Telnet's framing (RFC 854, 855): data among commands, both ways. A machine without I/O.

/// Interpret as command: begins everything that is not data.
const IAC: u8 = 255;
/// Begins and ends a subnegotiation.
const SB: u8 = 250;
const SE: u8 = 240;

/// Bytes of a subnegotiation that are kept. The longest one that means something here has 6; a server's
/// signature may be longer, and nobody reads it.
const LONGEST: usize = 64;

/// Who is to do what about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    /// The sender does it, or offers to.
    Will,
    /// The sender does not.
    Wont,
    /// The receiver is asked to.
    Do,
    /// The receiver is asked not to.
    Dont,
}

impl Verb {
    const ALL: [Self; 4] = [Self::Will, Self::Wont, Self::Do, Self::Dont];

    const fn byte(self) -> u8 {
        match self {
            Self::Will => 251,
            Self::Wont => 252,
            Self::Do => 253,
            Self::Dont => 254,
        }
    }
}

/// What came besides data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    /// A word about an option.
    About(Verb, u8),
    /// A subnegotiation: the option and what follows, at most 64 bytes of it.
    Sub(Vec<u8>),
}

/// Takes a stream apart; it may be cut anywhere.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    sub: Vec<u8>,
}

#[derive(Clone, Copy, Debug, Default)]
enum State {
    #[default]
    Data,
    Command,
    About(Verb),
    Sub,
    SubCommand,
}

impl Decoder {
    /// Takes bytes in: data goes to `data`, in order, and the rest is told.
    pub(super) fn feed(&mut self, bytes: &[u8], data: &mut Vec<u8>, mut tell: impl FnMut(Told)) {
        for byte in bytes.iter().copied() {
            self.state = match (self.state, byte) {
                (State::Data, IAC) => State::Command,
                (State::Data, _) => {
                    data.push(byte);
                    State::Data
                }
                (State::Command, IAC) => {
                    data.push(IAC);
                    State::Data
                }
                (State::Command, SB) => {
                    self.sub.clear();
                    State::Sub
                }
                // A command without an argument, such as "are you there", asks for nothing here.
                (State::Command, _) => {
                    Verb::ALL.into_iter().find(|verb| verb.byte() == byte).map_or(State::Data, State::About)
                }
                (State::About(verb), option) => {
                    tell(Told::About(verb, option));
                    State::Data
                }
                (State::Sub, IAC) => State::SubCommand,
                (State::Sub, _) | (State::SubCommand, IAC) => {
                    if self.sub.len() < LONGEST {
                        self.sub.push(byte);
                    }
                    State::Sub
                }
                (State::SubCommand, _) => {
                    // SE ends it, and so does anything else: what began it was not ended in order.
                    tell(Told::Sub(std::mem::take(&mut self.sub)));
                    State::Data
                }
            };
        }
    }
}

/// Appends data as it passes: what would begin a command is doubled.
pub(super) fn escape(data: &[u8], into: &mut Vec<u8>) {
    for byte in data {
        into.push(*byte);
        if *byte == IAC {
            into.push(IAC);
        }
    }
}

/// Appends a word about an option.
pub(super) fn about(verb: Verb, option: u8, into: &mut Vec<u8>) {
    into.extend([IAC, verb.byte(), option]);
}

/// Appends a subnegotiation: the option and what follows.
pub(super) fn sub(content: &[u8], into: &mut Vec<u8>) {
    into.extend([IAC, SB]);
    escape(content, into);
    into.extend([IAC, SE]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(chunks: &[&[u8]]) -> (Vec<u8>, Vec<Told>) {
        let (mut decoder, mut data, mut told) = (Decoder::default(), Vec::new(), Vec::new());
        for chunk in chunks {
            decoder.feed(chunk, &mut data, |one| told.push(one));
        }
        (data, told)
    }

    #[test]
    fn a_stream_as_rfc_2217_has_it() {
        let bytes =
            [b'a', 255, 253, 44, 255, 255, 255, 250, 44, 101, 0, 0, 255, 255, 150, 255, 240, 255, 241, b'z'];
        let (data, told) = decode(&[&bytes]);
        assert_eq!(data, [b'a', 255, b'z']);
        assert_eq!(told, [Told::About(Verb::Do, 44), Told::Sub(vec![44, 101, 0, 0, 255, 150])]);
    }

    #[test]
    fn an_endless_subnegotiation_is_not_kept() {
        let mut bytes = vec![255, 250];
        bytes.resize(1_000_000, 7);
        bytes.extend([255, 240]);
        assert_eq!(decode(&[&bytes]), (Vec::new(), vec![Told::Sub(vec![7; LONGEST])]));
    }

    /// Bytes among which there are many that mean something.
    fn bytes() -> impl Strategy<Value = Vec<u8>> {
        let byte = prop_oneof![3 => Just(IAC), 3 => 240_u8..=255, 1 => Just(44_u8), 3 => any::<u8>()];
        proptest::collection::vec(byte, 0..200)
    }

    proptest! {
        #[test]
        fn it_is_the_same_wherever_the_stream_is_cut(bytes in bytes(), cuts in proptest::collection::vec(0_usize..200, 0..6)) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).collect();
            cuts.sort_unstable();
            let ends = cuts.iter().copied().chain([bytes.len()]);
            let mut start = 0;
            let chunks: Vec<&[u8]> = ends.map(|end| {
                let chunk = &bytes[start..end];
                start = end;
                chunk
            }).collect();
            prop_assert_eq!(decode(&chunks), decode(&[&bytes]));
        }

        #[test]
        fn what_is_escaped_comes_out_as_it_went_in(data in bytes(), content in proptest::collection::vec(any::<u8>(), 0..LONGEST)) {
            let mut stream = Vec::new();
            sub(&content, &mut stream);
            escape(&data, &mut stream);
            about(Verb::Wont, 1, &mut stream);
            let told = vec![Told::Sub(content), Told::About(Verb::Wont, 1)];
            prop_assert_eq!(decode(&[&stream]), (data, told));
        }

        #[test]
        fn data_never_grows(bytes in bytes()) {
            prop_assert!(decode(&[&bytes]).0.len() <= bytes.len());
        }
    }
}
