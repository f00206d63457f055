//! Shared parts of the measuring programs.
