//! The state that handlers share, and the whole router.

use std::{
    error::Error,
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::Router;
use flaskflix_core::{
    catalog::Catalog,
    encrypt::DerivedKeys,
    package::IndexStore,
    progress::ProgressStore,
    source::ByteSource,
    time::Clock,
    token::{KeyRing, TokenSigner},
};
use flaskflix_http::{
    Streamer, Vod,
    viewer::{TrustedProxies, ViewerApi},
};
use flaskflix_storage::{
    redis::{Redis, RedisOptions},
    sql::MovieStore,
};

use crate::{
    accounts::{Accounts, ProgressOfUsers, Sessions},
    cache,
    catalog::{WithPosters, WithSubtitles},
    data_folder::DataFolder,
    database::Database,
    indexes,
    last_known::LastKnown,
    media::Media,
    ops::{self, Probe},
    secrets,
    settings::Settings,
    viewers::Viewers,
    web::{self, Doors},
};

/// What every handler can reach: a handle, cheap to clone.
#[derive(Clone)]
pub struct App {
    shared: Arc<Shared>,
}

struct Shared {
    settings: Settings,
    database: Database,
    movies: Arc<dyn MovieStore>,
    progress: Arc<dyn ProgressStore>,
    accounts: Accounts,
    sessions: Sessions,
    doors: Doors,
    files: Media,
    indexes: Arc<dyn IndexStore>,
    keys: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    proxies: TrustedProxies,
    posters_folder: PathBuf,
    vod: Vod,
    viewers: Viewers,
    probe: Probe,
}

/// The server could not be put together. Says what was being done; the cause tells the rest.
#[derive(Debug, thiserror::Error)]
#[error("cannot {doing}")]
pub struct StartError {
    doing: String,
    #[source]
    cause: Box<dyn Error + Send + Sync>,
}

impl StartError {
    pub(crate) fn new(doing: impl Into<String>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            doing: doing.into(),
            cause: cause.into(),
        }
    }
}

