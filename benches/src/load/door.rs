//! How a viewer gets in: an account, a log-in and a token, or nothing at all.

use serde::Deserialize;

use super::{
    line::{Ask, Keep, Line, Reply},
    scenario::Entry,
    tally::Step,
    viewer::{Counted, Viewer},
};

/// A viewer who is let in: what it needs to ask for media.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ticket {
    /// The session, for a `Cookie` header, where there are accounts.
    pub cookie: Option<String>,
    /// The folder of the master playlist, with the token in it, ending in a slash.
    pub folder: String,
    /// The master's name in it.
    pub master: String,
}

#[derive(Deserialize)]
struct TokenReply {
    stream_url: String,
}

impl Ticket {
    /// For this address of a master playlist.
    fn to(url: &str, cookie: Option<String>) -> Option<Self> {
        let (folder, master) = url.rsplit_once('/')?;
        Some(Self {
            cookie,
            folder: format!("{folder}/"),
            master: master.to_owned(),
        })
    }
}

impl Viewer {
    /// Logs in, where that is asked for; gives the session.
    ///
    /// # Errors
    /// Counted.
    pub async fn log_in(&self, line: &mut Line) -> Result<Option<String>, Counted> {
        if matches!(self.scenario.entry, Entry::Open { .. }) {
            return Ok(None);
        }
        let reply = self.form(line, Step::LogIn, "/login").await?;
        let cookies = reply.cookies();
        cookies
            .map(Some)
            .ok_or_else(|| self.fail(Step::LogIn, "no session"))
    }

    /// Makes the account. One that is refused may be there already: its log-in will tell.
    ///
    /// # Errors
    /// Counted.
    pub async fn register(&self, line: &mut Line) -> Result<(), Counted> {
        self.form(line, Step::Register, "/register").await.map(|_| ())
    }

    async fn form(&self, line: &mut Line, step: Step, path: &str) -> Result<Reply, Counted> {
        let (name, password) = (self.scenario.account(self.number), &self.scenario.password);
        let form = format!("name={name}&password={password}&next=%2F");
        let ask = Ask {
            method: "POST",
            path,
            body: Some(("application/x-www-form-urlencoded", form.as_bytes())),
            ..Ask::default()
        };
        let taken_is_fine = step == Step::Register;
        self.ask(line, step, &ask, |status| {
            status == 303 || (taken_is_fine && status == 422)
        })
        .await
    }

    /// Asks for a stream token, where that is needed.
    ///
    /// # Errors
    /// Counted.
    pub async fn ticket(&self, line: &mut Line, cookie: Option<String>) -> Result<Ticket, Counted> {
        let url = match &self.scenario.entry {
            Entry::Open { master } => master.clone(),
            Entry::Account { movie } => {
                let path = format!("/stream/{movie}/token");
                let ask = Ask {
                    method: "GET",
                    path: &path,
                    cookie: cookie.as_deref(),
                    keep: Keep::All,
                    ..Ask::default()
                };
                let reply = self.ask(line, Step::Token, &ask, |status| status == 200).await?;
                serde_json::from_slice::<TokenReply>(&reply.body)
                    .map_err(|_| self.fail(Step::Token, "no stream URL"))?
                    .stream_url
            }
        };
        Ticket::to(&url, cookie).ok_or_else(|| self.fail(Step::Token, "no path"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_the_folder_of_the_master_and_its_name() {
        let ticket = Ticket::to("/stream/7/a.b.c/master.m3u8", None).unwrap();
        assert_eq!(
            (ticket.folder.as_str(), ticket.master.as_str()),
            ("/stream/7/a.b.c/", "master.m3u8")
        );
        assert_eq!(Ticket::to("master", None), None);
    }
}
