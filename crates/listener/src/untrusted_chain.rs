//! A client's certificates as they came from the wire: bytes that nobody has judged yet.

use std::fmt;

use rustls_pki_types::CertificateDer;

/// Most certificates kept of one chain, the leaf included.
pub const MAX_CHAIN_CERTIFICATES: usize = 10;
/// Most bytes of one certificate.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// The chain a client sent, leaf first, after it proved to hold the leaf's private key. Nothing else is known about
/// it: it may be expired, revoked, issued by anybody, or no certificate that any rule would accept.
#[derive(Clone, PartialEq, Eq)]
pub struct UntrustedChain {
    certificates: Vec<Vec<u8>>,
    dropped: usize,
}

impl UntrustedChain {
    /// Rule `TLS-CHAIN-LIMITS`: of a chain the first ten certificates are kept, none above 64 KiB; the rest is dropped
    /// and counted, and a leaf that is too big means no chain at all. Source: certificate-sign-in §0.3.
    #[must_use]
    pub fn from_wire(chain: &[CertificateDer<'_>]) -> Option<Self> {
        let leaf = chain.first()?;
        if leaf.len() > MAX_CERTIFICATE_BYTES {
            return None;
        }
        let certificates: Vec<Vec<u8>> = chain
            .iter()
            .filter(|der| der.len() <= MAX_CERTIFICATE_BYTES)
            .take(MAX_CHAIN_CERTIFICATES)
            .map(|der| der.to_vec())
            .collect();
        let dropped = chain.len() - certificates.len();
        Some(Self {
            certificates,
            dropped,
        })
    }

    /// DER of the leaf.
    #[must_use]
    pub fn leaf(&self) -> &[u8] {
        self.certificates.first().map(Vec::as_slice).unwrap_or_default()
    }

    /// DER of everything sent after the leaf, in the order sent.
    pub fn intermediates(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.certificates.iter().skip(1).map(Vec::as_slice)
    }

    /// All of it, leaf first.
    #[must_use]
    pub fn as_der(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// How many certificates were too many or too big.
    #[must_use]
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}

impl fmt::Debug for UntrustedChain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "UntrustedChain({} certificates)",
            self.certificates.len()
        )
    }
}

/// A certificate was sent, but whether its sender holds the private key could not be checked. It can never sign
/// anyone in, so neither its bytes nor its names are handed out: anyone could have sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnprovenCertificate {
    /// The bytes are no X.509 certificate.
    Unreadable,
    /// An RSA key outside 2048 to 8192 bits whose signature scheme the cryptographic module does not verify.
    RsaKeySize {
        /// Size of the modulus in bits.
        bits: usize,
    },
    /// A kind of key, or a curve, that the cryptographic module does not know.
    KeyKind,
}

impl fmt::Display for UnprovenCertificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable => write!(formatter, "the certificate cannot be read"),
            Self::RsaKeySize { bits } => {
                write!(
                    formatter,
                    "the certificate has an RSA key of {bits} bits; 2048 to 8192 bits are possible"
                )
            }
            Self::KeyKind => write!(
                formatter,
                "the certificate has a kind of key that is not supported"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificates(sizes: &[usize]) -> Vec<CertificateDer<'static>> {
        sizes
            .iter()
            .map(|size| CertificateDer::from(vec![1; *size]))
            .collect()
    }

    #[test]
    fn tls_chain_limits() {
        // TLS-CHAIN-LIMITS
        assert_eq!(UntrustedChain::from_wire(&[]), None);
        assert_eq!(
            UntrustedChain::from_wire(&certificates(&[MAX_CERTIFICATE_BYTES + 1])),
            None
        );
        let chain = UntrustedChain::from_wire(&certificates(&[5; 13])).unwrap();
        assert_eq!((chain.as_der().len(), chain.dropped()), (10, 3));
        let chain = UntrustedChain::from_wire(&certificates(&[5, MAX_CERTIFICATE_BYTES + 1, 7])).unwrap();
        assert_eq!(
            (chain.leaf().len(), chain.intermediates().len(), chain.dropped()),
            (5, 1, 1)
        );
        assert_eq!(format!("{chain:?}"), "UntrustedChain(2 certificates)");
    }
}
