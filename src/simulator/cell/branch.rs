//! One RC branch: a resistor and a capacitor side by side, updated by its exact solution.

/// What a step of a given length does to a branch with a given time constant.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Decay {
    /// `1 - exp(-dt / tau)`.
    pub gone: f64,
    /// The integral of `exp(-t / tau)` over the step, in seconds.
    pub area: f64,
    /// The integral of `exp(-2 t / tau)` over the step, in seconds.
    pub square_area: f64,
}

impl Decay {
    /// The decay over `seconds` with the time constant `tau`.
    pub fn over(seconds: f64, tau: f64) -> Self {
        // exp_m1 keeps its precision for steps far shorter than the time constant.
        let gone = -(-seconds / tau).exp_m1();
        Self { gone, area: tau * gone, square_area: tau / 2.0 * gone * (2.0 - gone) }
    }
}

/// A branch's resistor, both ways round: a division costs more than all else in a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Resistor {
    pub ohms: f64,
    pub siemens: f64,
}

impl Resistor {
    /// A resistor of so many ohms, above zero.
    pub fn of(ohms: f64) -> Self {
        Self { ohms, siemens: ohms.recip() }
    }
}

/// What a branch did during a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    /// The integral of its voltage, in volt seconds.
    pub volt_seconds: f64,
    /// The heat of its resistor, in joules.
    pub heat: f64,
}

/// A branch: its voltage, positive while it opposes charging.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Branch {
    /// Volts across it now.
    pub voltage: f64,
}

impl Branch {
    /// Lets a constant current (positive charges) pass for the step that `decay` describes.
    pub fn advance(&mut self, amperes: f64, resistor: Resistor, seconds: f64, decay: &Decay) -> Passed {
        let settled = amperes * resistor.ohms;
        let away = self.voltage - settled;
        self.voltage -= away * decay.gone;
        let squares =
            settled * settled * seconds + 2.0 * settled * away * decay.area + away * away * decay.square_area;
        Passed { volt_seconds: settled * seconds + away * decay.area, heat: squares * resistor.siemens }
    }
}
