//! Who asks, and from where: what the application's middleware puts into the extensions of a request.

use std::net::IpAddr;

use flaskflix_core::id::ViewerId;

/// Who asks. The application's own middleware inserts it into the request's extensions once it has recognised the viewer,
/// by a session, a header, a client certificate.
///
/// Nothing that a client sends can set it.
///
/// # Examples
/// ```
/// use flaskflix_core::id::ViewerId;
/// use flaskflix_http::viewer::Viewer;
/// let mut request = http::Request::get("/stream/42/token").body(())?;
/// request.extensions_mut().insert(Viewer(ViewerId::parse("anna")?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer(pub ViewerId);

/// The address that a request comes from, after trusted proxies: what quotas for addresses count. Without it only viewers
/// are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
