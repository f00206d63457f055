//! A catalogue that goes on answering while its database is away.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use flaskflix_core::{
    ErrorChain,
    catalog::{Catalog, CatalogError, Title},
    id::TitleId,
};
use moka::future::Cache;
use tokio::time::{Instant, timeout};

/// Answers with what it last knew of a title when the catalogue behind it fails or is slow: a film that somebody watches goes on
/// playing. A title that was never asked for is not known.
///
/// While the catalogue answers, its answer counts: an edit is seen as soon as ever, and a removed title is forgotten. While it is
/// away, a title that was edited or removed elsewhere plays as before.
///
/// # Cost
/// While the catalogue is away, one request in each second waits for it, 250 ms at most; the others do not wait. At most 10,000
/// titles are remembered, about 1 KB each.
#[derive(Debug)]
pub(crate) struct LastKnown {
    inner: Arc<dyn Catalog>,
    titles: Cache<TitleId, Arc<Title>>,
    /// Until when the catalogue is not asked again.
    spared_until: Mutex<Option<Instant>>,
    pause: Duration,
    /// Whether the log has been told.
    is_away: AtomicBool,
}

impl LastKnown {
    pub(crate) fn new(inner: Arc<dyn Catalog>) -> Self {
        Self {
            inner,
            titles: Cache::new(MAX_TITLES),
            spared_until: Mutex::default(),
            pause: PAUSE,
            is_away: AtomicBool::new(false),
        }
    }

    /// Whether to ask the catalogue. While it is away, one caller in each pause is told to.
    fn may_ask(&self) -> bool {
        let now = Instant::now();
        let mut until = self.spared_until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.is_some_and(|until| now < until) {
            return false;
        }
        *until = self.is_away.load(Ordering::Relaxed).then(|| now + self.pause);
        true
    }

    fn spare(&self, reason: &dyn std::fmt::Display) {
        let mut until = self.spared_until.lock().unwrap_or_else(PoisonError::into_inner);
        *until = Some(Instant::now() + self.pause);
        if !self.is_away.swap(true, Ordering::Relaxed) {
            tracing::warn!(%reason, "the catalogue is away: titles are answered as they were last known");
        }
    }

    fn answered(&self) {
        *self.spared_until.lock().unwrap_or_else(PoisonError::into_inner) = None;
        if self.is_away.swap(false, Ordering::Relaxed) {
            tracing::info!("the catalogue is back");
        }
    }

    async fn remember(&self, id: &TitleId, known: Option<&Arc<Title>>, found: Option<&Arc<Title>>) {
        match (known, found) {
            // The usual case: the catalogue itself had it in memory.
            (Some(known), Some(found)) if Arc::ptr_eq(known, found) => {}
            (_, Some(found)) => self.titles.insert(id.clone(), Arc::clone(found)).await,
            (Some(_), None) => self.titles.invalidate(id).await,
            (None, None) => {}
        }
    }
}

#[async_trait]
impl Catalog for LastKnown {
    async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
        let known = self.titles.get(id).await;
        let Some(known) = known else {
            // Nothing else can be answered: this one waits as long as the catalogue does.
            let found = self.inner.title(id).await?;
            self.remember(id, None, found.as_ref()).await;
            return Ok(found);
        };
        if !self.may_ask() {
            return Ok(Some(known));
        }
        let (inner, wanted) = (Arc::clone(&self.inner), id.clone());
        let mut asked = Box::pin(async move { inner.title(&wanted).await });
        match timeout(PATIENCE, &mut asked).await {
            Ok(Ok(found)) => {
                self.answered();
                self.remember(id, Some(&known), found.as_ref()).await;
                Ok(found)
            }
            Ok(Err(error)) => {
                self.spare(&ErrorChain(&error));
                Ok(Some(known))
            }
            Err(_) => {
                self.spare(&"no answer in time");
                // To its end: a question that is broken off takes its connection along, when the database is short of them.
                tokio::spawn(asked);
                Ok(Some(known))
            }
        }
    }
}

/// How long a player can wait without noticing.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a catalogue that is away is left alone.
const PAUSE: Duration = Duration::from_secs(1);
const MAX_TITLES: u64 = 10_000;

