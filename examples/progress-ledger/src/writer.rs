//! One writer: a viewer who watches several titles, and whose network repeats reports, some of them late.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::watch;

use crate::{
    badges::Badges,
    client::Client,
    judge,
    judge::Violation,
    ledger::Ledger,
    story::{Row, viewer_name},
};

/// What the writers and the checker share.
#[derive(Debug)]
pub(crate) struct Shared {
    ledger: Mutex<Ledger>,
    violations: Mutex<Vec<Violation>>,
    /// Who the viewers are to the server.
    pub(crate) badges: Badges,
    /// How many reports were acknowledged.
    pub(crate) acknowledged: watch::Sender<u64>,
}

impl Shared {
    pub(crate) fn new(ledger: Ledger, badges: Badges) -> Self {
        Self {
            ledger: Mutex::new(ledger),
            violations: Mutex::default(),
            badges,
            acknowledged: watch::Sender::new(0),
        }
    }

    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut Ledger) -> T) -> T {
        look(&mut self.ledger.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps a violation, and holds its row to what was found from now on.
    pub(crate) fn tell(&self, violation: Violation) {
        self.with(|ledger| ledger.settle(violation.row, violation.found));
        let mut violations = self.violations.lock().unwrap_or_else(PoisonError::into_inner);
        violations.push(violation);
    }

    pub(crate) fn violations(&self) -> Vec<Violation> {
        self.violations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Writes to whatever server there is, until the sender of addresses is gone.
pub(crate) async fn run(
    shared: Arc<Shared>,
    viewer: u16,
    titles: u16,
    mut server: watch::Receiver<Option<SocketAddr>>,
) -> io::Result<()> {
    let mut pen = Pen::new(viewer, titles);
    loop {
        let address = match server.wait_for(Option::is_some).await {
            Ok(address) => *address,
            Err(_) => return Ok(()),
        };
        if let Some(address) = address
            && let Ok(mut client) = Client::connect(address, shared.badges.of(&viewer_name(viewer))).await
        {
            while write(&shared, &mut client, &mut pen).await? {}
        }
        // The server is gone, or does not take connections: the next one will.
        if server.changed().await.is_err() {
            return Ok(());
        }
    }
}

/// Sends one report; whether the connection is still good.
async fn write(shared: &Shared, client: &mut Client, pen: &mut Pen) -> io::Result<bool> {
    let (row, seq) = pen.next();
    let before = shared.with(|ledger| ledger.send(row, seq).map(|()| ledger.account(row)))?;
    let Ok(answer) = client.report(row, seq).await else {
        // Nobody knows whether it arrived: it is sent again, as players do.
        pen.again = Some((row, seq));
        return Ok(false);
    };
    let Some(words) = answer else {
        pen.again = Some((row, seq));
        shared.with(|ledger| ledger.refuse(row, seq))?;
        return Ok(true);
    };
    let total = shared.with(|ledger| ledger.acknowledge(row, seq).map(|()| ledger.acknowledged()))?;
    shared.acknowledged.send_replace(total);
    if let Some(violation) = judge::judge(row, &before, Some(words)) {
        shared.tell(violation);
    }
    Ok(true)
}

/// What a writer sends next.
#[derive(Debug)]
struct Pen {
    viewer: u16,
    /// The number of the last report of each title.
    last: Vec<u64>,
    /// What was sent without an answer.
    again: Option<(Row, u64)>,
    turn: usize,
    dice: Dice,
}

impl Pen {
    fn new(viewer: u16, titles: u16) -> Self {
        Self {
            viewer,
            last: vec![0; titles.into()],
            again: None,
            turn: 0,
            dice: Dice::new(viewer.into()),
        }
    }

    fn next(&mut self) -> (Row, u64) {
        if let Some(again) = self.again.take() {
            return again;
        }
        let viewer = self.viewer;
        self.turn = (self.turn + 1) % self.last.len().max(1);
        let title = u16::try_from(self.turn).unwrap_or(0);
        let row = Row { viewer, title };
        let Some(last) = self.last.get_mut(self.turn) else {
            return (row, 1);
        };
        let throw = self.dice.throw(16);
        // Of sixteen reports one comes twice, two come late: up to nine reports after their time.
        let back = match throw {
            0 => 0,
            1 | 2 => 1 + self.dice.throw(9),
            _ => u64::MAX,
        };
        if let Some(seq) = last.checked_sub(back).filter(|&seq| seq > 0) {
            return (row, seq);
        }
        *last += 1;
        (row, *last)
    }
}

/// The same throws in every run.
#[derive(Debug)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// A number below `sides`. Marsaglia's xorshift64.
    pub(crate) fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides.max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pen_writes_new_repeated_and_late_reports() {
        let mut pen = Pen::new(3, 4);
        let (mut new, mut twice, mut late) = (0, 0, 0);
        let mut largest = [0; 4];
        for _ in 0..10_000 {
            let (row, seq) = pen.next();
            assert_eq!(row.viewer, 3);
            let largest = &mut largest[usize::from(row.title)];
            match seq {
                seq if seq == *largest + 1 => new += 1,
                seq if seq == *largest => twice += 1,
                seq => {
                    assert!(seq > 0 && seq < *largest, "{seq} after {largest}");
                    late += 1;
                }
            }
            *largest = (*largest).max(seq);
        }
        assert!(new > 7_000 && twice > 300 && late > 700, "{new} {twice} {late}");
    }
}
