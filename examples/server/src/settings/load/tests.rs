use super::*;

/// A data folder with a `config.toml`, and the layers above it.
fn layers(
    file: &str,
    variables: &[(&str, &str)],
    flags: &[(&'static str, &str)],
) -> (tempfile::TempDir, Layers) {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("config.toml");
    fs::write(&config, file).unwrap();
    let text = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let layers = Layers {
        flags: flags
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()))
            .collect(),
        variables: variables.iter().map(text).collect(),
        config: Some(config),
    };
    (folder, layers)
}

fn fault(file: &str, variables: &[(&str, &str)], flags: &[(&'static str, &str)]) -> String {
    layers(file, variables, flags).1.load().unwrap_err().to_string()
}

#[test]
fn flag_outranks_variable_outranks_file_outranks_default() {
    let file = "drain = \"1s\"\ntoken_ttl = \"1h\"\nsite_name = \"File\"";
    let variables = [("FLASKFLIX_DRAIN", "2s"), ("FLASKFLIX_TOKEN_TTL", "2h")];
    let (folder, layers) = layers(file, &variables, &[("drain", "3s")]);
    let loaded = layers.load().unwrap();
    assert_eq!(loaded.settings.drain.as_secs(), 3);
    assert_eq!(loaded.settings.token_ttl.as_secs(), 2 * 3600);
    assert_eq!(loaded.settings.site_name, "File");
    assert_eq!(loaded.settings.max_upload, Settings::default().max_upload);

    let report = loaded.to_string();
    let line = |key: &str| {
        report
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .to_owned()
    };
    assert!(line("drain").ends_with("# --drain"), "{report}");
    assert!(line("token_ttl").ends_with("# FLASKFLIX_TOKEN_TTL"), "{report}");
    let path = folder.path().join("config.toml");
    assert!(
        line("site_name").ends_with(&format!("# {}", path.display())),
        "{report}"
    );
    assert!(line("max_upload").ends_with("# default"), "{report}");
}

#[test]
fn every_kind_of_toml_value_is_read() {
    let file = r#"
        registration = false
        private = "on"
        max_connections = 500
        trusted_proxies = ["127.0.0.1", "10.0.0.0/8"]
        login_attempts = "5/1m"
        [resume]
        min_position = "30s"
        min_percent = 3
    "#;
    let settings = layers(file, &[], &[]).1.load().unwrap().settings;
    assert!(!settings.registration && settings.private);
    assert_eq!(settings.max_connections, 500);
    assert_eq!(settings.resume.min_position.as_secs(), 30);
    assert_eq!(settings.resume.min_percent, 3);
    assert_eq!(settings.login_attempts.count.get(), 5);
}

#[test]
fn a_fault_names_key_value_source_and_what_is_allowed() {
    let text = fault("", &[("FLASKFLIX_LISTEN", "localhost")], &[("drain", "soon")]);
    assert!(
        text.contains(r#"listen = "localhost" (from FLASKFLIX_LISTEN) is not an IP address with a port"#),
        "{text}"
    );
    assert!(
        text.contains(r#"drain = "soon" (from --drain) is not a time"#),
        "every fault is told: {text}"
    );
    let text = fault(
        "workers = 0\nlog_format = [1, 2]\nresume.min_percent = 1.5",
        &[],
        &[],
    );
    assert!(
        text.contains(r#"workers = "0" (from "#) && text.contains("config.toml"),
        "{text}"
    );
    assert!(
        text.contains("log_format") && text.contains("resume.min_percent"),
        "{text}"
    );
}

#[test]
fn an_unknown_key_is_refused_and_the_near_one_named() {
    let text = fault(
        "lisen = \"127.0.0.1:1\"\n[resume]\nmin_posision = \"1s\"\n[limits]\nx = 1",
        &[],
        &[],
    );
    assert!(
        text.contains("lisen in ") && text.contains("did you mean listen?"),
        "{text}"
    );
    assert!(text.contains("did you mean resume.min_position?"), "{text}");
    assert!(text.contains("limits.x in "), "{text}");
}

#[test]
fn a_slip_in_a_variable_is_refused_and_somebody_elses_is_not() {
    let text = fault("", &[("FLASKFLIX_LISTN", "127.0.0.1:1")], &[]);
    assert!(text.contains("did you mean FLASKFLIX_LISTEN?"), "{text}");
    // What Kubernetes sets for a service called flaskflix.
    let (_folder, layers) = layers("", &[("FLASKFLIX_PORT_5000_TCP", "tcp://10.0.0.1:5000")], &[]);
    let loaded = layers.load().unwrap();
    assert!(
        loaded.remarks[0].contains("FLASKFLIX_PORT_5000_TCP"),
        "{:?}",
        loaded.remarks
    );
}

#[test]
fn a_file_that_is_named_must_be_there_and_be_toml() {
    let layers = Layers {
        config: Some("/does/not/exist.toml".into()),
        ..Layers::default()
    };
    assert!(
        layers
            .load()
            .unwrap_err()
            .to_string()
            .contains("/does/not/exist.toml cannot be read")
    );
    let text = fault("listen = ", &[], &[]);
    assert!(text.contains("is not TOML"), "{text}");
}

#[test]
fn the_file_in_the_data_folder_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap().to_owned();
    let layers = || Layers {
        variables: BTreeMap::from([("FLASKFLIX_DATA".to_owned(), data.clone())]),
        ..Layers::default()
    };
    assert_eq!(
        layers().load().unwrap().settings.site_name,
        "FlaskFlix",
        "none is needed"
    );
    fs::write(folder.path().join("config.toml"), "site_name = \"Found\"").unwrap();
    assert_eq!(layers().load().unwrap().settings.site_name, "Found");
    fs::write(folder.path().join("config.toml"), "data = \"elsewhere\"").unwrap();
    assert!(
        layers()
            .load()
            .unwrap_err()
            .to_string()
            .contains("name the file with --config")
    );
}

#[test]
fn demo_is_for_this_machine_only() {
    let text = fault("", &[], &[("demo", "on"), ("listen", "0.0.0.0:5000")]);
    assert!(
        text.contains("loopback only") && text.contains("0.0.0.0:5000"),
        "{text}"
    );
}

#[test]
fn demo_suits_the_short_film_unless_something_else_is_said() {
    let loaded = layers("", &[], &[("demo", "on"), ("resume.min_position", "9s")])
        .1
        .load()
        .unwrap();
    assert_eq!(loaded.settings.resume.min_position.as_secs(), 9);
    assert_eq!(loaded.settings.resume.short_title.as_secs(), 0);
    assert_eq!(loaded.origins["resume.short_title"], Origin::Demo);
}

#[test]
fn secrets_are_masked_in_reports_and_faults() {
    let variables = [("FLASKFLIX_ADMIN_PASSWORD", "correct horse")];
    let report = layers("", &variables, &[]).1.load().unwrap().to_string();
    assert!(
        !report.contains("horse") && report.contains("FLASKFLIX_ADMIN_PASSWORD"),
        "{report}"
    );
    let text = fault("", &[("FLASKFLIX_ADMIN_PASSWORD", "correct\nhorse")], &[]);
    assert!(
        !text.contains("horse") && text.contains("admin_password"),
        "{text}"
    );
}

#[test]
fn the_report_can_be_used_again() {
    let (_folder, given) = layers("private = true\ndrain = \"77s\"", &[], &[("demo", "on")]);
    let first = given.load().unwrap();
    let (_folder, again) = layers(&first.to_string(), &[], &[]);
    assert_eq!(
        format!("{:?}", again.load().unwrap().settings),
        format!("{:?}", first.settings)
    );
}

/// Every key stands in the example, commented out with its default or with an example of a value.
#[test]
fn the_example_file_holds_every_key_and_its_default() {
    let example = include_str!("../../../config.example.toml");
    let (_folder, as_it_is) = layers(example, &[], &[]);
    let loaded = as_it_is.load().unwrap();
    let defaults = Settings::default();
    for key in KEYS {
        let (table, name) = key.name.split_once('.').unwrap_or(("", key.name));
        let has_default = !key.shown(&defaults).is_empty();
        let line = if has_default {
            format!("{name} = ")
        } else {
            format!("# {name} = ")
        };
        assert!(
            example.lines().any(|text| text.starts_with(&line)),
            "{table}.{name} is missing"
        );
        assert_eq!(loaded.origins.contains_key(key.name), has_default, "{}", key.name);
        assert_eq!(key.shown(&loaded.settings), key.shown(&defaults), "{}", key.name);
    }
    // What is commented out is right, too.
    let comments = example.lines().filter_map(|line| line.strip_prefix("# "));
    let optional: Vec<&str> = comments
        .filter(|line| {
            line.split_once(" = ")
                .is_some_and(|(name, _)| Key::named(name).is_some())
        })
        .collect();
    assert_eq!(
        optional.len(),
        KEYS.iter().filter(|key| key.shown(&defaults).is_empty()).count()
    );
    // Each by itself: a folder and a store of films do not go together. A certificate and its key do.
    let (together, single): (Vec<&str>, Vec<_>) =
        optional.into_iter().partition(|line| line.starts_with("tls_"));
    for lines in single.into_iter().chain([&*together.join("\n")]) {
        let (_folder, with_it) = layers(lines, &[], &[]);
        with_it.load().unwrap();
    }
}

#[test]
fn films_are_in_one_place() {
    let store = ("FLASKFLIX_MEDIA_URL", "s3://films/2026");
    let complaint = fault("media = \"/srv/films\"", &[store], &[]);
    for named in ["config.toml", "FLASKFLIX_MEDIA_URL", "leave one of them out"] {
        assert!(complaint.contains(named), "{complaint}");
    }
    let (_folder, layers) = layers("demo = true", &[store], &[]);
    let remarks = layers.load().unwrap().remarks;
    assert!(
        matches!(&remarks[..], [one] if one.contains("never written to")),
        "{remarks:?}"
    );
}

#[test]
fn a_certificate_and_its_key_go_together() {
    for (given, missing) in [("tls_cert", "tls_key"), ("tls_key", "tls_cert")] {
        let complaint = fault(&format!("{given} = \"/etc/ssl/films.pem\""), &[], &[]);
        for named in ["config.toml", given, missing] {
            assert!(complaint.contains(named), "{complaint}");
        }
    }
    let both = "tls_cert = \"c\"\ntls_key = \"k\"";
    let with = |more: &str| {
        let (_folder, layers) = layers(&format!("{both}\n{more}"), &[], &[]);
        layers.load().unwrap().settings
    };
    assert_eq!(with("").public_url(), "https://127.0.0.1:5000");
    assert!(with("").cookies_are_secure());
    assert!(!with("secure_cookies = \"off\"").cookies_are_secure());
    assert!(!with("base_url = \"http://films.example\"").cookies_are_secure());
}
