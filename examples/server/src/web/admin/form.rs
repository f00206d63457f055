//! What was typed into the movie form, and what is wrong with it.

use bytes::Bytes;
use flaskflix_core::catalog::{DeliveryError, MovieColumns};
use flaskflix_storage::sql::{Movie, MovieData};

/// The form as it was sent, kept as it is so that it can be shown again.
#[derive(Debug, Clone, Default)]
pub(super) struct MovieForm {
    pub(super) title: String,
    pub(super) description: String,
    pub(super) release_year: String,
    pub(super) genre: String,
    pub(super) video_url: String,
    pub(super) hls_url: String,
    pub(super) quality_variants: String,
    pub(super) progressive: bool,
    pub(super) use_cover: bool,
    pub(super) remove_poster: bool,
    /// The image that was chosen. Browsers do not show a chosen file again.
    pub(super) poster: Option<Bytes>,
}

impl MovieForm {
    /// An empty form.
    pub(super) fn empty() -> Self {
        Self {
            use_cover: true,
            ..Self::default()
        }
    }

    /// The form with what is stored.
    pub(super) fn of(movie: &Movie) -> Self {
        Self {
            title: movie.title.clone(),
            description: movie.description.clone(),
            release_year: movie
                .release_year
                .map(|year| year.to_string())
                .unwrap_or_default(),
            genre: movie.genre.clone(),
            video_url: movie.video_url.clone().unwrap_or_default(),
            hls_url: movie.hls_url.clone().unwrap_or_default(),
            quality_variants: movie.quality_variants.clone().unwrap_or_default(),
            progressive: movie.progressive,
            // Whoever took the cover away does not want it back at the next edit.
            use_cover: false,
            ..Self::default()
        }
    }

    pub(super) const fn has_other_sources(&self) -> bool {
        !self.hls_url.is_empty() || !self.quality_variants.is_empty()
    }

    /// Whether the form names a stream.
    pub(super) fn has_source(&self) -> bool {
        self.has_other_sources() || !self.video_url.is_empty()
    }

    /// Where the streams are.
    pub(super) fn columns(&self) -> MovieColumns<'_> {
        MovieColumns {
            video_url: filled(&self.video_url),
            hls_url: filled(&self.hls_url),
            quality_variants: filled(&self.quality_variants),
            progressive: self.progressive,
        }
    }

    /// Whether these are the streams of the movie as it is stored.
    pub(super) fn same_streams(&self, movie: &Movie) -> bool {
        self.columns()
            == MovieColumns {
                video_url: movie.video_url.as_deref(),
                hls_url: movie.hls_url.as_deref(),
                quality_variants: movie.quality_variants.as_deref(),
                progressive: movie.progressive,
            }
    }

    /// The movie's row, without poster and duration.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub(super) fn to_data(&self) -> Result<MovieData, Box<Errors>> {
        let mut errors = Errors {
            title: if self.title.is_empty() {
                Some("Every movie has a title.".to_owned())
            } else {
                too_long(&self.title, 200)
            },
            description: too_long(&self.description, 4000),
            genre: too_long(&self.genre, 80),
            ..Errors::default()
        };
        let release_year = match self.release_year.as_str() {
            "" => None,
            year => match year.parse() {
                Ok(year @ 1870..=2999) => Some(year),
                _ => {
                    errors.release_year = Some("A year from 1870 on, such as 2024.".to_owned());
                    None
                }
            },
        };
        if let Err(error) = self.columns().delivery() {
            errors.stream(&error);
        }
        if errors.any() {
            return Err(Box::new(errors));
        }
        Ok(MovieData {
            title: self.title.clone(),
            description: self.description.clone(),
            release_year,
            genre: self.genre.clone(),
            video_url: filled(&self.video_url).map(ToOwned::to_owned),
            hls_url: filled(&self.hls_url).map(ToOwned::to_owned),
            quality_variants: filled(&self.quality_variants).map(ToOwned::to_owned),
            progressive: self.progressive,
            ..MovieData::default()
        })
    }
}

