//! The address of a store, as people write it, and the connection to it.

use std::{fmt, io, str::FromStr, sync::Arc};

use object_store::{
    ObjectStore,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    azure::MicrosoftAzureBuilder,
    gcp::GoogleCloudStorageBuilder,
    http::HttpBuilder,
    path::Path,
    signer::{Signer, Url},
};

use super::{
    ObjectOptions, ObjectStoreSource,
    client::{WatchedConnector, client_options, no_retries},
    place::Place,
};

/// The address of films in an object store.
///
/// | address | store | credentials, from the environment |
/// |---|---|---|
/// | `s3://bucket/prefix` | S3 and what speaks like it | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, web identity, container and instance roles |
/// | `gs://bucket/prefix` | Google Cloud Storage | `GOOGLE_SERVICE_ACCOUNT` or `GOOGLE_APPLICATION_CREDENTIALS` (a file), instance roles |
/// | `az://container/prefix` | Azure Blob Storage | `AZURE_STORAGE_ACCOUNT_NAME` with `AZURE_STORAGE_ACCOUNT_KEY`, a client id and secret, or a managed identity |
/// | `https://host/prefix` | a web server with ranges; lists only by `WebDAV` | none |
///
/// Behind a `?` may stand, with `&` between them:
///
/// | setting | for | meaning |
/// |---|---|---|
/// | `endpoint=URL` | s3, gs, az | the server, when it is not the cloud's own; `http://` is allowed when it is written here |
/// | `region=NAME` | s3 | the region [default: `AWS_REGION`, else us-east-1] |
/// | `virtual_hosted=true` | s3 | the bucket stands in the host name |
/// | `account=NAME` | az | the account [default: `AZURE_STORAGE_ACCOUNT_NAME`] |
/// | `anonymous=true` | s3, gs, az | requests are not signed: a public bucket |
///
/// Credentials cannot stand in an address, because addresses stand in logs and lists of processes.
///
/// # Examples
/// ```
/// use flaskflix_storage::object::StoreAddress;
/// let address = StoreAddress::parse("s3://films/2026?region=eu-central-1")?;
/// assert_eq!(address.to_string(), "s3://films/2026");
/// assert!(StoreAddress::parse("s3://key:secret@films").is_err());
/// # Ok::<(), flaskflix_storage::object::InvalidAddress>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreAddress {
    text: String,
    kind: Kind,
    /// The bucket or container; for a web server the URL.
    bucket: String,
    prefix: Path,
    settings: Settings,
    credentials: Credentials,
}

/// What a driver takes in place of the environment, by the names it has for it.
#[derive(Clone, Default, PartialEq, Eq)]
struct Credentials(Vec<(String, String)>);

impl Credentials {
    /// Those that a driver has a key for.
    fn known<K: FromStr>(&self) -> impl Iterator<Item = (K, &str)> {
        let pairs = self.0.iter();
        pairs.filter_map(|(name, value)| Some((name.parse().ok()?, value.as_str())))
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Secrets: omitted.
        f.debug_tuple("Credentials").finish_non_exhaustive()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    S3,
    Google,
    Azure,
    Web,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Settings {
    endpoint: Option<String>,
    region: Option<String>,
    virtual_hosted: bool,
    account: Option<String>,
    anonymous: bool,
}

/// Why a text is not the address of a store.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAddress {
    /// It is no URL of a kind that is known.
    #[error("not an address of a store: want s3://, gs://, az://, https:// or http://")]
    Scheme,
    /// It names no bucket, container or host.
    #[error("the address names no bucket")]
    NoBucket,
    /// It holds a user or a password.
    #[error("credentials do not belong into an address: they are taken from the environment")]
    Credentials,
    /// The path behind the bucket is no prefix of keys.
    #[error("the path behind the bucket is no prefix of keys")]
    Prefix,
    /// A setting behind the `?` that is not known or has a value that it cannot have. Not its value: it may be a secret.
    #[error("{name:?} is no setting of such an address, or has a wrong value")]
    Setting {
        /// Its name.
        name: String,
    },
}

impl StoreAddress {
    /// Reads an address.
    ///
    /// # Errors
    /// [`InvalidAddress`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidAddress> {
        let url = Url::parse(text).map_err(|_| InvalidAddress::Scheme)?;
        let kind = match url.scheme() {
            "s3" => Kind::S3,
            "gs" => Kind::Google,
            "az" => Kind::Azure,
            "http" | "https" => Kind::Web,
            _ => return Err(InvalidAddress::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(InvalidAddress::Credentials);
        }
        let host = url.host_str().filter(|host| !host.is_empty());
        let host = host.ok_or(InvalidAddress::NoBucket)?;
        let settings = Settings::parse(kind, &url)?;
        let prefix = Path::from_url_path(url.path()).map_err(|_| InvalidAddress::Prefix)?;
        let (bucket, prefix) = match kind {
            // Its driver takes the whole URL; a query would be sent with every request.
            Kind::Web => (url.as_str().trim_end_matches('/').to_owned(), Path::ROOT),
            _ => (host.to_owned(), prefix),
        };
        Ok(Self {
            text: text.to_owned(),
            kind,
            bucket,
            prefix,
            settings,
            credentials: Credentials::default(),
        })
    }

