//! What an answer proves.

use std::fmt;

use crate::{
    ledger::Account,
    story::{Meaning, Row, Words},
};

/// Something that must not happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) kind: Kind,
    pub(crate) row: Row,
    /// The largest number that was acknowledged.
    pub(crate) acknowledged: u64,
    /// The number that was found; 0: none.
    pub(crate) found: u64,
}

/// The kinds of violations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// An acknowledged report is gone.
    Lost,
    /// A late repetition took the place of a newer report.
    Regressed,
    /// The row is put together from two reports.
    Torn,
    /// The row holds what nobody sent.
    Invented,
}

impl Kind {
    /// All kinds, in the order of the table.
    pub(crate) const ALL: [Self; 4] = [Self::Lost, Self::Regressed, Self::Torn, Self::Invented];
}

/// Judges what was found in a row by what is known of it. The account is that of a moment before the question.
pub(crate) fn judge(row: Row, account: &Account, found: Option<Words>) -> Option<Violation> {
    let (kind, seq) = match found.map(|words| row.meaning(words)) {
        None if account.acknowledged == 0 => return None,
        None => (Kind::Lost, 0),
        Some(Meaning::Torn) => (Kind::Torn, 0),
        Some(Meaning::Nonsense) => (Kind::Invented, 0),
        Some(Meaning::Report(seq)) if seq == 0 || seq > account.sent => (Kind::Invented, seq),
        Some(Meaning::Report(seq)) if seq >= account.acknowledged => return None,
        Some(Meaning::Report(seq)) if account.late.contains(&seq) => (Kind::Regressed, seq),
        Some(Meaning::Report(seq)) => (Kind::Lost, seq),
    };
    Some(Violation {
        kind,
        row,
        acknowledged: account.acknowledged,
        found: seq,
    })
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Lost => "lost",
            Self::Regressed => "regressed",
            Self::Torn => "torn",
            Self::Invented => "invented",
        })
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kind,
            row,
            acknowledged,
            found,
        } = self;
        write!(f, "{kind}: {row}: report {acknowledged} was acknowledged, ")?;
        match found {
            0 => f.write_str("no report is there"),
            found => write!(f, "report {found} is there"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Row = Row { viewer: 3, title: 5 };

    fn found(words: Option<Words>) -> Option<Kind> {
        let account = Account {
            sent: 10,
            acknowledged: 8,
            late: [4].into(),
        };
        judge(ROW, &account, words).map(|violation| violation.kind)
    }

    #[test]
    fn acknowledged_or_newer_report_is_right() {
        for seq in 8..=10 {
            assert_eq!(found(Some(ROW.words(seq))), None);
        }
        assert_eq!(judge(ROW, &Account::default(), None), None);
    }

    #[test]
    fn every_kind_is_told() {
        assert_eq!(found(None), Some(Kind::Lost));
        assert_eq!(found(Some(ROW.words(7))), Some(Kind::Lost));
        assert_eq!(found(Some(ROW.words(4))), Some(Kind::Regressed));
        assert_eq!(found(Some(ROW.words(11))), Some(Kind::Invented));
        let foreign = Row { viewer: 4, ..ROW }.words(8);
        assert_eq!(found(Some(foreign)), Some(Kind::Torn));
        let torn = Words {
            duration_ms: ROW.words(7).duration_ms,
            ..ROW.words(8)
        };
        assert_eq!(found(Some(torn)), Some(Kind::Torn));
    }

    #[test]
    fn report_that_nobody_sent_is_invented() {
        let account = Account::default();
        let violation = judge(ROW, &account, Some(ROW.words(1)));
        assert_eq!(violation.map(|violation| violation.kind), Some(Kind::Invented));
    }
}
