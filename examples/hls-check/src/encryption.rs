//! AES-128 of whole segments (RFC 8216bis section 4.4.4.4), taken off again.

use aes::Aes128;
use cbc::{
    Decryptor,
    cipher::{BlockModeDecrypt as _, KeyIvInit as _, block_padding::Pkcs7},
};

/// How a segment is encrypted, as `EXT-X-KEY` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encryption {
    /// Where its key is, as written.
    pub key_uri: String,
    /// Its initialization vector.
    pub vector: [u8; 16],
}

impl Encryption {
    /// Reads the attributes of `EXT-X-KEY`; `None` for `METHOD=NONE`.
    ///
    /// # Errors
    /// A text for people: this check reads `AES-128` with a vector, and nothing else.
    pub fn of<'a>(attribute: impl Fn(&str) -> Option<&'a str>) -> Result<Option<Self>, String> {
        match attribute("METHOD") {
            Some("NONE") => return Ok(None),
            Some("AES-128") => {}
            other => {
                return Err(format!(
                    "EXT-X-KEY has the method {other:?}, which is not read by this check"
                ));
            }
        }
        let key_uri = attribute("URI").ok_or("EXT-X-KEY has no URI")?.to_owned();
        let digits = attribute("IV").and_then(|text| text.strip_prefix("0x"));
        let vector = digits
            .filter(|digits| digits.len() == 32)
            .and_then(|digits| u128::from_str_radix(digits, 16).ok())
            .ok_or("EXT-X-KEY has no IV of 128 bits")?
            .to_be_bytes();
        Ok(Some(Self { key_uri, vector }))
    }

    /// The clear bytes of a segment.
    ///
    /// # Errors
    /// A text for people: the key has not 16 bytes, or the padding is not PKCS7, as with a wrong key.
    pub fn decrypt(&self, key: &[u8], segment: &[u8]) -> Result<Vec<u8>, String> {
        let key: [u8; 16] = key
            .try_into()
            .map_err(|_| format!("the key has {} bytes and not 16", key.len()))?;
        Decryptor::<Aes128>::new(&key.into(), &self.vector.into())
            .decrypt_padded_vec::<Pkcs7>(segment)
            .map_err(|_| "the segment is not padded as PKCS7 says, or the key is another one".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &[(&str, &'static str)]) -> Result<Option<Encryption>, String> {
        Encryption::of(|name| {
            list.iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
        })
    }

    #[test]
    fn only_aes_128_with_a_vector_is_read() {
        let iv = ("IV", "0x000102030405060708090A0B0C0D0E0F");
        let found = of(&[("METHOD", "AES-128"), ("URI", "../key"), iv])
            .unwrap()
            .unwrap();
        assert_eq!(found.vector, std::array::from_fn(|at| u8::try_from(at).unwrap()));
        assert_eq!(of(&[("METHOD", "NONE")]), Ok(None));
        assert!(of(&[("METHOD", "SAMPLE-AES"), ("URI", "../key"), iv]).is_err());
        assert!(of(&[("METHOD", "AES-128"), ("URI", "../key")]).is_err());
        assert!(of(&[("METHOD", "AES-128"), ("URI", "../key"), ("IV", "0x01")]).is_err());
    }

    /// Made with `printf 'a segment' | openssl enc -aes-128-cbc -K 07...07 -iv 09...09`.
    #[test]
    fn what_openssl_encrypted_is_decrypted() {
        let encryption = Encryption {
            key_uri: String::new(),
            vector: [9; 16],
        };
        let sealed = SEALED.to_be_bytes();
        assert_eq!(encryption.decrypt(&[7; 16], &sealed).unwrap(), b"a segment");
        assert!(encryption.decrypt(&[8; 16], &sealed).is_err());
        assert!(encryption.decrypt(&[7; 15], &sealed).is_err());
    }

    const SEALED: u128 = 0x6474_f3ec_be46_752a_8ce1_3f24_11c0_87a6;
}
