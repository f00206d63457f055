mod api;
mod health;
mod log;
mod metrics;
mod scene;
