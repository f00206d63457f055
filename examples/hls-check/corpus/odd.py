"""Odd but good: films that no rule forbids and few muxers write, made from plain ones."""

import random
import struct
from pathlib import Path

import surgery
from surgery import Box, Chunks, Film, edits, rows, set_edits, table

PLAIN = "container_moov_last.mp4"
FILMS = {}


def odd(name: str, source: str = PLAIN):
    """Registers a change of a film as a film of its own."""

    def register(change):
        def make(folder: Path, target: Path) -> None:
            film = Film.read(folder / source)
            tail = change(film)
            film.write(target, tail or b"")

        FILMS[name] = make
        return change

    return register


@odd("odd_co64.mp4")
def _(film):
    for track in range(2):
        stbl = film.stbl(track)
        offsets = rows(stbl.at("stco").payload, 1)
        stbl.drop("stco")
        stbl.put("co64", table(offsets, form="Q"))


@odd("odd_mdat_of_64_bits.mp4")
def _(film):
    # ffmpeg leaves a `free` of 8 bytes in front of the `mdat` for exactly this.
    at = next(i for i, box in enumerate(film.boxes) if box.kind == b"mdat")
    mdat = film.boxes[at]
    raw = Raw(struct.pack(">I4sQ", 1, b"mdat", len(mdat.payload) + 16) + mdat.payload)
    film.boxes[at - 1 : at + 1] = [raw]


@odd("odd_mdat_to_the_end.mp4", "container_faststart.mp4")
def _(film):
    mdat = film.boxes.pop()
    film.boxes.append(Raw(struct.pack(">I4s", 0, b"mdat") + mdat.payload))


@odd("odd_boxes_nobody_knows.mp4")
def _(film):
    strangers = [Box(b"abcd", b"1234"), Box(b"free", bytes(99)), Box(b"uuid", bytes(range(40))), Box(b"\xa9\0\xff\n", b"")]
    for box in [film.moov, *film.tracks(), film.stbl(0), film.stbl(1)]:
        box.children[1:1] = strangers
    film.boxes.extend(strangers)


@odd("odd_zeros_at_the_end_of_moov.mp4")
def _(film):
    film.moov.children.append(Raw(bytes(4)))


@odd("odd_junk_behind.mp4")
def _(_film):
    return b"\0\0\0\x05junk behind the film that is no box"


@odd("odd_compact_sizes.mp4")
def _(film):
    stbl = film.stbl(1)
    sizes = Chunks.of(stbl).sizes
    stbl.drop("stsz")
    stbl.put("stz2", struct.pack(">III", 0, 16, len(sizes)) + struct.pack(f">{len(sizes)}H", *sizes))


@odd("odd_no_stss.mp4", "h264_all_intra.mp4")
def _(film):
    film.stbl().drop("stss")


@odd("odd_an_entry_for_each_sample.mp4", "h264_bframes_3_pyramid.mp4")
def _(film):
    for track in range(2):
        stbl = film.stbl(track)
        spread(stbl, "stts")
        chunks = Chunks.of(stbl)
        stbl.put("stsc", table([(i, count, 1) for i, count in enumerate(chunks.counts, 1)]))
    spread(film.stbl(0), "ctts")


@odd("odd_entries_of_no_sample.mp4", "h264_bframes_3_pyramid.mp4")
def _(film):
    # ffmpeg itself counts on after an stts entry of no sample: expected.tsv names the film to compare with.
    for kind in ("stts", "ctts"):
        box = film.stbl().at(kind)
        box.payload = table([row for entry in rows(box.payload, 2) for row in ((0, 77), entry, (0, 0))])


@odd("odd_last_sample_lasts_no_time.mp4")
def _(film):
    stts = film.stbl().at("stts")
    (count, delta), *rest = rows(stts.payload, 2)
    assert not rest
    stts.payload = table([(count - 1, delta), (1, 0)])


@odd("odd_sample_lasts_no_time.mp4", "h264_bframes_0.mp4")
def _(film):
    stts = film.stbl().at("stts")
    ((count, delta),) = rows(stts.payload, 2)
    stts.payload = table([(99, delta), (1, 0), (1, 2 * delta), (count - 101, delta)])


@odd("odd_composition_version_1.mp4", "h264_bframes_3_pyramid.mp4")
def _(film):
    ctts = film.stbl().at("ctts")
    ctts.payload = table(rows(ctts.payload, 2), version=1)


