//! Every URL that any playlist or description names is there, for films of all kinds.

use std::{
    collections::BTreeSet,
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use flaskflix_http::route::Route;

use crate::{
    client::Client,
    scene::{Scene, film, token},
};

/// The URLs in an HLS playlist, lines and attributes.
fn in_playlist(text: &str) -> Vec<String> {
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    let attributes = text
        .lines()
        .filter(|line| line.starts_with('#'))
        .flat_map(|line| {
            let uris = line.split("URI=\"").skip(1);
            uris.filter_map(|rest| rest.split_once('"')).map(|(uri, _)| uri)
        });
    lines.chain(attributes).map(str::to_owned).collect()
}

fn attribute<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    Some(rest.split_once('"')?.0)
}

/// The URLs in a DASH description: its templates filled in for every representation.
fn in_description(text: &str) -> Vec<String> {
    let mut urls = Vec::new();
    for set in text.split("<AdaptationSet").skip(1) {
        let ids: Vec<&str> = set
            .split("<Representation")
            .skip(1)
            .filter_map(|one| attribute(one, "id"))
            .collect();
        urls.extend(
            set.split("<BaseURL>")
                .skip(1)
                .map(|rest| rest.split_once('<').unwrap().0.to_owned()),
        );
        for (place, template) in set.split("<SegmentTemplate").skip(1).enumerate() {
            let repeats = template.split("<S ").skip(1).map(|entry| {
                let entry = format!(" {}", entry.split_once("/>").unwrap().0);
                1 + attribute(&entry, "r").map_or(0, |r| r.parse::<usize>().unwrap())
            });
            let count: usize = repeats.sum();
            // One for the set, or one for each.
            let shared = set.find("<SegmentTemplate") < set.find("<Representation");
            for id in if shared { &ids[..] } else { &ids[place..=place] } {
                let fill = |name: &str, number: usize| {
                    let url = attribute(template, name).unwrap();
                    url.replace("$RepresentationID$", id)
                        .replace("$Number$", &number.to_string())
                };
                urls.push(fill("initialization", 0));
                urls.extend((1..=count).map(|number| fill("media", number)));
            }
        }
    }
    urls
}

async fn text(client: &mut Client, url: &str) -> String {
    let reply = client.ask("GET", url, &[]).await;
    assert_eq!(reply.status, 200, "{url}");
    String::from_utf8(reply.body).expect("UTF-8")
}

/// Follows all that the manifests of a title name; returns how many different resources that are.
async fn follow(scene: &Scene, base: &str) -> usize {
    let mut client = scene.client().await;
    let master = text(&mut client, &format!("{base}/master.m3u8")).await;
    let description = text(&mut client, &format!("{base}/manifest.mpd")).await;
    let mut seen = BTreeSet::new();
    let mut to_do: Vec<String> = in_playlist(&master);
    to_do.extend(in_description(&description));
    while let Some(url) = to_do.pop() {
        let path = format!("{base}/{url}");
        if !seen.insert(url.clone()) {
            continue;
        }
        assert!(Route::parse(&path).is_some(), "{path}");
        if let (Some((folder, _)), true) = (url.rsplit_once('/'), url.ends_with(".m3u8")) {
            let playlist = text(&mut client, &path).await;
            to_do.extend(
                in_playlist(&playlist)
                    .iter()
                    .map(|child| match child.strip_prefix("../") {
                        Some(above) => above.to_owned(),
                        None => format!("{folder}/{child}"),
                    }),
            );
        } else {
            let reply = client.ask("HEAD", &path, &[]).await;
            assert_eq!(reply.status, 200, "{path}");
            assert!(reply.header("etag").is_some(), "{path}");
        }
    }
    seen.len()
}

#[tokio::test]
async fn everything_that_manifests_name_is_there() {
    let film = film(1);
    let scene = Scene::guarded(&[("f.mp4", &film)]).await;
    let found = follow(&scene, &format!("/stream/f.mp4/t/{}", token("f.mp4"))).await;
    // Of 12 seconds: 3 playlists, 2 init segments, 6 key frames, 3 segments (2 s, 2 s, 4 s and 4 s) twice.
    assert_eq!(found, 3 + 2 + 6 + 2 * 4);
}

#[tokio::test]
async fn everything_that_manifests_of_real_films_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/media");
    let root = env::var_os("FLASKFLIX_MEDIA").map_or(root, PathBuf::from);
    let films: Vec<(String, Vec<u8>)> = fs::read_dir(&root)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "mp4"))
        .map(|path| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(&path).unwrap())
        })
        .collect();
    if films.is_empty() {
        assert!(
            env::var("CI").as_deref() != Ok("true"),
            "cannot be left out in CI"
        );
        let reason = "there are no real films: set FLASKFLIX_MEDIA";
        let _ = writeln!(
            io::stderr(),
            "\nLEFT OUT: a test of what manifests name: {reason}"
        );
        return;
    }
    let files: Vec<(&str, &[u8])> = films.iter().map(|(name, film)| (&**name, &film[..])).collect();
    let scene = Scene::open(&files).await;
    for (name, _) in &films {
        assert!(follow(&scene, &format!("/stream/{name}")).await > 2, "{name}");
    }
}
