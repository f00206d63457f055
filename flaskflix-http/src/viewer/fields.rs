//! The fields of a JSON body, each of the one type that it has.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::status::api::Invalid;

/// The object that a body holds. Fields that nobody asks for are ignored, so that newer players can say more.
#[derive(Debug)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body, whatever its content type says: `sendBeacon` sends text.
    ///
    /// A field that stands twice is refused: nobody should have to guess which one counts.
    pub(super) fn parse(body: &[u8]) -> Result<Self, Invalid> {
        let Object { fields, twice } = serde_json::from_slice(body)
            .map_err(|error| Invalid::body(format!("the body is not a JSON object: {error}")))?;
        match twice {
            Some(name) => Err(Invalid::body(format!(
                "the field {name:?} stands twice in the body"
            ))),
            None => Ok(Self(fields)),
        }
    }

    /// A field that may be missing. JSON has no NaN, and what players make of it is `null`: as good as missing.
    pub(super) fn optional(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    pub(super) fn number(&self, name: &'static str) -> Result<Option<f64>, Invalid> {
        self.typed(name, "a number", Value::as_f64)
    }

    pub(super) fn whole(&self, name: &'static str) -> Result<Option<u64>, Invalid> {
        self.typed(name, "a whole number from 0", Value::as_u64)
    }

    pub(super) fn text(&self, name: &'static str) -> Result<Option<&str>, Invalid> {
        self.typed(name, "a text", Value::as_str)
    }

    pub(super) fn truth(&self, name: &'static str) -> Result<Option<bool>, Invalid> {
        self.typed(name, "true or false", Value::as_bool)
    }

    fn typed<'a, T>(
        &'a self,
        name: &'static str,
        kind: &str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Invalid> {
        let Some(value) = self.optional(name) else {
            return Ok(None);
        };
        match read(value) {
            Some(value) => Ok(Some(value)),
            None => Err(Invalid::field(name, format!("{name} is not {kind}"))),
        }
    }
}

/// An object, and the first name that stands twice in it.
struct Object {
    fields: Map<String, Value>,
    twice: Option<String>,
}

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Object, A::Error> {
        let mut object = Object {
            fields: Map::new(),
            twice: None,
        };
        while let Some((name, value)) = members.next_entry::<String, Value>()? {
            if object.fields.contains_key(&name) {
                object.twice.get_or_insert(name);
            } else {
                object.fields.insert(name, value);
            }
        }
        Ok(object)
    }
}
