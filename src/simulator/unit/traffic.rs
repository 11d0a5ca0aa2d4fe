//! What passes between the host, the communications processor and the measurement processor's main loop.

use super::chance::below;
use super::frame::{Command, FRAME};
use super::line::{BYTE, Interrupts};
use super::registers::namespace;
use super::{Board, Deed, Program, Unit, diary};
use crate::simulator::bench::LineKind;

/// Microseconds in which the bootloader answers.
const BOOTLOADER_ANSWER: u64 = 60;

impl Unit {
    /// Takes bytes that are in the communications processor.
    pub(super) fn hear(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if let Some(command) = self.board.comms.framer.push(*byte) {
                self.accept(command);
            }
        }
    }

    /// Takes a command that the communications processor has put together.
    fn accept(&mut self, command: Command) {
        let Board { comms, timing, .. } = &mut self.board;
        if command.namespace == namespace::COMMS {
            let data = comms.answer(command, self.now, timing);
            self.out.send_own(command.response(data), self.now, timing);
        } else {
            self.forward(command, true);
        }
    }

    /// Puts a frame on the line to the measurement processor: the host's, or an answer that the processor asked for.
    fn forward(&mut self, command: Command, asked: bool) {
        let Board { timing, slice, .. } = &mut self.board;
        let idle = self.line.ready_at().is_none();
        let interrupts = match &self.program {
            Program::Application(application) if self.interrupts_lose_bytes => {
                Some(Interrupts { at: application.rotation.ends_at, every: *slice })
            }
            _ => None,
        };
        self.line.forward(command, asked, self.now + self.times.inwards, interrupts);
        let polls = matches!(self.program, Program::Bootloader(_)) && !self.bootloader_has_buffer;
        if idle
            && !polls
            && let Some(ready) = self.line.ready_at()
        {
            // The loop is somewhere in a pass when the command comes.
            self.pass_at = self.pass_at.max(ready + below(timing, self.times.pass));
        }
    }

    /// A pass of the main loop: at most one command.
    pub(super) fn pass(&mut self) {
        let now = self.now;
        let Some(command) = self.line.take(now) else { return };
        let Board { flash, timing, line, .. } = &mut self.board;
        match &mut self.program {
            Program::Starting { .. } => {}
            Program::Bootloader(bootloader) => {
                if command.namespace != namespace::BOOTLOADER {
                    return;
                }
                let outcome = bootloader.answer(command, flash);
                let done = now + BOOTLOADER_ANSWER + outcome.busy;
                if self.bootloader_has_buffer {
                    self.pass_at = done;
                } else {
                    // It fetches no byte while it erases or answers.
                    self.pass_at = done + FRAME as u64 * BYTE;
                    self.line.leave_unattended(self.pass_at);
                }
                self.reply(command, outcome.data, done, 0);
                if outcome.leaves {
                    self.start_application();
                }
            }
            Program::Application(application) => {
                let active = application.active_cells();
                let delay = below(timing, 1 + active * self.times.shared_line);
                let pass = self.times.pass;
                self.pass_at = now + pass / 2 + below(timing, pass) + active * self.times.active;
                if command.namespace == namespace::COMMS && *line == LineKind::Modelled {
                    return application.is_told(command, &mut self.board, now);
                }
                let outcome = application.answer(command, &mut self.board, now);
                let bays = &mut self.board.bays;
                self.diary.push(|| Deed::Answered(diary::answered(command, outcome.data, bays, now)));
                if outcome.busy > 0 {
                    // Interrupts are off: bytes are lost, and so are the clock's ticks.
                    application.rotation.put_off(outcome.busy);
                    application.tick_at += outcome.busy;
                    self.pass_at = self.pass_at.max(now + outcome.busy);
                    self.line.deafen(now + outcome.busy);
                }
                self.reply(command, outcome.data, now + outcome.busy, delay);
                if outcome.resets {
                    self.restart();
                }
            }
        }
    }

    fn reply(&mut self, command: Command, data: u16, at: u64, delay: u64) {
        self.out.send(command.response(data), at, delay, &mut self.board.timing);
        self.wait_for_room();
    }

    /// The main loop stands still while its send buffer has no room, where the line is modelled.
    pub(super) fn wait_for_room(&mut self) {
        if self.board.line == LineKind::Modelled {
            self.pass_at = self.pass_at.max(self.out.taken_at());
        }
    }

    /// Puts on the line what the application has to say to the communications processor.
    pub(super) fn talk(&mut self) {
        let Program::Application(application) = &mut self.program else { return };
        if application.says.is_empty() {
            return;
        }
        for command in std::mem::take(&mut application.says) {
            let heard = self.out.carry(FRAME, self.now);
            self.to_comms.push_back((heard, command));
        }
        self.wait_for_room();
    }

    /// The communications processor does what the measurement processor says, and answers it.
    pub(super) fn answer_inwards(&mut self) {
        let Some((_, command)) = self.to_comms.pop_front() else { return };
        let Board { comms, timing, .. } = &mut self.board;
        let data = comms.answer(command, self.now, timing);
        self.forward(Command { data, ..command }, false);
    }
}
