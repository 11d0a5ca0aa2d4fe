//! The system's ways to say that a program is to end: the only file here that differs by system.

use std::future::poll_fn;
use std::io;
use std::task::{Context, Poll};

/// Calls this with the name of each signal that asks for the end, on a thread of its own, for as long as the process
/// lives. What is ignored when the program starts, such as SIGHUP under nohup, stays ignored.
///
/// # Errors
/// The system takes no handler, or gives no thread.
pub fn listen(mut on_signal: impl FnMut(&'static str) + Send + 'static) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut sources = runtime.block_on(async { Sources::open() })?;
    let work = move || {
        loop {
            let name = runtime.block_on(poll_fn(|context| sources.poll(context)));
            on_signal(name);
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(work).map(drop)
}

#[cfg(unix)]
struct Sources {
    ends: Vec<(&'static str, tokio::signal::unix::Signal)>,
    /// By default this ends the process where a limit on the size of files is reached. Caught, it is an error of the
    /// write, upon which the cells are made safe.
    _file_size: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Sources {
    fn open() -> io::Result<Self> {
        use rustix::process::Signal;
        use tokio::signal::unix::{SignalKind, signal};

        let listened_to = [("SIGINT", Signal::INT), ("SIGTERM", Signal::TERM), ("SIGHUP", Signal::HUP)];
        let heeded = listened_to.into_iter().filter(|(_, which)| !is_ignored(which.as_raw()));
        let open = |(name, which): (_, Signal)| Ok((name, signal(SignalKind::from_raw(which.as_raw()))?));
        Ok(Self {
            ends: heeded.map(open).collect::<io::Result<_>>()?,
            _file_size: signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?,
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<&'static str> {
        let came = |(name, signal): &mut (&'static str, tokio::signal::unix::Signal)| {
            matches!(signal.poll_recv(context), Poll::Ready(Some(()))).then_some(*name)
        };
        self.ends.iter_mut().find_map(came).map_or(Poll::Pending, Poll::Ready)
    }
}

/// Whether whoever started this process had it ignore a signal. Only Linux tells without being asked by unsafe calls;
/// elsewhere none counts as ignored.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

/// The console's events. To those that end the process whatever it does (the window closes, the user logs off, the
/// system shuts down) the system gives a few seconds, which tokio's handler holds on to.
#[cfg(windows)]
struct Sources {
    interrupt: tokio::signal::windows::CtrlC,
    pause: tokio::signal::windows::CtrlBreak,
    close: tokio::signal::windows::CtrlClose,
    logoff: tokio::signal::windows::CtrlLogoff,
    shutdown: tokio::signal::windows::CtrlShutdown,
}

#[cfg(windows)]
impl Sources {
    fn open() -> io::Result<Self> {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown};

        Ok(Self {
            interrupt: ctrl_c()?,
            pause: ctrl_break()?,
            close: ctrl_close()?,
            logoff: ctrl_logoff()?,
            shutdown: ctrl_shutdown()?,
        })
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<&'static str> {
        let came = [
            ("Ctrl-C", self.interrupt.poll_recv(context)),
            ("Ctrl-Break", self.pause.poll_recv(context)),
            ("the closing window", self.close.poll_recv(context)),
            ("the user logging off", self.logoff.poll_recv(context)),
            ("the system shutting down", self.shutdown.poll_recv(context)),
        ];
        let name = came.into_iter().find(|(_, poll)| matches!(poll, Poll::Ready(Some(()))));
        name.map_or(Poll::Pending, |(name, _)| Poll::Ready(name))
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    /// SIGPIPE, 13, is ignored in every Rust program.
    #[test]
    fn what_is_ignored_is_seen() {
        assert!(super::is_ignored(13));
        assert!(!super::is_ignored(15));
    }
}