@odd("odd_headers_of_64_bits.mp4")
def _(film):
    widen(film.moov.at("mvhd"), ">II", 4)
    for trak in film.tracks():
        widen(trak.at("mdia/mdhd"), ">II", 4)
        tkhd = trak.at("tkhd")
        created, modified, number, zero, duration = struct.unpack_from(">IIIII", tkhd.payload, 4)
        flags = struct.unpack(">I", tkhd.payload[:4])[0] & 0xFFFFFF
        tkhd.payload = struct.pack(">IQQIIQ", flags | 1 << 24, created, modified, number, zero, duration) + tkhd.payload[24:]


@odd("odd_tracks_apart.mp4")
def _(film):
    """All pictures in one chunk, then all sound in one chunk."""
    lay_out(film, [0, 1], size=10**9)


@odd("odd_sound_first.mp4")
def _(film):
    lay_out(film, [1, 0], size=10**9)


@odd("odd_a_chunk_for_each_sample.mp4")
def _(film):
    lay_out(film, [0, 1], size=1)


@odd("odd_chunks_shuffled.mp4")
def _(film):
    """The chunks lie in the file in no order at all."""
    lay_out(film, [0, 1], size=3, shuffle=True)


@odd("odd_extended_language.mp4", "languages_three.mp4")
def _(film):
    for trak, tag in zip(film.tracks()[1:], (b"pt-BR", b"zh-Hant-TW", b"en-US")):
        trak.at("mdia").children.insert(1, Box(b"elng", bytes(4) + tag + b"\0"))


@odd("odd_quicktime_language.mov", "languages_unknown.mov")
def _(film):
    # Macintosh language codes: 1 is French, 11 is Japanese.
    for trak, code in zip(film.tracks()[1:], (1, 11)):
        trak.at("mdia/mdhd").patch(20, ">H", code)


@odd("odd_names_with_quotes.mp4", "languages_twice_the_same.mp4")
def _(film):
    for trak in film.tracks()[1:]:
        hdlr = trak.at("mdia/hdlr")
        hdlr.payload = hdlr.payload[:24] + b'Quote " comma, line\n#EXT-X-ENDLIST\r\n\xc3\xa9\xff\0'


@odd("odd_disabled_track.mp4", "languages_three.mp4")
def _(film):
    film.tracks()[2].at("tkhd").patch(3, "B", 0)


@odd("odd_no_handler_name.mp4")
def _(film):
    for trak in film.tracks():
        hdlr = trak.at("mdia/hdlr")
        hdlr.payload = hdlr.payload[:24]


@odd("odd_no_ftyp.mov")
def _(film):
    # A box of the same length keeps the chunk offsets true.
    film.boxes[0].kind = b"free"


@odd("odd_moov_twice.mp4")
def _(film):
    film.boxes.append(Box(b"free", film.moov.encode()))


@odd("odd_co64_and_stco.mp4")
def _(film):
    stbl = film.stbl(1)
    stbl.put("co64", table(rows(stbl.at("stco").payload, 1), form="Q"))


@odd("edit_version_1.mp4")
def _(film):
    for track, media_time in ((0, 1024), (1, 1024)):
        set_edits(film.tracks()[track], edits((14000, media_time), version=1))


@odd("edit_to_the_end.mp4")
def _(film):
    set_edits(film.tracks()[0], edits((0, 1024)))


@odd("edit_list_of_nothing.mp4")
def _(film):
    set_edits(film.tracks()[1], edits())


@odd("edit_priming_2112.mp4")
def _(film):
    set_edits(film.tracks()[1], edits((13900, 2112)))


@odd("edit_ends_early.mp4")
def _(film):
    set_edits(film.tracks()[0], edits((9000, 1024)))
    set_edits(film.tracks()[1], edits((9000, 1024)))


@odd("odd_samples_of_no_bytes.mp4")
def _(film):
    # The last picture of all is empty: some recorders say so of a frame they dropped.
    stsz = film.stbl().at("stsz")
    stsz.payload = stsz.payload[:-4] + bytes(4)


@odd("odd_two_sample_entries.mp4")
def _(film):
    stbl = film.stbl()
    stsd = stbl.at("stsd")
    stsd.payload = struct.pack(">II", 0, 2) + stsd.payload[8:] * 2
    chunks = Chunks.of(stbl)
    half = len(chunks.counts) // 2
    stbl.put("stsc", table([(i, count, 1 + (i > half)) for i, count in enumerate(chunks.counts, 1)]))


