"""Long and large films (--full): two hours, ten hours, more than 4 GB.

ffmpeg makes a short film; surgery repeats its tables. The media of the large ones is a hole in the file, or the same
bytes again and again: tables may name a place more than once.
"""

import struct
from pathlib import Path

import surgery
from films import AAC, H264, picture, sound
from surgery import Box, Chunks, Film, rows, table

FILMS = {
    "two_hours_2_fps.mp4": f"{picture('2', 7200, '64x36')} {sound(7200, 8000)} {H264} -g 12 {AAC} -b:a 12k -movflags +faststart",
}


def repeated(times: int, gap: int = 0):
    """The plain film of 14 s so many times; `gap` bytes of nothing stand in front of its media."""

    def make(folder: Path, target: Path) -> None:
        film = Film.read(folder / "container_moov_last.mp4")
        mdat = film.top("mdat")
        start = sum(len(box.encode()) for box in film.boxes[: film.boxes.index(mdat)]) + 8
        front = b"".join(box.encode() for box in film.boxes[: film.boxes.index(mdat)])
        for track in range(2):
            stretch(film.stbl(track), times, gap + 8)
            film.tracks()[track].drop("edts")
        # mdat of 64 bits: 8 bytes more of header, then the hole.
        head = struct.pack(">I4sQ", 1, b"mdat", 16 + gap + len(mdat.payload))
        with target.open("wb") as file:
            file.write(front + head)
            file.seek(gap, 1)
            file.write(mdat.payload)
            file.write(film.moov.encode())
        assert start + 8 + gap + len(mdat.payload) + len(film.moov.encode()) == target.stat().st_size

    return make


def stretch(stbl: Box, times: int, moved: int) -> None:
    """Repeats the tables of a track; every chunk lies `moved` bytes later."""
    chunks = Chunks.of(stbl)
    samples = len(chunks.sizes)
    stbl.put("stsz", struct.pack(">III", 0, 0, samples * times) + struct.pack(f">{samples}I", *chunks.sizes) * times)
    offsets = [(offset + moved,) for offset in chunks.offsets]
    stbl.drop("stco")
    stbl.put("co64", table(offsets * times, form="Q"))
    stbl.put("stsc", table([(i, count, 1) for i, count in enumerate(chunks.counts * times, 1)]))
    for kind in ("stts", "ctts"):
        if any(child.kind == kind.encode() for child in stbl.children):
            box = stbl.at(kind)
            box.payload = table(rows(box.payload, 2) * times)
    if any(child.kind == b"stss" for child in stbl.children):
        keys = [number for (number,) in rows(stbl.at("stss").payload, 1)]
        stbl.put("stss", table([(number + samples * i,) for i in range(times) for number in keys]))


STRETCHED = {
    "ten_hours.mp4": repeated(times=2572),
    "five_gigabytes.mp4": repeated(times=4, gap=5 << 30),
}
