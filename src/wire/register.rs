//! A register as a type: where it is, what it holds, who may write it, and how a write is proved.

use super::{ConversionError, TextError, bootloader, cell, communications, unit};
use crate::identity::Slot;
use std::fmt;
use std::marker::PhantomData;

/// What a register's 16 bits hold. Every raw value can be read, and gives itself back.
pub trait Encoding: Copy + fmt::Display {
    /// The unit of the value, such as `V`; empty where it is a plain number or words.
    const UNIT: &'static str = "";

    /// The value that these bits hold.
    fn from_raw(raw: u16) -> Self;

    /// The bits that hold this value.
    fn to_raw(self) -> u16;

    /// Whether a host may write these bits.
    ///
    /// # Errors
    /// The register does not hold such a value, or a host must never set it.
    fn check(raw: u16) -> Result<(), ConversionError> {
        let _ = raw;
        Ok(())
    }

    /// The value as a number in [`Self::UNIT`], where it is one.
    fn number(self) -> Option<f64> {
        None
    }

    /// The value that a person writes: a number with its unit, or words.
    ///
    /// # Errors
    /// The register holds nothing such; the error says what it does hold.
    fn from_text(text: &str) -> Result<Self, TextError> {
        Err(TextError::RawOnly(text.to_owned()))
    }
}

impl Encoding for u16 {
    fn from_raw(raw: u16) -> Self {
        raw
    }
    fn to_raw(self) -> u16 {
        self
    }
    fn number(self) -> Option<f64> {
        Some(f64::from(self))
    }
    /// A whole number, such as `523` or `0x20B`.
    fn from_text(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let number = match hexadecimal {
            // `from_str_radix` would take a sign.
            Some(digits) if digits.starts_with(['+', '-']) => None,
            Some(digits) => Self::from_str_radix(digits, 16).ok(),
            None => text.parse().ok(),
        };
        number.ok_or_else(|| TextError::Number(text.to_owned()))
    }
}

/// The kinds of namespace; the four cells are alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Space {
    /// A cell, namespaces 0 to 3.
    Cell,
    /// The unit, namespace 4.
    Unit,
    /// The bootloader, namespace 5.
    Bootloader,
    /// The communications processor, namespace 255.
    Communications,
}

/// Whose registers an address is among.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Namespace {
    /// One cell.
    Cell(Slot),
    /// The unit.
    Unit,
    /// The bootloader of the measurement processor.
    Bootloader,
    /// The communications processor, which answers by itself and so out of order with the others.
    Communications,
}

impl Namespace {
    /// Its number on the wire.
    pub const fn number(self) -> u8 {
        match self {
            Self::Cell(slot) => slot.number(),
            Self::Unit => 4,
            Self::Bootloader => 5,
            Self::Communications => 255,
        }
    }

    /// The namespace of this number.
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            4 => Some(Self::Unit),
            5 => Some(Self::Bootloader),
            255 => Some(Self::Communications),
            _ => match Slot::new(number) {
                Some(slot) => Some(Self::Cell(slot)),
                None => None,
            },
        }
    }

    /// Its kind.
    pub const fn space(self) -> Space {
        match self {
            Self::Cell(_) => Space::Cell,
            Self::Unit => Space::Unit,
            Self::Bootloader => Space::Bootloader,
            Self::Communications => Space::Communications,
        }
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cell(slot) => write!(f, "slot {slot}"),
            Self::Unit => f.write_str("unit"),
            Self::Bootloader => f.write_str("bootloader"),
            Self::Communications => f.write_str("communications"),
        }
    }
}

/// What a host may do with a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Read only.
    ReadOnly,
    /// Read and write.
    ReadWrite,
    /// Write only: what it reads means nothing.
    WriteOnly,
}

/// Type mark of a register that is only read.
#[derive(Clone, Copy, Debug)]
pub enum ReadOnly {}
/// Type mark of a register that is read and written.
#[derive(Clone, Copy, Debug)]
pub enum ReadWrite {}
/// Type mark of a register that is only written.
#[derive(Clone, Copy, Debug)]
pub enum WriteOnly {}

