//! Which tables and columns a backup holds, and the statements that read and write them.

use serde_json::Value as Json;

use crate::database::{Database, Statement, Value};

/// A table that is kept.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    columns: &'static [(&'static str, Kind)],
    /// How many of the first columns tell one row from another.
    key: usize,
    /// Whether its first column is a number that the database gives out, and never twice.
    pub(super) is_numbered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Truth,
}

use Kind::{Integer, Text, Truth};

/// The tables, in an order in which they can be filled.
///
/// Left out: `sessions`, for a session that was ended must not come back, and a stolen backup should log nobody in; and
/// `flaskflix_index_records`, which are read from the films again.
#[rustfmt::skip]
pub(super) static TABLES: &[Table] = &[
    Table {
        name: "users",
        columns: &[
            ("id", Integer), ("name", Text), ("name_key", Text), ("password_hash", Text), ("is_admin", Truth), ("is_demo", Truth),
            ("created_at", Integer),
        ],
        key: 1,
        is_numbered: true,
    },
    Table {
        name: "first_run",
        columns: &[("step", Text)],
        key: 1,
        is_numbered: false,
    },
    Table {
        name: "movies",
        columns: &[
            ("id", Integer), ("title", Text), ("description", Text), ("release_year", Integer), ("genre", Text), ("poster", Text),
            ("video_url", Text), ("hls_url", Text), ("quality_variants", Text), ("progressive", Truth), ("duration_seconds", Integer),
            ("created_at", Integer), ("updated_at", Integer), ("search_text", Text),
        ],
        key: 1,
        is_numbered: true,
    },
    Table {
        name: "watch_progress",
        columns: &[
            ("viewer", Text), ("title", Text), ("position_ms", Integer), ("duration_ms", Integer), ("finished", Truth),
            ("activity_at", Integer), ("completed_at", Integer), ("plays", Integer), ("dismissed_at", Integer), ("decided_at", Integer),
            ("sessions", Text), ("row_at", Integer),
        ],
        key: 2,
        is_numbered: false,
    },
    Table {
        name: "flaskflix_settings",
        columns: &[("name", Text), ("value", Text)],
        key: 1,
        is_numbered: false,
    },
];

impl Table {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.name == name)
    }

    pub(super) fn column_names(&self) -> Vec<&'static str> {
        self.columns.iter().map(|(name, _)| *name).collect()
    }

    /// The columns of these names, in their order; `None` when one is not known.
    pub(super) fn columns_named(&self, names: &[String]) -> Option<Vec<Column>> {
        let find = |name: &String| self.columns.iter().find(|(known, _)| known == name);
        names
            .iter()
            .map(|name| find(name).map(|&(name, kind)| Column { name, kind }))
            .collect()
    }

    /// The rows behind a row, in the order of the key: each as a text, a JSON array.
    pub(super) fn page(&self, database: &Database, after: Option<&[Json]>, limit: i64) -> Option<Statement> {
        let array = match database {
            Database::Sqlite(_) => "json_array",
            Database::Postgres(_) => "json_build_array",
        };
        let names = self.column_names();
        let key = names.get(..self.key)?.join(", ");
        let (all, table) = (names.join(", "), self.name);
        // As text: what a driver makes of the type JSON differs.
        let select = format!("SELECT CAST({array}({all}) AS TEXT) FROM {table}");
        let order = |place: usize| format!("ORDER BY {key} LIMIT ${place}");
        let Some(after) = after else {
            let sql = format!("{select} {}", order(1));
            return Some(Statement::assembled(sql, vec![limit.into()]));
        };
        let mut values = (0..self.key)
            .map(|place| self.columns.get(place)?.1.value(after.get(place)?))
            .collect::<Option<Vec<_>>>()?;
        values.push(limit.into());
        let sql = format!(
            "{select} WHERE ({key}) > ({}) {}",
            placeholders(1, self.key),
            order(self.key + 1)
        );
        Some(Statement::assembled(sql, values))
    }

    pub(super) fn count(&self) -> Statement {
        Statement::assembled(format!("SELECT count(*) FROM {}", self.name), Vec::new())
    }

    /// The largest number that was ever given to a row, of one that was removed, too.
    pub(super) fn last_number(&self, database: &Database) -> Statement {
        let table = self.name;
        let sql = match database {
            Database::Sqlite(_) => format!("SELECT seq FROM sqlite_sequence WHERE name = '{table}'"),
            Database::Postgres(_) => {
                format!("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {table}_id_seq")
            }
        };
        Statement::assembled(sql, Vec::new())
    }

    /// Lets the database go on counting behind this number.
    pub(super) fn go_on_from(&self, database: &Database, number: i64) -> Vec<Statement> {
        let table = self.name;
        let statement = |sql: String, values| Statement::assembled(sql, values);
        match database {
            Database::Sqlite(_) => vec![
                statement(
                    format!("DELETE FROM sqlite_sequence WHERE name = '{table}'"),
                    Vec::new(),
                ),
                statement(
                    format!("INSERT INTO sqlite_sequence (name, seq) VALUES ('{table}', $1)"),
                    vec![number.into()],
                ),
            ],
            Database::Postgres(_) => vec![statement(
                format!("SELECT setval('{table}_id_seq', $1)"),
                vec![number.into()],
            )],
        }
    }
}

