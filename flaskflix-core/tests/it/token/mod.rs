//! Tokens: what is accepted, what is refused.

mod claims;
mod envelope;
mod forgery;
mod keys;
mod mint;
mod raw;
mod scope;
mod verdict;
