//! Certificates: from bytes to facts, from facts to a trusted path, and what a CRL says about it.
//!
//! Owns: decoding of certificates and CRLs, names and their comparison, path building and validation (RFC 5280 §6.1
//! with the Entra profile as parameters), the CRL and delta index, and every rule of certificate-sign-in §3 and §4.
//! Does not own: users, policy, downloading, the clock. Time and revocation data are arguments.

pub mod facts;
pub mod name;

pub use facts::{CertificateFacts, EllipticCurve, KeyIdentifier, PublicKeyKind, SerialNumber};
pub use name::{Attribute, Name, RelativeName};
