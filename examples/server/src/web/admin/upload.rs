//! Reading the movie form: texts, ticks and an image (`multipart/form-data`, RFC 7578).

use axum::extract::multipart::{Field, Multipart, MultipartError};
use bytes::{Bytes, BytesMut};

use super::form::MovieForm;
use crate::web::{Problem, wording};

/// A form that came in.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) form: MovieForm,
    /// Why the image was not taken.
    pub(super) image: Option<String>,
}

/// Reads the form. Fields that it does not know are left out; of a field that comes twice the last one counts.
pub(super) async fn read(mut parts: Multipart, max_upload: u64) -> Result<Received, Problem> {
    let mut form = MovieForm::default();
    let mut image = None;
    while let Some(field) = parts.next_field().await.map_err(refused)? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "poster" {
            match bounded(field, max_upload).await.map_err(refused)? {
                // A file field in which nothing was chosen is sent empty.
                Some(bytes) => form.poster = Some(bytes).filter(|bytes| !bytes.is_empty()),
                None => {
                    image = Some(format!(
                        "This image is larger than {}.",
                        wording::size(max_upload)
                    ))
                }
            }
            continue;
        }
        let text = bounded(field, TEXT_BYTES).await.map_err(refused)?;
        let text = text.ok_or_else(|| Problem::bad_request("a field of the form is too long"))?;
        set(&mut form, &name, String::from_utf8_lossy(&text).trim());
    }
    Ok(Received { form, image })
}

fn set(form: &mut MovieForm, name: &str, text: &str) {
    let place = match name {
        "title" => &mut form.title,
        "description" => &mut form.description,
        "release_year" => &mut form.release_year,
        "genre" => &mut form.genre,
        "video_url" => &mut form.video_url,
        "hls_url" => &mut form.hls_url,
        "quality_variants" => &mut form.quality_variants,
        "progressive" => return form.progressive = true,
        "use_cover" => return form.use_cover = true,
        "remove_poster" => return form.remove_poster = true,
        _ => return,
    };
    text.clone_into(place);
}

/// The bytes of a field; `None` when there are more than `limit`. What is too much is read and dropped, up to the limit of the
/// whole request: a browser that is cut off while it sends shows its own error and not ours.
async fn bounded(mut field: Field<'_>, limit: u64) -> Result<Option<Bytes>, MultipartError> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut bytes = BytesMut::new();
    let mut fits = true;
    while let Some(chunk) = field.chunk().await? {
        fits = fits && bytes.len().saturating_add(chunk.len()) <= limit;
        if fits {
            bytes.extend_from_slice(&chunk);
        }
    }
    Ok(fits.then(|| bytes.freeze()))
}

fn refused(error: MultipartError) -> Problem {
    if error.status() == http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(error.status(), "what was sent is too large")
    } else {
        Problem::bad_request("the form cannot be understood")
    }
}

/// Longer than any text field may be.
const TEXT_BYTES: u64 = 64 << 10;

/// The largest request: room for an image that is too large to be told so.
pub(super) fn request_bytes(max_upload: u64) -> usize {
    usize::try_from(max_upload.saturating_mul(4).saturating_add(16 * TEXT_BYTES)).unwrap_or(usize::MAX)
}