/// What is wrong, beside the field it is wrong in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Errors {
    pub(super) title: Option<String>,
    pub(super) description: Option<String>,
    pub(super) release_year: Option<String>,
    pub(super) genre: Option<String>,
    pub(super) video_url: Option<String>,
    pub(super) hls_url: Option<String>,
    pub(super) quality_variants: Option<String>,
    pub(super) poster: Option<String>,
}

impl Errors {
    /// All of them, in the order of the page.
    fn all(&self) -> impl Iterator<Item = &String> {
        let fields = [
            &self.title,
            &self.description,
            &self.release_year,
            &self.genre,
            &self.video_url,
            &self.quality_variants,
            &self.hls_url,
            &self.poster,
        ];
        fields.into_iter().flatten()
    }

    pub(super) fn any(&self) -> bool {
        self.all().next().is_some()
    }

    /// One sentence for the top of the page.
    pub(super) fn summary(&self) -> String {
        match self.all().count() {
            1 => self.all().cloned().collect(),
            count => format!("{count} fields need another look."),
        }
    }

    /// Puts an error of the columns where it belongs.
    fn stream(&mut self, error: &DeliveryError) {
        let text = crate::inspection::sentence(error);
        match error {
            DeliveryError::NoStream => {
                self.video_url = Some("Choose a file, or enter an address.".to_owned());
            }
            DeliveryError::VideoUrl(_) => self.video_url = Some(text),
            DeliveryError::HlsUrl(_) | DeliveryError::NoPlaylist => self.hls_url = Some(text),
            _ => self.quality_variants = Some(text),
        }
    }

    /// Puts the reason why a stream cannot be played beside the column that it comes from.
    pub(super) fn unplayable(&mut self, columns: &MovieColumns<'_>, reason: String) {
        let field = if columns.quality_variants.is_some() {
            &mut self.quality_variants
        } else if columns.hls_url.is_some() {
            &mut self.hls_url
        } else {
            &mut self.video_url
        };
        *field = Some(reason);
    }
}

fn filled(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn too_long(text: &str, limit: usize) -> Option<String> {
    let chars = text.chars().count();
    (chars > limit).then(|| format!("At most {limit} characters; these are {chars}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(video: &str, hls: &str, variants: &str) -> MovieForm {
        MovieForm {
            title: "Salt".to_owned(),
            video_url: video.to_owned(),
            hls_url: hls.to_owned(),
            quality_variants: variants.to_owned(),
            ..MovieForm::default()
        }
    }

    #[test]
    fn errors_stand_beside_the_field_they_are_in() {
        let none = form("", "", "").to_data().unwrap_err();
        assert!(none.video_url.is_some() && none.hls_url.is_none());
        assert!(form("../x", "", "").to_data().unwrap_err().video_url.is_some());
        assert!(
            form("file:///etc/passwd", "", "")
                .to_data()
                .unwrap_err()
                .video_url
                .is_some()
        );
        assert!(
            form("a.mp4", "b.mp4", "")
                .to_data()
                .unwrap_err()
                .hls_url
                .is_some()
        );
        assert!(
            form("a.mp4", "", "x:y")
                .to_data()
                .unwrap_err()
                .quality_variants
                .is_some()
        );
        let untitled = MovieForm {
            title: String::new(),
            release_year: "12".to_owned(),
            ..form("a.mp4", "", "")
        };
        let errors = untitled.to_data().unwrap_err();
        assert!(errors.title.is_some() && errors.release_year.is_some());
        assert_eq!(errors.summary(), "2 fields need another look.");
    }

    #[test]
    fn a_form_becomes_the_row_it_shows() {
        let mut typed = form("a.mp4", "", "");
        typed.release_year = "1949".to_owned();
        typed.progressive = true;
        let data = typed.to_data().unwrap();
        assert_eq!(
            (data.title.as_str(), data.release_year, data.progressive),
            ("Salt", Some(1949), true)
        );
        assert_eq!((data.video_url.as_deref(), data.hls_url), (Some("a.mp4"), None));
    }
}
