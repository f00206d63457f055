//! Random requests: mostly sensible, partly odd, a few broken.

use std::fmt;

use proptest::{prelude::*, sample::select};

use super::{expected::DATES, library::Object};

/// A request for one of the objects. `{etag}` in a value stands for the object's own.
#[derive(Clone)]
pub(super) struct Ask {
    pub(super) object: String,
    pub(super) method: &'static str,
    lines: Vec<(&'static str, String)>,
}

/// A request as failures print it.
pub(super) fn asked(object: &str, method: &'static str, lines: &[(&'static str, &str)]) -> Ask {
    Ask {
        object: object.to_owned(),
        method,
        lines: lines
            .iter()
            .map(|&(name, value)| (name, value.to_owned()))
            .collect(),
    }
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "asked({:?}, {:?}, &{:?})",
            self.object, self.method, self.lines
        )
    }
}

impl Ask {
    /// The header lines as they are sent.
    pub(super) fn lines_for(&self, object: &Object) -> Vec<(&'static str, String)> {
        let filled = |value: &str| value.replace("{etag}", &object.etag);
        self.lines
            .iter()
            .map(|(name, value)| (*name, filled(value)))
            .collect()
    }

    /// The value of a field, several lines being one list (RFC 9110 section 5.3), without the space around it.
    pub(super) fn field(&self, name: &str, object: &Object) -> Option<String> {
        let lines = self.lines_for(object);
        let values: Vec<&str> = lines
            .iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, value)| value.trim_matches([' ', '\t']))
            .collect();
        (!values.is_empty()).then(|| values.join(", ").trim_matches([' ', '\t']).to_owned())
    }
}

/// One request, or a few in one pipeline.
pub(super) fn several(objects: &[Object]) -> impl Strategy<Value = Vec<Ask>> + use<> {
    let objects: Vec<_> = objects
        .iter()
        .map(|object| (object.name.clone(), object.bytes.len() as u64))
        .collect();
    let one = select(objects).prop_flat_map(|(object, len)| {
        let method =
            prop_oneof![16 => Just("GET"), 3 => Just("HEAD"), 1 => select(vec!["POST", "DELETE", "BREW"])];
        (Just(object), method, fields(len)).prop_map(|(object, method, lines)| Ask {
            object,
            method,
            lines,
        })
    });
    prop_oneof![
        5 => one.clone().prop_map(|ask| vec![ask]),
        1 => prop::collection::vec(one, 2..=4),
    ]
}

