//! Tests of the token module.
