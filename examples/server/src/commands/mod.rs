//! The sub-commands. They work on the data folder, also while a server runs on it.
//!
//! | file | what it holds |
//! |---|---|
//! | `task` | what can be asked for |
//! | `users`, `movies`, `tokens` | the commands |
//! | `prompt` | passwords from the terminal or a pipe, never from the command line |

mod movies;
mod prompt;
mod task;
mod tokens;
mod users;

pub(crate) use task::{Task, run};
