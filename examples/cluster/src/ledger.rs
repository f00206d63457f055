//! What one viewer reported, what was acknowledged, and what an answer proves about it.

/// The positions that a viewer reported in one run, in order, and how far they were acknowledged.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger {
    /// Milliseconds. Report number `n` is at `n - 1`.
    sent: Vec<u64>,
    /// The number of the newest report that was acknowledged; 0: none.
    acknowledged: usize,
}

/// What an answer proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finding {
    /// The newest acknowledged report, or a newer one whose answer was lost.
    Kept,
    /// An older one, or nothing: an acknowledged report is gone.
    Lost,
    /// A position that was never reported.
    Invented,
}

impl Ledger {
    /// Notes that a position is about to be reported; gives the report's number.
    pub(crate) fn send(&mut self, position_ms: u64) -> usize {
        self.sent.push(position_ms);
        self.sent.len()
    }

    /// Notes that the newest report was acknowledged.
    pub(crate) fn acknowledge(&mut self) {
        self.acknowledged = self.sent.len();
    }

    /// Whether anything was acknowledged.
    pub(crate) const fn is_empty(&self) -> bool {
        self.acknowledged == 0
    }

    /// What a stored position proves; `None`: nothing is stored.
    pub(crate) fn judge(&self, stored_ms: Option<u64>) -> Finding {
        let Some(stored) = stored_ms else {
            return if self.is_empty() {
                Finding::Kept
            } else {
                Finding::Lost
            };
        };
        let newest = self.sent.iter().rposition(|&sent| sent == stored);
        match newest {
            Some(place) if place.saturating_add(1) >= self.acknowledged => Finding::Kept,
            Some(_) => Finding::Lost,
            None => Finding::Invented,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        for position in [2_000, 4_000] {
            ledger.send(position);
            ledger.acknowledge();
        }
        // Nobody knows whether this one arrived.
        assert_eq!(ledger.send(6_000), 3);
        ledger
    }

    #[test]
    fn the_newest_acknowledged_report_and_newer_ones_are_kept() {
        assert_eq!(ledger().judge(Some(4_000)), Finding::Kept);
        assert_eq!(ledger().judge(Some(6_000)), Finding::Kept);
        assert_eq!(Ledger::default().judge(None), Finding::Kept);
    }

    #[test]
    fn an_older_report_or_none_is_a_loss() {
        assert_eq!(ledger().judge(Some(2_000)), Finding::Lost);
        assert_eq!(ledger().judge(None), Finding::Lost);
    }

    #[test]
    fn what_nobody_reported_is_invented() {
        assert_eq!(ledger().judge(Some(5_000)), Finding::Invented);
    }
}
