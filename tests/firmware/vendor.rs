//! A server such as the vendor's: a list of releases, and files behind a redirection.

use batlab_run::simulator::image;
use serde_json::json;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

/// What a release holds.
#[derive(Clone)]
pub enum File {
    /// An image that runs as this version.
    Good(u16),
    /// The same, and the list tells another SHA-256.
    Exchanged(u16),
    /// A file that is cut off.
    Short,
    /// A file that never ends.
    Endless,
    /// None.
    Missing,
}

/// Serves such releases until the test ends; gives the address of the list.
pub fn serve(releases: &[(&str, File)]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let root = format!("http://{}", listener.local_addr().unwrap());
    let releases: Vec<(String, File)> =
        releases.iter().map(|(tag, file)| ((*tag).to_owned(), file.clone())).collect();
    let list = format!("{root}/releases");
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let (root, releases) = (root.clone(), releases.clone());
            // Whoever asked may have gone.
            std::thread::spawn(move || drop(answer(stream, &root, &releases)));
        }
    });
    list
}

fn answer(mut stream: TcpStream, root: &str, releases: &[(String, File)]) -> std::io::Result<()> {
    let mut head = BufReader::new(stream.try_clone()?).lines().map_while(Result::ok);
    let line = head.next().unwrap_or_default();
    let agent = head.by_ref().take_while(|line| !line.is_empty()).any(|it| it.contains("batlab-run/"));
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    if !agent {
        // As GitHub does where nobody says who asks.
        return send(&mut stream, "403 Forbidden", "", b"");
    }
    if path == "/releases" {
        let asset = |tag: &str, file: &File| {
            let digest = match file {
                File::Exchanged(_) => Some(format!("sha256:{}", "0".repeat(64))),
                _ => None,
            };
            json!({ "name": format!("../{tag}.bin"), "browser_download_url": format!("{root}/to/{tag}"), "digest": digest })
        };
        let release = |(tag, file): &(String, File)| json!({ "tag_name": tag, "draft": false, "prerelease": false, "published_at": "2019-05-01T00:00:00Z", "assets": [asset(tag, file)] });
        let list: Vec<_> = releases.iter().map(release).collect();
        return send(&mut stream, "200 OK", "", serde_json::Value::from(list).to_string().as_bytes());
    }
    if let Some(tag) = path.strip_prefix("/to/") {
        return send(&mut stream, "302 Found", &format!("Location: {root}/file/{tag}\r\n"), b"");
    }
    let file = path.strip_prefix("/file/").and_then(|tag| releases.iter().find(|(it, _)| it == tag));
    match file.map(|(_, file)| file) {
        Some(File::Good(version) | File::Exchanged(version)) => {
            send(&mut stream, "200 OK", "", &image(*version))
        }
        Some(File::Short) => send(&mut stream, "200 OK", "", &image(7)[..9000]),
        Some(File::Endless) => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[0; 1024])?;
            }
        }
        Some(File::Missing) | None => send(&mut stream, "404 Not Found", "", b""),
    }
}

fn send(stream: &mut TcpStream, status: &str, header: &str, body: &[u8]) -> std::io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{header}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)
}
