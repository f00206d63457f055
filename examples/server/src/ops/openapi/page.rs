//! The document as a page, for people.

use askama::Template;
use axum::{extract::State, response::Response};
use serde_json::Value;

use super::PARSED;
use crate::{
    app::App,
    web::{Layout, Problem, Visitor, page as render},
};

/// Every operation with what it takes and gives. Rendered here, without a script.
pub(crate) async fn page(State(app): State<App>, visitor: Visitor) -> Result<Response, Problem> {
    render(&ApiPage::of(Layout::of(&app, &visitor), &PARSED))
}

#[derive(Template)]
#[template(path = "api.html")]
struct ApiPage<'a> {
    layout: Layout,
    description: &'a str,
    groups: Vec<Group<'a>>,
    schemas: Vec<(&'a str, String)>,
}

/// The operations under one tag.
struct Group<'a> {
    name: &'a str,
    description: &'a str,
    operations: Vec<Operation<'a>>,
}

struct Operation<'a> {
    id: &'a str,
    method: String,
    path: &'a str,
    summary: &'a str,
    description: &'a str,
    parameters: Vec<Parameter<'a>>,
    request: Option<String>,
    answers: Vec<Answer<'a>>,
}

struct Parameter<'a> {
    name: &'a str,
    place: &'a str,
    description: &'a str,
}

struct Answer<'a> {
    status: &'a str,
    description: &'a str,
    example: Option<String>,
}

impl<'a> ApiPage<'a> {
    fn of(layout: Layout, document: &'a Value) -> Self {
        let tags = document["tags"].as_array().into_iter().flatten();
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        Self {
            layout,
            description: document.pointer("/info/description").map_or("", text),
            groups: tags.map(|tag| Group::of(tag, document)).collect(),
            schemas: schemas
                .into_iter()
                .flatten()
                .map(|(name, schema)| (name.as_str(), pretty(schema)))
                .collect(),
        }
    }
}

impl<'a> Group<'a> {
    fn of(tag: &'a Value, document: &'a Value) -> Self {
        let name = text(&tag["name"]);
        let paths = document["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (path, method, operation))
        });
        Self {
            name,
            description: text(&tag["description"]),
            operations: operations
                .filter(|(_, _, operation)| operation.pointer("/tags/0").is_some_and(|tag| tag == name))
                .map(|(path, method, operation)| Operation::of(path, method, operation, document))
                .collect(),
        }
    }
}

impl<'a> Operation<'a> {
    fn of(path: &'a str, method: &str, operation: &'a Value, document: &'a Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let answers = operation["responses"].as_object().into_iter().flatten();
        Self {
            id: text(&operation["operationId"]),
            method: method.to_ascii_uppercase(),
            path,
            summary: text(&operation["summary"]),
            description: text(&operation["description"]),
            parameters: parameters
                .map(|parameter| {
                    let parameter = resolved(parameter, document);
                    Parameter {
                        name: text(&parameter["name"]),
                        place: text(&parameter["in"]),
                        description: text(&parameter["description"]),
                    }
                })
                .collect(),
            request: example(&operation["requestBody"]),
            answers: answers
                .map(|(status, answer)| {
                    let answer = resolved(answer, document);
                    Answer {
                        status,
                        description: text(&answer["description"]),
                        example: example(answer),
                    }
                })
                .collect(),
        }
    }
}

/// The example of the first media type, as text.
fn example(body: &Value) -> Option<String> {
    let content = body["content"].as_object()?;
    match &content.values().next()?["example"] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        example => Some(pretty(example)),
    }
}

/// What a reference points at, or the value itself.
pub(super) fn resolved<'a>(value: &'a Value, document: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|at| at.strip_prefix('#'));
    target.and_then(|at| document.pointer(at)).unwrap_or(value)
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
