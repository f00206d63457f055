//! One statement in SQL that both databases understand.

use sqlx::{
    Arguments, AssertSqlSafe, Encode, FromRow, Postgres, SqlSafeStr as _, SqlStr, Sqlite, Type,
    postgres::{PgArguments, PgRow},
    query::{Query, QueryAs},
    sqlite::{SqliteArguments, SqliteRow},
};

/// A statement and its values.
///
/// What both databases understand alike: `$1` for the first value, `ON CONFLICT`, `RETURNING`, `TRUE` and `FALSE`, a truth
/// value as a condition of its own (`WHERE is_admin`, never `is_admin = 1`).
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    sql: SqlStr,
    values: Vec<Value>,
}

/// A value of a column. `None` is NULL.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Integer(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Truth(Option<bool>),
}

/// What a row of either database can be read as. `#[derive(FromRow)]` makes both.
pub(crate) trait Found:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T> Found for T where T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin {}

impl Statement {
    pub(crate) fn new(sql: &'static str) -> Self {
        Self {
            sql: sql.into_sql_str(),
            values: Vec::new(),
        }
    }

    /// A statement that is put together. Only names and placeholders that stand in this program may be in it.
    pub(crate) fn assembled(sql: String, values: Vec<Value>) -> Self {
        let sql = AssertSqlSafe(sql).into_sql_str();
        Self { sql, values }
    }

    /// The next value: `$1` first.
    pub(crate) fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    pub(super) fn sqlite(self) -> Result<Query<'static, Sqlite, SqliteArguments>, sqlx::Error> {
        let Self { sql, values } = self;
        Ok(sqlx::query_with(sql, arguments(values)?))
    }

    /// `persistent`: whether the statement stays prepared on the connection.
    pub(super) fn postgres(
        self,
        persistent: bool,
    ) -> Result<Query<'static, Postgres, PgArguments>, sqlx::Error> {
        let Self { sql, values } = self;
        Ok(sqlx::query_with(sql, arguments(values)?).persistent(persistent))
    }

    pub(super) fn sqlite_as<T: Found>(
        self,
    ) -> Result<QueryAs<'static, Sqlite, T, SqliteArguments>, sqlx::Error> {
        let Self { sql, values } = self;
        Ok(sqlx::query_as_with(sql, arguments(values)?))
    }

    pub(super) fn postgres_as<T: Found>(
        self,
        persistent: bool,
    ) -> Result<QueryAs<'static, Postgres, T, PgArguments>, sqlx::Error> {
        let Self { sql, values } = self;
        Ok(sqlx::query_as_with(sql, arguments(values)?).persistent(persistent))
    }
}

fn arguments<'q, A: Arguments>(values: Vec<Value>) -> Result<A, sqlx::Error>
where
    Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
    Option<String>: Encode<'q, A::Database> + Type<A::Database>,
    Option<Vec<u8>>: Encode<'q, A::Database> + Type<A::Database>,
    Option<bool>: Encode<'q, A::Database> + Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        match value {
            Value::Integer(value) => arguments.add(value),
            Value::Text(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
            Value::Truth(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Truth(Some(value))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}
