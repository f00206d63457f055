//! The sub-commands, and what the program says of its settings.

use std::fs;

use crate::process::{Server, command, finish, run, run_with_input, text};

#[test]
fn commands_work_while_the_server_runs() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_arg = data.to_str().unwrap();
    let server = Server::start(&data, &[]);
    let ok = |args: &[&str], input: &str| {
        let output = run_with_input(&[args, &["--data", data_arg]].concat(), input);
        assert!(output.status.success(), "{args:?}: {output:?}");
        text(&output.stdout)
    };

    assert!(ok(&["user", "add", "anna"], "correct horse\n").starts_with("added anna"));
    assert!(server.log_in("anna", "correct+horse").is_some());
    let generated = ok(&["user", "password", "ANNA", "--generate"], "");
    let password = generated
        .lines()
        .find_map(|line| line.strip_prefix("password: "))
        .unwrap();
    assert!(server.log_in("anna", "correct+horse").is_none());
    let cookie = server.log_in("anna", password).unwrap();
    assert!(ok(&["user", "list"], "").contains("anna\tu2\tviewer"));

    fs::write(data.join("media/film.bin"), b"bytes").unwrap();
    assert_eq!(
        ok(&["movie", "add", "--title", "A Film", "--video", "film.bin"], ""),
        "added 2\tA Film\n"
    );
    let token = server.send("GET", "/stream/2/token", &cookie, "");
    assert!(token.contains("/stream/2/t/"), "{token}");
    let url = ok(&["token", "--movie", "2", "--viewer", "anna", "--ttl", "1m"], "");
    let path = url.trim().split_once(":5000").unwrap().1;
    assert!(
        server.get(path).ends_with("\r\n\r\nbytes"),
        "{}",
        server.get(path)
    );

    assert_eq!(ok(&["movie", "list"], "").lines().count(), 2);
    assert_eq!(ok(&["movie", "remove", "2"], ""), "removed 2\n");
    assert!(ok(&["user", "remove", "anna"], "").starts_with("removed anna"));
    assert!(
        server
            .send("GET", "/stream/1/token", &cookie, "")
            .starts_with("HTTP/1.1 401"),
        "at once"
    );
}

#[test]
fn commands_that_cannot_be_done_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_arg = data.to_str().unwrap();
    let fails = |args: &[&str], input: &str, why: &str| {
        let output = run_with_input(&[args, &["--data", data_arg]].concat(), input);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {output:?}");
        let complaint = text(&output.stderr);
        assert!(complaint.contains(why), "{args:?}: {complaint}");
    };
    fails(&["user", "list"], "", "there is no database in");
    assert!(!data.exists(), "a slip in --data makes no folder");
    assert!(run(&["migrate", "--data", data_arg]).status.success());

    fails(&["user", "add", "a"], "correct horse\n", "2 to 40");
    fails(&["user", "add", "anna"], "short\n", "8 to 200");
    fails(
        &["user", "add", "anna"],
        "",
        "a password is expected on standard input",
    );
    assert!(
        run_with_input(
            &["user", "add", "root", "--admin", "--data", data_arg],
            "correct horse"
        )
        .status
        .success()
    );
    fails(&["user", "add", "ROOT"], "correct horse\n", "this name is taken");
    fails(&["user", "remove", "root"], "", "the last administrator");
    fails(&["user", "remove", "nobody"], "", "nobody is called nobody");
    fails(
        &["movie", "add", "--title", "x", "--video", "missing.mp4"],
        "",
        "missing.mp4 cannot be opened below",
    );
    fails(
        &["movie", "add", "--title", "x", "--video", "../../etc/passwd"],
        "",
        "video_url cannot be used",
    );
    fails(&["movie", "remove", "7"], "", "there is no movie 7");
    fails(
        &["token", "--movie", "7", "--viewer", "root"],
        "",
        "there is no movie 7",
    );
}

#[test]
fn a_password_is_no_argument() {
    let output = run(&["user", "add", "anna", "correct horse"]);
    assert_eq!(output.status.code(), Some(2));
    let output = run(&["--admin-password", "correct horse"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn check_config_prints_what_is_in_effect_and_where_it_comes_from() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("site.toml");
    fs::write(&config, "site_name = \"Films\"\n[resume]\nmin_percent = 3\n").unwrap();
    let args = [
        "--check-config",
        "--config",
        config.to_str().unwrap(),
        "--drain",
        "3s",
    ];
    let mut with_variables = command(&args);
    with_variables
        .env("FLASKFLIX_TOKEN_TTL", "2h")
        .env("FLASKFLIX_ADMIN_PASSWORD", "correct horse");
    let output = finish(with_variables);
    assert!(output.status.success(), "{output:?}");
    let report = text(&output.stdout);
    let line = |start: &str| {
        report
            .lines()
            .find(|line| line.starts_with(start))
            .unwrap()
            .to_owned()
    };
    assert!(line("site_name = \"Films\"").ends_with("site.toml"), "{report}");
    assert!(line("min_percent = 3").ends_with("site.toml"), "{report}");
    assert!(line("drain = \"3s\"").ends_with("# --drain"), "{report}");
    assert!(
        line("token_ttl = \"2h\"").ends_with("# FLASKFLIX_TOKEN_TTL"),
        "{report}"
    );
    assert!(
        line("listen = \"127.0.0.1:5000\"").ends_with("# default"),
        "{report}"
    );
    assert!(
        line("# admin_password = ********").ends_with("# FLASKFLIX_ADMIN_PASSWORD"),
        "{report}"
    );
    assert!(!report.contains("horse"), "{report}");
}

#[test]
fn check_config_refuses_what_the_server_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("site.toml");
    fs::write(&config, "lisen = \"127.0.0.1:5000\"\nworkers = \"many\"\n").unwrap();
    let output = run(&["--check-config", "--config", config.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = text(&output.stderr);
    assert!(
        complaint.contains("did you mean listen?") && complaint.contains("workers = \"many\""),
        "{complaint}"
    );
    assert!(output.stdout.is_empty());
}

#[test]
fn help_names_every_setting_and_an_example() {
    let output = run(&["--help"]);
    assert!(output.status.success());
    let help = text(&output.stdout);
    assert!(help.starts_with("The example OTT server"), "{help}");
    for expected in [
        "--listen <IP:PORT>",
        "[default: 127.0.0.1:5000]",
        "--resume-min-position",
        "FLASKFLIX_",
        "flaskflix-server --demo",
    ] {
        assert!(help.contains(expected), "{expected}:\n{help}");
    }
}
