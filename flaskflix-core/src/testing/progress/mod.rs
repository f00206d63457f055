//! The conformance suite of [`ProgressStore`].

mod changes;
mod reads;
mod row;
mod someone;

use crate::progress::ProgressStore;

/// Runs every check of the contract of [`ProgressStore`] that needs no crash: what is written survives a kill only if the
/// store says so truthfully, and that is what `flaskflix-progress-ledger` finds out.
///
/// The suite works for viewers whose names begin with `conformance`, and forgets them before and after. It needs the
/// [default rules](crate::progress::Rules::default), and a queue that holds 256 changes at once.
///
/// # Panics
/// On the first promise that is broken; the message starts with the name of the promise.
///
/// # Examples
/// ```
/// # use flaskflix_core::{id::{TitleId, ViewerId}, progress::*, testing, time::UnixMillis};
/// # #[derive(Debug)]
/// # struct Forgetful(Rules);
/// # #[async_trait::async_trait]
/// # impl ProgressStore for Forgetful {
/// #     fn rules(&self) -> &Rules { &self.0 }
/// #     async fn change(&self, _: &ViewerId, title: &TitleId, change: Change, now: UnixMillis)
/// #         -> Result<Option<WatchProgress>, ProgressError> {
/// #         Ok(match self.0.apply(title, None, &change, now) { Decision::Write(entry) => Some(entry), _ => None })
/// #     }
/// #     async fn entries(&self, _: &ViewerId, _: &[TitleId]) -> Result<Vec<WatchProgress>, ProgressError> { Ok(vec![]) }
/// #     async fn continue_watching(&self, _: &ViewerId, _: Option<&Cursor>, _: u32)
/// #         -> Result<Vec<WatchProgress>, ProgressError> { Ok(vec![]) }
/// #     async fn forget(&self, _: &ViewerId) -> Result<u64, ProgressError> { Ok(0) }
/// # }
/// // A store that keeps nothing does not pass.
/// let store = Forgetful(Rules::default());
/// # let run = tokio::runtime::Builder::new_current_thread().build()?;
/// let verdict = std::panic::catch_unwind(|| {
///     run.block_on(testing::progress::conformance(&store));
/// });
/// assert!(verdict.is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
pub async fn conformance(store: &dyn ProgressStore) {
    changes::every_change_follows_the_rules(store).await;
    changes::change_is_seen_by_every_later_read(store).await;
    changes::deleted_entry_is_gone(store).await;
    changes::forgotten_viewer_has_no_entries(store).await;
    changes::extreme_values_are_kept(store).await;
    changes::concurrent_changes_of_one_entry_lose_nothing(store).await;
    changes::concurrent_changes_of_many_entries_lose_nothing(store).await;
    reads::viewers_are_kept_apart(store).await;
    reads::titles_are_kept_apart(store).await;
    reads::entries_are_those_that_were_asked_for(store).await;
    row::row_holds_what_can_be_resumed(store).await;
    row::row_is_newest_first(store).await;
    row::pages_are_the_row_in_pieces(store).await;
    row::page_begins_behind_an_entry_that_is_gone(store).await;
}
