"""Hostile files: each damages one thing of a good film, or is none at all."""

import struct
from pathlib import Path

import surgery
from odd import Raw
from surgery import Box, Film, edits, rows, set_edits, table

PLAIN = "container_moov_last.mp4"
FRAGMENTED = "frag_key_frames.mp4"
FILES = {}


def raw(name: str, source: str = "container_faststart.mp4"):
    """Registers a change of a file's bytes."""

    def register(change):
        FILES[name] = lambda folder, target: target.write_bytes(change((folder / source).read_bytes()))
        return change

    return register


def damage(name: str, source: str = PLAIN):
    """Registers a damage done to the boxes."""

    def register(change):
        def make(folder: Path, target: Path) -> None:
            film = Film.read(folder / source)
            change(film)
            film.write(target)

        FILES[name] = make
        return change

    return register


def table_damage(kind: str, cases: dict, source: str = PLAIN):
    """Registers payloads that replace one table of the picture: name to bytes, or to a function of the old payload."""
    for name, payload in cases.items():

        def change(film, payload=payload):
            box = film.stbl().at(kind)
            box.payload = payload(box.payload) if callable(payload) else payload

        damage(f"{kind}_{name}.mp4", source)(change)


def counted(payload: bytes, count: int, at: int = 4) -> bytes:
    """The same table with another count."""
    return payload[:at] + struct.pack(">I", count) + payload[at + 4 :]


MANY = 0xFFFFFFFF

