use thiserror::Error;

/// Why something could not be made. Tests unwrap it; the demo prints it.
#[derive(Debug, Error)]
pub enum TestkitError {
    /// The certificate library refused the profile (an e-mail address that is not ASCII, for example).
    #[error("the certificate could not be written: {0}")]
    Certificate(#[from] rcgen::Error),
    /// The PFX library refused the key or the chain.
    #[error("the PFX file could not be written: {0}")]
    Pfx(String),
    /// A policy or extension OID is not in dotted decimal form.
    #[error("`{0}` is not an object identifier in dotted decimal form")]
    ObjectIdentifier(String),
    /// Bytes given as a certificate or key are not one.
    #[error("these bytes are not a {expected}: {reason}")]
    Unreadable {
        /// What was wanted: `certificate`, `private key`.
        expected: &'static str,
        /// What the parser said.
        reason: String,
    },
    /// The operating system gave no random bytes.
    #[error("no random bytes from the operating system")]
    NoRandomness,
}
