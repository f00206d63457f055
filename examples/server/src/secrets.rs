//! The keys that sign stream tokens, read at every start and at SIGHUP, and the secret that content keys are derived from:
//! both made when they are first needed.
//!
//! There is no other secret: sessions are random ids, and the database keeps hashes of them.

use std::{
    error::Error,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
};

use flaskflix_core::{
    encrypt::DerivedKeys,
    token::{self, KeyRing, MAX_KEY_FILE_BYTES, MIN_KEY_BYTES},
};
use zeroize::Zeroizing;

use crate::data_folder::write_whole;

/// A key file cannot be read or made. Names the file; the cause tells the rest, never a key.
#[derive(Debug, thiserror::Error)]
#[error("cannot {verb} the key file {}", path.display())]
pub(crate) struct KeyFileError {
    verb: &'static str,
    path: PathBuf,
    #[source]
    cause: Box<dyn Error + Send + Sync>,
}

/// Reads the keys; makes a file with one random key when there is none.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn read_or_make(path: &Path) -> Result<KeyRing, KeyFileError> {
    if !path.exists() {
        make(path, KEY_NAME, HEADER).map_err(|cause| failure("make", path, cause))?;
    }
    read(path)
}

/// Reads the secret of content keys; makes a file with a random one when there is none.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn read_or_make_content_keys(path: &Path) -> Result<DerivedKeys, KeyFileError> {
    if !path.exists() {
        make(path, CONTENT_KEY_NAME, CONTENT_HEADER).map_err(|cause| failure("make", path, cause))?;
    }
    let text = read_text(path)?;
    DerivedKeys::parse(&text).map_err(|cause| failure("read", path, cause))
}

/// Reads the keys.
///
/// # Errors
/// [`KeyFileError`].
pub(crate) fn read(path: &Path) -> Result<KeyRing, KeyFileError> {
    let text = read_text(path)?;
    KeyRing::parse(&text).map_err(|cause| failure("read", path, cause))
}

/// The text of a key file, whose keys are nobody else's.
fn read_text(path: &Path) -> Result<Zeroizing<String>, KeyFileError> {
    let mut text = Zeroizing::new(String::new());
    // One byte past the limit is enough for the parser to refuse a file that is too long.
    let limit = u64::try_from(MAX_KEY_FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|cause| failure("read", path, cause))?;
    if is_well_known(&text) {
        return Err(failure(
            "use",
            path,
            "it holds a key of the documentation, which everybody knows",
        ));
    }
    Ok(text)
}

fn make(path: &Path, name: &str, header: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let secret = Zeroizing::new(rand::random::<[u8; MIN_KEY_BYTES]>());
    let line = token::render_key(name, &secret)?;
    let text = Zeroizing::new(format!("{header}{}", line.as_str()));
    write_whole(path, text.as_bytes(), 0o600).map_err(io::Error::into)
}

/// Whether the file holds the key of a published test vector, or one byte over and over: what people paste to try things.
fn is_well_known(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
        .any(|line| {
            let key = line
                .rsplit(':')
                .next()
                .unwrap_or(line)
                .trim()
                .to_ascii_lowercase();
            let mut pairs = key.as_bytes().chunks(2);
            let first = pairs.next();
            key == TEST_VECTOR || (key.len() >= 2 * MIN_KEY_BYTES && pairs.all(|pair| Some(pair) == first))
        })
}

fn failure(verb: &'static str, path: &Path, cause: impl Into<Box<dyn Error + Send + Sync>>) -> KeyFileError {
    KeyFileError {
        verb,
        path: path.to_owned(),
        cause: cause.into(),
    }
}

/// The name of the first key.
const KEY_NAME: &str = "server";

/// The name of the secret of content keys.
const CONTENT_KEY_NAME: &str = "content";

/// The key of the Common Access Token test vector in our documentation.
const TEST_VECTOR: &str = "403697de87af64611c1d32a05dab0fe1fcb715a86ab435f1ec99192d79569388";

const HEADER: &str = "\
# Keys of flaskflix-server, one a line. The first signs, all verify. To rotate: put a new line first, send the
# server SIGHUP, and take the old line out when its last token has expired.
";

const CONTENT_HEADER: &str = "\
# The secret of flaskflix-server that the keys of encrypted films are made of. Keep it: another one makes new keys, and
# players have to load their films anew.
";

#[cfg(test)]
mod tests {
    use flaskflix_core::token::TokenSigner as _;

    use super::*;

    #[test]
    fn the_keys_are_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        let first = read_or_make(&path).unwrap().sign(b"message").unwrap();
        let second = read_or_make(&path).unwrap().sign(b"message").unwrap();
        assert_eq!(first, second);
    }

    #[test]
    fn the_secret_of_content_keys_is_made_once_for_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("content.key");
        let title = flaskflix_core::id::TitleId::parse("7").unwrap();
        let first = read_or_make_content_keys(&path).unwrap().key_of(&title);
        let second = read_or_make_content_keys(&path).unwrap().key_of(&title);
        assert_eq!(first, second);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::write(&path, "07".repeat(32)).unwrap();
        assert!(
            read_or_make_content_keys(&path).is_err(),
            "everybody knows that one"
        );
    }

    #[test]
    fn keys_that_everybody_knows_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.key");
        for key in [TEST_VECTOR, &"00".repeat(32), &"07".repeat(40)] {
            fs::write(&path, format!("# a comment\nserver:{key}\n")).unwrap();
            let error = read(&path).unwrap_err();
            assert!(!format!("{error:?}").contains(key), "the key is not told");
            assert!(error.source().unwrap().to_string().contains("everybody"));
        }
        fs::write(&path, format!("server:{}\n", "0123".repeat(16))).unwrap();
        assert!(read(&path).is_ok());
    }
}
