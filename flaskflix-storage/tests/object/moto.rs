//! The S3 server of the Python package `moto`, one for all tests, because it takes seconds to start. It ends when this process does.

use std::sync::OnceLock;

use flaskflix_storage::testing::PrivateS3;

/// The server; `None`, with a line that says so, when it is not installed.
pub(crate) fn moto() -> Option<&'static PrivateS3> {
    static SERVER: OnceLock<Option<PrivateS3>> = OnceLock::new();
    SERVER.get_or_init(|| PrivateS3::start().unwrap()).as_ref()
}
