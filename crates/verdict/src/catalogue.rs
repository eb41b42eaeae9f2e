//! The catalogue of error numbers, one table per family.
//!
//! Source: certificate-sign-in §10, directory-policy-tokens §1.10. The sentences are our own. Numbers for which no public
//! source is known are left out on purpose.

mod access;
mod account;
mod certificate;
mod client;
mod grant;
mod request;

use crate::CodeEntry;

/// Every family's table.
pub(crate) const FAMILIES: &[&[CodeEntry]] = &[
    certificate::ENTRIES,
    account::ENTRIES,
    access::ENTRIES,
    grant::ENTRIES,
    client::ENTRIES,
    request::ENTRIES,
];

/// Declares the codes of one family: a constant of [`Code`](crate::Code) and a line of the table for each.
macro_rules! catalogue {
    ($($constant:ident = $number:literal, $name:literal, $oauth:ident, $text:literal, $hint:literal;)*) => {
        impl $crate::Code {
            $(
                #[doc = concat!("`", $name, "`: ", $text)]
                pub const $constant: Self = Self::numbered($number);
            )*
        }

        pub(super) const ENTRIES: &[$crate::CodeEntry] = &[
            $($crate::CodeEntry {
                code: $crate::Code::$constant,
                name: $name,
                oauth: $crate::OAuthError::$oauth,
                text: $text,
                hint: $hint,
            },)*
        ];
    };
}
use catalogue;