@odd("edit_priming_not_told.mp4")
def _(film):
    film.tracks()[1].drop("edts")


@odd("edit_priming_not_told_b_frames.mp4", "h264_negative_offsets.mp4")
def _(film):
    film.tracks()[1].drop("edts")


@odd("edit_one_delay.mp4")
def _(film):
    set_edits(film.tracks()[1], edits((500, -1), (13900, 1024)))


@odd("edit_late_sound_30_s.mp4")
def _(film):
    set_edits(film.tracks()[1], edits((30_000, -1), (13900, 1024)))


@odd("edit_late_picture_30_s.mp4")
def _(film):
    set_edits(film.tracks()[0], edits((30_000, -1), (13900, 1024)))


@odd("edit_two_delays.mp4")
def _(film):
    set_edits(film.tracks()[1], edits((300, -1), (200, -1), (13900, 1024)))


@odd("edit_two_that_join.mp4")
def _(film):
    # Half of the film, then the other half: nothing is skipped.
    set_edits(film.tracks()[0], edits((5000, 1024), (9000, 1024 + 5000 * 12800 // 1000)))


@odd("edit_gap_behind.mp4")
def _(film):
    set_edits(film.tracks()[1], edits((10000, 1024), (2000, -1)))


@odd("edit_middle_left_out.mp4")
def _(film):
    for track, scale in ((0, 12800), (1, 48000)):
        set_edits(film.tracks()[track], edits((4000, 1024), (4000, 1024 + 8 * scale)))


@odd("edit_played_twice.mp4")
def _(film):
    for track in range(2):
        set_edits(film.tracks()[track], edits((4000, 1024), (4000, 1024)))


@odd("edit_pause_in_the_middle.mp4")
def _(film):
    for track, scale in ((0, 12800), (1, 48000)):
        set_edits(film.tracks()[track], edits((4000, 1024), (1000, -1), (8000, 1024 + 4 * scale)))


@odd("edit_half_speed.mp4")
def _(film):
    set_edits(film.tracks()[0], edits((14000, 1024), rate=0x8000))


class Raw(Box):
    """Bytes that stand for themselves."""

    def __init__(self, data: bytes):
        super().__init__(b"raw ", data)

    def encode(self) -> bytes:
        return self.payload


def spread(stbl: Box, kind: str) -> None:
    """Writes an entry for each sample in place of runs."""
    box = stbl.at(kind)
    box.payload = table([(1, value) for count, value in rows(box.payload, 2) for _ in range(count)])


def widen(box: Box, form: str, at: int) -> None:
    """Makes `mvhd` or `mdhd` of version 0 one of version 1."""
    created, modified = struct.unpack_from(form, box.payload, at)
    scale, duration = struct.unpack_from(">II", box.payload, at + 8)
    box.payload = struct.pack(">IQQIQ", 1 << 24, created, modified, scale, duration) + box.payload[at + 16 :]


def lay_out(film: Film, order: list[int], size: int, shuffle: bool = False) -> None:
    """Writes the media anew, in chunks of so many samples, the tracks one after the other or the chunks in no order."""
    data = b"".join(box.encode() for box in film.boxes)
    chunks = []
    for track in order:
        samples = Chunks.of(film.stbl(track)).samples(data)
        parts = [samples[i : i + size] for i in range(0, len(samples), size)]
        chunks += [(track, number, part) for number, part in enumerate(parts)]
        film.stbl(track).put("stsc", short_last(len(samples), size))
    if shuffle:
        random.Random(7).shuffle(chunks)
    media, offset = bytearray(), media_start(film)
    places: dict[int, dict[int, int]] = {track: {} for track in order}
    for track, number, part in chunks:
        places[track][number] = offset + len(media)
        media += b"".join(part)
    for track, found in places.items():
        film.stbl(track).put("stco", table([(found[number],) for number in sorted(found)]))
    film.top("mdat").payload = bytes(media)


def short_last(samples: int, size: int) -> bytes:
    """`stsc` of equal chunks with a shorter one behind."""
    whole, rest = divmod(samples, size)
    entries = [(1, size, 1)] if whole else []
    return table(entries + ([(whole + 1, rest, 1)] if rest else []))


def media_start(film: Film) -> int:
    """Where the payload of the `mdat` begins."""
    before = film.boxes[: film.boxes.index(film.top("mdat"))]
    return sum(len(box.encode()) for box in before) + 8
