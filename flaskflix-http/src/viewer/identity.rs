//! Who asks, and from where: what the application's middleware puts into the extensions of a request.

use std::net::IpAddr;

use flaskflix_core::{access::LogInId, id::ViewerId};

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

/// Under which log-in the viewer asks, beside [`Viewer`]. It stands in the id of every token that is minted for the request, so that
/// [`Revocation::LogIn`](flaskflix_core::access::Revocation::LogIn) can end them all when the viewer logs out. Without it
/// tokens belong to no log-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogIn(pub LogInId);

/// The address that a request comes from, after trusted proxies: what quotas for addresses count. Without it only viewers
/// are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);
