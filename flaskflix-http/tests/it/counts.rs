//! A recorder that keeps the counters of one thread.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

/// Counters by name and labels.
#[derive(Clone, Default)]
pub(crate) struct Counts(Arc<Mutex<BTreeMap<String, u64>>>);

impl Counts {
    /// Those whose name has this in it, by name.
    pub(crate) fn of(&self, part: &str) -> Vec<(String, u64)> {
        let counts = self.0.lock().unwrap();
        let named = counts.iter().filter(|(name, _)| name.contains(part));
        named.map(|(name, count)| (name.clone(), *count)).collect()
    }
}

/// The counters after a test that runs on this thread alone.
pub(crate) fn counted(test: impl Future<Output = ()>) -> Counts {
    counted_with(async |_| test.await)
}

/// The same for a test that looks at them on its way.
pub(crate) fn counted_with(test: impl AsyncFnOnce(Counts)) -> Counts {
    let counts = Counts::default();
    with_local_recorder(&counts, || {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime
            .enable_all()
            .build()
            .unwrap()
            .block_on(test(counts.clone()));
    });
    counts
}

struct Count(Counts, String);

impl CounterFn for Count {
    fn increment(&self, by: u64) {
        *self.0.0.lock().unwrap().entry(self.1.clone()).or_default() += by;
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Counts {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels = key
            .labels()
            .map(|label| format!(" {}={}", label.key(), label.value()));
        let name = format!("{}{}", key.name(), labels.collect::<String>());
        Counter::from_arc(Arc::new(Count(self.clone(), name)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}
