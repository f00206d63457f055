//! The places in the "continue watching" row, derived again when the rules are other ones than those they were derived with.

use std::{error::Error as StdError, sync::Arc, time::Duration};

use flaskflix_core::progress::Rules;
use tokio::{sync::watch, time::timeout};

use super::{super::link::Link, table};
use crate::sql::{
    SqlError,
    progress::places::{PAGE_ENTRIES, UNDER_WAY, moved, stamp},
};

/// The last entry of a page.
type Place = (String, String);

/// Derives the places if it must, and goes on when the server was away. Stops when the database closes; the next start
/// begins anew then.
pub(super) async fn run(rules: Arc<Rules>, link: Link, mut closing: watch::Receiver<bool>) {
    let mut told = false;
    while !*closing.borrow() {
        match derive(&rules, &link, &closing).await {
            Ok(()) | Err(SqlError::Closed) => return,
            Err(error) if !told => tracing::error!(
                error = &error as &dyn StdError,
                "the continue watching row still follows the old rules"
            ),
            Err(_) => {}
        }
        told = true;
        // An error says that the database is gone altogether.
        let _ = timeout(PAUSE, closing.wait_for(|&closing| closing)).await;
    }
}

async fn derive(rules: &Rules, link: &Link, closing: &watch::Receiver<bool>) -> Result<(), SqlError> {
    let stamp = stamp(rules);
    let stored = link.bounded(async {
        let mut session = link.read("progress_row_rules").await?;
        let stored = table::row_rules(&mut session)
            .await
            .map_err(SqlError::of_server)?;
        session.end().await?;
        Ok(stored)
    });
    if stored.await?.as_deref() == Some(&*stamp) {
        return Ok(());
    }
    let mut last = Some(Place::default());
    while let Some(place) = last.take()
        && !*closing.borrow()
    {
        last = link.bounded(page(rules, link, &place, &stamp)).await?;
    }
    Ok(())
}

/// Derives the places of a page, in a transaction of its own: progress is written in between. Returns its end; `None` when it
/// was the last one.
async fn page(rules: &Rules, link: &Link, place: &Place, stamp: &str) -> Result<Option<Place>, SqlError> {
    let mut session = link.begin("progress_page").await?;
    let page = table::page(&mut session, place, PAGE_ENTRIES)
        .await
        .map_err(SqlError::of_server)?;
    let end = page.last().map(|end| (end.viewer.clone(), end.title.clone()));
    let stamp = if end.is_some() {
        table::write(&mut session, link, rules, &moved(rules, page))
            .await
            .map_err(SqlError::of_server)?;
        UNDER_WAY
    } else {
        stamp
    };
    table::set_row_rules(&mut session, stamp)
        .await
        .map_err(SqlError::of_server)?;
    session.end().await?;
    Ok(end)
}

/// How long to wait for a server that is away.
const PAUSE: Duration = Duration::from_secs(5);
