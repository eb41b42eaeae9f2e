//! Certificates, revocation lists, PFX files and a clock, made to order.
//!
//! Owns: a small certification authority over `rcgen` that tests, `lanyard demo` and the benchmarks share.
//! Does not own: reading or judging certificates (that is `lanyard-pki`), and nothing here knows a user,
//! a tenant or a policy. It must never make a certificate that a real directory is asked to trust.
//!
//! Every function takes its times as arguments, so that a test can stand at any moment:
//!
//! ```
//! use lanyard_testkit::{AuthorityProfile, CertificateAuthority, CrlProfile, UserProfile, Validity};
//!
//! let validity = Validity::years_from("2026-01-01T00:00:00Z".parse()?, 10);
//! let root = CertificateAuthority::root(&AuthorityProfile::new("Example Root", validity))?;
//! let issuing = root.issue_authority(&AuthorityProfile::new("Example Issuing CA 1", validity).path_length(0))?;
//!
//! let alice = issuing.issue_user(&UserProfile::new("Alice Example", validity)
//!     .user_principal_name("alice@example.test")
//!     .policy("2.16.840.1.101.3.2.1.3.13"))?;
//! let pfx = alice.pfx("secret", &[issuing.certificate_der()])?;
//!
//! let crl = issuing.crl(&CrlProfile::new(1, validity.not_before, validity.not_after).revoke(alice.serial()))?;
//! # assert!(pfx.len() > 1000 && crl.len() > 200);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Sources: RFC 5280 for the shapes; certificate-sign-in §3 to §6 for what the profiles offer.

mod authority;
mod clock;
mod crl;
mod der_writer;
mod error;
mod issued;
mod key;
mod params;
mod pfx;
mod profile;
mod validity;

pub use authority::CertificateAuthority;
pub use clock::FakeClock;
pub use crl::{CrlProfile, RevocationReason};
pub use error::TestkitError;
pub use issued::IssuedCertificate;
pub use key::{KeyAlgorithm, Keypair};
pub use profile::{AuthorityProfile, ExtendedKeyUsage, Extension, ServerProfile, UserProfile};
pub use rcgen::{DnType, KeyUsagePurpose};
pub use validity::Validity;
