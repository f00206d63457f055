use http::{Request, StatusCode};
use serde_json::Value;

use super::{
    super::openapi::tests::operations,
    scene::{Reply, Scene},
};

/// Checks an answer against what the document says of the operation.
fn check(operation: &Value, status: u16, reply: &Reply) {
    let name = operation["operationId"].as_str().unwrap();
    assert_eq!(reply.status.as_u16(), status, "{name}: {reply:?}");
    let answer = &operation["responses"][status.to_string()];
    assert!(answer.is_object(), "{name}: {status} is not documented");
    if status >= 400 && answer.get("content").is_none() {
        assert_eq!(
            reply.headers["content-type"], "application/problem+json",
            "{name}"
        );
        let problem = reply.json();
        assert_eq!(problem["status"], status, "{name}");
        for member in ["type", "title", "detail"] {
            assert!(problem[member].is_string(), "{name}: {problem}");
        }
        return;
    }
    let Some(content) = answer["content"].as_object() else {
        assert_eq!(reply.text, "", "{name}: a body that is not documented");
        return;
    };
    let kind = reply.headers["content-type"].to_str().unwrap();
    let essence = kind.split(';').next().unwrap();
    let documented = content
        .get(essence)
        .unwrap_or_else(|| panic!("{name}: {kind} is not documented"));
    // The example is the shape: every member of the one is in the other, of the same type.
    if let (Some(example), "application/json") = (documented.get("example"), essence) {
        same_shape(name, example, &reply.json());
    }
}

fn same_shape(name: &str, example: &Value, answer: &Value) {
    match (example, answer) {
        (Value::Object(example), Value::Object(answer)) => {
            assert!(
                example.keys().eq(answer.keys()),
                "{name}: {example:?} and {answer:?}"
            );
            for (member, example) in example {
                same_shape(&format!("{name}.{member}"), example, &answer[member]);
            }
        }
        (Value::Array(examples), Value::Array(answers)) => {
            for answer in answers {
                same_shape(name, &examples[0], answer);
            }
        }
        // Where a null is told apart from a value, both are right.
        (Value::Null, _) | (_, Value::Null) => {}
        (example, answer) => assert_eq!(
            std::mem::discriminant(example),
            std::mem::discriminant(answer),
            "{name}: {example} and {answer}"
        ),
    }
}

struct Visit {
    scene: Scene,
    cookie: String,
    token: String,
    stream: String,
}

impl Visit {
    async fn begin() -> Self {
        let scene = Scene::open().await;
        let cookie = scene.log_in().await;
        let reply = scene
            .ask(Request::get("/stream/1/token").header("cookie", &cookie), "")
            .await;
        let token = reply.json()["token"].as_str().unwrap().to_owned();
        let master = scene.get(&format!("/stream/1/t/{token}/master.m3u8")).await.text;
        let playlist = master.lines().find(|line| line.ends_with("/index.m3u8")).unwrap();
        let stream = playlist.split('/').next().unwrap().to_owned();
        Self {
            scene,
            cookie,
            token,
            stream,
        }
    }

    /// The path of an operation with everything filled in; `movie` and `token` as given.
    fn path(&self, path: &str, movie: &str, token: &str) -> String {
        let path = path.replace("{movie_id}", movie).replace("{token}", token);
        let path = path.replace("{stream}", &self.stream).replace("{number}", "1");
        if path.ends_with("1/video") && !path.contains("/t/") {
            format!("{path}?token={token}")
        } else {
            path
        }
    }

    async fn ask(&self, method: &str, path: &str, cookie: &str, body: &str) -> Reply {
        let request = Request::builder().method(method).uri(path);
        self.scene.ask(request.header("cookie", cookie), body).await
    }
}

#[tokio::test]
async fn every_operation_answers_as_documented() {
    let visit = Visit::begin().await;
    for (method, path, operation) in operations() {
        let body = &operation["requestBody"]["content"]["application/json"]["example"];
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let reply = visit
            .ask(
                &method,
                &visit.path(&path, "1", &visit.token),
                &visit.cookie,
                &body,
            )
            .await;
        let status = if method == "DELETE" { 204 } else { 200 };
        check(operation, status, &reply);
    }
}

#[tokio::test]
async fn refusals_are_documented_too() {
    let visit = Visit::begin().await;
    for (method, path, operation) in operations() {
        let is_viewers = operation["tags"][0] == "watching";
        let is_media = operation["tags"][0] == "media";
        if is_viewers {
            let reply = visit.ask(&method, &visit.path(&path, "1", ""), "", "{}").await;
            check(operation, 401, &reply);
        }
        if is_viewers && path.contains("{movie_id}") && method != "DELETE" {
            let body = &operation["requestBody"]["content"]["application/json"]["example"];
            let body = if body.is_null() {
                String::new()
            } else {
                body.to_string()
            };
            let reply = visit
                .ask(&method, &visit.path(&path, "999", ""), &visit.cookie, &body)
                .await;
            check(operation, 404, &reply);
        }
        if operation["requestBody"].is_object() {
            let reply = visit
                .ask(&method, &visit.path(&path, "1", ""), &visit.cookie, "{}")
                .await;
            check(operation, 400, &reply);
            assert!(reply.json()["field"].is_string() || method == "PUT", "{reply:?}");
            let large = format!("{{\"session\":\"{}\"}}", "x".repeat(5000));
            let reply = visit
                .ask(&method, &visit.path(&path, "1", ""), &visit.cookie, &large)
                .await;
            check(operation, 413, &reply);
        }
        if is_media {
            let reply = visit
                .ask(&method, &visit.path(&path, "1", "forged"), "", "")
                .await;
            check(operation, 401, &reply);
            let other = visit.path(&path, "2", &visit.token);
            let other = other.replace("/video", &format!("/video?token={}", visit.token));
            check(operation, 403, &visit.ask(&method, &other, "", "").await);
        }
        if is_media && operation["responses"]["206"].is_object() {
            for (range, status) in [("bytes=0-1", 206), ("bytes=99999999999-", 416)] {
                let request = Request::get(visit.path(&path, "1", &visit.token)).header("range", range);
                check(operation, status, &visit.scene.ask(request, "").await);
            }
        }
    }
}

#[tokio::test]
async fn the_page_shows_every_operation_and_loads_nothing() {
    let scene = Scene::open().await;
    let page = scene.get("/api").await;
    assert_eq!(page.status, StatusCode::OK);
    for (method, path, operation) in operations() {
        assert!(page.text.contains(&format!("{method} {path}")), "{method} {path}");
        let id = operation["operationId"].as_str().unwrap();
        assert!(page.text.contains(&format!("id=\"{id}\"")), "{id}");
    }
    for (foreign, why) in [
        ("<script>", "an inline script"),
        ("style=", "an inline style"),
        ("src=\"http", "another host"),
    ] {
        assert!(!page.text.contains(foreign), "the page holds {why}");
    }
    let unknown = scene.get("/api/else").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert_eq!(unknown.headers["content-type"], "application/problem+json");
}
