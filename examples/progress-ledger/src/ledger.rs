//! The ledger: what was sent and what was acknowledged.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Write as _},
    path::Path,
};

use crate::story::Row;

/// The ledger in memory, and every line of it on disk for whoever looks into a violation.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    rows: BTreeMap<Row, Account>,
    acknowledged: u64,
    refused: u64,
}

/// What is known of one row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// The largest number that was sent; 0: none.
    pub(crate) sent: u64,
    /// The largest number that was acknowledged; 0: none.
    pub(crate) acknowledged: u64,
    /// Numbers that were sent again after larger ones were acknowledged.
    pub(crate) late: BTreeSet<u64>,
}

impl Ledger {
    /// An empty ledger with its file.
    pub(crate) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self {
            file: File::create(path)?,
            rows: BTreeMap::new(),
            acknowledged: 0,
            refused: 0,
        })
    }

    /// A report is about to be sent.
    pub(crate) fn send(&mut self, row: Row, seq: u64) -> io::Result<()> {
        let account = self.rows.entry(row).or_default();
        account.sent = account.sent.max(seq);
        if seq < account.acknowledged {
            account.late.insert(seq);
        }
        self.write("sent", row, seq)
    }

    /// A report was acknowledged.
    pub(crate) fn acknowledge(&mut self, row: Row, seq: u64) -> io::Result<()> {
        let account = self.rows.entry(row).or_default();
        account.acknowledged = account.acknowledged.max(seq);
        self.acknowledged = self.acknowledged.saturating_add(1);
        self.write("acknowledged", row, seq)
    }

    /// A report was answered, but with another status than 2xx.
    pub(crate) fn refuse(&mut self, row: Row, seq: u64) -> io::Result<()> {
        self.refused = self.refused.saturating_add(1);
        self.write("refused", row, seq)
    }

    /// A violation was told: from now on the row is held to what was found.
    pub(crate) fn settle(&mut self, row: Row, found: u64) {
        let account = self.rows.entry(row).or_default();
        account.acknowledged = found.min(account.sent);
        account.late.clear();
    }

    /// What is known of a row.
    pub(crate) fn account(&self, row: Row) -> Account {
        self.rows.get(&row).cloned().unwrap_or_default()
    }

    /// Acknowledged reports, repeated ones too.
    pub(crate) const fn acknowledged(&self) -> u64 {
        self.acknowledged
    }

    /// Reports that were refused.
    pub(crate) const fn refused(&self) -> u64 {
        self.refused
    }

    fn write(&mut self, what: &str, row: Row, seq: u64) -> io::Result<()> {
        // One write for a line: what the kernel has, survives this process.
        self.file
            .write_all(format!("{what} {row} report {seq}\n").as_bytes())
    }
}
