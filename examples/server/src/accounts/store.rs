//! Users in the database: register, verify, change, remove.

use std::{fmt, sync::Arc};

use flaskflix_core::{
    id::ViewerId,
    progress::ProgressStore,
    time::{Clock, UnixMillis},
};
use sqlx::FromRow;

use super::{
    AccountError,
    passwords::Passwords,
    user::{PasswordMark, User, UserName, accept_password},
};
use crate::database::{Database, Statement};

/// Everybody with an account. A handle, cheap to clone.
///
/// # Cost
/// What takes a password takes some 20 ms of a core and 19 MiB, beside the threads that serve.
#[derive(Clone)]
pub struct Accounts {
    database: Database,
    progress: Arc<dyn ProgressStore>,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    /// Whether the demo viewer may log in.
    demo: bool,
}

impl Accounts {
    /// The accounts of a database whose tables are up to date.
    pub(crate) fn new(
        database: Database,
        progress: Arc<dyn ProgressStore>,
        clock: Arc<dyn Clock>,
        demo: bool,
    ) -> Self {
        Self {
            database,
            progress,
            clock,
            passwords: Passwords::new(),
            demo,
        }
    }

    /// Makes an account. Of two who ask for one name at once, one gets it.
    ///
    /// # Errors
    /// [`AccountError::InvalidName`], [`InvalidPassword`](AccountError::InvalidPassword),
    /// [`NameTaken`](AccountError::NameTaken), or the database's.
    pub async fn register(&self, name: &str, password: &str) -> Result<User, AccountError> {
        self.add(name, password, Kind::Viewer).await
    }

    /// Makes an administrator's account.
    ///
    /// # Errors
    /// As [`register`](Self::register).
    pub async fn register_admin(&self, name: &str, password: &str) -> Result<User, AccountError> {
        self.add(name, password, Kind::Admin).await
    }

    /// Makes the account of the demo viewer, unless the name is taken.
    pub(crate) async fn ensure_demo(&self) -> Result<(), AccountError> {
        if self.named(DEMO_NAME).await?.is_some() {
            return Ok(());
        }
        match self.add(DEMO_NAME, DEMO_PASSWORD, Kind::Demo).await {
            Ok(_) | Err(AccountError::NameTaken) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn add(&self, name: &str, password: &str, kind: Kind) -> Result<User, AccountError> {
        let name = UserName::parse(name)?;
        let password = accept_password(password)?;
        // Before the costly part, so that a taken name is a cheap answer. Who wins a race is decided by the table.
        if self.row(&name).await?.is_some() {
            return Err(AccountError::NameTaken);
        }
        let hash = self.passwords.hash(password).await?;
        let user = Statement::new(
            "INSERT INTO users (name, name_key, password_hash, is_admin, is_demo, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             RETURNING id, name, password_hash, is_admin, is_demo, created_at",
        )
        .bind(name.as_str())
        .bind(name.key())
        .bind(hash)
        .bind(kind == Kind::Admin)
        .bind(kind == Kind::Demo)
        .bind(self.now());
        let row: UserRow =
            self.database
                .returning(user)
                .await
                .map_err(|error| match error.as_database_error() {
                    Some(cause) if cause.is_unique_violation() => AccountError::NameTaken,
                    _ => error.into(),
                })?;
        Ok(row.into())
    }

    /// The user of this name and password. Takes as long for a name that nobody has.
    ///
    /// # Errors
    /// [`AccountError::WrongCredentials`], [`Busy`](AccountError::Busy) when too many are at it, or the database's.
    pub async fn verify(&self, name: &str, password: &str) -> Result<User, AccountError> {
        let row = match UserName::parse(name) {
            Ok(name) => self.row(&name).await?,
            Err(_) => None,
        };
        let row = row.filter(|row| self.demo || !row.is_demo);
        let hash = row.as_ref().map(|row| row.password_hash.clone());
        let is_right = self.passwords.matches(password, hash).await?;
        row.filter(|_| is_right)
            .map(User::from)
            .ok_or(AccountError::WrongCredentials)
    }

    /// The user of this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn user(&self, id: i64) -> Result<Option<User>, AccountError> {
        let row = self.row_of(id).await?;
        Ok(row.filter(|row| self.demo || !row.is_demo).map(User::from))
    }

    /// The user whom the library calls by this name.
    pub(super) async fn of_viewer(&self, viewer: &ViewerId) -> Result<Option<User>, AccountError> {
        match viewer.as_str().strip_prefix('u').map(str::parse) {
            Some(Ok(id)) => self.user(id).await,
            _ => Ok(None),
        }
    }

    /// The user of this name, in whatever capitals.
    ///
    /// # Errors
    /// The database's.
    pub async fn named(&self, name: &str) -> Result<Option<User>, AccountError> {
        match UserName::parse(name) {
            Ok(name) => Ok(self.row(&name).await?.map(User::from)),
            Err(_) => Ok(None),
        }
    }

    /// Everybody, by name.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self) -> Result<Vec<User>, AccountError> {
        let everybody = Statement::new(
            "SELECT id, name, password_hash, is_admin, is_demo, created_at FROM users ORDER BY name_key",
        );
        let rows: Vec<UserRow> = self.database.all(everybody).await?;
        Ok(rows.into_iter().map(User::from).collect())
    }

