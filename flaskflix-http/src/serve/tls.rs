//! Certificates from PEM files, and what is spoken with them: TLS 1.2 and 1.3, HTTP/2 and HTTP/1.1.

use std::{
    error::Error as StdError,
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use tokio_rustls::rustls::{
    self, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject as _},
    },
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};

/// A certificate with its key, to be replaced while the server runs: what [`Server::tls`](super::Server::tls) takes.
///
/// Clones share one certificate: keep one to [`reload`](Self::reload) it.
///
/// # Defaults
/// * TLS 1.2 and 1.3 with the cipher suites of rustls; cryptography by aws-lc-rs
/// * HTTP/2 before HTTP/1.1 (ALPN); a client that names neither is refused, one that names nothing is served
/// * sessions are resumed by tickets, whose keys live in memory and change every six hours: nothing is kept for a client,
///   and a restart costs each one whole handshake
/// * no 0-RTT: such a request could be sent again by somebody who has seen it
/// * no client certificates
#[derive(Clone)]
pub struct Tls {
    files: Arc<Files>,
    current: Arc<Current>,
    config: Arc<ServerConfig>,
}

impl Tls {
    /// Reads a certificate with its chain, its own certificate first, and its private key (PKCS#8, PKCS#1 or SEC1, not
    /// encrypted), each from a PEM file. Both may be in the same file.
    ///
    /// # Errors
    /// When a file cannot be read, holds no such thing, or key and certificate do not belong together: the operator's fault.
    /// Whether the certificate is still valid, and for which name, is not looked at: clients do that.
    ///
    /// # Examples
    /// ```no_run
    /// use flaskflix_http::serve::{Server, Tls};
    ///
    /// let tls = Tls::from_pem_files("/etc/ssl/films.pem", "/etc/ssl/films.key")?;
    /// let server = Server::new().tls(tls.clone());
    /// // Later, when the files have been renewed:
    /// tls.reload()?;
    /// # let _ = server;
    /// # Ok::<(), flaskflix_http::serve::TlsError>(())
    /// ```
    pub fn from_pem_files(chain: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Result<Self, TlsError> {
        let files = Files {
            chain: chain.into(),
            key: key.into(),
        };
        let provider = Arc::new(aws_lc_rs::default_provider());
        let current = Arc::new(Current(RwLock::new(Arc::new(files.read(&provider)?))));
        let config = config(provider, Arc::clone(&current)).map_err(|cause| TlsError::Library {
            cause: Box::new(cause),
        })?;
        Ok(Self {
            files: Arc::new(files),
            current,
            config: Arc::new(config),
        })
    }

    /// Reads the files again: connections that come from now on get the new certificate, those that are open stay as they
    /// are.
    ///
    /// It reads files: in an async program that is a matter of a blocking thread.
    ///
    /// # Errors
    /// As for [`from_pem_files`](Self::from_pem_files); then everything stays as it was. A program that renews
    /// certificates writes two files, one after the other: reload when it has done both.
    pub fn reload(&self) -> Result<(), TlsError> {
        let fresh = self.files.read(self.config.crypto_provider())?;
        *self.current.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    pub(super) const fn config(&self) -> &Arc<ServerConfig> {
        &self.config
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the key.
        f.debug_struct("Tls")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Files {
    chain: PathBuf,
    key: PathBuf,
}

impl Files {
    fn read(&self, provider: &CryptoProvider) -> Result<CertifiedKey, TlsError> {
        let chain = read_chain(&self.chain)?;
        let key = read_key(&self.key)?;
        CertifiedKey::from_der(chain, key, provider).map_err(|cause| match cause {
            rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                chain: self.chain.clone(),
                key: self.key.clone(),
            },
            rustls::Error::InvalidCertificate(_) => TlsError::Certificate {
                path: self.chain.clone(),
                cause: Box::new(cause),
            },
            _ => TlsError::Key {
                path: self.key.clone(),
            },
        })
    }
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    match chain {
        Ok(chain) if chain.is_empty() => Err(TlsError::NoCertificate {
            path: path.to_owned(),
        }),
        Ok(chain) => Ok(chain),
        Err(cause) => Err(TlsError::Certificate {
            path: path.to_owned(),
            cause: Box::new(cause),
        }),
    }
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let path = || path.to_owned();
    PrivateKeyDer::from_pem_slice(&read(&path())?).map_err(|cause| match cause {
        pem::Error::NoItemsFound => TlsError::NoKey { path: path() },
        // The cause could quote what it cannot read.
        _ => TlsError::Key { path: path() },
    })
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let mut bytes = Vec::new();
    let fault = |cause| TlsError::Read {
        path: path.to_owned(),
        cause,
    };
    let file = fs::File::open(path).map_err(fault)?;
    let read = file
        .take(MAX_FILE_BYTES.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(fault)?;
    if u64::try_from(read).is_ok_and(|read| read <= MAX_FILE_BYTES) {
        Ok(bytes)
    } else {
        Err(fault(io::ErrorKind::FileTooLarge.into()))
    }
}

fn config(provider: Arc<CryptoProvider>, current: Arc<Current>) -> Result<ServerConfig, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(current);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.ticketer = aws_lc_rs::Ticketer::new()?;
    Ok(config)
}

/// The certificate of the next handshake.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let current = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(&current))
    }
}

/// A certificate cannot be used. Names the file, never what is in a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[non_exhaustive]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The file of the certificates holds none.
    #[non_exhaustive]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The file of the certificates holds something that is none.
    #[non_exhaustive]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: Box<dyn StdError + Send + Sync>,
    },
    /// The file of the key holds no private key, or an encrypted one.
    #[non_exhaustive]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The file of the key holds something that is none, or one of a kind that is not known.
    #[non_exhaustive]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// The key is not that of the first certificate.
    #[non_exhaustive]
    Mismatch {
        /// The file of the certificates.
        chain: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The TLS library cannot be set up.
    #[non_exhaustive]
    Library {
        /// What it says.
        cause: Box<dyn StdError + Send + Sync>,
    },
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read { path, .. } => write!(f, "cannot read {}", path.display()),
            Self::NoCertificate { path } => {
                write!(f, "{} holds no certificate in PEM form", path.display())
            }
            Self::Certificate { path, .. } => {
                write!(f, "{} holds a certificate that cannot be read", path.display())
            }
            Self::NoKey { path } => write!(
                f,
                "{} holds no private key in PEM form that is not encrypted",
                path.display()
            ),
            Self::Key { path } => write!(f, "{} holds a private key that cannot be used", path.display()),
            Self::Mismatch { chain, key } => write!(
                f,
                "the key in {} is not that of the first certificate in {}",
                key.display(),
                chain.display()
            ),
            Self::Library { .. } => f.write_str("TLS cannot be set up"),
        }
    }
}

impl StdError for TlsError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Read { cause, .. } => Some(cause),
            Self::Certificate { cause, .. } | Self::Library { cause } => Some(&**cause),
            Self::NoCertificate { .. } | Self::NoKey { .. } | Self::Key { .. } | Self::Mismatch { .. } => {
                None
            }
        }
    }
}

/// Far more than any chain: a path that names a device or a film by mistake is not read to its end.
const MAX_FILE_BYTES: u64 = 1 << 20;