/// When the value read back proves that a write landed. The firmware changes some registers by itself,
/// so for those the value may legitimately differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBack {
    /// It must be the value written.
    Same,
    /// These bits must be the ones written; the firmware may raise the others at once.
    Masked(u16),
    /// It may have counted up by so much since.
    CountsUp(u16),
    /// It may have counted down by so much since, but not below zero.
    CountsDown(u16),
    /// It must be the mode written, or the one that the mode machine goes to by itself from there.
    Mode,
    /// Nothing can be concluded; the acknowledgement is all there is.
    Nothing,
}

impl ReadBack {
    /// Whether a value read back proves that this one was written.
    pub fn proves(self, written: u16, read: u16) -> bool {
        match self {
            Self::Same => read == written,
            Self::Masked(mask) => read & mask == written & mask,
            Self::CountsUp(most) => read.wrapping_sub(written) <= most,
            Self::CountsDown(most) => read <= written && written - read <= most,
            // IDLE falls to NO_CELL (0) or BACKWARDS (1); CHARGE, DISCHARGE and IMPEDANCE may trip to STOPPED (6).
            Self::Mode => {
                read == written || (written == 2 && read < 2) || (matches!(written, 3..=5) && read == 6)
            }
            Self::Nothing => true,
        }
    }
}

/// All that is known of a register.
#[derive(Clone, Copy, Debug)]
pub struct RegisterInfo {
    /// The kind of namespace that it is in.
    pub space: Space,
    /// Its address there.
    pub register: u8,
    /// Its name, as the trade and the vendor write it.
    pub name: &'static str,
    /// What it holds, and in which unit.
    pub meaning: &'static str,
    /// What a host may do with it.
    pub access: Access,
    /// Kept in EEPROM: a write is slow (some 4 ms a byte, interrupts off) and wears it.
    pub eeprom: bool,
    /// When the value read back proves a write.
    pub read_back: ReadBack,
    /// The unit of its value, such as `V`; empty where it is a plain number or words.
    pub unit: &'static str,
    /// Says a raw value in words.
    pub describe: fn(u16) -> String,
    /// A raw value as a number in its unit, where it is one.
    pub number: fn(u16) -> Option<f64>,
    /// The raw value of what a person writes.
    pub from_text: fn(&str) -> Result<u16, TextError>,
    /// Whether a host may write a raw value.
    pub check: fn(u16) -> Result<(), ConversionError>,
}

/// Every register of every kind of namespace, in order of address.
pub fn registers() -> impl Iterator<Item = &'static RegisterInfo> {
    [cell::ALL, unit::ALL, bootloader::ALL, communications::ALL].into_iter().flatten()
}

const fn table(space: Space) -> &'static [RegisterInfo] {
    match space {
        Space::Cell => cell::ALL,
        Space::Unit => unit::ALL,
        Space::Bootloader => bootloader::ALL,
        Space::Communications => communications::ALL,
    }
}

/// A register of the map, without the type of its value. It cannot name one that does not exist, since
/// a read of such answers 257, which is also a value.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    namespace: Namespace,
    register: u8,
}

impl Address {
    /// The register at this address, if the map has one.
    pub const fn new(namespace: Namespace, register: u8) -> Option<Self> {
        if (register as usize) < table(namespace.space()).len() {
            Some(Self { namespace, register })
        } else {
            None
        }
    }

    /// The register of this text, as its `Display` writes it: `slot 2: CURRENT_SETPOINT`.
    pub fn named(text: &str) -> Option<Self> {
        let (whose, name) = text.split_once(": ")?;
        let mut all = (0..=u8::MAX).filter_map(Namespace::from_number);
        let namespace = all.find(|namespace| namespace.to_string() == whose)?;
        (0..=u8::MAX).map_while(|register| Self::new(namespace, register)).find(|it| it.name() == name)
    }

    /// Whose register it is.
    pub const fn namespace(self) -> Namespace {
        self.namespace
    }

    /// Its address within the namespace.
    pub const fn register(self) -> u8 {
        self.register
    }

    /// The slot, for a register of a cell.
    pub const fn slot(self) -> Option<Slot> {
        match self.namespace {
            Namespace::Cell(slot) => Some(slot),
            _ => None,
        }
    }

