//! A revocation as it stands in the log: `{until}:t:{token id}`, `{until}:v:{issued until}:{viewer}` or
//! `{until}:l:{log-in}:{viewer}`.

use flaskflix_core::{
    access::{LogInId, Revocation},
    id::ViewerId,
    time::{UnixMillis, UnixTime},
};

/// Writes a revocation; Redis puts until when it is kept before it. `None` for a kind that this version does not know.
pub(super) fn write(revocation: &Revocation) -> Option<String> {
    match revocation {
        Revocation::Token(id) => Some(format!("t:{:032x}", u128::from_be_bytes(*id))),
        Revocation::Viewer { viewer, issued_until } => {
            Some(format!("v:{}:{}", issued_until.as_secs(), viewer.as_str()))
        }
        Revocation::LogIn { viewer, log_in } => {
            let log_in = u32::from_be_bytes(log_in.to_bytes());
            Some(format!("l:{log_in:08x}:{}", viewer.as_str()))
        }
        _ => None,
    }
}

/// Reads a row of the log. `None` when it is none of ours: a newer version may write others.
pub(super) fn read(row: &str) -> Option<(UnixMillis, Revocation)> {
    let (until, rest) = row.split_once(':')?;
    let kept_until = micros(until)?;
    let (kind, rest) = rest.split_once(':')?;
    let revocation = match kind {
        "t" if rest.len() == 32 => Revocation::Token(u128::from_str_radix(rest, 16).ok()?.to_be_bytes()),
        "v" => {
            let (issued_until, viewer) = rest.split_once(':')?;
            Revocation::Viewer {
                viewer: ViewerId::parse(viewer).ok()?,
                issued_until: UnixTime::from_secs(issued_until.parse().ok()?),
            }
        }
        "l" => {
            let (log_in, viewer) = rest.split_once(':').filter(|(log_in, _)| log_in.len() == 8)?;
            Revocation::LogIn {
                viewer: ViewerId::parse(viewer).ok()?,
                log_in: LogInId::from_bytes(u32::from_str_radix(log_in, 16).ok()?.to_be_bytes()),
            }
        }
        _ => return None,
    };
    Some((kept_until, revocation))
}

/// Reads microseconds of Redis.
pub(super) fn micros(text: &str) -> Option<UnixMillis> {
    Some(UnixMillis::from_millis(text.parse::<u64>().ok()? / 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_comes_back_as_it_was_written() {
        for revocation in [
            Revocation::Token([0x0f; 16]),
            Revocation::Token([0; 16]),
            Revocation::Viewer {
                viewer: ViewerId::parse("an:na b").unwrap(),
                issued_until: UnixTime::from_secs(1_700_000_000),
            },
            Revocation::LogIn {
                viewer: ViewerId::parse("an:na b").unwrap(),
                log_in: LogInId::from_bytes([0, 1, 2, 3]),
            },
        ] {
            let row = format!("1700000000123456:{}", write(&revocation).unwrap());
            let (until, back) = read(&row).unwrap();
            assert!(back == revocation, "{row}");
            assert_eq!(until.as_millis(), 1_700_000_000_123);
        }
        for row in [
            "",
            "1",
            "1:t:00",
            "x:t:0",
            "1:v:anna",
            "1:v:1:",
            "1:l:1:anna",
            "1:l:00000001:",
            "1:w:1",
        ] {
            assert!(read(row).is_none(), "{row}");
        }
    }
}
