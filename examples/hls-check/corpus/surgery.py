"""MP4 boxes as a tree that can be changed and written back, and the tables of a track as lists.

Made for films with the `moov` behind the media: its size may change and no chunk offset moves.
"""

import struct
from dataclasses import dataclass, field
from pathlib import Path

CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf", b"udta", b"mvex", b"moof", b"traf"}


@dataclass
class Box:
    """One box: a payload, or boxes inside."""

    kind: bytes
    payload: bytes = b""
    children: list["Box"] | None = None

    def encode(self) -> bytes:
        """The whole box with a true size."""
        body = self.payload if self.children is None else b"".join(child.encode() for child in self.children)
        return struct.pack(">I4s", len(body) + 8, self.kind) + body

    def at(self, path: str) -> "Box":
        """The first box at a path such as `mdia/minf/stbl`."""
        box = self
        for kind in path.split("/"):
            box = next(child for child in box.children or [] if child.kind == kind.encode())
        return box

    def drop(self, kind: str) -> None:
        """Removes all children of a kind."""
        self.children = [child for child in self.children or [] if child.kind != kind.encode()]

    def put(self, kind: str, payload: bytes) -> None:
        """Gives the child of a kind this payload; appends it when there is none."""
        for child in self.children or []:
            if child.kind == kind.encode():
                child.payload, child.children = payload, None
                return
        self.children.append(Box(kind.encode(), payload))

    def patch(self, offset: int, form: str, *values) -> None:
        """Overwrites fields of the payload."""
        changed = bytearray(self.payload)
        struct.pack_into(form, changed, offset, *values)
        self.payload = bytes(changed)


def parse(data: bytes) -> list[Box]:
    """The boxes of a byte string."""
    boxes, offset = [], 0
    while offset < len(data):
        size, kind = struct.unpack_from(">I4s", data, offset)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, offset + 8)[0], 16
        elif size == 0:
            size = len(data) - offset
        body = data[offset + head : offset + size]
        boxes.append(Box(kind, children=parse(body)) if kind in CONTAINERS else Box(kind, body))
        offset += size
    return boxes


@dataclass
class Film:
    """A film in memory: its top-level boxes."""

    boxes: list[Box]

    @classmethod
    def read(cls, path: Path) -> "Film":
        """Reads a film whole."""
        return cls(parse(path.read_bytes()))

    def write(self, path: Path, tail: bytes = b"") -> None:
        """Writes it back, with something behind it."""
        path.write_bytes(b"".join(box.encode() for box in self.boxes) + tail)

    def top(self, kind: str) -> Box:
        """The first top-level box of a kind."""
        return next(box for box in self.boxes if box.kind == kind.encode())

    @property
    def moov(self) -> Box:
        """The film's header and tracks."""
        return self.top("moov")

    def tracks(self) -> list[Box]:
        """All tracks: of the films here, first the picture and then the sound."""
        return [box for box in self.moov.children if box.kind == b"trak"]

    def stbl(self, track: int = 0) -> Box:
        """The sample table of a track."""
        return self.tracks()[track].at("mdia/minf/stbl")


@dataclass
class Chunks:
    """Where the samples of a track are: sizes of all, and the chunks they lie in."""

    sizes: list[int]
    offsets: list[int]
    counts: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, stbl: Box) -> "Chunks":
        """Reads `stsz`, `stsc` and `stco` of a sound table."""
        fixed, count = struct.unpack_from(">II", stbl.at("stsz").payload, 4)
        sizes = [fixed] * count if fixed else list(struct.unpack_from(f">{count}I", stbl.at("stsz").payload, 12))
        offsets = rows(stbl.at("stco").payload, 1)
        runs = rows(stbl.at("stsc").payload, 3)
        counts = []
        for chunk in range(1, len(offsets) + 1):
            counts.append(next(run[1] for run in reversed(runs) if run[0] <= chunk))
        return cls(sizes, [offset[0] for offset in offsets], counts)

    def samples(self, data: bytes) -> list[bytes]:
        """The samples' bytes."""
        out, sizes = [], iter(self.sizes)
        for offset, count in zip(self.offsets, self.counts):
            for _ in range(count):
                size = next(sizes)
                out.append(data[offset : offset + size])
                offset += size
        return out


def rows(table: bytes, width: int) -> list[tuple[int, ...]]:
    """The rows of a table box: version, flags, a count, then rows of 32-bit numbers."""
    count = struct.unpack_from(">I", table, 4)[0]
    return [struct.unpack_from(f">{width}I", table, 8 + 4 * width * i) for i in range(count)]


def table(entries: list[tuple[int, ...]], version: int = 0, form: str = "I") -> bytes:
    """A table box's payload."""
    return struct.pack(">II", version << 24, len(entries)) + b"".join(
        struct.pack(f">{len(entry)}{form}", *entry) for entry in entries
    )


def edits(*entries: tuple[int, int], version: int = 0, rate: int = 0x10000) -> bytes:
    """An `elst` payload of (duration, media time) entries."""
    form = ">qqi" if version else ">Iii"
    return struct.pack(">II", version << 24, len(entries)) + b"".join(
        struct.pack(form, duration, media_time, rate) for duration, media_time in entries
    )


def set_edits(trak: Box, payload: bytes) -> None:
    """Replaces a track's edit list."""
    trak.drop("edts")
    trak.children.insert(1, Box(b"edts", children=[Box(b"elst", payload)]))
