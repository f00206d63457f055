//! Languages: from the codes that MP4 files carry to the tags that playlists carry.
//!
//! `mdhd` holds ISO 639-2 codes of three letters (ISO 14496-12 section 8.4.2); `LANGUAGE` wants BCP 47, which asks
//! for the two-letter code where there is one ([RFC 5646 section 2.2.1](https://www.rfc-editor.org/rfc/rfc5646#section-2.2.1)).

/// A language as playlists name it.
///
/// # Examples
/// ```
/// use flaskflix_core::playlist::Language;
/// let german = Language::from_media_code("deu").unwrap();
/// assert_eq!((german.tag(), german.name()), ("de", Some("Deutsch")));
/// assert_eq!(Language::from_media_code("ger"), Some(german));
/// assert!(Language::from_media_code("und").is_none());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Language {
    tag: String,
    name: Option<&'static str>,
}

impl Language {
    /// Reads the code of a media file: ISO 639-2 (`deu`, `ger`) or a BCP 47 tag (`de-AT`).
    ///
    /// Returns `None` for no language (`und`, `mis`, `mul`, `zxx`, empty) and for text that is no language tag.
    #[must_use]
    pub fn from_media_code(code: &str) -> Option<Self> {
        let well_formed = code.len() <= 35
            && code
                .split('-')
                .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
        let (primary, rest) = code
            .split_once('-')
            .map_or((code, ""), |(primary, rest)| (primary, rest));
        let primary = primary.to_ascii_lowercase();
        if !well_formed
            || !(2..=3).contains(&primary.len())
            || matches!(&*primary, "und" | "mis" | "mul" | "zxx")
        {
            return None;
        }
        let row = LANGUAGES
            .iter()
            .find(|row| row.0.split('/').any(|code| code == primary) || row.1 == primary);
        let short = row.map_or(&*primary, |row| row.1);
        let tag = if rest.is_empty() {
            short.to_owned()
        } else {
            format!("{short}-{rest}")
        };
        Some(Self {
            tag,
            name: row.map(|row| row.2),
        })
    }

    /// The BCP 47 tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.tag
    }

    /// The language's own name for itself, when we know it.
    #[must_use]
    pub fn name(&self) -> Option<&'static str> {
        self.name
    }
}

impl Language {
    /// Its name with the rest of the tag, `Português (BR)`; the tag when we do not know the name.
    pub(crate) fn long_name(&self) -> String {
        match (self.name, self.tag.split_once('-')) {
            (Some(name), Some((_, rest))) => format!("{name} ({rest})"),
            (Some(name), None) => name.to_owned(),
            (None, _) => self.tag.clone(),
        }
    }
}

/// ISO 639-2 codes (terminology/bibliographic), the ISO 639-1 code, and the language's name in itself.
#[rustfmt::skip]
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("afr", "af", "Afrikaans"), ("ara", "ar", "العربية"), ("bel", "be", "Беларуская"), ("ben", "bn", "বাংলা"),
    ("bos", "bs", "Bosanski"), ("bul", "bg", "Български"), ("cat", "ca", "Català"), ("ces/cze", "cs", "Čeština"),
    ("cym/wel", "cy", "Cymraeg"), ("dan", "da", "Dansk"), ("deu/ger", "de", "Deutsch"), ("ell/gre", "el", "Ελληνικά"),
    ("eng", "en", "English"), ("epo", "eo", "Esperanto"), ("est", "et", "Eesti"), ("eus/baq", "eu", "Euskara"),
    ("fas/per", "fa", "فارسی"), ("fin", "fi", "Suomi"), ("fra/fre", "fr", "Français"), ("gle", "ga", "Gaeilge"),
    ("glg", "gl", "Galego"), ("heb", "he", "עברית"), ("hin", "hi", "हिन्दी"), ("hrv", "hr", "Hrvatski"),
    ("hun", "hu", "Magyar"), ("hye/arm", "hy", "Հայերեն"), ("ind", "id", "Bahasa Indonesia"), ("isl/ice", "is", "Íslenska"),
    ("ita", "it", "Italiano"), ("jpn", "ja", "日本語"), ("kat/geo", "ka", "ქართული"), ("kaz", "kk", "Қазақша"),
    ("kor", "ko", "한국어"), ("lat", "la", "Latina"), ("lav", "lv", "Latviešu"), ("lit", "lt", "Lietuvių"),
    ("ltz", "lb", "Lëtzebuergesch"), ("mar", "mr", "मराठी"), ("mkd/mac", "mk", "Македонски"), ("mlt", "mt", "Malti"),
    ("msa/may", "ms", "Bahasa Melayu"), ("nld/dut", "nl", "Nederlands"), ("nno", "nn", "Norsk nynorsk"),
    ("nob", "nb", "Norsk bokmål"), ("nor", "no", "Norsk"), ("pan", "pa", "ਪੰਜਾਬੀ"), ("pol", "pl", "Polski"),
    ("por", "pt", "Português"), ("ron/rum", "ro", "Română"), ("rus", "ru", "Русский"), ("slk/slo", "sk", "Slovenčina"),
    ("slv", "sl", "Slovenščina"), ("spa", "es", "Español"), ("sqi/alb", "sq", "Shqip"), ("srp", "sr", "Српски"),
    ("swa", "sw", "Kiswahili"), ("swe", "sv", "Svenska"), ("tam", "ta", "தமிழ்"), ("tel", "te", "తెలుగు"),
    ("tha", "th", "ไทย"), ("tur", "tr", "Türkçe"), ("ukr", "uk", "Українська"), ("urd", "ur", "اردو"),
    ("vie", "vi", "Tiếng Việt"), ("yid", "yi", "ייִדיש"), ("zho/chi", "zh", "中文"), ("zul", "zu", "isiZulu"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_code_is_the_tag() {
        for (code, tag) in [
            ("eng", "en"),
            ("EN-us", "en-us"),
            ("pt-BR", "pt-BR"),
            ("gsw", "gsw"),
            ("fre", "fr"),
        ] {
            assert_eq!(Language::from_media_code(code).unwrap().tag(), tag);
        }
    }

    #[test]
    fn what_is_no_language_is_none() {
        for code in [
            "",
            "und",
            "zxx",
            "e",
            "english",
            "en\"",
            "en-",
            "d\u{e9}",
            &"a-".repeat(40),
        ] {
            assert_eq!(Language::from_media_code(code), None, "{code:?}");
        }
    }
}
