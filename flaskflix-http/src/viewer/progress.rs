//! `/stream/{movie_id}/progress`: a player reports, a page asks, a viewer marks, dismisses or deletes.

use flaskflix_core::{
    access::{Action, Subject},
    id::{TitleId, ViewerId},
    progress::{Change, Event, InvalidReport, Report, SessionId},
};
use http::request::Parts;

use super::{
    desk::{Desk, store_failed},
    documents::ProgressDocument,
    fields::Fields,
    screens::{SCREEN, parse_screen},
};
use crate::{
    response::api::Answer,
    status::api::{ApiRefusal, Invalid},
};

impl Desk {
    /// `GET`: where the viewer is.
    pub(super) async fn position(&self, head: &Parts, id: &TitleId) -> Result<Answer, ApiRefusal> {
        let viewer = self.viewer(head, id, None).await?;
        self.title(id).await?;
        let entries = self.progress.entries(&viewer, std::slice::from_ref(id)).await;
        let entries = entries.map_err(|error| store_failed(&error))?;
        let document = match entries.iter().find(|entry| entry.title == *id) {
            Some(entry) => ProgressDocument::new(self.progress.rules(), entry),
            None => ProgressDocument::unwatched(id),
        };
        Ok(Answer::json(&document))
    }

    /// `POST`: a player reports.
    pub(super) async fn report(&self, head: &Parts, id: &TitleId, body: &[u8]) -> Result<Answer, ApiRefusal> {
        let (viewer, fields) = self.admitted(head, id, body).await?;
        let report = report(&fields)?;
        let screen = fields.text(SCREEN)?.map(parse_screen).transpose()?;
        self.title(id).await?;
        let event = report.event();
        let answer = self.change(&viewer, id, Change::Report(report)).await?;
        // Kept first: that the screen was ended does not undo where the viewer was.
        if let Some(screen) = screen {
            self.report_screen(&viewer, id, screen, event).await?;
        }
        Ok(answer)
    }

    /// `PUT`: the viewer decides.
    pub(super) async fn mark(&self, head: &Parts, id: &TitleId, body: &[u8]) -> Result<Answer, ApiRefusal> {
        let (viewer, fields) = self.admitted(head, id, body).await?;
        let change = decision(&fields)?;
        self.title(id).await?;
        self.change(&viewer, id, change).await
    }

    /// `DELETE`: the entry goes. Also that of a title that is gone: it is the viewer's.
    pub(super) async fn delete(&self, head: &Parts, id: &TitleId) -> Result<Answer, ApiRefusal> {
        let viewer = self.viewer(head, id, None).await?;
        self.within_quota(Action::Progress, &Subject::Viewer(viewer.clone()))
            .await?;
        self.change(&viewer, id, Change::Delete).await?;
        Ok(Answer::Done)
    }

    /// Who sends this body, within the quota; and what it holds. Who is not known learns nothing about the body.
    async fn admitted(
        &self,
        head: &Parts,
        id: &TitleId,
        body: &[u8],
    ) -> Result<(ViewerId, Fields), ApiRefusal> {
        let fields = Fields::parse(body);
        let in_body = fields.as_ref().ok().and_then(|fields| fields.text("token").ok()?);
        let viewer = self.viewer(head, id, in_body).await?;
        self.within_quota(Action::Progress, &Subject::Viewer(viewer.clone()))
            .await?;
        Ok((viewer, fields?))
    }

    async fn change(&self, viewer: &ViewerId, id: &TitleId, change: Change) -> Result<Answer, ApiRefusal> {
        let now = self.clock.now_millis();
        let entry = self.progress.change(viewer, id, change, now).await;
        let document = match entry.map_err(|error| store_failed(&error))? {
            Some(entry) => ProgressDocument::new(self.progress.rules(), &entry),
            None => ProgressDocument::unwatched(id),
        };
        Ok(Answer::json(&document))
    }
}

/// What a player reports.
fn report(fields: &Fields) -> Result<Report, Invalid> {
    let position = fields.number(CURRENT_TIME)?;
    let position = position.ok_or_else(|| Invalid::field(CURRENT_TIME, "current_time is missing"))?;
    let duration = fields.number(TOTAL_DURATION)?;
    let mut report = Report::new(position, duration).map_err(|error| not_believed(&error))?;
    match (fields.text(SESSION)?, fields.whole(SEQ)?) {
        (None, None) => {}
        (Some(session), Some(seq)) => {
            let session = SessionId::parse(session).map_err(|error| not_believed(&error))?;
            report = report.in_session(session, seq);
        }
        (Some(_), None) => return Err(Invalid::field(SEQ, "session comes without seq")),
        (None, Some(_)) => return Err(Invalid::field(SESSION, "seq comes without session")),
    }
    if let Some(word) = fields.text(EVENT)? {
        let event = Event::parse(word)
            .ok_or_else(|| Invalid::field(EVENT, "event is none of time, pause, seek, ended, stop"))?;
        report = report.with_event(event);
    }
    Ok(report)
}

/// What a viewer decides: exactly one thing.
fn decision(fields: &Fields) -> Result<Change, Invalid> {
    match (fields.truth(WATCHED)?, fields.truth(DISMISSED)?) {
        (Some(true), None) => Ok(Change::Watched),
        (Some(false), None) => Ok(Change::Unwatched),
        (None, Some(true)) => Ok(Change::Dismiss),
        (None, Some(false)) => Err(Invalid::field(
            DISMISSED,
            "dismissed can only become true: watching takes the title back into the row",
        )),
        (None, None) => Err(Invalid::field(WATCHED, "either watched or dismissed is needed")),
        (Some(_), Some(_)) => Err(Invalid::field(
            DISMISSED,
            "watched and dismissed cannot be changed together",
        )),
    }
}

fn not_believed(error: &InvalidReport) -> Invalid {
    let field = match error {
        InvalidReport::Duration => TOTAL_DURATION,
        InvalidReport::Session => SESSION,
        _ => CURRENT_TIME,
    };
    Invalid::field(field, error.to_string())
}

const CURRENT_TIME: &str = "current_time";
const TOTAL_DURATION: &str = "total_duration";
const SESSION: &str = "session";
const SEQ: &str = "seq";
const EVENT: &str = "event";
const WATCHED: &str = "watched";
const DISMISSED: &str = "dismissed";
