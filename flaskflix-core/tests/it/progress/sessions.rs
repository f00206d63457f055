//! The list of sessions as text.

use flaskflix_core::progress::{InvalidSessions, Sessions};
use proptest::prelude::*;

#[test]
fn text_of_a_list_is_read_back() {
    let name = "x".repeat(64);
    for text in [
        "",
        "a:1:2:3",
        "a:1:2:3:c",
        "a:1:2:3:e",
        "a:1:2:3:ce",
        ":0:0:0",
        "a:1:2:3;:0:125500:1700000000000;b:18446744073709551615:2592000000:253402300799999:c",
        &format!("{name}:0:0:0"),
        "a:0:0:0;b:0:0:0;c:0:0:0;d:0:0:0;e:0:0:0;f:0:0:0;g:0:0:0;h:0:0:0",
    ] {
        let sessions: Sessions = text.parse().unwrap();
        assert_eq!(sessions.to_string(), text);
    }
}

#[test]
fn other_text_is_refused() {
    let name = "x".repeat(65);
    for text in [
        ";",
        " ",
        "a",
        "a:1",
        "a:1:2",
        "a:1:2:",
        "a:1:2:3:",
        "a:1:2:3:x",
        "a:1:2:3:ec",
        "a:1:2:3:cc",
        "a:1:2:3:c:",
        "a:1:2:3;",
        ";a:1:2:3",
        "a:1:2:3;;b:1:2:3",
        "a:-1:2:3",
        "a:+1:2:3",
        "a:01:2:3",
        "a: 1:2:3",
        "a:1.0:2:3",
        "a:18446744073709551616:2:3",
        "a:1:2:253402300800000",
        "ä:1:2:3",
        "a b:1:2:3",
        "a:1:2:3\n",
        "a:1:2:3\0",
        "a:\u{661}:2:3",
        // Twice the same session: which one would count?
        "a:1:2:3;a:2:2:3",
        ":1:2:3;:2:2:3",
        // One more than an entry remembers.
        "a:0:0:0;b:0:0:0;c:0:0:0;d:0:0:0;e:0:0:0;f:0:0:0;g:0:0:0;h:0:0:0;i:0:0:0",
        &format!("{name}:0:0:0"),
        &"a:1:2:3;".repeat(100_000),
    ] {
        assert_eq!(text.parse::<Sessions>(), Err(InvalidSessions), "{text:.60?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(text in "([a-c]{0,2}:[0-9]{1,3}:[0-9]{1,3}:[0-9]{1,3}(:c?e?)?;?){0,10}") {
        if let Ok(sessions) = text.parse::<Sessions>() {
            prop_assert_eq!(sessions.to_string(), text);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = text.parse::<Sessions>();
    }
}
