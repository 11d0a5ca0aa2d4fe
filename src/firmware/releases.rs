//! The vendor's releases, as GitHub's API lists them.

use super::{Image, ImageError};
use crate::web;
use crate::wire::FirmwareVersion;
use reqwest::Url;
use reqwest::blocking::Response;
use reqwest::header::ACCEPT;
use reqwest::redirect::Policy;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::time::Duration;

/// The vendor's list of releases.
pub const VENDOR: &str = "https://api.github.com/repos/Lexcelon/batlab-firmware-measure/releases";
/// How long a server may take for an answer.
const TIMEOUT: Duration = Duration::from_secs(30);
/// The largest list that is read, in bytes.
const LARGEST_LIST: u64 = 4 << 20;
/// How often a download may be sent on; GitHub does it once.
const MOST_REDIRECTS: usize = 5;

/// A release with an image in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// Its tag, such as `V7`.
    pub tag: String,
    /// The version in the tag: what FIRMWARE_VER reads when it runs.
    pub version: FirmwareVersion,
    /// Whether the vendor calls it a pre-release.
    pub prerelease: bool,
    /// When it was published, as the server tells it.
    pub published: Option<String>,
    /// The image.
    pub asset: Asset,
}

/// The file of a release.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Asset {
    /// What the vendor called it.
    pub name: String,
    /// Where it is.
    #[serde(rename = "browser_download_url")]
    pub url: String,
    /// `sha256:` and 64 hexadecimal digits, where the server tells it.
    pub digest: Option<String>,
}

/// What the vendor has published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Releases {
    /// Releases with an image, the highest version first.
    pub list: Vec<Release>,
    /// Releases that were left out, and why.
    pub left_out: Vec<String>,
}

/// Why there is nothing from the vendor.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// The address cannot be used.
    #[error("{url} is no address of a list of releases: {why}")]
    Address {
        /// As it was written.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// No answer.
    #[error("{url} cannot be reached: {why}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// What went wrong.
        why: String,
    },
    /// An answer that is none.
    #[error("{url} answered {status}{hint}")]
    Status {
        /// What was asked for.
        url: String,
        /// The answer's status.
        status: u16,
        /// What that may mean.
        hint: &'static str,
    },
    /// The list is not one.
    #[error("what {url} sends is no list of releases: {why}")]
    List {
        /// What was asked for.
        url: String,
        /// What is wrong.
        why: String,
    },
    /// What was downloaded is no image.
    #[error("{url} is no firmware image: {source}")]
    Image {
        /// What was asked for.
        url: String,
        /// Why.
        #[source]
        source: ImageError,
    },
    /// What was downloaded is not what was published.
    #[error(
        "{url} is not what was published: its SHA-256 is {found}, and the list of releases says {published}"
    )]
    Digest {
        /// What was asked for.
        url: String,
        /// Of what came.
        found: String,
        /// Of what was published.
        published: String,
    },
}

/// A release as GitHub's API tells it; of its many members those that are used.
#[derive(Deserialize)]
struct Listed {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    #[serde(default)]
    prerelease: bool,
    published_at: Option<String>,
    #[serde(default)]
    assets: Vec<Asset>,
}

impl Releases {
    /// Asks for the list at an address: https, or http on this machine.
    ///
    /// # Errors
    /// The address is none, nobody answers, or the answer is no list.
    pub fn ask(url: &str) -> Result<Self, ReleaseError> {
        let response = get(url, Some("application/vnd.github+json"))?;
        let mut text = Vec::new();
        let read = response.take(LARGEST_LIST).read_to_end(&mut text);
        read.map_err(|error| ReleaseError::Unreachable { url: url.to_owned(), why: web::cause(&error) })?;
        Self::from_json(&text)
            .map_err(|error| ReleaseError::List { url: url.to_owned(), why: error.to_string() })
    }

    /// Reads the list.
    ///
    /// # Errors
    /// It is no JSON of such a shape.
    pub fn from_json(text: &[u8]) -> Result<Self, serde_json::Error> {
        let mut releases = Self::default();
        for listed in serde_json::from_slice::<Vec<Listed>>(text)? {
            match release(listed) {
                Ok(release) => releases.list.push(release),
                Err(why) => releases.left_out.push(why),
            }
        }
        releases.list.sort_by_key(|release| std::cmp::Reverse(release.version));
        Ok(releases)
    }

    /// The highest version that is no pre-release.
    pub fn latest(&self) -> Option<&Release> {
        self.list.iter().find(|release| !release.prerelease)
    }

    /// The release of a version.
    pub fn of(&self, version: FirmwareVersion) -> Option<&Release> {
        self.list.iter().find(|release| release.version == version)
    }
}