#[cfg(test)]
mod tests {
    use flaskflix_core::{catalog::Delivery, id::AssetKey};
    use tokio::sync::Notify;

    use super::*;

    /// Says what it is told to.
    #[derive(Debug, Default)]
    struct Told {
        says: Mutex<Says>,
        asked: std::sync::atomic::AtomicU32,
        /// Lets [`Says::Later`] answer.
        go: Notify,
        /// [`Says::Later`] has answered.
        gone: Notify,
    }

    #[derive(Debug, Default, Clone)]
    enum Says {
        Title(&'static str),
        Nothing,
        #[default]
        Failure,
        Silence,
        Later,
    }

    #[async_trait]
    impl Catalog for Told {
        async fn title(&self, id: &TitleId) -> Result<Option<Arc<Title>>, CatalogError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let says = self.says.lock().unwrap().clone();
            match says {
                Says::Title(name) => {
                    let asset = AssetKey::parse("film.mp4").unwrap();
                    Ok(Some(Arc::new(Title::new(
                        id.clone(),
                        name,
                        Delivery::File { asset },
                    ))))
                }
                Says::Nothing => Ok(None),
                Says::Failure => Err(CatalogError::new("away")),
                Says::Silence => std::future::pending().await,
                Says::Later => {
                    self.go.notified().await;
                    self.gone.notify_one();
                    Ok(None)
                }
            }
        }
    }

    struct Scene {
        told: Arc<Told>,
        titles: LastKnown,
    }

    impl Scene {
        /// A catalogue that is away is left alone for so long.
        fn new(pause: Duration) -> Self {
            let told = Arc::new(Told::default());
            let titles = LastKnown {
                pause,
                ..LastKnown::new(Arc::clone(&told) as Arc<dyn Catalog>)
            };
            Self { told, titles }
        }

        fn says(&self, says: Says) {
            *self.told.says.lock().unwrap() = says;
        }

        async fn name(&self) -> Result<Option<String>, CatalogError> {
            let title = self.titles.title(&TitleId::parse("7").unwrap()).await?;
            Ok(title.map(|title| title.name.clone()))
        }
    }

    #[tokio::test]
    async fn a_known_title_outlives_its_catalogue() {
        for away in [Says::Failure, Says::Silence] {
            let scene = Scene::new(Duration::from_secs(3600));
            scene.says(Says::Title("before"));
            assert_eq!(scene.name().await.unwrap().as_deref(), Some("before"));
            scene.says(away);
            for _ in 0..10 {
                assert_eq!(scene.name().await.unwrap().as_deref(), Some("before"));
            }
            assert_eq!(
                scene.told.asked.load(Ordering::Relaxed),
                2,
                "one has asked in vain"
            );
        }
    }

    #[tokio::test]
    async fn a_question_that_nobody_waits_for_is_asked_to_its_end() {
        let scene = Scene::new(Duration::ZERO);
        scene.says(Says::Title("before"));
        scene.name().await.unwrap();
        scene.says(Says::Later);
        assert_eq!(scene.name().await.unwrap().as_deref(), Some("before"));
        scene.told.go.notify_one();
        timeout(Duration::from_secs(10), scene.told.gone.notified())
            .await
            .expect("an answer to nobody");
    }

    #[tokio::test]
    async fn an_edit_is_seen_when_the_catalogue_is_back() {
        let scene = Scene::new(Duration::ZERO);
        scene.says(Says::Title("before"));
        scene.name().await.unwrap();
        scene.says(Says::Failure);
        assert_eq!(scene.name().await.unwrap().as_deref(), Some("before"));
        scene.says(Says::Title("after"));
        assert_eq!(scene.name().await.unwrap().as_deref(), Some("after"));
    }

    #[tokio::test]
    async fn a_removed_title_is_forgotten() {
        let scene = Scene::new(Duration::ZERO);
        scene.says(Says::Title("before"));
        scene.name().await.unwrap();
        scene.says(Says::Nothing);
        assert_eq!(scene.name().await.unwrap(), None);
        scene.says(Says::Failure);
        assert!(scene.name().await.is_err());
    }

    #[tokio::test]
    async fn an_unknown_title_is_a_failure_and_not_a_404() {
        assert!(Scene::new(Duration::ZERO).name().await.is_err());
    }
}
