//! The README's code blocks, compiled and run as doctests.
