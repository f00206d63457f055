//! The key files, and the commands around it.

use std::{
    error::Error,
    fmt, fs,
    io::{self, Read as _, Write as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use flaskflix_core::{
    encrypt::DerivedKeys,
    time::{Clock as _, SystemClock},
    token::{self, Claims, KeyRing, MAX_KEY_FILE_BYTES, MIN_KEY_BYTES},
};
use zeroize::Zeroizing;

use crate::args::{KeygenArgs, TokenArgs};

/// Reads a key file.
pub(crate) fn read(path: &Path) -> Result<KeyRing, KeyFileFailure> {
    let text = read_text(path)?;
    KeyRing::parse(&text).map_err(|error| KeyFileFailure::new("read", path, error.into()))
}

/// Reads the file of the secret that content keys are derived from.
pub(crate) fn read_secret(path: &Path) -> Result<DerivedKeys, KeyFileFailure> {
    let text = read_text(path)?;
    DerivedKeys::parse(&text).map_err(|error| KeyFileFailure::new("read", path, error.into()))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, KeyFileFailure> {
    let mut text = Zeroizing::new(String::new());
    // One byte past the limit is enough for the parser to refuse a file that is too long.
    let limit = u64::try_from(MAX_KEY_FILE_BYTES)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    fs::File::open(path)
        .and_then(|file| file.take(limit).read_to_string(&mut text))
        .map_err(|error| KeyFileFailure::new("read", path, error.into()))?;
    Ok(text)
}

/// `flaskflix-origin token`: prints the token alone.
pub(crate) fn print_token(args: &TokenArgs) -> Result<(), Box<dyn Error>> {
    let keys = read(&args.key_file)?;
    let now = SystemClock.now();
    let claims = Claims::new(args.movie.clone(), args.viewer.clone(), now, args.ttl);
    let token = token::mint(&keys, &claims, rand::random())?;
    writeln!(io::stdout(), "{token}")?;
    Ok(())
}

/// `flaskflix-origin keygen`: makes a key file, for tokens or for films, that only its owner can read.
pub(crate) fn write_new_key_file(args: &KeygenArgs) -> Result<(), Box<dyn Error>> {
    let secret = Zeroizing::new(rand::random::<[u8; MIN_KEY_BYTES]>());
    let line = token::render_key(&args.name, &secret)?;
    let fault = |error: io::Error| KeyFileFailure::new("make", &args.file, error.into());
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&args.file)
        .map_err(fault)?;
    file.write_all(HEADER.as_bytes())
        .and_then(|()| file.write_all(line.as_bytes()))
        .and_then(|()| file.sync_all())
        .map_err(fault)?;
    Ok(())
}

const HEADER: &str = "\
# Keys of flaskflix-origin, one a line. The first signs, all verify. To rotate: put a new line first, send the
# server SIGHUP, and take the old line out when its last token has expired.
# With --encrypt-with: the one secret that the keys of all films are made of. Another one encrypts all films anew.
";

/// A key file cannot be read or made. Names the file; the cause tells the rest, never a key.
#[derive(Debug)]
pub(crate) struct KeyFileFailure {
    verb: &'static str,
    path: PathBuf,
    cause: Box<dyn Error + Send + Sync>,
}

impl KeyFileFailure {
    fn new(verb: &'static str, path: &Path, cause: Box<dyn Error + Send + Sync>) -> Self {
        Self {
            verb,
            path: path.to_owned(),
            cause,
        }
    }
}

impl fmt::Display for KeyFileFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {} the key file {}", self.verb, self.path.display())
    }
}

impl Error for KeyFileFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
