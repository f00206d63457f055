//! Subtitles that lie beside a film.

use crate::{id::AssetKey, playlist::Language};

/// A file of subtitles that belongs to a packaged title: `WebVTT` (`.vtt`) or `SubRip` (`.srt`).
///
/// # Examples
/// ```
/// use flaskflix_core::{catalog::{SubtitleFile, SubtitleRole}, id::AssetKey};
/// let file = SubtitleFile::new(AssetKey::parse("film.en.vtt")?).language("en");
/// assert_eq!((file.language.as_str(), file.role), ("en", SubtitleRole::Dialogue));
/// # Ok::<(), flaskflix_core::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SubtitleFile {
    /// The stored object.
    pub asset: AssetKey,
    /// BCP 47 tag of its language; `und` when nobody knows.
    pub language: String,
    /// What the viewer's menu calls it; the language's name when there is none.
    pub name: Option<String>,
    /// What it is for.
    pub role: SubtitleRole,
}

/// What subtitles are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum SubtitleRole {
    /// All that is spoken.
    #[default]
    Dialogue,
    /// Only what everybody needs: foreign speech and signs. Players show it without being asked.
    Forced,
    /// All that is heard, for the deaf and hard of hearing.
    HearingImpaired,
}

impl SubtitleFile {
    /// Subtitles in a language that nobody knows.
    #[must_use]
    pub fn new(asset: AssetKey) -> Self {
        Self {
            asset,
            language: UNKNOWN.to_owned(),
            name: None,
            role: SubtitleRole::default(),
        }
    }

    /// Sets the language, a BCP 47 tag.
    #[must_use]
    pub fn language(self, tag: impl Into<String>) -> Self {
        Self {
            language: tag.into(),
            ..self
        }
    }

    /// The subtitles of a film by the name of a file beside it: the film's name without its extension, then nothing or a
    /// language or a role or both, then `.vtt` or `.srt`. `None`: the file is something else.
    ///
    /// A language is a BCP 47 tag (`en`, `pt-BR`, `pt_BR`) or an ISO 639-2 code (`ger`); a role is `forced`, or `sdh`, `cc` or
    /// `hi` (a lone `hi` is Hindi).
    ///
    /// # Examples
    /// ```
    /// use flaskflix_core::{catalog::{SubtitleFile, SubtitleRole}, id::AssetKey};
    /// let film = AssetKey::parse("films/sea.mp4")?;
    /// let of = |name: &str| SubtitleFile::beside(&film, &AssetKey::parse(name).unwrap());
    /// let found = of("films/sea.pt-BR.forced.srt").unwrap();
    /// assert_eq!((found.language.as_str(), found.role), ("pt-BR", SubtitleRole::Forced));
    /// assert_eq!(of("films/sea.vtt").unwrap().language, "und");
    /// assert!(of("films/sea.notes.srt").is_none() && of("films/lake.en.srt").is_none());
    /// # Ok::<(), flaskflix_core::id::InvalidId>(())
    /// ```
    #[must_use]
    pub fn beside(film: &AssetKey, file: &AssetKey) -> Option<Self> {
        let stem = film.as_str().strip_suffix(film.extension()?)?;
        let rest = subtitle_stem(file)?.strip_prefix(stem.strip_suffix('.')?)?;
        let words = match rest {
            "" => Vec::new(),
            rest => rest.strip_prefix('.')?.split('.').collect(),
        };
        let (found, known) = Self::of_words(file, &words);
        (known == words.len()).then_some(found)
    }

    /// Subtitles of the film that has a folder of its own: every `.vtt` and `.srt` there. Language and role are the last words
    /// of the name, as for [`beside`](Self::beside); what stands before them means nothing. `None`: it is another file.
    #[must_use]
    pub fn in_folder(file: &AssetKey) -> Option<Self> {
        let stem = subtitle_stem(file)?;
        let name = stem.rsplit_once('/').map_or(stem, |(_, name)| name);
        let words: Vec<&str> = name.split('.').collect();
        Some(Self::of_words(file, &words).0)
    }

    /// Puts subtitles into the order of the viewer's menu: by language, then by what they are for, then by name. Those in no
    /// language that is known come first.
    pub fn sort(files: &mut [Self]) {
        files.sort_by_cached_key(|file| {
            let is_known = file.language != UNKNOWN;
            (is_known, file.language.clone(), file.role, file.asset.clone())
        });
    }

    /// Reads the last words of a name as language and role, in any order; and how many of them are one.
    fn of_words(file: &AssetKey, words: &[&str]) -> (Self, usize) {
        let mut found = Self::new(file.clone());
        let (mut role, mut language) = (None, None);
        let mut known = 0_usize;
        for (place, word) in words.iter().enumerate().rev() {
            // Hindi, or "hearing impaired" behind a language.
            let before = place.checked_sub(1).and_then(|place| words.get(place));
            let is_hindi = word.eq_ignore_ascii_case("hi") && before.and_then(|word| tag(word)).is_none();
            match role_of(word).filter(|_| role.is_none() && !is_hindi) {
                Some(found) => role = Some(found),
                None if language.is_none() => match tag(word) {
                    Some(tag) => language = Some(tag),
                    None => break,
                },
                None => break,
            }
            known = known.saturating_add(1);
        }
        found.role = role.unwrap_or_default();
        found.language = language.unwrap_or(found.language);
        (found, known)
    }
}

/// A key without the extension of a subtitle file.
fn subtitle_stem(file: &AssetKey) -> Option<&str> {
    let extension = file.extension()?;
    let is_subtitle = ["vtt", "srt"]
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known));
    file.as_str()
        .strip_suffix(extension)?
        .strip_suffix('.')
        .filter(|_| is_subtitle)
}