fn release(listed: Listed) -> Result<Release, String> {
    let Listed { tag_name: tag, draft, prerelease, published_at: published, assets } = listed;
    if draft {
        return Err(format!("{tag}: a draft"));
    }
    let is_image = |asset: &Asset| asset.name.to_ascii_lowercase().ends_with(".bin");
    let mut images = assets.into_iter().filter(is_image);
    let asset = images.next().ok_or_else(|| format!("{tag}: no .bin among its files"))?;
    if images.next().is_some() {
        return Err(format!("{tag}: more than one .bin among its files"));
    }
    let version = version_in(&tag).ok_or_else(|| format!("{tag}: no version in its tag"))?;
    Ok(Release { tag, version, prerelease, published, asset })
}

/// The version in a tag such as `V7`, `v7` or `v7.0`.
fn version_in(tag: &str) -> Option<FirmwareVersion> {
    let number = tag.trim_start_matches(['v', 'V']);
    let number = number.strip_suffix(".0").unwrap_or(number);
    number.parse().ok().map(FirmwareVersion)
}

impl Release {
    /// Downloads the image and proves it.
    ///
    /// # Errors
    /// Nobody answers, what comes is no image, or it is not the one that was published.
    pub fn download(&self) -> Result<Image, ReleaseError> {
        let url = &self.asset.url;
        let image = Image::from_reader(get(url, None)?);
        let image = image.map_err(|source| ReleaseError::Image { url: url.clone(), source })?;
        let found = sha256(image.bytes());
        match self.asset.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:")) {
            Some(published) if !published.eq_ignore_ascii_case(&found) => {
                Err(ReleaseError::Digest { url: url.clone(), found, published: published.to_owned() })
            }
            _ => Ok(image),
        }
    }
}

/// A SHA-256 in hexadecimal digits.
fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn get(text: &str, accept: Option<&'static str>) -> Result<Response, ReleaseError> {
    let no_address = |why: String| ReleaseError::Address { url: text.to_owned(), why };
    let url = Url::parse(text).map_err(|error| no_address(error.to_string()))?;
    match url.scheme() {
        "https" => {}
        "http" if web::is_of_this_machine(&url) => {}
        "http" => return Err(no_address("what comes by http may be anybody's; write https".to_owned())),
        other => return Err(no_address(format!("`{other}` is not https"))),
    }
    let unreachable =
        |error: reqwest::Error| ReleaseError::Unreachable { url: text.to_owned(), why: web::cause(&error) };
    let client = web::client(&url, TIMEOUT, Policy::limited(MOST_REDIRECTS)).map_err(unreachable)?;
    let mut request = client.get(url);
    if let Some(accept) = accept {
        request = request.header(ACCEPT, accept);
    }
    let response = request.send().map_err(unreachable)?;
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let hint = match status.as_u16() {
        403 | 429 => ": it may have been asked too often; try again in an hour",
        404 => ": there is no such thing",
        500..=599 => ": try again later",
        _ => "",
    };
    Err(ReleaseError::Status { url: text.to_owned(), status: status.as_u16(), hint })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(tag: &str, files: &[&str]) -> serde_json::Value {
        let asset = |name: &&str| serde_json::json!({ "name": name, "browser_download_url": format!("https://e.example/{name}"), "size": 15360 });
        let assets: Vec<_> = files.iter().map(asset).collect();
        serde_json::json!({ "tag_name": tag, "draft": false, "prerelease": tag.contains('8'), "assets": assets, "body": "x" })
    }

    #[test]
    fn the_highest_version_that_is_no_pre_release_is_the_latest() {
        let list = serde_json::json!([
            listed("V3", &["batlab-3.bin"]),
            listed("v10", &["notes.txt", "batlab-10.BIN"]),
            listed("v8.0", &["batlab-8.bin"]),
            listed("V9", &["notes.txt"]),
            listed("V5", &["a.bin", "b.bin"]),
            listed("first", &["a.bin"]),
        ]);
        let releases = Releases::from_json(list.to_string().as_bytes()).unwrap();
        let versions: Vec<u16> = releases.list.iter().map(|release| release.version.0).collect();
        assert_eq!(versions, [10, 8, 3]);
        assert_eq!(releases.latest().map(|it| it.tag.as_str()), Some("v10"));
        assert_eq!(releases.of(FirmwareVersion(8)).map(|it| it.prerelease), Some(true));
        assert_eq!(
            releases.left_out,
            [
                "V9: no .bin among its files",
                "V5: more than one .bin among its files",
                "first: no version in its tag"
            ]
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for text in ["", "{}", "[1]", r#"{"message": "API rate limit exceeded"}"#, "<html>", "\u{0}"] {
            assert!(Releases::from_json(text.as_bytes()).is_err(), "{text}");
        }
        assert_eq!(Releases::from_json(b"[]").unwrap(), Releases::default());
    }

    #[test]
    fn only_addresses_that_cannot_be_read_on_the_way_are_asked() {
        for (url, why) in [
            ("http://releases.example/list", "write https"),
            ("file:///etc/passwd", "`file` is not https"),
            ("nowhere", "no address"),
        ] {
            let error = Releases::ask(url).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
