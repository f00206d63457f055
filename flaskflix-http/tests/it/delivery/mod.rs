//! Titles that are not packaged, over the socket: finished HLS, several qualities, streams on other hosts.

mod elsewhere;
mod encoded;
mod folder;
mod qualities;
mod stage;
