//! Units behind the standard server, where it is installed (Debian: `apt install ser2net`).

use crate::SHORT;
use crate::program::Scratch;
use crate::served::{LONG, serve};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const PAGE: &str = include_str!("../../docs/ports.md");

/// The server as the page has it, serving the port `u` of a scratch folder.
struct Ser2net {
    child: Child,
    /// Where it passes bytes on.
    tcp: u16,
    /// Where it speaks RFC 2217.
    rfc2217: u16,
}

/// A number that nobody listens at.
fn free() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The page's configuration for the port `u`. Its device has no path on the bus.
fn configuration(scratch: &Scratch, tcp: u16, rfc2217: u16) -> String {
    let (_, rest) = PAGE.split_once("```yaml\n").expect("the page has it");
    let (yaml, _) = rest.split_once("```").expect("it ends");
    let device = scratch.file("u").display().to_string();
    let line = |line: &str| match line.trim().strip_prefix("connector: serialdev,") {
        Some(_) => format!("  connector: serialdev,{device},38400n81,local\n"),
        None => format!("{line}\n"),
    };
    let yaml: String = yaml.lines().map(line).collect();
    assert!(yaml.contains("127.0.0.1,4000\n") && yaml.contains("127.0.0.1,4001\n"), "{yaml}");
    yaml.replace("127.0.0.1,4000\n", &format!("127.0.0.1,{tcp}\n"))
        .replace("127.0.0.1,4001\n", &format!("127.0.0.1,{rfc2217}\n"))
}

impl Ser2net {
    /// Starts it; `None` where there is none.
    fn start(scratch: &Scratch) -> Option<Self> {
        let (tcp, rfc2217) = (free(), free());
        scratch.write("ser2net.yaml", &configuration(scratch, tcp, rfc2217));
        let mut command = Command::new("ser2net");
        command.args(["-u", "-n", "-d", "-c"]).arg(scratch.file("ser2net.yaml"));
        // It lies where a user's path does not always lead.
        command.env("PATH", format!("{}:/usr/sbin:/usr/local/sbin", std::env::var("PATH").unwrap()));
        let child = match command.stdout(Stdio::null()).stderr(Stdio::null()).spawn() {
            Ok(child) => child,
            Err(error) => {
                // Past the harness, which shows nothing of a test that passes.
                let _ = writeln!(std::io::stderr(), "passed over: ser2net cannot be started here ({error})");
                return None;
            }
        };
        let server = Self { child, tcp, rfc2217 };
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", tcp)).is_ok() {
                // It still has that client's port in its hands.
                std::thread::sleep(Duration::from_millis(500));
                return Some(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("ser2net does not listen");
    }
}

impl Drop for Ser2net {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn runs_behind(address: fn(&Ser2net) -> String) {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let Some(server) = Ser2net::start(&scratch) else { return };
    scratch.write("short.toml", SHORT);
    scratch.run(&["--port", &address(&server), "--out", "run", "short.toml"]).ends_with(0);
    for row in scratch.rows("run/summary.csv") {
        assert_eq!((row["verdict"].as_str(), row["steps_done"].as_str()), ("pass", "3"));
    }
}

#[test]
fn a_run_behind_ser2net_that_passes_bytes_on() {
    runs_behind(|server| format!("tcp://127.0.0.1:{}", server.tcp));
}

#[test]
fn a_run_behind_ser2net_that_speaks_rfc_2217() {
    runs_behind(|server| format!("rfc2217://127.0.0.1:{}", server.rfc2217));
}

#[test]
fn a_second_client_is_turned_away() {
    let scratch = Scratch::new();
    let _served = serve(&scratch, &[]);
    let Some(server) = Ser2net::start(&scratch) else { return };
    let mut first = TcpStream::connect(("127.0.0.1", server.tcp)).unwrap();
    first.set_read_timeout(Some(LONG)).unwrap();
    let mut ask = || {
        first.write_all(&[0xAA, 4, 2, 0, 0]).unwrap();
        let mut answer = [0; 5];
        first.read_exact(&mut answer).unwrap();
        answer
    };
    let version = [0xAA, 4, 2, 7, 0];
    assert_eq!(ask(), version);
    scratch.write("short.toml", SHORT);
    let port = format!("tcp://127.0.0.1:{}", server.tcp);
    scratch.run(&["--port", &port, "short.toml"]).ends_with(4).complains(&[&port, "somebody else uses it"]);
    assert_eq!(ask(), version, "the first is not disturbed");
}
