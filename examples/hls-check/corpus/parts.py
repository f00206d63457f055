"""Side files that some films are made of: subtitles, chapters, a cover."""

import struct
import zlib
from pathlib import Path

SUBTITLES = {
    "one.srt": [(0.5, 2.0, "One."), (2.0, 5.5, "Two <b>lines</b>\nof text & more."), (5.9, 6.4, "Over a cut."), (12.0, 13.9, "Last.")],
    "two.srt": [(1.0, 3.25, "Un."), (11.5, 13.0, "Voilà l’été.")],
}

CHAPTERS = [(0, 4000, "Beginning"), (4000, 9000, "Middle = half; #2"), (9000, 14000, "Ende mit Ümlaut")]


def make(folder: Path) -> None:
    """Writes all side files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, cues in SUBTITLES.items():
        text = (f"{i}\n{clock(begin)} --> {clock(end)}\n{words}\n" for i, (begin, end, words) in enumerate(cues, 1))
        (folder / name).write_text("\n".join(text), encoding="utf-8")
    (folder / "chapters.txt").write_text(chapters(), encoding="utf-8")
    (folder / "cover.png").write_bytes(cover(16))
    films = ["container_moov_last.mp4", "h264_main.mp4"]
    (folder / "concat.txt").write_text("".join(f"file '../films/{name}'\n" for name in films), encoding="utf-8")


def clock(seconds: float) -> str:
    """Seconds as SubRip writes them."""
    millis = round(seconds * 1000)
    return f"{millis // 3_600_000:02}:{millis // 60_000 % 60:02}:{millis // 1000 % 60:02},{millis % 1000:03}"


def chapters() -> str:
    """ffmpeg's own text form of chapters; `=`, `;` and `#` are escaped."""
    out = ";FFMETADATA1\n"
    for start, end, title in CHAPTERS:
        escaped = "".join(f"\\{sign}" if sign in "=;#\\" else sign for sign in title)
        out += f"[CHAPTER]\nTIMEBASE=1/1000\nSTART={start}\nEND={end}\ntitle={escaped}\n"
    return out


def cover(edge: int) -> bytes:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + b"\x20\x60\xa0" * edge for _ in range(edge))
    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
