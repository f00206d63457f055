//! The way of a request, on one page: route, token, catalogue, source, plan, pieces, body.
//!
//! The only file of this crate (beside `admission`, `packaged` and `delivery`) that awaits. Every decision is a pure function elsewhere.

use std::{mem, sync::Arc};

use flaskflix_core::{
    catalog::{Catalog, Delivery, ExternalUrl, QualityVariant, StreamKind, Title},
    id::{AssetKey, TitleId},
    plan,
    source::ByteSource,
    time::{Clock, UnixTime},
    token::Grant,
};
use http::{HeaderMap, Response, request::Parts};

#[cfg(all(unix, feature = "serve"))]
use crate::hot::{HotSegments, SendsFiles};
use crate::{
    admission::Admission,
    body::Body,
    config::CacheControl,
    cors::CorsPolicy,
    delivery::{self, Elsewhere, Folders, Qualities},
    metrics::Exchange,
    offload::Offload,
    packaged::{self, Packaged},
    request::{self, ReadHeaders, Wanted},
    response::{self, Content},
    route::{Route, RouteLabel, Target},
    status::{Missing, Refusal},
    trace,
};

/// Everything a request passes on its way.
#[derive(Debug)]
pub(crate) struct Edge {
    pub(crate) access: Access,
    pub(crate) catalog: Arc<dyn Catalog>,
    pub(crate) source: Arc<dyn ByteSource>,
    pub(crate) packaged: Packaged,
    pub(crate) folders: Folders,
    pub(crate) qualities: Qualities,
    pub(crate) elsewhere: Elsewhere,
    pub(crate) cache_control: CacheControl,
    #[cfg(all(unix, feature = "serve"))]
    pub(crate) hot: HotSegments,
    pub(crate) offload: Option<Offload>,
    pub(crate) cors: Option<CorsPolicy>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Who may watch.
#[derive(Debug)]
pub(crate) enum Access {
    Open,
    Tokens(Admission),
}

impl Edge {
    /// The response to a request, whatever happens.
    pub(crate) async fn answer(&self, mut request: Parts) -> Response<Body> {
        let exchange = Exchange::begin(RouteLabel::of_path(request.uri.path()));
        let permit = self.cors.as_ref().map(|cors| cors.permit(&request.headers));
        let mut response = self
            .read(&mut request)
            .await
            .unwrap_or_else(|refusal| response::of_refusal(&refusal, request.method != http::Method::HEAD));
        if let Some(permit) = permit {
            permit.apply(response.headers_mut());
        }
        response::counted(response, exchange)
    }

    async fn read(&self, request: &mut Parts) -> Result<Response<Body>, Refusal> {
        // route      path -> Route                                      404, 405
        let route = Route::parse(request.uri.path()).ok_or(Missing::Url)?;
        let method = match Wanted::parse(&request.method)? {
            Wanted::Read(method) => method,
            Wanted::Options => return Ok(self.options(&request.headers)),
        };

        // token      text x keys x now -> Grant                         401, 403, 410
        let now = self.clock.now();
        let grant = self.access.admit(&route, request, now).await?;

        let recent = self
            .packaged
            .recent(route.title(), route.target(), &request.headers);
        let mut content = match recent {
            // A playlist of a title that was looked at a moment ago (`recheck_after`).
            Some(content) => content,
            None => {
                // catalogue  TitleId -> Title                           404
                let title = self.title(route.title()).await?;
                if let Delivery::External { url, kind } = &title.delivery {
                    return self
                        .elsewhere(url, *kind, route.target(), grant.as_ref(), now)
                        .await;
                }
                // source     Target -> an object with a length and a validator  404
                self.content(&title, &route, &request.headers).await?
            }
        };
        let cache_control = || self.cache_control.of(route.target());
        content.cache_control.get_or_insert_with(cache_control);
        #[cfg(all(unix, feature = "serve"))]
        if method == plan::Method::Get && request.extensions.get::<SendsFiles>().is_some() {
            content.kept = self.hot.file(&content);
        }
        if let (Some(offload), Some(file)) = (&self.offload, &content.file) {
            // By the server in front, preconditions and ranges included.
            return Ok(response::offloaded(offload.header(file), &content));
        }

        // plan       ReadRequest x ObjectInfo -> ReadPlan               200 206 304 412 416
        let headers = ReadHeaders::of(&request.headers);
        let plan = plan::plan(&headers.with(method), content.object.info(), now);

        // pieces, body
        let headers = response::emptied(mem::take(&mut request.headers));
        response::of_plan(plan, method, content, now, headers)
    }

    fn options(&self, headers: &HeaderMap) -> Response<Body> {
        let mut response = response::options();
        if self.cors.is_some() {
            CorsPolicy::apply_preflight(headers, response.headers_mut());
        }
        response
    }

    async fn title(&self, id: &TitleId) -> Result<Arc<Title>, Refusal> {
        match self.catalog.title(id).await {
            Ok(title) => Ok(title.ok_or(Missing::Title)?),
            Err(error) => {
                trace::catalog_failed(id, &error);
                Err(Refusal::Busy)
            }
        }
    }

    async fn content(
        &self,
        title: &Arc<Title>,
        route: &Route,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        match (&title.delivery, route.target()) {
            (Delivery::File { asset }, Target::Video) => packaged::file(&*self.source, asset).await,
            (Delivery::Packaged { .. }, target) => self.packaged.content(title, target, headers).await,
            (Delivery::Hls { playlist }, target) => self.finished(playlist, target, headers).await,
            (Delivery::Variants { variants }, target) => self.qualities(variants, target, headers).await,
            _ => Err(Missing::Playlists.into()),
        }
    }

    /// A viewer of a stream on another host is sent there.
    async fn elsewhere(
        &self,
        url: &ExternalUrl,
        kind: StreamKind,
        target: &Target,
        grant: Option<&Grant>,
        now: UnixTime,
    ) -> Result<Response<Body>, Refusal> {
        if !delivery::is_offered(kind, target) {
            return Err(Missing::Elsewhere(kind).into());
        }
        let url = self.elsewhere.url(url, grant, now).await?;
        Ok(response::elsewhere(&url))
    }

    /// A finished HLS stream in a folder.
    async fn finished(
        &self,
        playlist: &AssetKey,
        target: &Target,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        match target {
            Target::Master => self.folders.master(playlist, headers).await,
            Target::File { path } => self.folders.file(playlist, path, headers).await,
            Target::Video => Err(Missing::Video.into()),
            _ => Err(Missing::Stream.into()),
        }
    }

    /// Several finished HLS streams of one film.
    async fn qualities(
        &self,
        variants: &[QualityVariant],
        target: &Target,
        headers: &HeaderMap,
    ) -> Result<Content, Refusal> {
        match target {
            Target::Master => self.qualities.master(&self.folders, variants, headers).await,
            Target::Variant { height, path } => {
                Qualities::file(&self.folders, variants, *height, path, headers).await
            }
            Target::Video => Err(Missing::Video.into()),
            _ => Err(Missing::Stream.into()),
        }
    }
}

impl Access {
    /// Whether the request may read the title of its URL, and the grant that says so; there is none when all may.
    async fn admit(&self, route: &Route, request: &Parts, now: UnixTime) -> Result<Option<Grant>, Refusal> {
        let Self::Tokens(admission) = self else {
            return Ok(None);
        };
        let token = request::token(route, request.uri.query(), &request.headers)?;
        let grant = admission.grant(&token, now).await?;
        if !grant.permits(route.title()) {
            return Err(Refusal::OtherTitle);
        }
        admission.screen(&grant, now).await?;
        Ok(Some(grant))
    }
}
