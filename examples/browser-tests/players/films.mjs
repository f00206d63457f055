// The films that the players play: what each is, and what a player must find in it.

import { cp, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { make, remake } from "./recipe.mjs";
import { presented } from "./truth.mjs";

const project = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");

const media = process.env.FLASKFLIX_MEDIA ?? resolve(project, "../shared/media");

/** How long the made films are, in seconds: three segments and a rest. */
const SECS = 20;
const ENGLISH = { language: "eng", pitch: 500 };
/** 936 frames of AAC: in fragments and behind a delay ffprobe takes the last one for a whole one, even when it is not. */
const WHOLE_FRAMES = { ...ENGLISH, secs: 19.968 };
const GERMAN = { language: "deu", pitch: 1000 };
const FRENCH = { language: "fra", pitch: 1500 };

/**
 * `heights` are those of the renditions, best first (the picture's code counts them from 0), `width` the best one's;
 * `frame` is the longest time that one picture is shown, in seconds; 0 for films whose pictures carry no code.
 * `sounds` are the audio tracks; those with a pitch can be told apart by listening. `texts` are the
 * subtitles.
 */
export const FILMS = [
  ladder("ladder", "three renditions, two languages", [[360, 25], [270, 25], [180, 25]], [ENGLISH, GERMAN]),
  ladder("rates", "renditions of 50 and of 25 frames per second", [[270, 50], [180, 25]], [ENGLISH]),
  single("b-frames.mp4", "H.264 with B-frames behind an edit list, AAC", { codec: "h264b" }),
  single("ntsc.mp4", "29.97 frames per second", { rate: "30000/1001" }),
  single("vfr.mp4", "30 and 10 frames per second by turns", {
    rate: 30,
    filter: "select='lt(mod(t,4),2)+not(mod(n,3))'",
    options: ["-vsync", "vfr"],
    frame: 0.1,
  }),
  single("silent.mp4", "no sound", {}, []),
  single("languages.mp4", "one picture, three languages, one of them in stereo", {}, [
    { ...ENGLISH, channels: 2 },
    GERMAN,
    FRENCH,
  ]),
  single("tone.m4a", "44.1 kHz AAC and no picture", null, [{ pitch: 500, rate: 44100 }]),
  single("rotated.mp4", "turned by a quarter", { filter: "transpose=2" }, [ENGLISH], {
    remade: { output: ["-metadata:s:v:0", "rotate=270"] },
  }),
  single("av1.mp4", "AV1 and Opus", { codec: "av1" }, [{ ...ENGLISH, codec: "opus" }]),
  single("vp9.mp4", "VP9 and Opus", { codec: "vp9" }, [{ ...ENGLISH, codec: "opus" }]),
  single("opus.mp4", "H.264 and Opus", {}, [{ ...ENGLISH, codec: "opus" }]),
  single("flac.mp4", "H.264 and FLAC", {}, [{ ...ENGLISH, codec: "flac" }]),
  single("late-sound.mp4", "the sound begins a second late", {}, [
    { ...WHOLE_FRAMES, secs: 19.008, options: ["-itsoffset", "1"] },
  ]),
  single("cut.mp4", "cut out of a longer film without new coding", { codec: "h264b" }, [ENGLISH], {
    made: SECS + 5,
    remade: { input: ["-ss", "3.4"], output: ["-t", "18.6"] },
    start: 2,
    secs: 20.2,
  }),
  single("texts.mp4", "subtitles of two languages in the file (`tx3g`), B-frames", { codec: "h264b" }, [ENGLISH], {
    texts: [{ language: "eng" }, { language: "deu" }],
  }),
  single("beside.mp4", "subtitles beside the file, WebVTT and SRT", { codec: "h264b" }, [ENGLISH], {
    texts: [
      { language: "eng", beside: "beside.en.vtt" },
      { language: "deu", beside: "beside.de.srt" },
    ],
  }),
  single("fragments.mp4", "fragmented, B-frames", { codec: "h264b" }, [WHOLE_FRAMES], {
    remade: { output: ["-movflags", "frag_keyframe+empty_moov+default_base_moof"] },
  }),
  single("cmaf.mp4", "CMAF in one file: signed composition offsets, an index of fragments", { codec: "h264b" }, [WHOLE_FRAMES], {
    misread: 0.08,
    remade: { output: ["-movflags", "cmaf+dash+delay_moov+global_sidx+negative_cts_offsets", "-frag_duration", "2000000"] },
  }),
  real("demo", "the demo film: three renditions, two languages", join(project, "examples/demo/media"), {
    secs: 64,
    heights: [1080, 720, 360],
    width: 1920,
    sounds: [{ language: "eng" }, { language: "deu" }],
  }),
  real("mp4ff_bbb_10s.mp4", "a real film", media, { secs: 10, heights: [240], width: 427, sounds: [{}] }),
];

/**
 * Makes `films` in a new folder, or in `folder`, where those that are there already are kept. Returns those that could
 * be made, with their `truth`, and why others could not.
 */
export async function makeFilms(films, folder) {
  const place = folder ?? (await mkdtemp(join(tmpdir(), "flaskflix-players-")));
  const [made, leftOut, queue] = [[], [], [...films]];
  const worker = async () => {
    for (let film = queue.shift(); film; film = queue.shift()) {
      try {
        for (const { path, work } of film.parts) if (!(await exists(join(place, path)))) await work(place);
        const truth = await presented(join(place, film.parts[0].path));
        // ffprobe hides most of the sound before a cut, and shows pictures of negative composition offsets late (ADR 3).
        if (film.start > 0) truth.audio[0][0] = truth.video[0];
        truth.video &&= truth.video.map((at) => at - film.misread);
        made.push({ ...film, label: film.id, encrypted: false, truth });
      } catch (error) {
        leftOut.push(`${film.id}: ${error.message}`);
      }
    }
  };
  await Promise.all([worker(), worker()]);
  made.sort((a, b) => films.findIndex(({ id }) => id === a.id) - films.findIndex(({ id }) => id === b.id));
  return { folder: place, films: made, leftOut, remove: () => (folder ? undefined : rm(place, { recursive: true })) };
}

function ladder(id, about, rungs, sounds) {
  const parts = rungs.map(([height, rate], number) => {
    const path = `${id}/${height}p.mp4`;
    return { path, work: (folder) => make(folder, { path, secs: SECS, picture: { height, rate, number }, sounds }) };
  });
  const [width, frame] = [(rungs[0][0] * 16) / 9, 1 / Math.min(...rungs.map(([, rate]) => rate))];
  return { id, about, secs: SECS, start: 0, heights: rungs.map(([height]) => height), width, frame, sounds, texts: [], misread: 0, parts };
}

function single(id, about, picture, sounds = [ENGLISH], { made = SECS, secs = SECS, remade, start = 0, texts = [], misread = 0 } = {}) {
  const work = async (folder) => {
    const path = remade ? `.first-${id}` : id;
    await make(folder, { path, secs: made, picture, sounds, texts });
    if (!remade) return;
    await remake(folder, path, id, remade);
    await rm(join(folder, path));
  };
  const frame = picture ? (picture.frame ?? 1 / frames(picture.rate ?? 25)) : 0;
  return { id, about, secs, start, heights: picture ? [180] : [], width: 320, frame, sounds, texts, misread, parts: [{ path: id, work }] };
}

/** A file or folder of `from`, as it is. */
function real(id, about, from, facts) {
  const work = (folder) => cp(join(from, id), join(folder, id), { recursive: true });
  const path = facts.heights.length > 1 ? `${id}/${facts.heights[0]}p.mp4` : id;
  return { id, about, start: 0, frame: 0, texts: [], misread: 0, parts: [{ path, work }], ...facts };
}

function frames(rate) {
  const [over, under = 1] = String(rate).split("/");
  return over / under;
}

function exists(path) {
  return stat(path).then(() => true, () => false);
}
