use std::collections::BTreeSet;

use serde_json::Value;

use super::{PARSED, page::resolved};

/// Every operation of the document, as method, path and its description.
pub(in crate::ops) fn operations() -> Vec<(String, String, &'static Value)> {
    let paths = PARSED["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &'static Value)| {
        let methods = methods.as_object().unwrap().iter();
        let path = path.clone();
        methods
            .map(move |(method, operation)| (method.to_uppercase(), path.clone(), operation))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn walk(value: &'static Value, visit: &mut impl FnMut(&'static Value)) {
    visit(value);
    match value {
        Value::Array(items) => items.iter().for_each(|item| walk(item, visit)),
        Value::Object(members) => members.values().for_each(|member| walk(member, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_points_at_something_and_everything_shared_is_used() {
    let mut used = BTreeSet::new();
    walk(&PARSED, &mut |value| {
        if let Some(target) = value["$ref"].as_str() {
            assert!(PARSED.pointer(&target[1..]).is_some(), "{target}");
            used.insert(target.to_owned());
        }
    });
    for kind in ["parameters", "responses", "schemas"] {
        for name in PARSED["components"][kind].as_object().unwrap().keys() {
            let target = format!("#/components/{kind}/{name}");
            assert!(used.contains(&target), "{target} is never used");
        }
    }
}

#[test]
fn every_operation_is_described_and_names_what_its_path_holds() {
    assert!(PARSED["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(PARSED["info"]["version"], env!("CARGO_PKG_VERSION"));
    let mut ids = BTreeSet::new();
    for (method, path, operation) in operations() {
        let name = format!("{method} {path}");
        assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{name}");
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{name}");
        assert!(!operation["responses"].as_object().unwrap().is_empty(), "{name}");
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let in_path: BTreeSet<_> = parameters
            .map(|parameter| resolved(parameter, &PARSED))
            .filter(|parameter| parameter["in"] == "path")
            .map(|parameter| parameter["name"].as_str().unwrap())
            .collect();
        let in_braces: BTreeSet<_> = path
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect();
        assert_eq!(in_path, in_braces, "{name}");
    }
}

#[test]
fn every_refusal_is_a_problem_with_its_own_status_as_example() {
    for (name, response) in PARSED["components"]["responses"].as_object().unwrap() {
        let content = &response["content"]["application/problem+json"];
        assert_eq!(
            content["schema"]["$ref"], "#/components/schemas/Problem",
            "{name}"
        );
        let status = content["example"]["status"].to_string();
        for (method, path, operation) in operations() {
            for (code, answer) in operation["responses"].as_object().unwrap() {
                if answer["$ref"] == format!("#/components/responses/{name}") {
                    assert_eq!(*code, status, "{method} {path}");
                }
            }
        }
    }
}
