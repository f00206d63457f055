//! The files that are served.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::dice::Dice;

/// Writes a file of pseudo-random bytes and leaves it in the page cache.
///
/// # Errors
/// When the disk is full.
pub fn write_random(path: &Path, len: u64) -> io::Result<()> {
    let mut dice = Dice::new(len);
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let mut left = len;
    while left > 0 {
        let word = dice.roll().to_le_bytes();
        let take = usize::try_from(left).unwrap_or(usize::MAX).min(word.len());
        out.write_all(word.get(..take).unwrap_or_default())?;
        left = left.saturating_sub(u64::try_from(take).unwrap_or(u64::MAX));
    }
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()
}

/// Encodes a film of `seconds` seconds: 720p30 H.264 near `kbps` with key frames every 2 s and B-frames, AAC stereo.
///
/// # Errors
/// When ffmpeg is missing or fails.
pub fn encode(path: &Path, seconds: u32, kbps: u32) -> io::Result<()> {
    let picture = format!("testsrc2=size=1280x720:rate=30:duration={seconds},noise=alls=20:allf=t");
    let sound = format!("sine=frequency=220:sample_rate=48000:duration={seconds}");
    let rate = format!("{kbps}k");
    let buffer = format!("{}k", kbps.saturating_mul(2));
    ffmpeg(
        Command::new("ffmpeg")
            .args(["-f", "lavfi", "-i", &picture, "-f", "lavfi", "-i", &sound])
            .args([
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-bf",
                "2",
                "-pix_fmt",
                "yuv420p",
            ])
            .args([
                "-b:v", &rate, "-maxrate", &rate, "-bufsize", &buffer, "-nal-hrd", "cbr",
            ])
            .args(["-g", "60", "-keyint_min", "60", "-sc_threshold", "0"])
            .args([
                "-c:a",
                "aac",
                "-ac",
                "2",
                "-b:a",
                &format!("{SOUND_KBPS}k"),
                "-movflags",
                "+faststart",
            ])
            .arg(path),
    )
}

/// The same film in three qualities for simulated viewers, two minutes at about 60, 100 and 140 % of so many kbit/s, sound
/// included: who changes to any of them now and then watches at the middle one on average.
///
/// They are kept in a folder, and made only once.
///
/// # Errors
/// When ffmpeg is missing or fails, or the disk is full.
pub fn ladder(folder: &Path, kbps: u32) -> io::Result<Vec<PathBuf>> {
    fs::create_dir_all(folder)?;
    [60, 100, 140]
        .into_iter()
        .map(|percent| {
            let rate = kbps.saturating_mul(percent) / 100;
            let path = folder.join(format!("load-{rate}k.mp4"));
            if !path.exists() {
                // Another run may make it at the same time: each under a name of its own.
                let unfinished = folder.join(format!("load-{rate}k.{}.mp4", std::process::id()));
                encode(&unfinished, 120, rate.saturating_sub(SOUND_KBPS))?;
                fs::rename(&unfinished, &path)?;
            }
            Ok(path)
        })
        .collect()
}

/// Plays a film `times` times in a row into another, without encoding: its segments are the same ones again.
///
/// # Errors
/// When ffmpeg is missing or fails.
pub fn repeat(film: &Path, path: &Path, times: u32) -> io::Result<()> {
    let again = times.saturating_sub(1).to_string();
    ffmpeg(
        Command::new("ffmpeg")
            .args(["-stream_loop", &again, "-i"])
            .arg(film)
            .args(["-c", "copy", "-movflags", "+faststart"])
            .arg(path),
    )
}

fn ffmpeg(command: &mut Command) -> io::Result<()> {
    let output = command
        .args(["-y", "-nostdin", "-v", "error"])
        .stdin(Stdio::null())
        .output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!(
            "ffmpeg: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        )))
    }
}

const SOUND_KBPS: u32 = 96;