    /// All that is known of it.
    pub fn info(self) -> &'static RegisterInfo {
        // An address exists only with a row in its table, and no table is empty.
        let table = table(self.namespace.space());
        table.get(usize::from(self.register)).unwrap_or(&table[0])
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.info().name
    }
}

impl fmt::Display for Address {
    /// `slot 2: CURRENT_SETPOINT`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.namespace, self.name())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A register whose value has the type `V`; `A` says whether it may be written.
pub struct Register<V, A = ReadWrite> {
    address: Address,
    value: PhantomData<fn() -> (V, A)>,
}

impl<V, A> Register<V, A> {
    pub(super) const fn at_address(namespace: Namespace, register: u8) -> Self {
        Self { address: Address { namespace, register }, value: PhantomData }
    }

    /// Where it is, without the type.
    pub const fn address(self) -> Address {
        self.address
    }
}

impl<V, A> Clone for Register<V, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, A> Copy for Register<V, A> {}

impl<V, A> From<Register<V, A>> for Address {
    fn from(register: Register<V, A>) -> Self {
        register.address
    }
}

/// A register that each of the four cells has.
pub struct CellRegister<V, A = ReadWrite> {
    register: u8,
    value: PhantomData<fn() -> (V, A)>,
}

impl<V, A> Clone for CellRegister<V, A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V, A> Copy for CellRegister<V, A> {}

impl<V, A> CellRegister<V, A> {
    pub(super) const fn numbered(register: u8) -> Self {
        Self { register, value: PhantomData }
    }

    /// This register of the cell in a slot.
    pub const fn at(self, slot: Slot) -> Register<V, A> {
        Register::at_address(Namespace::Cell(slot), self.register)
    }

    /// Its address within a cell's namespace.
    pub const fn register(self) -> u8 {
        self.register
    }
}

/// Says a raw value in the words of its type.
pub(super) fn describe<V: Encoding>(raw: u16) -> String {
    V::from_raw(raw).to_string()
}

/// A raw value as a number in the unit of its type.
pub(super) fn number<V: Encoding>(raw: u16) -> Option<f64> {
    V::from_raw(raw).number()
}

/// The raw value of a text, read as its type.
pub(super) fn from_text<V: Encoding>(text: &str) -> Result<u16, TextError> {
    V::from_text(text).map(V::to_raw)
}

/// Builds the constants of one namespace, and its table, from one list in order of address.
macro_rules! register_map {
    ($space:ident, $build:ident, $(
        $address:literal $name:ident: $value:ty, $access:ident, $eeprom:literal, $read_back:expr, $meaning:literal;
    )+) => {
        $(
            #[doc = $meaning]
            pub const $name: $crate::wire::register::register_map!(@type $build, $value, $access) =
                $crate::wire::register::register_map!(@make $build, $space, $address);
        )+

        /// All registers of this namespace, in order of address and without gaps.
        pub const ALL: &[$crate::wire::RegisterInfo] = &[$($crate::wire::RegisterInfo {
            space: $crate::wire::Space::$space,
            register: $address,
            name: stringify!($name),
            meaning: $meaning,
            access: $crate::wire::Access::$access,
            eeprom: $eeprom,
            read_back: $read_back,
            unit: <$value as $crate::wire::Encoding>::UNIT,
            describe: $crate::wire::register::describe::<$value>,
            number: $crate::wire::register::number::<$value>,
            from_text: $crate::wire::register::from_text::<$value>,
            check: <$value as $crate::wire::Encoding>::check,
        }),+];
    };
    (@type cell, $value:ty, $access:ident) => { $crate::wire::CellRegister<$value, $crate::wire::$access> };
    (@type single, $value:ty, $access:ident) => { $crate::wire::Register<$value, $crate::wire::$access> };
    (@make cell, $space:ident, $address:literal) => { $crate::wire::CellRegister::numbered($address) };
    (@make single, $space:ident, $address:literal) => {
        $crate::wire::Register::at_address($crate::wire::Namespace::$space, $address)
    };
}
pub(super) use register_map;