    /// How many administrators there are.
    ///
    /// # Errors
    /// The database's.
    pub async fn count_admins(&self) -> Result<u64, AccountError> {
        let admins = Statement::new("SELECT count(*) FROM users WHERE is_admin");
        Ok(self.database.count(admins).await?)
    }

    /// Gives the user another password and ends every session of theirs.
    ///
    /// # Errors
    /// [`AccountError::InvalidPassword`], [`Unknown`](AccountError::Unknown), or the database's.
    pub async fn set_password(&self, id: i64, password: &str) -> Result<(), AccountError> {
        self.replace_password(id, password).await.map(|_| ())
    }

    /// The same, and what a session that may go on has to hold.
    pub(crate) async fn replace_password(
        &self,
        id: i64,
        password: &str,
    ) -> Result<PasswordMark, AccountError> {
        let hash = self.passwords.hash(accept_password(password)?).await?;
        let mark = PasswordMark::of(&hash);
        let mut change = self.database.change().await?;
        let password = Statement::new("UPDATE users SET password_hash = $1, is_demo = FALSE WHERE id = $2")
            .bind(hash)
            .bind(id);
        if change.execute(password).await? == 0 {
            return Err(AccountError::Unknown);
        }
        let sessions = Statement::new("DELETE FROM sessions WHERE user_id = $1").bind(id);
        // Those in Redis are found out by the mark: there is no saying that Redis is there now.
        change.execute(sessions).await?;
        change.commit().await?;
        Ok(mark)
    }

    /// Makes the user an administrator, or a viewer again.
    ///
    /// # Errors
    /// [`AccountError::LastAdmin`], [`Unknown`](AccountError::Unknown), or the database's.
    pub async fn set_admin(&self, id: i64, is_admin: bool) -> Result<(), AccountError> {
        // The demo viewer's password is known to everybody.
        let right = Statement::new(
            "UPDATE users SET is_admin = $1
             WHERE id = $2 AND NOT (is_demo AND $1)
               AND ($1 OR NOT is_admin OR (SELECT count(*) FROM users WHERE is_admin) > 1)",
        )
        .bind(is_admin)
        .bind(id);
        self.change_admins(id, right).await
    }

    /// Removes the user, their sessions and their progress.
    ///
    /// # Errors
    /// [`AccountError::LastAdmin`], [`Unknown`](AccountError::Unknown), or the stores'.
    pub async fn remove(&self, id: i64) -> Result<(), AccountError> {
        let viewer = self
            .row_of(id)
            .await?
            .and_then(|row| User::from(row).viewer().ok());
        // The sessions go with the row.
        let user = Statement::new(
            "DELETE FROM users
             WHERE id = $1 AND (NOT is_admin OR (SELECT count(*) FROM users WHERE is_admin) > 1)",
        )
        .bind(id);
        self.change_admins(id, user).await?;
        if let Some(viewer) = viewer {
            self.progress.forget(&viewer).await?;
        }
        Ok(())
    }

    /// Does what leaves the last administrator alone, and tells why when it did nothing.
    async fn change_admins(&self, id: i64, statement: Statement) -> Result<(), AccountError> {
        let mut change = self.database.change().await?;
        change.hold_users().await?;
        let changed = change.execute(statement).await?;
        change.commit().await?;
        match (changed, self.row_of(id).await?) {
            (1.., _) => Ok(()),
            (0, Some(_)) => Err(AccountError::LastAdmin),
            (0, None) => Err(AccountError::Unknown),
        }
    }

    /// Of the demo viewer, too, whether that one may log in or not.
    async fn row_of(&self, id: i64) -> Result<Option<UserRow>, AccountError> {
        let user = Statement::new(
            "SELECT id, name, password_hash, is_admin, is_demo, created_at FROM users WHERE id = $1",
        )
        .bind(id);
        Ok(self.database.optional(user).await?)
    }

    async fn row(&self, name: &UserName) -> Result<Option<UserRow>, AccountError> {
        let user = Statement::new(
            "SELECT id, name, password_hash, is_admin, is_demo, created_at FROM users WHERE name_key = $1",
        )
        .bind(name.key());
        Ok(self.database.optional(user).await?)
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.now_millis().as_millis()).unwrap_or(i64::MAX)
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounts")
            .field("demo", &self.demo)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Viewer,
    Admin,
    Demo,
}

#[derive(FromRow)]
struct UserRow {
    id: i64,
    name: String,
    password_hash: String,
    is_admin: bool,
    is_demo: bool,
    created_at: i64,
}

impl From<UserRow> for User {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id,
            password: PasswordMark::of(&row.password_hash),
            name: row.name,
            is_admin: row.is_admin,
            created_at: UnixMillis::from_millis(u64::try_from(row.created_at).unwrap_or(0)),
        }
    }
}

/// The demo viewer. The sign-in page shows both.
pub(crate) const DEMO_NAME: &str = "demo";
pub(crate) const DEMO_PASSWORD: &str = "demo-demo";
