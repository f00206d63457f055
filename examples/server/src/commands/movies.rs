//! `flaskflix-server movie`.

use std::{
    error::Error,
    io::{self, Write as _},
};

use clap::{Args, Subcommand};
use flaskflix_core::{
    catalog::{Delivery, Location, MovieColumns},
    id::AssetKey,
    source::ByteSource as _,
};
use flaskflix_storage::sql::{MovieData, MovieQuery};

use crate::app::App;

/// What to do with movies.
#[derive(Debug, Subcommand)]
pub(crate) enum MovieTask {
    /// Add a movie; files are named below the media folder
    Add(AddArgs),
    /// List the movies, newest first
    List,
    /// Remove a movie from the catalogue, with everybody's progress; its files stay
    Remove {
        /// The number of the movie, as `movie list` shows it
        id: i64,
    },
}

/// A movie to add.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("stream").args(["video", "hls", "variants"]).required(true).multiple(true))]
pub(crate) struct AddArgs {
    /// Its name
    #[arg(long)]
    title: String,
    /// One file, below the media folder, or a URL
    #[arg(long, value_name = "PATH|URL")]
    video: Option<String>,
    /// A finished HLS playlist, below the media folder, or a URL
    #[arg(long, value_name = "PATH|URL")]
    hls: Option<String>,
    /// Several qualities: 360p:small.mp4,1080p:large.mp4
    #[arg(long, value_name = "LIST")]
    variants: Option<String>,
    /// Serve the file of --video as it is, and do not package it
    #[arg(long)]
    progressive: bool,
    /// What it is about
    #[arg(long, default_value = "", hide_default_value = true)]
    description: String,
    /// The year in which it came out
    #[arg(long)]
    year: Option<i32>,
    /// Its genre
    #[arg(long, default_value = "", hide_default_value = true)]
    genre: String,
    /// The URL of its poster [default: one is drawn]
    #[arg(long, value_name = "URL")]
    poster: Option<String>,
}

pub(super) async fn run(task: MovieTask, app: &App) -> Result<(), Box<dyn Error>> {
    let mut out = io::stdout();
    match task {
        MovieTask::Add(args) => {
            let movie = MovieData::from(args);
            expect_files(app, &movie).await?;
            let id = app.movies().insert(&movie, app.clock().now_millis()).await?;
            writeln!(out, "added {id}\t{}", movie.title)?;
        }
        MovieTask::List => {
            let mut query = MovieQuery {
                limit: PAGE,
                ..MovieQuery::default()
            };
            loop {
                let movies = app.movies().list(&query).await?;
                for movie in &movies {
                    let kind = movie
                        .delivery()
                        .map_or("cannot be played", |delivery| mode(&delivery));
                    writeln!(out, "{}\t{}\t{kind}", movie.id, movie.title)?;
                }
                if movies.is_empty() {
                    break;
                }
                query.offset = query.offset.saturating_add(PAGE);
            }
        }
        MovieTask::Remove { id } => {
            if !app.movies().remove(id).await? {
                return Err(format!("there is no movie {id}").into());
            }
            writeln!(out, "removed {id}")?;
        }
    }
    Ok(())
}

/// Refuses what could not be played: columns that say nothing sensible, files that are not there.
async fn expect_files(app: &App, movie: &MovieData) -> Result<(), Box<dyn Error>> {
    let columns = MovieColumns {
        video_url: movie.video_url.as_deref(),
        hls_url: movie.hls_url.as_deref(),
        quality_variants: movie.quality_variants.as_deref(),
        progressive: movie.progressive,
    };
    for asset in assets(&columns.delivery()?) {
        app.files().open(asset).await.map_err(|cause| {
            let settings = app.settings();
            let media = settings.media_url.as_ref().map(ToString::to_string);
            let media = media.unwrap_or_else(|| settings.media().display().to_string());
            format!("{} cannot be opened below {media}: {cause}", asset.as_str())
        })?;
    }
    Ok(())
}

fn assets(delivery: &Delivery) -> Vec<&AssetKey> {
    match delivery {
        Delivery::Packaged { renditions, .. } => {
            renditions.iter().map(|rendition| &rendition.asset).collect()
        }
        Delivery::File { asset } => vec![asset],
        Delivery::Hls { playlist } => vec![playlist],
        Delivery::Variants { variants } => variants
            .iter()
            .filter_map(|variant| match &variant.location {
                Location::Asset(asset) => Some(asset),
                Location::External(_) => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

const fn mode(delivery: &Delivery) -> &'static str {
    match delivery {
        Delivery::Packaged { .. } => "packaged",
        Delivery::File { .. } => "file",
        Delivery::Hls { .. } => "hls",
        Delivery::Variants { .. } => "variants",
        Delivery::External { .. } => "external",
        _ => "other",
    }
}

impl From<AddArgs> for MovieData {
    fn from(args: AddArgs) -> Self {
        Self {
            title: args.title,
            description: args.description,
            release_year: args.year,
            genre: args.genre,
            poster: args.poster,
            video_url: args.video,
            hls_url: args.hls,
            quality_variants: args.variants,
            progressive: args.progressive,
            duration_seconds: None,
        }
    }
}

/// Movies that are read at once.
const PAGE: u32 = 500;
