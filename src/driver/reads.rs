//! The reads that share the line: which are to be sent, and which values belong together.

use super::{Answer, Fault, FaultKind, Note, Output, Ticket};
use crate::identity::Slot;
use crate::wire::{Address, ChargeSum, Encoding, RawCurrent, ReadBack, cell};
use std::collections::VecDeque;

/// One register to be read, for one of the requests under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    pub(super) address: Address,
    pub(super) tries: u8,
    /// The last value, if it had the look of a torn frame.
    doubted: Option<u16>,
    /// How often a value was doubted.
    doubts: u8,
    request: u32,
    index: u32,
}

#[derive(Debug)]
enum Kind {
    One,
    Many(Vec<u16>),
    /// H, L and CURRENT, and then perhaps H and L again.
    Charge {
        slot: Slot,
        values: [u16; 5],
        again: bool,
        rounds: u8,
    },
}

#[derive(Debug)]
struct Reading {
    ticket: Ticket,
    kind: Kind,
    /// Values still to come.
    left: usize,
    /// A value was asked again, so the order of the values is not the order of the request.
    disturbed: bool,
    fault: Option<Fault>,
}

#[derive(Debug, Default)]
pub(super) struct Reads {
    /// By number; a number is used again when its request is done.
    readings: Vec<Option<Reading>>,
    free: Vec<u32>,
    pending: VecDeque<Item>,
}

/// A register that looks torn so often, and each time another way, is one that moves.
pub(super) const MOST_DOUBTS: u8 = 3;

/// Whether a value may be a frame that lost a byte, completed by the mark of the frame behind it.
pub(super) const fn looks_torn(raw: u16) -> bool {
    let [_, high] = raw.to_le_bytes();
    high == 0xAA || high == 0xAF
}

