//! The objects: files of many sizes in a folder and in memory, and what is packaged of a film.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fs::File,
    ops::Range,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use flaskflix_core::{
    Bytes,
    catalog::{Delivery, Title},
    id::{AssetKey, TitleId},
    time::UnixTime,
};
use flaskflix_http::{StreamerBuilder, serve::Server};
use flaskflix_storage::memory::{MemoryCatalog, MemorySource};

use super::{answers, asks::Ask, expected::DATES};
use crate::{
    client::{Client, request},
    scene::{NOW, Scene, film, pattern},
};

/// What the oracle knows about an object.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// How a request names it: where it lies and what it is.
    pub(super) name: String,
    url: String,
    pub(super) bytes: Vec<u8>,
    /// The text in the quotes of its entity tag.
    pub(super) etag: String,
    pub(super) modified: Option<u64>,
    pub(super) last_modified: Option<String>,
    pub(super) media_type: String,
    pub(super) cache_control: String,
    pub(super) vary: Option<String>,
}

impl Object {
    pub(super) fn slice(&self, range: &Range<u64>) -> &[u8] {
        &self.bytes[usize::try_from(range.start).unwrap()..usize::try_from(range.end).unwrap()]
    }
}

/// Two servers, their objects, and a connection to each that is kept while all goes well.
pub(super) struct Library {
    folder: Scene,
    memory: Scene,
    objects: Vec<Object>,
    connections: HashMap<bool, Client>,
    /// How often each kind of answer was right.
    pub(super) seen: BTreeMap<&'static str, usize>,
}

/// A size, and when the object of that size was modified: long ago, in this second, in the next one, nobody knows.
#[rustfmt::skip]
const SIZES: [(&str, usize, Option<u64>); 6] = [
    ("0",     0,               Some(LONG_AGO)),
    ("1",     1,               None),
    ("2",     2,               Some(NOW.as_secs())),
    ("1000",  1000,            Some(LONG_AGO)),
    ("64KiB", 64 * 1024,       Some(NOW.as_secs() + 1)),
    ("3MiB",  3 * 1024 * 1024, Some(LONG_AGO)),
];

const PACKAGED: [&str; 8] = [
    "video",
    "v1/init.mp4",
    "v1/1.m4s",
    "a1/2.m4s",
    "v1/k1.m4s",
    "v1/index.m3u8",
    "master.m3u8",
    "manifest.mpd",
];

/// The date of the examples in RFC 9110 section 5.6.7.
const LONG_AGO: u64 = 784_111_777;

impl Library {
    pub(super) async fn open() -> Self {
        let mut library = Self {
            folder: folder().await,
            memory: memory().await,
            objects: Vec::new(),
            connections: HashMap::new(),
            seen: BTreeMap::new(),
        };
        for (size, len, modified) in SIZES {
            // Every file of a folder has a date.
            library
                .add(
                    "folder",
                    size,
                    &format!("/stream/{size}.bin/video"),
                    Some(LONG_AGO),
                    Some(len),
                )
                .await;
            library
                .add(
                    "memory",
                    size,
                    &format!("/stream/{size}/video"),
                    modified,
                    Some(len),
                )
                .await;
        }
        for target in PACKAGED {
            library
                .add(
                    "film",
                    target,
                    &format!("/stream/f.mp4/{target}"),
                    Some(LONG_AGO),
                    None,
                )
                .await;
        }
        library
    }

    pub(super) fn objects(&self) -> &[Object] {
        &self.objects
    }

    /// Asks for a whole object, and keeps what the oracle may know of it.
    async fn add(&mut self, place: &str, name: &str, url: &str, modified: Option<u64>, len: Option<usize>) {
        let scene = if place == "memory" {
            &self.memory
        } else {
            &self.folder
        };
        let full = scene.get(url).await;
        assert_eq!(full.status, 200, "{url}");
        if let Some(len) = len {
            assert!(full.body == pattern(len), "{url}");
        }
        let etag = full.header("etag").unwrap();
        // Section 8.8.2.1: a date is never sent before it has come.
        let sent = modified.map(|secs| secs.min(NOW.as_secs()));
        let text = |secs| {
            DATES
                .iter()
                .find(|(_, known)| *known == secs)
                .unwrap()
                .0
                .to_owned()
        };
        self.objects.push(Object {
            name: format!("{place}/{name}"),
            url: url.to_owned(),
            etag: etag.trim_matches('"').to_owned(),
            modified,
            last_modified: sent.map(text),
            media_type: full.header("content-type").unwrap().to_owned(),
            cache_control: full.header("cache-control").unwrap().to_owned(),
            vary: full.header("vary").map(str::to_owned),
            bytes: full.body,
        });
    }

    /// Sends all requests at once, those to one server on one connection, and holds the answers against the oracle.
    pub(super) async fn check(&mut self, asks: &[Ask]) {
        // A connection goes back when its answers were right: what comes after a wrong one is anybody's guess.
        let mut connections = std::mem::take(&mut self.connections);
        let find = |ask: &Ask| {
            self.objects
                .iter()
                .find(|object| object.name == ask.object)
                .unwrap()
        };
        for ask in asks {
            let object = find(ask);
            let in_memory = ask.object.starts_with("memory/");
            let scene = if in_memory { &self.memory } else { &self.folder };
            let client = match connections.entry(in_memory) {
                Entry::Occupied(kept) => kept.into_mut(),
                Entry::Vacant(none) => none.insert(scene.client().await),
            };
            let lines = ask.lines_for(object);
            let lines: Vec<_> = lines
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            client.send(request(ask.method, &object.url, &lines)).await;
        }
        for ask in asks {
            let client = connections.get_mut(&ask.object.starts_with("memory/")).unwrap();
            let kind = answers::check(ask, find(ask), &client.reply(ask.method).await);
            *self.seen.entry(kind).or_default() += 1;
        }
        assert!(
            !connections.values().any(Client::has_bytes),
            "more came than was asked for"
        );
        self.connections = connections;
    }
}

async fn folder() -> Scene {
    let files: Vec<(String, Vec<u8>)> = SIZES
        .iter()
        .map(|(size, len, _)| (format!("{size}.bin"), pattern(*len)))
        .chain([("f.mp4".to_owned(), film(1))])
        .collect();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    let scene = Scene::open(&files).await;
    for (name, _) in files {
        let file = File::options()
            .write(true)
            .open(scene.folder.path().join(name))
            .unwrap();
        // Dates have no fractions: what is left of one is not in the way.
        file.set_modified(UNIX_EPOCH + Duration::from_millis(LONG_AGO * 1000 + 900))
            .unwrap();
    }
    scene
}

async fn memory() -> Scene {
    let (source, catalog) = (MemorySource::new(), MemoryCatalog::new());
    for (name, len, modified) in SIZES {
        let asset = AssetKey::parse(name).unwrap();
        let bytes = Bytes::from(pattern(len));
        match modified {
            Some(secs) => source.put_modified(asset.clone(), bytes, UnixTime::from_secs(secs)),
            None => source.put(asset.clone(), bytes),
        }
        catalog.put(Title::new(
            TitleId::parse(name).unwrap(),
            name,
            Delivery::File { asset },
        ));
    }
    let unused = tempfile::tempdir().unwrap();
    Scene::play(
        unused,
        Arc::new(catalog),
        Arc::new(source),
        StreamerBuilder::open,
        Server::new(),
    )
    .await
}
