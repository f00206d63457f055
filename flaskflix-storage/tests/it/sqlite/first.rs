//! First steps.

use flaskflix_core::{
    catalog::Catalog,
    id::{TitleId, ViewerId},
    progress::{Change, ProgressStore, Report, Rules},
    time::UnixMillis,
};
use flaskflix_storage::sql::{MovieData, SqliteDatabase, SqliteOptions};

#[tokio::test]
async fn a_change_is_there_after_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let viewer = ViewerId::parse("anna").unwrap();
    let title = TitleId::parse("1").unwrap();
    let database = SqliteDatabase::open(&path, SqliteOptions::default())
        .await
        .unwrap();
    let id = database
        .movies()
        .insert(
            &MovieData {
                title: "A".into(),
                video_url: Some("a.mp4".into()),
                ..MovieData::default()
            },
            UnixMillis::from_millis(5),
        )
        .await
        .unwrap();
    assert_eq!(id, 1);
    assert!(database.movies().title(&title).await.unwrap().is_some());
    let progress = database.progress(Rules::default());
    let report = Report::new(100.0, Some(1000.0)).unwrap();
    let entry = progress
        .change(
            &viewer,
            &title,
            Change::Report(report),
            UnixMillis::from_millis(7),
        )
        .await
        .unwrap();
    database.close().await;
    let database = SqliteDatabase::open(&path, SqliteOptions::default())
        .await
        .unwrap();
    database.check().await.unwrap();
    let progress = database.progress(Rules::default());
    let row = progress.continue_watching(&viewer, None, 10).await.unwrap();
    assert_eq!(row, [entry.unwrap()]);
}
