//! `/continue-watching`: what a viewer can go on with, newest first, page by page.

use flaskflix_core::{
    access::{Action, Subject},
    progress::{Cursor, WatchProgress},
};
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::{
    cursor::{self, CursorText},
    desk::{Desk, named, store_failed},
    documents::RowItem,
};
use crate::{
    response::api::Answer,
    route::{ApiRoute, encode_segment},
    status::api::{ApiRefusal, Invalid},
    trace,
};

/// Which page is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PageQuery {
    limit: u32,
    after: Option<Cursor>,
}

impl Desk {
    /// `GET`: one page. Titles that have left the catalogue are left out and the page is filled up with the next ones.
    pub(super) async fn row(&self, head: &Parts) -> Result<Answer, ApiRefusal> {
        let viewer = named(head)?;
        let PageQuery { limit, mut after } = PageQuery::parse(head.uri.query())?;
        let page_len = usize::try_from(limit).unwrap_or(usize::MAX);
        // One more than the page has, to know whether there is a next one.
        let read_len = limit.saturating_add(1);
        let mut items = Vec::new();
        for _ in 0..MAX_READS {
            let entries = self
                .progress
                .continue_watching(viewer, after.as_ref(), read_len)
                .await
                .map_err(|error| store_failed(&error))?;
            for entry in &entries {
                let item = self.item(entry).await?;
                if item.is_some() && items.len() == page_len {
                    return Ok(self.page(&items, limit, after.as_ref()));
                }
                items.extend(item);
                after = Some(Cursor {
                    activity_at: entry.activity_at,
                    title: entry.title.clone(),
                });
            }
            if entries.len() <= page_len {
                return Ok(self.page(&items, limit, None));
            }
        }
        // So many titles are gone that the rest is for the next page.
        Ok(self.page(&items, limit, after.as_ref()))
    }

    /// `DELETE`: everything that is stored about the viewer's progress goes.
    pub(super) async fn forget(&self, head: &Parts) -> Result<Answer, ApiRefusal> {
        let viewer = named(head)?;
        self.same_site(head)?;
        self.within_quota(Action::Progress, &Subject::Viewer(viewer.clone()))
            .await?;
        let forgotten = self.progress.forget(viewer).await;
        forgotten.map_err(|error| store_failed(&error))?;
        Ok(Answer::Done)
    }

    /// The entry with its title; `None` when the catalogue has it no more.
    async fn item(&self, entry: &WatchProgress) -> Result<Option<RowItem>, ApiRefusal> {
        match self.catalog.title(&entry.title).await {
            Ok(title) => Ok(title.map(|title| RowItem::new(&title, self.progress.rules(), entry))),
            Err(error) => {
                trace::catalog_failed(&entry.title, &error);
                Err(ApiRefusal::AWAY)
            }
        }
    }

    /// A page; `last` is the entry that the next one begins behind, when there is a next one.
    fn page(&self, items: &[RowItem], limit: u32, last: Option<&Cursor>) -> Answer {
        let next = last.map(|last| {
            let (base, path) = (&self.base, ApiRoute::ContinueWatching.path());
            let cursor = CursorText(last).to_string();
            format!("{base}{path}?limit={limit}&cursor={}", encode_segment(&cursor))
        });
        Answer::page(&items, next)
    }
}

impl PageQuery {
    /// Reads the query; parameters that we do not know are ignored.
    fn parse(query: Option<&str>) -> Result<Self, Invalid> {
        let (mut limit, mut after) = (None, None);
        for pair in query.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = percent_decode_str(value).decode_utf8_lossy();
            match &*percent_decode_str(name).decode_utf8_lossy() {
                LIMIT => once(LIMIT, &mut limit, page_length(&value))?,
                CURSOR => once(CURSOR, &mut after, cursor::parse(&value))?,
                _ => {}
            }
        }
        Ok(Self {
            limit: limit.unwrap_or(DEFAULT_LIMIT),
            after,
        })
    }
}

/// The value of a parameter that may stand once.
fn once<T>(name: &'static str, place: &mut Option<T>, value: Option<T>) -> Result<(), Invalid> {
    let value = value.ok_or_else(|| match name {
        LIMIT => Invalid::field(
            LIMIT,
            format!("limit is not a whole number from 1 to {MAX_LIMIT}"),
        ),
        _ => Invalid::field(name, format!("{name} is none that came in a Link header")),
    })?;
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(Invalid::field(name, format!("{name} stands twice in the query"))),
    }
}

fn page_length(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let limit = digits.then(|| text.parse().ok()).flatten()?;
    (1..=MAX_LIMIT).contains(&limit).then_some(limit)
}

const LIMIT: &str = "limit";
const CURSOR: &str = "cursor";
const DEFAULT_LIMIT: u32 = 20;
const MAX_LIMIT: u32 = 100;
/// Most reads of the store for one page: bounds what a row of nothing but vanished titles costs.
const MAX_READS: usize = 5;
