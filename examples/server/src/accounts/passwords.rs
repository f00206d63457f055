//! Passwords: argon2id, away from the threads that serve.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
    time::Duration,
};

use argon2::password_hash;
use tokio::{
    sync::{Semaphore, oneshot},
    time::timeout,
};
use zeroize::Zeroizing;

use super::{AccountError, hasher::Hasher};

/// Hashes and checks passwords with the parameters that OWASP recommends (19 MiB, 2 passes, 1 lane), as many at once as
/// there are cores: a crowd at the door costs time, not memory.
///
/// The threads are its own and always the same ones, and each keeps its 19 MiB: a thousand log-ins on the runtime's pool
/// left a gigabyte with the allocator.
#[derive(Debug, Clone)]
pub(super) struct Passwords {
    slots: Arc<Semaphore>,
    work: mpsc::Sender<Work>,
}

/// Something to do beside the threads that serve. It answers through a channel of its own.
type Work = Box<dyn FnOnce(&mut Hasher) + Send>;

impl Passwords {
    /// Starts the threads; they end with the last handle.
    pub(super) fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let (work, waiting) = mpsc::channel::<Work>();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..cores {
            let waiting = Arc::clone(&waiting);
            thread::spawn(move || {
                let mut hasher = Hasher::default();
                while let Some(work) = next(&waiting) {
                    work(&mut hasher);
                }
            });
        }
        Self {
            slots: Arc::new(Semaphore::new(cores)),
            work,
        }
    }

    /// A hash of the password with a salt of its own, as a PHC string.
    pub(super) async fn hash(&self, password: &str) -> Result<String, AccountError> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let hash = move |hasher: &mut Hasher| hasher.hash(&password);
        self.beside(hash).await?.map_err(AccountError::Hash)
    }

    /// Whether this is the password of the hash. Without a hash it takes the same time and is false: who asks for a name
    /// that nobody has cannot tell by the clock.
    pub(super) async fn matches(&self, password: &str, hash: Option<String>) -> Result<bool, AccountError> {
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let verify = move |hasher: &mut Hasher| {
            let known = hash.is_some();
            let hash = hash.as_deref().unwrap_or(NOBODYS_HASH);
            hasher.verify(&password, hash).map(|()| known)
        };
        match self.beside(verify).await? {
            Ok(known) => Ok(known),
            Err(password_hash::Error::PasswordInvalid) => Ok(false),
            Err(error) => Err(AccountError::Hash(error)),
        }
    }

    async fn beside<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Hasher) -> T + Send + 'static,
    ) -> Result<T, AccountError> {
        let slot = timeout(PATIENCE, Arc::clone(&self.slots).acquire_owned()).await;
        let Ok(Ok(slot)) = slot else {
            return Err(AccountError::Busy);
        };
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |hasher| {
            // Nobody waits any more when the request was dropped.
            let _ = answer.send(work(hasher));
            drop(slot);
        });
        // There is no answer when the threads are gone, which a panic of argon2 would do.
        self.work.send(work).map_err(|_| AccountError::Busy)?;
        answered.await.map_err(|_| AccountError::Busy)
    }
}

/// The next piece of work; `None` when no more can come.
fn next(waiting: &Mutex<mpsc::Receiver<Work>>) -> Option<Work> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// A password for people to copy: 4 groups of 5 letters and digits, without those that look alike, 100 bits.
pub(crate) fn random_password() -> Zeroizing<String> {
    let letter = || {
        ALPHABET
            .get(usize::from(rand::random::<u8>() % 32))
            .copied()
            .unwrap_or('x')
    };
    let groups = [(); 4].map(|()| std::iter::repeat_with(letter).take(5).collect::<String>());
    Zeroizing::new(groups.join("-"))
}

/// 32 of them, so that a byte falls on each equally often.
const ALPHABET: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x',
    'y', 'z', '2', '3', '4', '5', '6', '7', '8', '9', '0',
];

/// A hash that no password is known for: salt and hash are random bytes. Its parameters are those of every other.
const NOBODYS_HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$TUFQSYgFeEM5PRHqZspU9w$2DKStmaIH/Wq6r3dXQU8TDA2YnkAsSAGG1YSu0bzPlI";

/// How long a password waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[tokio::test]
    async fn a_password_matches_its_own_hash_only() {
        let passwords = Passwords::new();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(!hash.contains("horse"));
        assert!(
            passwords
                .matches("correct horse", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .matches("Correct horse", Some(hash.clone()))
                .await
                .unwrap()
        );
        assert_ne!(
            passwords.hash("correct horse").await.unwrap(),
            hash,
            "every hash has its own salt"
        );
    }

    #[tokio::test]
    async fn nobodys_hash_costs_what_every_hash_costs() {
        let hash = Passwords::new().hash("correct horse").await.unwrap();
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(&hash), parameters(NOBODYS_HASH));
        let lengths = |hash: &str| hash.split('$').map(str::len).collect::<Vec<_>>();
        assert_eq!(lengths(&hash), lengths(NOBODYS_HASH));
        assert!(!Passwords::new().matches("anything", None).await.unwrap());
    }

    #[test]
    fn random_passwords_are_long_and_differ() {
        let passwords: HashSet<_> = (0..100).map(|_| random_password().to_string()).collect();
        assert_eq!(passwords.len(), 100);
        assert!(passwords.iter().all(|password| password.len() == 23));
        assert_eq!(ALPHABET.iter().collect::<HashSet<_>>().len(), ALPHABET.len());
    }
}