/// A column of a table, as a backup names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    name: &'static str,
    kind: Kind,
}

/// Puts rows into a table; `None` when a row does not fit the columns.
pub(super) fn insert(table: &Table, columns: &[Column], rows: &[Vec<Json>]) -> Option<Statement> {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    let mut values = Vec::new();
    let mut groups = Vec::new();
    for row in rows {
        if row.len() != columns.len() {
            return None;
        }
        groups.push(format!("({})", placeholders(values.len() + 1, row.len())));
        for (column, cell) in columns.iter().zip(row) {
            values.push(column.kind.value(cell)?);
        }
    }
    let (names, groups) = (names.join(", "), groups.join(", "));
    let sql = format!("INSERT INTO {} ({names}) VALUES {groups}", table.name);
    Some(Statement::assembled(sql, values))
}

fn placeholders(first: usize, count: usize) -> String {
    let all: Vec<_> = (first..first.saturating_add(count))
        .map(|place| format!("${place}"))
        .collect();
    all.join(", ")
}

impl Kind {
    /// What a cell holds; `None` when that is of another kind. SQLite's truth values are numbers.
    fn value(self, cell: &Json) -> Option<Value> {
        Some(match (self, cell) {
            (Self::Integer, Json::Null) => Value::Integer(None),
            (Self::Integer, Json::Number(number)) => Value::Integer(Some(number.as_i64()?)),
            (Self::Text, Json::Null) => Value::Text(None),
            (Self::Text, Json::String(text)) => Value::Text(Some(text.clone())),
            (Self::Truth, Json::Bool(truth)) => Value::Truth(Some(*truth)),
            (Self::Truth, Json::Number(number)) => Value::Truth(Some(number.as_i64()? != 0)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{data_folder::DataFolder, settings::Settings};

    /// Kept by nobody, on purpose: see [`TABLES`]; and what migrations note for themselves.
    const LEFT_OUT: [&str; 4] = [
        "_flaskflix_migrations",
        "_flaskflix_server_migrations",
        "flaskflix_index_records",
        "sessions",
    ];

    #[tokio::test]
    async fn every_column_of_every_table_is_kept_or_left_out_on_purpose() {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            data: folder.path().to_owned(),
            ..Settings::default()
        };
        let data = DataFolder::open(folder.path()).unwrap();
        let database = Database::open(&settings, &data).await.unwrap();
        let names = |sql: String| {
            let names = Statement::assembled(sql, Vec::new());
            let database = &database;
            async move {
                let rows: Vec<(String,)> = database.all(names).await.unwrap();
                rows.into_iter().map(|(name,)| name).collect::<Vec<_>>()
            }
        };
        let found =
            names("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name".to_owned()).await;
        let ours = found
            .iter()
            .map(String::as_str)
            .filter(|name| !name.starts_with("sqlite_"));
        let mut known: Vec<_> = TABLES.iter().map(|table| table.name).chain(LEFT_OUT).collect();
        known.sort_unstable();
        assert_eq!(ours.collect::<Vec<_>>(), known);
        for table in TABLES {
            let columns = names(format!(
                "SELECT name FROM pragma_table_info('{}') ORDER BY cid",
                table.name
            ))
            .await;
            assert_eq!(columns, table.column_names(), "{}", table.name);
        }
    }
}
