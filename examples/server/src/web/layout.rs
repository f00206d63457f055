//! What every page shows around its own content.

use super::{Visitor, static_files};
use crate::app::App;

/// The frame of a page: `templates/layout.html`.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) site_name: String,
    /// Who looks; `None` is a guest.
    pub(crate) user: Option<UserView>,
    /// Whether a guest may make an account.
    pub(crate) registration: bool,
    /// Whether it is known who looks.
    pub(crate) account: bool,
}

/// What pages say of the user who looks at them.
#[derive(Debug, Clone)]
pub(crate) struct UserView {
    pub(crate) name: String,
    pub(crate) is_admin: bool,
}

impl Layout {
    pub(crate) fn of(app: &App, Visitor(user): &Visitor) -> Self {
        let settings = app.settings();
        Self {
            site_name: settings.site_name.clone(),
            user: user.as_ref().map(|user| UserView {
                name: user.name.clone(),
                is_admin: user.is_admin,
            }),
            registration: settings.registration,
            account: true,
        }
    }

    /// Leaves out who looks: for pages that are made where that is not known.
    pub(crate) fn without_account(mut self) -> Self {
        self.account = false;
        self
    }

    /// The address of a file of the program's own.
    // A method because templates have the layout at hand and nothing else.
    #[expect(clippy::unused_self, reason = "templates reach functions through the layout")]
    pub(crate) fn asset(&self, file: &str) -> String {
        static_files::url(file)
    }

    pub(crate) fn is_admin(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.is_admin)
    }
}
