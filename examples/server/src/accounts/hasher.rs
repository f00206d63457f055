//! Argon2id over memory that is kept.

use argon2::{
    Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, Salt},
    },
};

/// Hashes one password after another in the same memory: 19 MiB, taken once and kept.
///
/// The library's own way takes and frees them for every hash, and the allocator keeps what was freed in pieces: fifty
/// log-ins left 200 MiB.
#[derive(Debug, Default)]
pub(super) struct Hasher {
    blocks: Vec<Block>,
}

impl Hasher {
    /// A hash of the password with a salt of its own, as a PHC string. The parameters are those that OWASP recommends
    /// (19 MiB, 2 passes, 1 lane).
    pub(super) fn hash(&mut self, password: &[u8]) -> password_hash::Result<String> {
        let (params, salt) = (Params::default(), Salt::generate());
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(&params)?,
            salt: Some(salt),
            hash: Some(self.output(password, &salt, Version::V0x13, params)?),
        };
        Ok(hash.to_string())
    }

    /// Checks a password against a PHC string of argon2id, in constant time.
    ///
    /// # Errors
    /// [`PasswordInvalid`](password_hash::Error::PasswordInvalid) when it is another password; the others when the
    /// string is not one of ours.
    pub(super) fn verify(&mut self, password: &[u8], hash: &str) -> password_hash::Result<()> {
        let hash = PasswordHash::new(hash)?;
        if hash.algorithm != Algorithm::Argon2id.ident() {
            return Err(password_hash::Error::Algorithm);
        }
        let version = hash.version.map_or(Ok(Version::default()), Version::try_from)?;
        let (Some(salt), Some(expected)) = (hash.salt, hash.hash) else {
            return Err(password_hash::Error::PasswordInvalid);
        };
        let output = self.output(password, &salt, version, Params::try_from(&hash)?)?;
        // `Output` compares in constant time.
        if output == expected {
            Ok(())
        } else {
            Err(password_hash::Error::PasswordInvalid)
        }
    }

    fn output(
        &mut self,
        password: &[u8],
        salt: &Salt,
        version: Version,
        params: Params,
    ) -> password_hash::Result<Output> {
        let len = params.output_len().unwrap_or(Params::DEFAULT_OUTPUT_LEN);
        // A hash of other parameters may need more; what is there is never given back.
        if self.blocks.len() < params.block_count() {
            self.blocks.resize(params.block_count(), Block::new());
        }
        let argon2 = Argon2::new(Algorithm::Argon2id, version, params);
        let mut buffer = [0; Output::MAX_LENGTH];
        let out = buffer.get_mut(..len).ok_or(password_hash::Error::OutputSize)?;
        argon2.hash_password_into_with_memory(password, salt, out, &mut self.blocks)?;
        Ok(Output::new(out)?)
    }
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher as _, PasswordVerifier as _};

    use super::*;

    #[test]
    fn it_is_what_the_library_makes() {
        let (mut hasher, library) = (Hasher::default(), Argon2::default());
        let theirs = library.hash_password(b"correct horse").unwrap().to_string();
        hasher.verify(b"correct horse", &theirs).unwrap();
        let ours = hasher.hash(b"correct horse").unwrap();
        library.verify_password(b"correct horse", ours.as_str()).unwrap();
        assert_eq!(
            hasher.verify(b"Correct horse", &ours),
            Err(password_hash::Error::PasswordInvalid)
        );
    }

    #[test]
    fn memory_is_taken_once() {
        let mut hasher = Hasher::default();
        hasher.hash(b"one").unwrap();
        let (at, len) = (hasher.blocks.as_ptr(), hasher.blocks.len());
        let hash = hasher.hash(b"two").unwrap();
        hasher.verify(b"two", &hash).unwrap();
        assert_eq!((hasher.blocks.as_ptr(), hasher.blocks.len()), (at, len));
    }

    #[test]
    fn other_hashes_are_refused() {
        let mut hasher = Hasher::default();
        for text in [
            "",
            "$argon2i$v=19$m=16,t=2,p=1$c29tZXNhbHQ$aGFzaGhhc2g",
            "$argon2id$v=19$m=16,t=2,p=1",
        ] {
            assert!(hasher.verify(b"x", text).is_err(), "{text}");
        }
    }
}