    /// The address as it was written, with its settings. It holds no secret: an address cannot.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Credentials that go before those of the environment, by the names of the variables, in any case:
    /// `AWS_ACCESS_KEY_ID` and its secret, `GOOGLE_SERVICE_ACCOUNT_KEY`, `AZURE_STORAGE_ACCOUNT_KEY`, and what else the driver
    /// knows. Names of other stores are passed over.
    #[must_use]
    pub fn credentials<N: Into<String>, V: Into<String>>(
        mut self,
        credentials: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let named = |(name, value): (N, V)| (name.into().to_ascii_lowercase(), value.into());
        self.credentials.0.extend(credentials.into_iter().map(named));
        self
    }

    /// Makes a source of this store. Credentials are taken from the environment; nothing is asked of the store yet.
    ///
    /// # Errors
    /// When the settings or the environment do not go together.
    pub fn connect(&self, options: ObjectOptions) -> io::Result<ObjectStoreSource> {
        let (store, signer) = match self.kind {
            Kind::S3 => self.s3().map(with_signer),
            Kind::Google => self.google().map(with_signer),
            Kind::Azure => self.azure().map(with_signer),
            Kind::Web => self.web(),
        }
        // The drivers' texts name variables and settings, and never say a value of a secret one.
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let endpoint = self.settings.endpoint.as_deref().unwrap_or_default();
        let place = Place {
            store,
            signer,
            name: format!("{}{}{endpoint}", self.kind.scheme(), self.bucket),
            prefix: self.prefix.clone(),
        };
        Ok(ObjectStoreSource::over(place, options))
    }

    fn s3(&self) -> object_store::Result<object_store::aws::AmazonS3> {
        let settings = &self.settings;
        let mut builder = AmazonS3Builder::from_env()
            .with_bucket_name(&self.bucket)
            .with_virtual_hosted_style_request(settings.virtual_hosted)
            .with_retry(no_retries())
            .with_http_connector(WatchedConnector::default());
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint);
        }
        if let Some(region) = &settings.region {
            builder = builder.with_region(region);
        }
        for (key, value) in self.credentials.known() {
            builder = builder.with_config(key, value);
        }
        if settings.anonymous {
            builder = builder.with_skip_signature(true);
        }
        // Requests are signed, the secret itself does not travel: who writes http means it.
        let endpoint = builder.get_config_value(&AmazonS3ConfigKey::Endpoint);
        builder
            .with_client_options(client_options(is_http(endpoint.as_deref())))
            .build()
    }

    fn google(&self) -> object_store::Result<object_store::gcp::GoogleCloudStorage> {
        let settings = &self.settings;
        let mut builder = GoogleCloudStorageBuilder::from_env()
            .with_bucket_name(&self.bucket)
            .with_retry(no_retries())
            .with_client_options(client_options(is_http(settings.endpoint.as_deref())))
            .with_http_connector(WatchedConnector::default());
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_base_url(endpoint);
        }
        for (key, value) in self.credentials.known() {
            builder = builder.with_config(key, value);
        }
        if settings.anonymous {
            builder = builder.with_skip_signature(true);
        }
        builder.build()
    }

    fn azure(&self) -> object_store::Result<object_store::azure::MicrosoftAzure> {
        let settings = &self.settings;
        let mut builder = MicrosoftAzureBuilder::from_env()
            .with_container_name(&self.bucket)
            .with_retry(no_retries())
            .with_client_options(client_options(is_http(settings.endpoint.as_deref())))
            .with_http_connector(WatchedConnector::default());
        if let Some(endpoint) = &settings.endpoint {
            builder = builder.with_endpoint(endpoint.clone());
        }
        if let Some(account) = &settings.account {
            builder = builder.with_account(account);
        }
        for (key, value) in self.credentials.known() {
            builder = builder.with_config(key, value);
        }
        if settings.anonymous {
            builder = builder.with_skip_signature(true);
        }
        builder.build()
    }

    fn web(&self) -> object_store::Result<Connected> {
        let store = HttpBuilder::new()
            .with_url(&self.bucket)
            .with_retry(no_retries())
            .with_client_options(client_options(is_http(Some(&self.bucket))))
            .with_http_connector(WatchedConnector::default())
            .build()?;
        Ok((Arc::new(store), None))
    }
}

