//! Fetches revocation lists from the organisation's web servers, and says when each is due again.
//!
//! Owns: one download attempt with all its limits ([`CrlDownloader`]), the rules where connections may go
//! ([`EgressRules`]), and the schedule of renewals ([`next_renewal`], [`keep_renewed`]).
//!
//! Does not own: which lists are wanted, what a list says, single flight and storage. It never decides a sign-in.
//!
//! Sources: certificate-sign-in §4.3, §4.4, §4.8.

mod address_check;
mod announced_size;
mod body;
mod download;
mod downloader;
mod egress;
mod fault;
mod renewal_loop;
mod schedule;

pub use download::{ConditionalHeaders, DownloadLimits, DownloadSettings, Downloaded, SetupError};
pub use downloader::CrlDownloader;
pub use egress::EgressRules;
pub use fault::DownloadFault;
pub use renewal_loop::{RenewableLists, keep_renewed};
pub use schedule::{Attempts, ListTimes, RenewalSettings, next_renewal};
