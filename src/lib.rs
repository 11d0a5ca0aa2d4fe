//! A declarative test-recipe runner for Lexcelon Batlab battery testers.
//!
//! The way of a test through the library: a [`diagnostic::Source`] is read and proved by
//! [`plan::check`], units are found by [`pool::identify`] and their cells bound by [`pool::bind`],
//! [`scheduler::start`] gives each unit to a thread of its own, and an [`scheduler::Observer`] hears
//! all that happens. The command `batlab-run` is this and the files of [`record`].
//! `docs/architecture.md` tells the rooms and the laws.
//!
//! Who wants registers and no recipe takes a [`driver::Line`]: it reads and writes one unit by the typed map of
//! [`wire`], whose values convert both ways between raw and [`units`]. Current is better left to a run, which proves its
//! plan, writes and reads back the limits, and keeps the watchdog. `docs/coming-from-the-vendor.md` has what the
//! vendor's classes do beside what does it here, and `examples/` has programs to begin from.
//!
//! ```
//! use batlab_run::plan::Chemistry;
//! use batlab_run::simulator::bench::Bench;
//! use batlab_run::units::{Celsius, Coulombs};
//! use batlab_run::wire::{Setpoint, Thermistor, cell};
//! use batlab_run::{identity::Slot, pool, units::Amperes};
//!
//! let bench = Bench::matching(Chemistry::LiIon, Coulombs::from_ampere_hours(2.5), 1);
//! for simulated in pool::simulate(&bench, |port, _clock| port) {
//!     let mut unit = pool::observe(simulated.line)?;
//!     for slot in Slot::ALL {
//!         let voltage = unit.line.read(cell::VOLTAGE.at(slot))?.volts()?;
//!         let divider = unit.line.read(cell::TEMP_CALIB_R.at(slot))?;
//!         let beta = unit.line.read(cell::TEMP_CALIB_B.at(slot))?;
//!         let thermistor = Thermistor::from_registers(divider, beta)?;
//!         let warmth: Celsius = unit.line.read(cell::TEMPERATURE.at(slot))?.to_celsius(thermistor)?;
//!         println!("{}:{slot}: {voltage:.4}, {warmth:.1} or {:.1} degF", unit.serial, warmth.fahrenheit());
//!         assert!((70.0..85.0).contains(&warmth.fahrenheit()));
//!     }
//! }
//! // 1.3 A is no step of the register, and 5 A is more than it holds.
//! assert_eq!(Setpoint::nearest(Amperes(1.3))?.amperes(), Amperes(1.296875));
//! assert!(Setpoint::nearest(Amperes(5.0)).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A recipe on every cell of a unit:
//!
//! ```
//! use batlab_run::diagnostic::{Colour, Source, render};
//! use batlab_run::event::{Event, Note};
//! use batlab_run::scheduler::{self, Observer, StopSwitch};
//! use batlab_run::simulator::bench::Bench;
//! use batlab_run::station::{BoundCell, Live};
//! use batlab_run::verdict::Exit;
//! use batlab_run::{plan, pool};
//! use std::sync::Arc;
//!
//! let recipe = r#"
//! [recipe]
//! name = "pulse"
//!
//! [cell]
//! chemistry = "li-ion"
//! capacity = "2.5 Ah"
//!
//! [[step]]
//! name = "pulse"
//! discharge = "C/2"
//! at_most = "1 min"
//!
//! [[step]]
//! rest = "1 min"
//! "#;
//! let source = Source::new("pulse.toml", recipe);
//! let plan = plan::check(&source).map_err(|problems| render(&source, &problems, Colour::Off))?;
//! println!("{}", plan::text(&plan));
//!
//! // One unit with four cells of the kind that the recipe is for, found as a real one would be.
//! let bench = Bench::matching(plan.cell().chemistry, plan.cell().capacity, 1);
//! let mut units = Vec::new();
//! for simulated in pool::simulate(&bench, |port, _clock| port) {
//!     units.push(pool::identify(simulated.line)?);
//! }
//! let plan = Arc::new(plan);
//! let cells = pool::bind(&units, &[])?.into_iter().map(|it| BoundCell {
//!     live: Live::new(it.cell, it.place),
//!     voltage: it.voltage,
//!     plan: Arc::clone(&plan),
//!     uncalibrated: false,
//!     earlier: None,
//! });
//! let cells: Vec<_> = cells.collect();
//!
//! /// Charge out of the cells, in ampere hours.
//! struct Charges(Vec<f64>);
//!
//! impl Observer for Charges {
//!     fn note(&mut self, note: &Note) -> Result<(), String> {
//!         if let Note::Fact(entry) = note
//!             && let Event::StepEnded { result, .. } = &entry.event
//!             && result.name.as_deref() == Some("pulse")
//!         {
//!             self.0.push(result.passed.charge_out.ampere_hours());
//!         }
//!         Ok(())
//!     }
//!
//!     fn tick(&mut self) -> Result<(), String> {
//!         Ok(())
//!     }
//! }
//!
//! let mut charges = Charges(Vec::new());
//! let end = scheduler::start(units, &cells, &StopSwitch::default()).finish(&mut charges);
//! assert_eq!(end.exit, Exit::Passed);
//! assert_eq!(charges.0.len(), 4);
//! assert!(charges.0.iter().all(|charge| (charge - 1.25 / 60.0).abs() < 0.0003));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod calibration;
pub mod campaign;
pub mod cli;
pub mod clock;
pub mod diagnostic;
pub mod driver;
pub mod event;
pub mod exchange;
pub mod expression;
pub mod firmware;
pub mod hooks;
pub mod identity;
pub mod journal;
pub mod lock;
pub mod manual;
pub mod notify;
pub mod plan;
pub mod pool;
pub mod program;
pub mod queue;
pub mod recipe;
pub mod record;
pub mod rehearsal;
pub mod report;
pub mod results;
pub mod resume;
pub mod scheduler;
pub mod simulator;
pub mod station;
pub mod terminal;
pub mod transport;
pub mod units;
pub mod verdict;
pub mod web;
pub mod wire;
