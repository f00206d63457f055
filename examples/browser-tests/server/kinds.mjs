// Every kind of movie plays: one file as it is, a finished HLS folder, and both on another host.

import { expect } from "../report.mjs";
import { FILM, FOLDER } from "./media.mjs";
import { DEMO } from "./server.mjs";
import { Visitor } from "./visitor.mjs";

export async function testKinds({ report, browser, server, media, otherHost }) {
  const kinds = [
    { name: "an MP4 file, packaged", source: ["--video", FILM.path] },
    { name: "an MP4 file as it is", source: ["--video", FILM.path, "--progressive"] },
    { name: "an MP4 file on another host", source: ["--video", `${otherHost.url}/${FILM.path}`], elsewhere: true },
  ];
  if (media.leftOut) report.leftOut(media.leftOut);
  else {
    kinds.push(
      { name: "an HLS folder", source: ["--hls", FOLDER.path] },
      { name: "an HLS folder on another host", source: ["--hls", `${otherHost.url}/${FOLDER.path}`], elsewhere: true },
    );
  }
  for (const { name, source, elsewhere = false } of kinds) {
    const hosts = elsewhere ? [otherHost.host] : [];
    const visitor = await Visitor.arrive(browser, server, {}, hosts);
    await report.check(`kind: ${name} plays, seeks, keeps its place`, async () => {
      const movie = server.add(`Kind: ${name}`, ...source);
      await visitor.signIn(DEMO);
      await visitor.watch(movie);
      await visitor.plays(1);
      await visitor.seek(40);
      await visitor.plays(41);
      const at = await visitor.pauses();
      await visitor.saved(movie, (progress) => Math.abs(progress.current_time - at) < 0.1);
      await visitor.page.reload();
      await visitor.begins(at);
      visitor.expectNoTrouble();
      expect((await visitor.state()).videoHeight === 360, "it is another picture");
    });
    await visitor.leave();
  }
}
