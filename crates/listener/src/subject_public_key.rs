//! Finds the public key inside a certificate without judging anything else in it.
//!
//! The TLS library reads a client's leaf with rules made for web servers and refuses some certificates that exist on
//! real cards (version 1, unknown critical extensions). To check the handshake signature only the key is needed.

use der::{
    Decode, Error, ErrorKind, Header, Reader, SliceReader, Tag, Tagged,
    asn1::{AnyRef, BitStringRef, UintRef},
};

/// A SubjectPublicKeyInfo cut out of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SubjectPublicKey<'a> {
    /// Contents of the AlgorithmIdentifier, without its outer SEQUENCE header.
    pub(crate) algorithm: &'a [u8],
    /// Contents of the BIT STRING.
    pub(crate) key: &'a [u8],
}

impl<'a> SubjectPublicKey<'a> {
    /// Walks `Certificate` → `TBSCertificate` → `subjectPublicKeyInfo`. Strict DER of the parts walked over, bounded work.
    pub(crate) fn of_certificate(certificate: &'a [u8]) -> Result<Self, Error> {
        let outer = AnyRef::from_der(certificate)?;
        let mut certificate_fields = contents(&outer)?;
        let to_be_signed: AnyRef<'a> = certificate_fields.decode()?;
        let mut fields = contents(&to_be_signed)?;
        if Tag::peek(&fields)?.is_context_specific() {
            skip(&mut fields)?; // version
        }
        for _ in ["serialNumber", "signature", "issuer", "validity", "subject"] {
            skip(&mut fields)?;
        }
        let info: AnyRef<'a> = fields.decode()?;
        let mut info = contents(&info)?;
        let algorithm: AnyRef<'a> = info.decode()?;
        algorithm.tag().assert_eq(Tag::Sequence)?;
        let key: BitStringRef<'a> = info.decode()?;
        info.finish()?;
        Ok(Self {
            algorithm: algorithm.value(),
            key: key.as_bytes().ok_or(ErrorKind::Failed)?,
        })
    }

    /// Size of the modulus in bits when this is an RSA key (rsaEncryption).
    pub(crate) fn rsa_modulus_bits(&self) -> Option<usize> {
        const RSA_ENCRYPTION: [u8; 11] = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
        if !self.algorithm.starts_with(&RSA_ENCRYPTION) {
            return None;
        }
        let key = AnyRef::from_der(self.key).ok()?;
        let modulus: UintRef<'_> = contents(&key).ok()?.decode().ok()?;
        let octets = modulus.as_bytes();
        let leading_zero_bits = octets.first()?.leading_zeros() as usize;
        Some(octets.len() * 8 - leading_zero_bits)
    }
}

fn contents<'a>(any: &AnyRef<'a>) -> Result<SliceReader<'a>, Error> {
    any.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(any.value())
}

fn skip<'a>(reader: &mut SliceReader<'a>) -> Result<(), Error> {
    let header = Header::decode(reader)?;
    reader.read_slice(header.length())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn certificate() -> Vec<u8> {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["card".to_owned()]).unwrap();
        parameters.self_signed(&key).unwrap().der().to_vec()
    }

    #[test]
    fn the_key_is_the_key() {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(vec!["card".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let found = SubjectPublicKey::of_certificate(certificate.der()).unwrap();
        assert_eq!(found.key, key.public_key_raw());
        assert_eq!(found.rsa_modulus_bits(), None);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = SubjectPublicKey::of_certificate(&bytes);
            let key = SubjectPublicKey { algorithm: &bytes, key: &bytes };
            let _ = key.rsa_modulus_bits();
        }

        #[test]
        fn no_damage_panics(position in 0_usize..400, octet in any::<u8>(), cut in 0_usize..400) {
            let mut der = certificate();
            if let Some(place) = der.get_mut(position) { *place = octet; }
            let _ = SubjectPublicKey::of_certificate(&der).map(|key| key.rsa_modulus_bits());
            der.truncate(cut);
            prop_assert!(SubjectPublicKey::of_certificate(&der).is_err() || cut >= der.len());
        }
    }
}