impl fmt::Display for StoreAddress {
    /// The address without its settings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.kind.scheme(), self.bucket)?;
        if !self.prefix.is_root() {
            write!(f, "/{}", self.prefix)?;
        }
        Ok(())
    }
}

impl Kind {
    const fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3://",
            Self::Google => "gs://",
            Self::Azure => "az://",
            // Its URL has one.
            Self::Web => "",
        }
    }
}

impl Settings {
    fn parse(kind: Kind, url: &Url) -> Result<Self, InvalidAddress> {
        let mut settings = Self::default();
        for (name, value) in url.query_pairs() {
            let wrong = || InvalidAddress::Setting {
                name: name.clone().into_owned(),
            };
            let flag = || value.parse().map_err(|_| wrong());
            match (&*name, kind) {
                ("endpoint", Kind::S3 | Kind::Google | Kind::Azure) => {
                    settings.endpoint = Some(endpoint(&value).ok_or_else(wrong)?);
                }
                ("region", Kind::S3) => settings.region = Some(value.into_owned()),
                ("virtual_hosted", Kind::S3) => settings.virtual_hosted = flag()?,
                ("account", Kind::Azure) => settings.account = Some(value.into_owned()),
                ("anonymous", Kind::S3 | Kind::Google | Kind::Azure) => settings.anonymous = flag()?,
                _ => return Err(wrong()),
            }
        }
        Ok(settings)
    }
}

type Connected = (Arc<dyn ObjectStore>, Option<Arc<dyn Signer>>);

fn with_signer<S: ObjectStore + Signer>(store: S) -> Connected {
    let store = Arc::new(store);
    (Arc::clone(&store) as Arc<dyn ObjectStore>, Some(store))
}

/// A URL of a web server, without credentials and without the slash at its end.
fn endpoint(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    let is_bare = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (is_web && is_bare).then(|| url.as_str().trim_end_matches('/').to_owned())
}

fn is_http(url: Option<&str>) -> bool {
    url.is_some_and(|url| url.starts_with("http://"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        for (text, shown) in [
            ("s3://films", "s3://films"),
            ("s3://films/", "s3://films"),
            ("s3://films/a/b/?region=x&anonymous=true", "s3://films/a/b"),
            ("s3://films/a%20b+c", "s3://films/a b+c"),
            (
                "s3://films?endpoint=http%3A%2F%2F127.0.0.1%3A9000%2F",
                "s3://films",
            ),
            ("gs://films/x", "gs://films/x"),
            ("az://films/x?account=me", "az://films/x"),
            ("https://films.example/x/", "https://films.example/x"),
        ] {
            assert_eq!(StoreAddress::parse(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn wrong_addresses_are_refused() {
        use InvalidAddress::{Credentials, NoBucket, Prefix, Scheme};
        let setting = |name: &str| InvalidAddress::Setting {
            name: name.to_owned(),
        };
        for (text, want) in [
            ("films", Scheme),
            ("ftp://films", Scheme),
            ("s3:///films", NoBucket),
            ("s3://key:secret@films", Credentials),
            ("https://me@films.example", Credentials),
            ("s3://films/a//b", Prefix),
            ("s3://films/%2e%2e%2fb", Prefix),
            ("s3://films?secret_access_key=hush", setting("secret_access_key")),
            ("s3://films?account=me", setting("account")),
            ("s3://films?anonymous=perhaps", setting("anonymous")),
            ("s3://films?endpoint=http://me:hush@host", setting("endpoint")),
            ("https://films.example?token=hush", setting("token")),
        ] {
            let error = StoreAddress::parse(text).unwrap_err();
            assert_eq!(error, want, "{text}");
            assert!(!format!("{error} {error:?}").contains("hush"), "{text}");
        }
    }
}