raw("empty.mp4")(lambda _: b"")
raw("text.mp4")(lambda _: b"This is not a film.\n" * 40)
raw("three_bytes.mp4")(lambda data: data[:3])
raw("cut_in_moov.mp4")(lambda data: data[:1000])
raw("cut_in_media.mp4")(lambda data: data[: len(data) * 2 // 3])
raw("zeros.mp4")(lambda _: bytes(100_000))
raw("zeros_behind_ftyp.mp4")(lambda data: data[:32] + bytes(100_000))
raw("all_ones.mp4")(lambda _: b"\xff" * 100_000)
raw("nested_boxes.mp4")(lambda data: data[:32] + nested(20_000))
raw("many_boxes.mp4")(lambda data: data[:32] + struct.pack(">I4s", 8, b"free") * 200_000)
raw("moov_larger_than_the_file.mp4")(lambda data: resized(data, b"moov", 0x7FFFFFFF))
raw("moov_of_four_bytes.mp4")(lambda data: resized(data, b"moov", 4))
raw("moov_of_64_bits_and_too_large.mp4")(lambda data: data[:32] + struct.pack(">I4sQ", 1, b"moov", 2**63) + data[32:])
raw("trak_larger_than_moov.mp4")(lambda data: resized(data, b"trak", 0x00FFFFFF))
raw("webm.mp4")(lambda _: bytes.fromhex("1a45dfa39f4286810142f7810142f2810442f381084282847765626d") + bytes(2000))

damage("no_moov.mp4")(lambda film: film.boxes.remove(film.moov))
damage("moov_empty.mp4")(lambda film: film.moov.children.clear())
damage("moov_compressed.mp4")(lambda film: film.moov.children.insert(0, Box(b"cmov", bytes(64))))
damage("no_tracks.mp4")(lambda film: film.moov.drop("trak"))
damage("no_movie_header.mp4")(lambda film: film.moov.drop("mvhd"))
damage("no_track_header.mp4")(lambda film: film.tracks()[0].drop("tkhd"))
damage("no_media.mp4")(lambda film: film.tracks()[0].drop("mdia"))
damage("no_sample_table.mp4")(lambda film: film.tracks()[0].at("mdia/minf").drop("stbl"))
damage("thousand_tracks.mp4")(lambda film: film.moov.children.extend(film.tracks()[1:] * 1000))
damage("same_track_id.mp4")(lambda film: film.tracks()[1].at("tkhd").patch(12, ">I", 1))
damage("movie_timescale_0.mp4")(lambda film: film.moov.at("mvhd").patch(12, ">I", 0))
damage("media_timescale_0.mp4")(lambda film: film.tracks()[0].at("mdia/mdhd").patch(12, ">I", 0))
damage("media_timescale_1.mp4")(lambda film: film.tracks()[0].at("mdia/mdhd").patch(12, ">I", 1))
damage("media_timescale_huge.mp4")(lambda film: film.tracks()[0].at("mdia/mdhd").patch(12, ">I", MANY))
damage("media_elsewhere.mp4")(
    lambda film: film.tracks()[0].at("mdia/minf/dinf").put("dref", table([]) [:4] + struct.pack(">II4sI", 1, 12 + 12, b"url ", 0) + b"file:///etc\0")
)

table_damage("stsz", {
    "count_huge_fixed": struct.pack(">III", 0, 1, MANY),
    "count_huge": lambda old: counted(old, MANY, 8),
    "one_too_many": lambda old: counted(old, struct.unpack_from(">I", old, 8)[0] + 1, 8),
    "sizes_huge": lambda old: old[:12] + b"\xff" * (len(old) - 12),
    "sizes_zero": lambda old: old[:12] + bytes(len(old) - 12),
    "no_samples": struct.pack(">III", 0, 0, 0),
    "fewer_than_stts": lambda old: counted(old[:-400], struct.unpack_from(">I", old, 8)[0] - 100, 8),
    "cut": lambda old: old[:9],
})
table_damage("stts", {
    "count_huge": lambda old: counted(old, MANY),
    "run_huge": table([(MANY, 512)]),
    "too_few": table([(10, 512)]),
    "empty": table([]),
    "durations_huge": lambda old: table([(count, MANY) for count, _ in rows(old, 2)]),
    "durations_zero": lambda old: table([(count, 0) for count, _ in rows(old, 2)]),
})
table_damage("stsc", {
    "count_huge": lambda old: counted(old, MANY),
    "first_chunk_0": lambda old: table([(0, 1, 1), *rows(old, 3)]),
    "not_ascending": lambda old: table([*rows(old, 3), (1, 1, 1)]),
    "no_samples_in_chunk": table([(1, 0, 1)]),
    "samples_huge": table([(1, MANY, 1)]),
    "no_such_description": lambda old: table([(a, b, 99) for a, b, _ in rows(old, 3)]),
    "empty": table([]),
})
table_damage("stco", {
    "count_huge": lambda old: counted(old, MANY),
    "past_the_end": lambda old: table([(0xFFFFFF00,) for _ in rows(old, 1)]),
    "empty": table([]),
    "all_at_the_start": lambda old: table([(0,) for _ in rows(old, 1)]),
})
table_damage("stss", {
    "count_huge": lambda old: counted(old, MANY),
    "sample_0": lambda old: table([(0,), *rows(old, 1)]),
    "descending": lambda old: table(rows(old, 1)[::-1]),
    "past_the_end": lambda old: table([*rows(old, 1), (99999,)]),
    "empty": table([]),
    "not_the_first": lambda old: table(rows(old, 1)[2:]),
})
table_damage("ctts", {
    "count_huge": lambda old: counted(old, MANY),
    "offsets_huge": lambda old: table([(count, 0x7FFFFFFF) for count, _ in rows(old, 2)]),
    "offsets_most_negative": lambda old: table([(count, 0x80000000) for count, _ in rows(old, 2)], version=1),
    "too_few": lambda old: table(rows(old, 2)[:3]),
    "too_many": lambda old: table([*rows(old, 2), (500, 0)]),
})
table_damage("stsd", {
    "empty": table([]),
    "count_huge": lambda old: counted(old, MANY),
    "entry_of_size_0": lambda old: old[:8] + bytes(4) + old[12:],
    "entry_larger_than_box": lambda old: old[:8] + struct.pack(">I", 0x00FFFFFF) + old[12:],
    "no_configuration": lambda old: old.replace(b"avcC", b"free"),
    "configuration_cut": lambda old: old[: old.index(b"avcC") - 4] + struct.pack(">I4sB", 9, b"avcC", 1),
    "unknown_codec": lambda old: old.replace(b"avc1", b"zzzz"),
})

for kind, payload in {
    "count_huge": struct.pack(">II", 0, MANY),
    "media_time_past_the_end": edits((14000, 0x7FFFFFFF)),
    "media_time_minus_2": edits((14000, -2)),
    "double_speed": edits((14000, 1024), rate=0x20000),
    "delay_huge": edits((MANY, -1), (14000, 1024)),
    "delay_of_64_bits": edits((2**62, -1), (14000, 1024), version=1),
    "thousand_edits": edits(*[(14, 1024)] * 1000),
}.items():
    damage(f"elst_{kind}.mp4")(lambda film, payload=payload: set_edits(film.tracks()[0], payload))


@damage("esds_cut.mp4")
def _(film):
    stsd = film.stbl(1).at("stsd")
    at = stsd.payload.index(b"esds")
    stsd.payload = stsd.payload[: at + 14] + b"\xff" * (len(stsd.payload) - at - 14)


@damage("sound_of_no_channels.mp4")
def _(film):
    stsd = film.stbl(1).at("stsd")
    stsd.patch(8 + 8 + 16, ">HH", 0, 0)


@damage("picture_of_no_size.mp4")
def _(film):
    film.stbl().at("stsd").patch(8 + 32, ">HH", 0, 0)
    film.tracks()[0].at("tkhd").patch(76, ">II", 0, 0)


@damage("moov_of_200_mib.mp4")
def _(film):
    film.moov.children.append(Raw(struct.pack(">I4s", 200 << 20, b"free") + b"\0" * ((200 << 20) - 8)))


def fragment_damage(name: str, box: str, change):
    """Registers a damage to every box of a kind in the fragments."""

    def make(film):
        for moof in (top for top in film.boxes if top.kind == b"moof"):
            for traf in (child for child in moof.children if child.kind == b"traf"):
                for target in (child for child in traf.children if child.kind == box.encode()):
                    change(target)

    damage(f"frag_{name}.mp4", FRAGMENTED)(make)


fragment_damage("trun_count_huge", "trun", lambda box: box.patch(4, ">I", MANY))
fragment_damage("trun_data_past_the_end", "trun", lambda box: box.patch(8, ">i", 0x7FFFFFFF))
fragment_damage("tfhd_no_such_track", "tfhd", lambda box: box.patch(4, ">I", 77))
fragment_damage("tfdt_goes_back", "tfdt", lambda box: box.patch(4, ">I" if box.payload[0] == 0 else ">Q", 0))
fragment_damage("tfdt_huge", "tfdt", lambda box: setattr(box, "payload", struct.pack(">IQ", 1 << 24, 2**63)))
raw("frag_cut.mp4", FRAGMENTED)(lambda data: data[: len(data) * 2 // 3])
raw("frag_cut_in_moof.mp4", FRAGMENTED)(lambda data: data[: data.rindex(b"moof") + 40])
raw("frag_no_fragments.mp4", FRAGMENTED)(lambda data: data[: data.index(b"moof") - 4])


def nested(depth: int) -> bytes:
    """Boxes that hold each other."""
    return b"".join(struct.pack(">I4s", 8 * (depth - i), b"moov") for i in range(depth))


def resized(data: bytes, kind: bytes, size: int) -> bytes:
    """The first box of a kind claims another size."""
    at = data.index(kind) - 4
    return data[:at] + struct.pack(">I", size) + data[at + 4 :]
