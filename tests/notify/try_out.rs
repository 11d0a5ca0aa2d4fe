//! `batlab-run notify test`.

use crate::program::{Scratch, project};
use crate::server::{self, Server};

#[test]
fn each_target_is_tried_and_said() {
    let scratch = Scratch::new();
    let (good, gone, endless) =
        (Server::start(server::good), Server::start(server::not_found), Server::start(server::endless_body));
    let echo = Server::start(server::echo);
    let down = server::nobody();
    let recipe = std::fs::read_to_string(project("recipes/impedance.toml")).unwrap();
    let hook = |name: &str, url: &str| {
        format!("[[notify]]\nname = \"{name}\"\nurl = \"{url}/secret-path\"\non = \"finished\"\n")
    };
    let first = hook("good", &good.url());
    scratch.write("told.toml", &format!("{recipe}\n{first}"));
    let said = scratch.run(&["notify", "test", "told.toml"]).ends_with(0);
    assert_eq!(said.out, format!("good ({}): taken, answered 200: ok\n", good.url()));
    let fact = good.seen()[0].json();
    assert_eq!((&fact["event"], &fact["recipe"]), (&"test".into(), &"impedance".into()));

    let rest = [
        hook("gone", &gone.url()),
        hook("endless", &endless.url()),
        format!("{}headers = {{ X-Token = \"${{env:TOKEN}}\" }}\n", hook("echo", &echo.url())),
        hook("down", &format!("http://127.0.0.1:{down}")),
    ];
    scratch.write("bench.toml", &rest.concat());
    let mut command = scratch.command(&["notify", "test", "told.toml", "--notify", "bench.toml"]);
    let done = command.env("TOKEN", "open-sesame").output().unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    assert_eq!(done.status.code(), Some(1), "{out}");
    let lines: Vec<&str> = out.lines().collect();
    let wanted = [
        format!("good ({}): taken, answered 200: ok", good.url()),
        format!("gone ({}): NOT TAKEN: answered 404", gone.url()),
        format!("endless ({}): taken, answered 200: and more and", endless.url()),
        format!("echo ({}): NOT TAKEN: answered 403: who says ***\u{fffd}[31m he", echo.url()),
        format!("down (http://127.0.0.1:{down}): NOT TAKEN: cannot connect: "),
    ];
    assert_eq!(lines.len(), wanted.len(), "{out}");
    for (line, wanted) in lines.iter().zip(&wanted) {
        assert!(line.starts_with(wanted), "{line}\nis not as\n{wanted}");
        assert!(line.len() < 300 && !line.contains("secret-path"), "{line}");
    }
    assert_eq!(echo.seen()[0].headers["x-token"], "open-sesame");
}

#[test]
fn there_is_somebody_to_try() {
    let scratch = Scratch::new();
    let quick = project("recipes/quick.toml");
    scratch.run(&["notify", "test", &quick]).ends_with(2).complains(&["tells nobody", "docs/notify.md"]);
    scratch.run(&["notify", "test"]).ends_with(2).complains(&["RECIPE"]);
    scratch.run(&["notify"]).ends_with(2);
    scratch.run(&["notify", "test", "--notify", "nowhere.toml"]).ends_with(2).complains(&["nowhere.toml"]);
}