fn role_of(word: &str) -> Option<SubtitleRole> {
    match word.to_ascii_lowercase().as_str() {
        "forced" => Some(SubtitleRole::Forced),
        "sdh" | "cc" | "hi" => Some(SubtitleRole::HearingImpaired),
        _ => None,
    }
}

/// The tag of a word that is a language: of the grammar of [RFC 5646 section 2.1](https://www.rfc-editor.org/rfc/rfc5646#section-2.1)
/// language, script and region, and when it has two letters one of ISO 639-1.
fn tag(word: &str) -> Option<String> {
    let word = word.replace('_', "-");
    let mut parts = word.split('-');
    let primary = parts.next()?.to_ascii_lowercase();
    let is_letters = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_letters(&primary) || (primary.len() == 2 && !ISO_639_1.split(' ').any(|code| code == primary)) {
        return None;
    }
    let mut tag = Language::from_media_code(&primary)?.tag().to_owned();
    let mut parts = parts.peekable();
    if let Some(script) = parts.next_if(|part| part.len() == 4 && is_letters(part)) {
        let (first, rest) = script.split_at(1);
        tag.push('-');
        tag.push_str(&first.to_ascii_uppercase());
        tag.push_str(&rest.to_ascii_lowercase());
    }
    let is_region = |part: &&str| match part.len() {
        2 => is_letters(part),
        3 => part.bytes().all(|byte| byte.is_ascii_digit()),
        _ => false,
    };
    if let Some(region) = parts.next_if(is_region) {
        tag.push('-');
        tag.push_str(&region.to_ascii_uppercase());
    }
    parts.next().is_none().then_some(tag)
}

const UNKNOWN: &str = "und";

/// The codes of ISO 639-1.
const ISO_639_1: &str = "aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz \
     ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja \
     jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng \
     nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw \
     ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu";

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> AssetKey {
        AssetKey::parse(text).unwrap()
    }

    #[test]
    fn a_name_says_language_and_role_or_is_of_another_file() {
        use SubtitleRole::{Dialogue, Forced, HearingImpaired};
        let film = key("d/film.2.mp4");
        for (name, want) in [
            ("d/film.2.vtt", Some(("und", Dialogue))),
            ("d/film.2.SRT", Some(("und", Dialogue))),
            ("d/film.2.en.vtt", Some(("en", Dialogue))),
            ("d/film.2.ger.srt", Some(("de", Dialogue))),
            ("d/film.2.en.forced.srt", Some(("en", Forced))),
            ("d/film.2.forced.srt", Some(("und", Forced))),
            ("d/film.2.forced.en.srt", Some(("en", Forced))),
            ("d/film.2.pt-BR.sdh.vtt", Some(("pt-BR", HearingImpaired))),
            ("d/film.2.zh_hant_tw.vtt", Some(("zh-Hant-TW", Dialogue))),
            ("d/film.2.es-419.CC.vtt", Some(("es-419", HearingImpaired))),
            ("d/film.2.hi.vtt", Some(("hi", Dialogue))),
            ("d/film.2.en.hi.vtt", Some(("en", HearingImpaired))),
            ("d/film.2.hi.hi.vtt", Some(("hi", HearingImpaired))),
            ("d/film.2.gsw.vtt", Some(("gsw", Dialogue))),
            ("d/film.2.hd.vtt", None),
            ("d/film.2.v2.vtt", None),
            ("d/film.2.en.de.vtt", None),
            ("d/film.2.forced.sdh.vtt", None),
            ("d/film.2.english.vtt", None),
            ("d/film.2..en.vtt", None),
            ("d/film.2en.vtt", None),
            ("d/film.en.vtt", None),
            ("film.2.en.vtt", None),
            ("d/film.2.en.ass", None),
            ("d/film.2.mp4", None),
        ] {
            let found = SubtitleFile::beside(&film, &key(name));
            let found = found.as_ref().map(|file| (&file.language[..], file.role));
            assert_eq!(found, want, "{name}");
        }
    }

    #[test]
    fn in_a_folder_the_last_words_count() {
        for (name, language, role) in [
            ("film/en.vtt", "en", SubtitleRole::Dialogue),
            ("film/Some.Film.2024.de.forced.srt", "de", SubtitleRole::Forced),
            ("film/subtitles.vtt", "und", SubtitleRole::Dialogue),
            ("en.folder/x1.vtt", "und", SubtitleRole::Dialogue),
        ] {
            let found = SubtitleFile::in_folder(&key(name)).unwrap();
            assert_eq!((&found.language[..], found.role), (language, role), "{name}");
        }
        assert!(SubtitleFile::in_folder(&key("film/en.txt")).is_none());
    }

    #[test]
    fn the_menu_is_in_one_order() {
        let film = key("a.mp4");
        let mut files: Vec<SubtitleFile> = [
            "a.en.sdh.vtt",
            "a.fr.vtt",
            "a.en.srt",
            "a.vtt",
            "a.de.vtt",
            "a.en.vtt",
        ]
        .iter()
        .filter_map(|name| SubtitleFile::beside(&film, &key(name)))
        .collect();
        SubtitleFile::sort(&mut files);
        let names: Vec<&str> = files.iter().map(|file| file.asset.as_str()).collect();
        assert_eq!(
            names,
            [
                "a.vtt",
                "a.de.vtt",
                "a.en.srt",
                "a.en.vtt",
                "a.en.sdh.vtt",
                "a.fr.vtt"
            ]
        );
    }
}
