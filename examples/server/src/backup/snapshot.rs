//! The tables as lines of JSON: a header for each table, an array for each row.

use std::{
    collections::BTreeMap,
    error::Error,
    io::{self, BufRead, Write},
};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::tables::{self, Column, TABLES, Table};
use crate::database::{Change, Database};

type Failure = Box<dyn Error + Send + Sync>;

/// How many rows each table has.
pub(super) type Counts = BTreeMap<String, u64>;

/// What stands before the rows of a table.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    table: String,
    columns: Vec<String>,
    /// The largest number that was ever given out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_number: Option<i64>,
}

/// Writes every table as it was at one moment, whatever is written meanwhile.
pub(super) async fn write(database: &Database, out: &mut (dyn Write + Send)) -> Result<Counts, Failure> {
    let mut snapshot = database.snapshot().await?;
    let mut counts = Counts::new();
    for table in TABLES {
        let last_number = match table.is_numbered {
            true => {
                let found: Option<(i64,)> = snapshot.optional(table.last_number(database)).await?;
                Some(found.map_or(0, |(number,)| number))
            }
            false => None,
        };
        let header = Header {
            table: table.name.to_owned(),
            columns: table.column_names().into_iter().map(str::to_owned).collect(),
            last_number,
        };
        writeln!(out, "{}", serde_json::to_string(&header)?)?;
        let rows = write_rows(database, &mut snapshot, table, out).await?;
        counts.insert(table.name.to_owned(), rows);
    }
    Ok(counts)
}

async fn write_rows(
    database: &Database,
    snapshot: &mut Change,
    table: &Table,
    out: &mut (dyn Write + Send),
) -> Result<u64, Failure> {
    let mut rows = 0_u64;
    let mut last: Option<Vec<Json>> = None;
    loop {
        let page = table.page(database, last.as_deref(), PAGE);
        let page =
            page.ok_or_else(|| format!("the table {} holds what does not belong there", table.name))?;
        let found: Vec<(String,)> = snapshot.all(page).await?;
        for (row,) in &found {
            // As one line, whatever spaces the database puts between.
            let row: Vec<Json> = serde_json::from_str(row)?;
            writeln!(out, "{}", serde_json::to_string(&row)?)?;
            rows = rows.saturating_add(1);
            last = Some(row);
        }
        if found.is_empty() {
            return Ok(rows);
        }
    }
}

/// Puts the tables into a database whose tables are empty, all or nothing.
///
/// # Errors
/// The database holds something already, a line is not what it should be, or the rows are not as many as `wanted` says.
pub(super) async fn read(
    database: &Database,
    text: &mut (dyn BufRead + Send),
    wanted: &Counts,
) -> Result<(), Failure> {
    let mut change = database.change().await?;
    refuse_what_is_filled(&mut change).await?;
    let mut filling: Option<Filling> = None;
    let mut counts = Counts::new();
    for (number, line) in text.lines().enumerate() {
        let line = line?;
        let at = |error: &dyn std::fmt::Display| format!("line {} of the database: {error}", number + 1);
        if line.starts_with('{') {
            finish(&mut change, database, filling.take(), &mut counts).await?;
            let header = serde_json::from_str(&line).map_err(|error| at(&error))?;
            filling = Some(Filling::begin(header).map_err(|error| at(&error))?);
            continue;
        }
        let row = serde_json::from_str(&line).map_err(|error| at(&error))?;
        let Some(filling) = &mut filling else {
            return Err(at(&"a row before its table").into());
        };
        filling.rows.push(row);
        if filling.rows.len() >= BATCH {
            filling.flush(&mut change).await?;
        }
    }
    finish(&mut change, database, filling, &mut counts).await?;
    if counts != *wanted {
        return Err("the database of the backup has other rows than its manifest says".into());
    }
    change.commit().await?;
    Ok(())
}

/// Looks whether [`read`] would be refused, before anything else is done.
pub(super) async fn expect_empty(database: &Database) -> Result<(), Failure> {
    // Dropped, and so undone.
    refuse_what_is_filled(&mut database.change().await?).await
}

/// A database that has served is not overwritten. What the first run has noted is in the way, too: its film was added.
async fn refuse_what_is_filled(change: &mut Change) -> Result<(), Failure> {
    for table in TABLES.iter().filter(|table| table.name != "flaskflix_settings") {
        let rows: Option<(i64,)> = change.optional(table.count()).await?;
        if rows.is_some_and(|(rows,)| rows > 0) {
            let name = table.name;
            return Err(format!("the table {name} is not empty: restore into a new database").into());
        }
    }
    // What the library notes for itself in an empty database.
    let settings = crate::database::Statement::new("DELETE FROM flaskflix_settings");
    change.execute(settings).await?;
    Ok(())
}

async fn finish(
    change: &mut Change,
    database: &Database,
    filling: Option<Filling>,
    counts: &mut Counts,
) -> Result<(), Failure> {
    let Some(mut filling) = filling else {
        return Ok(());
    };
    filling.flush(change).await?;
    let table = filling.table;
    if let Some(number) = filling.last_number.filter(|&number| number > 0) {
        for statement in table.go_on_from(database, number) {
            change.execute(statement).await?;
        }
    }
    // Asked, not counted along: it is what the database has taken that matters.
    let rows: Option<(i64,)> = change.optional(table.count()).await?;
    let rows = rows.and_then(|(rows,)| u64::try_from(rows).ok()).unwrap_or(0);
    counts.insert(table.name.to_owned(), rows);
    Ok(())
}

/// A table while its rows come in.
struct Filling {
    table: &'static Table,
    columns: Vec<Column>,
    last_number: Option<i64>,
    rows: Vec<Vec<Json>>,
}

impl Filling {
    fn begin(header: Header) -> Result<Self, &'static str> {
        let table = Table::named(&header.table).ok_or("a table that this program does not know")?;
        let columns = table.columns_named(&header.columns);
        Ok(Self {
            table,
            columns: columns.ok_or("a column that this program does not know")?,
            last_number: header.last_number,
            rows: Vec::new(),
        })
    }

    async fn flush(&mut self, change: &mut Change) -> Result<(), Failure> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let insert = tables::insert(self.table, &self.columns, &rows);
        let insert = insert.ok_or_else(|| {
            let text = format!("a row of {} does not fit its columns", self.table.name);
            io::Error::new(io::ErrorKind::InvalidData, text)
        })?;
        change.execute(insert).await?;
        Ok(())
    }
}

/// Rows that are read at once.
const PAGE: i64 = 2_000;
/// Rows that are written at once: with 14 columns well below the 32,766 values that SQLite takes.
const BATCH: usize = 500;