impl App {
    /// Opens what the settings name and makes what is missing: folders, keys, database, tables. Neither listens nor adds
    /// accounts or movies.
    ///
    /// # Errors
    /// [`StartError`] names the part that is in the way.
    pub async fn open(settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let folder = DataFolder::open(&settings.data).map_err(|cause| StartError::new("start", cause))?;
        let files = Media::open(&settings)?;
        let keys = secrets::read_or_make(&folder.key_file());
        let keys = Arc::new(keys.map_err(|cause| StartError::new("sign stream tokens", cause))?);
        let posters_folder = settings.posters();
        std::fs::create_dir_all(&posters_folder).map_err(|cause| {
            StartError::new(format!("make the folder {}", posters_folder.display()), cause)
        })?;
        let database = Database::open(&settings, &folder).await?;

        let queue = database.progress(settings.resume.clone());
        let probe = Probe::new(database.clone(), files.clone(), queue.clone());
        let progress = queue.store();
        let accounts = Accounts::new(
            database.clone(),
            Arc::clone(&progress),
            Arc::clone(&clock),
            settings.demo,
        );
        let indexes = indexes::open(&folder);
        let movies = database.movies();
        let redis = open_redis(&settings)?;
        let viewers = Viewers::open(&settings, redis.as_ref(), &clock);
        let source = cache::over(Arc::new(files.clone()), &settings)?;
        let parts = VodParts {
            viewers: &viewers,
            movies: &movies,
            files: &files,
            source: &source,
            indexes: &indexes,
            progress: &progress,
            accounts: &accounts,
            keys: &keys,
            clock: &clock,
        };
        let vod = parts.build(&settings, content_keys(&settings, &folder)?)?;
        let shared = Shared {
            sessions: Sessions::open(&settings, &database, redis.as_ref(), &clock)?,
            doors: Doors::new(&settings, redis.as_ref()),
            proxies: settings.trusted_proxies.as_proxies(),
            settings,
            database,
            movies,
            progress,
            accounts,
            files,
            indexes,
            keys,
            clock,
            posters_folder,
            vod,
            viewers,
            probe,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// The settings in effect.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The movies: the catalogue and its editing.
    #[must_use]
    pub fn movies(&self) -> &Arc<dyn MovieStore> {
        &self.shared.movies
    }

    /// The progress of viewers.
    #[must_use]
    pub fn progress(&self) -> &Arc<dyn ProgressStore> {
        &self.shared.progress
    }

    /// Who may log in.
    #[must_use]
    pub fn accounts(&self) -> &Accounts {
        &self.shared.accounts
    }

    /// The films.
    #[must_use]
    pub fn files(&self) -> &Media {
        &self.shared.files
    }

    /// The indexes of films, cached.
    #[must_use]
    pub fn indexes(&self) -> &Arc<dyn IndexStore> {
        &self.shared.indexes
    }

    /// The keys that sign stream tokens.
    #[must_use]
    pub fn keys(&self) -> &Arc<KeyRing> {
        &self.shared.keys
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.shared.database
    }

    /// What tells the time.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.shared.clock
    }

    /// The folder of uploaded posters.
    #[must_use]
    pub fn posters_folder(&self) -> &Path {
        &self.shared.posters_folder
    }

    pub(crate) fn sessions(&self) -> &Sessions {
        &self.shared.sessions
    }

    pub(crate) fn doors(&self) -> &Doors {
        &self.shared.doors
    }

    pub(crate) fn proxies(&self) -> &TrustedProxies {
        &self.shared.proxies
    }

    pub(crate) fn probe(&self) -> &Probe {
        &self.shared.probe
    }

    pub(crate) fn viewers(&self) -> &Viewers {
        &self.shared.viewers
    }

    pub(crate) fn vod(&self) -> &Vod {
        &self.shared.vod
    }
}

/// The Redis that nodes share, when there is one: one connection and one circuit breaker for all that asks it. Connects later.
fn open_redis(settings: &Settings) -> Result<Option<Redis>, StartError> {
    let options = || RedisOptions::new().budget(settings.redis_budget.0);
    let open = |url: &String| Redis::open(url, options());
    let redis = settings.redis_url.as_ref().map(open).transpose();
    redis.map_err(|cause| StartError::new("use the setting redis_url", cause))
}

/// What films are encrypted with, when they are.
fn content_keys(settings: &Settings, folder: &DataFolder) -> Result<Option<DerivedKeys>, StartError> {
    let read = || secrets::read_or_make_content_keys(&folder.content_key_file());
    let keys = settings.encrypt.then(read).transpose();
    keys.map_err(|cause| StartError::new("encrypt films", cause))
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App")
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

/// Every page and endpoint, in one router.
///
/// ```text
/// request log -> security headers -> problem pages and panics -> cross-site check -> session -> who is it
///   -> the library: /stream/..., /continue-watching
///   -> pages, operations
/// ```
pub fn router(app: App) -> Router {
    let routes = Router::new()
        .merge(web::routes())
        .merge(ops::routes())
        .merge(web::library(&app));
    ops::observed(web::protected(routes, &app), &app).with_state(app)
}

/// The parts that the library is built from.
struct VodParts<'a> {
    viewers: &'a Viewers,
    movies: &'a Arc<dyn MovieStore>,
    files: &'a Media,
    source: &'a Arc<dyn ByteSource>,
    indexes: &'a Arc<dyn IndexStore>,
    progress: &'a Arc<dyn ProgressStore>,
    accounts: &'a Accounts,
    keys: &'a Arc<KeyRing>,
    clock: &'a Arc<dyn Clock>,
}

impl VodParts<'_> {
    fn build(&self, settings: &Settings, content_keys: Option<DerivedKeys>) -> Result<Vod, StartError> {
        let signer = || Arc::clone(self.keys) as Arc<dyn TokenSigner>;
        // Without posters: nobody sees them on the way of a segment.
        let mut streamer = Streamer::builder(
            Arc::new(WithSubtitles {
                // Films go on playing while the database is away.
                movies: Arc::new(LastKnown::new(Arc::clone(self.movies) as Arc<dyn Catalog>)),
                files: self.files.clone(),
            }),
            Arc::clone(self.source),
            signer(),
        )
        .index_store(Arc::clone(self.indexes))
        .hot_segment_bytes(settings.hot_segments)
        .clock(Arc::clone(self.clock));
        if let Some(keys) = content_keys {
            streamer = streamer.key_provider(Arc::new(keys));
        }
        if let Some(offload) = &settings.offload {
            streamer = streamer.offload(offload.clone());
        }
        let streamer = self
            .viewers
            .guard(streamer)
            .build()
            .map_err(|cause| StartError::new("serve media", cause))?;

        let catalog = Arc::new(WithPosters(Arc::clone(self.movies) as Arc<dyn Catalog>));
        let progress = Arc::new(ProgressOfUsers {
            store: Arc::clone(self.progress),
            accounts: self.accounts.clone(),
        });
        let api = ViewerApi::builder(catalog, progress, signer());
        let api = self
            .viewers
            .serve(api)
            .token_ttl(settings.token_ttl)
            .clock(Arc::clone(self.clock))
            .build()
            .map_err(|cause| StartError::new("answer viewers", cause))?;
        Ok(Vod::new(streamer, api))
    }
}