impl Reads {
    /// Whether nothing is waiting to be sent.
    pub(super) fn is_drained(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether no request is under way.
    pub(super) fn is_idle(&self) -> bool {
        self.free.len() == self.readings.len()
    }

    pub(super) fn next(&self) -> Option<&Item> {
        self.pending.front()
    }

    pub(super) fn take_next(&mut self) -> Option<Item> {
        self.pending.pop_front()
    }

    pub(super) fn read(&mut self, ticket: Ticket, address: Address, first: bool) {
        let request = self.open(ticket, Kind::One, 1);
        self.ask(request, &[address], 0, first);
    }

    pub(super) fn read_many(&mut self, ticket: Ticket, addresses: &[Address], first: bool) {
        let request = self.open(ticket, Kind::Many(vec![0; addresses.len()]), addresses.len());
        self.ask(request, addresses, 0, first);
    }

    pub(super) fn read_charge(&mut self, ticket: Ticket, slot: Slot, first: bool) {
        let kind = Kind::Charge { slot, values: [0; 5], again: false, rounds: 1 };
        let request = self.open(ticket, kind, 3);
        self.ask(request, &charge(slot), 0, first);
    }

    fn open(&mut self, ticket: Ticket, kind: Kind, left: usize) -> u32 {
        let reading = Reading { ticket, kind, left, disturbed: false, fault: None };
        if let Some(number) = self.free.pop() {
            if let Some(place) = self.readings.get_mut(number as usize) {
                *place = Some(reading);
            }
            return number;
        }
        self.readings.push(Some(reading));
        u32::try_from(self.readings.len() - 1).unwrap_or(u32::MAX)
    }

    fn ask(&mut self, request: u32, addresses: &[Address], index: u32, first: bool) {
        let item = |(address, index): (&Address, u32)| Item {
            address: *address,
            tries: 0,
            doubted: None,
            doubts: 0,
            request,
            index,
        };
        let items = addresses.iter().zip(index..).map(item);
        if first {
            let old = std::mem::take(&mut self.pending);
            self.pending.extend(items);
            self.pending.extend(old);
        } else {
            self.pending.extend(items);
        }
    }

    fn reading(&mut self, request: u32) -> Option<&mut Reading> {
        self.readings.get_mut(request as usize)?.as_mut()
    }

    /// A value came.
    pub(super) fn value(&mut self, mut item: Item, raw: u16, most: u8, outputs: &mut VecDeque<Output>) {
        let Some(reading) = self.reading(item.request) else { return };
        // The same value again is the register's own: a charge sum passes through every look.
        let known = match &reading.kind {
            Kind::Charge { values, .. } => values.get(item.index as usize) == Some(&raw),
            Kind::One | Kind::Many(_) => false,
        };
        let moves = matches!(item.address.info().read_back, ReadBack::CountsUp(_));
        if looks_torn(raw) && !known && item.doubted != Some(raw) && item.doubts < MOST_DOUBTS {
            item.doubted = Some(raw);
            item.doubts += 1;
            self.repeat(item);
            return;
        }
        // A charge sum that is another one by now has only been counted up.
        if let Some(torn) = item.doubted.filter(|torn| *torn != raw && !moves) {
            outputs.push_back(Output::Note(Note::Doubtful(item.address, torn)));
        }
        reading.left = reading.left.saturating_sub(1);
        let place = match &mut reading.kind {
            Kind::One => {
                let ticket = reading.ticket;
                self.close(item.request);
                outputs.push_back(Output::Reply { ticket, result: Ok(Answer::Value(raw)) });
                return;
            }
            Kind::Many(values) => values.get_mut(item.index as usize),
            Kind::Charge { values, .. } => values.get_mut(item.index as usize),
        };
        if let Some(place) = place {
            *place = raw;
        }
        if reading.left == 0 {
            self.complete(item.request, item.address, most, outputs);
        }
    }

    /// Puts an item back to be sent before all others.
    fn repeat(&mut self, item: Item) {
        if let Some(reading) = self.reading(item.request) {
            reading.disturbed = true;
        }
        self.pending.push_front(item);
    }

    /// No value came. It is asked again, unless `fault` says why not.
    pub(super) fn lost(&mut self, item: Item, fault: Option<FaultKind>, outputs: &mut VecDeque<Output>) {
        let Some(kind) = fault else {
            self.repeat(item);
            return;
        };
        let before = self.pending.len();
        self.pending.retain(|other| other.request != item.request);
        let dropped = before - self.pending.len();
        let Some(reading) = self.reading(item.request) else { return };
        reading.fault.get_or_insert(Fault::new(item.address, kind, item.tries));
        reading.left = reading.left.saturating_sub(1 + dropped);
        if reading.left == 0 {
            self.complete(item.request, item.address, 0, outputs);
        }
    }

    /// Fails everything that is not in flight, and whatever is when it comes down.
    pub(super) fn fail_all(&mut self, kind: &FaultKind, outputs: &mut VecDeque<Output>) {
        while let Some(item) = self.pending.front().copied() {
            // The item counts among those dropped, not as one more.
            self.pending.pop_front();
            self.lost(item, Some(kind.clone()), outputs);
        }
    }

    /// Fails everything, in flight or not.
    pub(super) fn abandon(&mut self, outputs: &mut VecDeque<Output>) {
        self.pending.clear();
        for place in &mut self.readings {
            if let Some(reading) = place.take() {
                let address = cell::MODE.at(Slot::ALL[0]).address();
                let fault = reading.fault.unwrap_or(Fault::new(address, FaultKind::Abandoned, 0));
                outputs.push_back(Output::Reply { ticket: reading.ticket, result: Err(fault) });
            }
        }
        self.readings.clear();
        self.free.clear();
    }

    fn close(&mut self, request: u32) -> Option<Reading> {
        let reading = self.readings.get_mut(request as usize)?.take();
        self.free.push(request);
        reading
    }

    fn complete(&mut self, request: u32, at: Address, most: u8, outputs: &mut VecDeque<Output>) {
        if let Some(again) = self.charge_again(request, most) {
            match again {
                Again::Sum(slot) => self.ask(request, &sum(slot), 3, true),
                Again::All(slot) => self.ask(request, &charge(slot), 0, true),
            }
            return;
        }
        let Some(Reading { ticket, kind, fault, disturbed, .. }) = self.close(request) else { return };
        let result = match (fault, kind) {
            (Some(fault), _) => Err(fault),
            (None, Kind::One) => return,
            (None, Kind::Many(values)) => Ok(Answer::Values(values)),
            (None, Kind::Charge { rounds, .. }) if disturbed => {
                Err(Fault::new(at, FaultKind::Unsteady, rounds))
            }
            (None, Kind::Charge { values: [high, low, current, high_again, low_again], again, .. }) => {
                let (high, low) = if again { (high_again, low_again) } else { (high, low) };
                Ok(Answer::Charge(ChargeSum::from_halves(high, low), RawCurrent::from_raw(current)))
            }
        };
        outputs.push_back(Output::Reply { ticket, result });
    }

    /// Whether the halves of a charge sum do not belong together yet, and what to read again.
    fn charge_again(&mut self, request: u32, most: u8) -> Option<Again> {
        let reading = self.reading(request)?;
        if reading.fault.is_some() {
            return None;
        }
        let Kind::Charge { slot, values, again, rounds } = &mut reading.kind else {
            return None;
        };
        if reading.disturbed {
            if *rounds >= most {
                return None;
            }
            *rounds += 1;
            *again = false;
            reading.disturbed = false;
            reading.left = 3;
            return Some(Again::All(*slot));
        }
        // A slice that was closed between the two halves has added what CURRENT holds now: where L rolled over by that, it is
        // less. It is less than half full then, and the next slice cannot make it roll over the second time.
        let [high, low, current, high_again, low_again] = values;
        if !*again && *low < *current {
            *again = true;
            // The same value again is no torn frame.
            (*high_again, *low_again) = (*high, *low);
            reading.left = 2;
            return Some(Again::Sum(*slot));
        }
        None
    }
}

enum Again {
    Sum(Slot),
    All(Slot),
}

/// Both halves of a charge sum.
fn sum(slot: Slot) -> [Address; 2] {
    [cell::CHARGEH.at(slot).address(), cell::CHARGEL.at(slot).address()]
}

/// The same, and what tells whether they belong together.
fn charge(slot: Slot) -> [Address; 3] {
    let [high, low] = sum(slot);
    [high, low, cell::CURRENT.at(slot).address()]
}
