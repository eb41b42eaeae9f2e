//! Certificates: from bytes to facts, from facts to a trusted path, and what a CRL says about it.
//!
//! Owns: decoding of certificates and CRLs, names and their comparison, path building and validation (RFC 5280 §6.1
//! with the Entra profile as parameters), the CRL and delta index, and every rule of certificate-sign-in §3 and §4.
//! Does not own: users, policy, downloading, the clock. Time and revocation data are arguments.
//!
//! Everything here is a function of its arguments. One of them starts a thread and waits for it: the ingest of a large CRL
//! checks the signature and builds the index side by side, because both read all of it and neither needs the other.

mod asn1;
mod certificate;
mod crl;
mod evaluate;
pub mod facts;
pub mod name;
mod path;
mod profile;
mod revocation;
mod signature;
mod store_choice;
mod trust;
mod verify;

pub use asn1::DerError;
pub use certificate::{Certificate, CertificateError, parse_certificate_bundle, parse_pem_or_der};
pub use crl::{
    CrlFacts, CrlIndex, CrlKind, CrlNumber, CrlPool, HighestCrl, IngestOptions, RevocationReason,
    RevokedEntry, StoredIndexDamaged, number_rises,
};
pub use evaluate::{ChainOutcome, TrustedChain, evaluate, evaluate_with_pool};
pub use facts::{CertificateFacts, EllipticCurve, KeyIdentifier, NotHex, PublicKeyKind, SerialNumber};
pub use name::{Attribute, Name, NameTextError, RelativeName};
pub use profile::{Budgets, IssuerMatch, PolicyInputs, Profile, Purpose, RequireCrlScope};
pub use revocation::{AuthorityCrlStatus, CrlRequest, CrlRequestReason, CrlSlot, CrlStatus, RevocationView};
pub use store_choice::{ChosenAuthority, StoreChoice, choose_between_stores};
pub use trust::{AuthorityId, StoredAuthority, TrustStore};
pub use verify::{
    ChainLink, CrlCheck, RequestId, Unreadable, VerifyAnswer, VerifyInputs, VerifyProfile, VerifyRequest,
    parse_crls_pem_or_der, verify,
};