type Lines = Vec<(&'static str, String)>;

fn fields(len: u64) -> BoxedStrategy<Lines> {
    let fields = (
        field(
            0.9,
            "Range",
            prop_oneof![14 => ranges(len), 2 => broken(ranges(len)), 1 => odd_ranges()],
        ),
        field(0.1, "If-Match", tags()),
        field(0.15, "If-None-Match", tags()),
        field(0.15, "If-Modified-Since", dates()),
        field(0.1, "If-Unmodified-Since", dates()),
        field(
            0.2,
            "If-Range",
            prop_oneof![2 => select(TAGS.to_vec()).prop_map(str::to_owned), 1 => tags(), 2 => dates()],
        ),
    );
    (fields, any::<bool>())
        .prop_map(|((a, b, c, d, e, f), backwards)| {
            let mut lines = [a, b, c, d, e, f].concat();
            if backwards {
                lines.reverse();
            }
            lines
        })
        .boxed()
}

/// A field that is there sometimes, and seldom in two lines.
fn field(
    often: f64,
    name: &'static str,
    value: impl Strategy<Value = String> + Clone + 'static,
) -> BoxedStrategy<Lines> {
    let lines = prop_oneof![
        14 => value.clone().prop_map(|value| vec![value]),
        1 => (value.clone(), value).prop_map(|(one, two)| vec![one, two]),
        1 => Just(vec!["bytes=0-0".to_owned(), "2-2".to_owned()]),
    ];
    prop::option::weighted(often, lines)
        .prop_map(move |lines| lines.into_iter().flatten().map(|value| (name, value)).collect())
        // On the heap: the tree of a whole case would fill the stack of a test thread.
        .boxed()
}

fn ranges(len: u64) -> BoxedStrategy<String> {
    let position = prop_oneof![
        4 => 0..=len,
        2 => (0..=4_u64).prop_map(move |n| (len + 2).saturating_sub(n)),
        1 => 0..=2_u64,
        1 => 0..=len * 2,
    ];
    let number = prop_oneof![
        12 => position.clone().prop_map(|n| n.to_string()),
        1 => position.clone().prop_map(|n| format!("000{n}")),
        1 => select(vec!["18446744073709551615", "18446744073709551616", "99999999999999999999999999999999"])
            .prop_map(str::to_owned),
    ];
    let short = (position, 0..100_u64).prop_map(|(first, more)| format!("{first}-{}", first + more));
    let spec = prop_oneof![
        9 => short,
        2 => (0..=len, 0..=len).prop_map(|(a, b)| format!("{}-{}", a.min(b), a.max(b))),
        1 => (number.clone(), number.clone()).prop_map(|(first, last)| format!("{first}-{last}")),
        2 => number.clone().prop_map(|first| format!("{first}-")),
        1 => number.prop_map(|suffix| format!("-{suffix}")),
        1 => (0..100_u64).prop_map(|suffix| format!("-{suffix}")),
    ];
    let count = prop_oneof![6 => Just(1..=1_usize), 6 => Just(2..=5), 1 => Just(14..=18)];
    let unit = prop_oneof![8 => Just("bytes="), 1 => Just("BYTES="), 1 => Just("Bytes= ")];
    let comma = prop_oneof![6 => Just(","), 3 => Just(", "), 1 => Just(" ,\t"), 1 => Just(",,")];
    (unit, comma, count)
        .prop_flat_map(move |(unit, comma, count)| {
            prop::collection::vec(spec.clone(), count)
                .prop_map(move |specs| format!("{unit}{}", specs.join(comma)))
        })
        .boxed()
}

/// Fields that are not for us, not of the grammar, or too long by a byte.
fn odd_ranges() -> impl Strategy<Value = String> + Clone {
    let long = |bytes: usize| format!("bytes=0-0{}", ",".repeat(bytes - "bytes=0-0".len()));
    select(vec![
        String::new(),
        "bytes".to_owned(),
        "bytes=".to_owned(),
        "bytes=,".to_owned(),
        "bytes=-".to_owned(),
        "bytes 0-0".to_owned(),
        "bytes =0-0".to_owned(),
        "items=0-0".to_owned(),
        "none".to_owned(),
        long(1024),
        long(1025),
    ])
}

/// A value with one character more.
fn broken(value: impl Strategy<Value = String> + Clone) -> impl Strategy<Value = String> + Clone {
    let stray = select("0123456789-,=+*/.;x\"\u{e9} \t".chars().collect::<Vec<_>>());
    (value, stray, any::<prop::sample::Index>()).prop_map(|(mut value, stray, at)| {
        value.insert(at.index(value.len() + 1), stray);
        value
    })
}

fn tags() -> impl Strategy<Value = String> + Clone {
    let comma = prop_oneof![3 => Just(", "), 2 => Just(","), 1 => Just(" , ,\t")];
    let list = (prop::collection::vec(select(TAGS.to_vec()), 1..=4), comma)
        .prop_map(|(tags, comma)| tags.join(comma));
    let odd = select(vec![
        "*",
        "*, \"{etag}\"",
        "{etag}",
        "w/\"{etag}\"",
        "\"{etag}",
        "\"{etag}\" x",
        "\"{etag}\"\"x\"",
        ",",
    ])
    .prop_map(str::to_owned);
    prop_oneof![5 => list, 2 => odd]
}

const TAGS: [&str; 7] = [
    "\"{etag}\"",
    "\"{etag}\"",
    "W/\"{etag}\"",
    "\"other\"",
    "W/\"other\"",
    "\"\"",
    "\"\u{e9}\\\"",
];

fn dates() -> impl Strategy<Value = String> + Clone {
    let not_dates = [
        "yesterday",
        "",
        "0",
        "784111777",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 25:49:37 GMT",
    ];
    prop_oneof![
        8 => select(DATES.to_vec()).prop_map(|(text, _)| text.to_owned()),
        1 => select(not_dates.to_vec()).prop_map(str::to_owned),
    ]
}
