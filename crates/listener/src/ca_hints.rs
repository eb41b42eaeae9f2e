//! The list of acceptable certificate authorities that a certificate host sends in its certificate request.

use rustls::DistinguishedName;

/// Most bytes the hint list may take on the wire (16 KiB). Source: certificate-sign-in §2.5 IH-4.
pub const CA_HINTS_LIMIT_BYTES: usize = 16 * 1024;

/// Each name is preceded by its length in two octets.
const LENGTH_PREFIX_BYTES: usize = 2;

/// Subject names of authorities, ready to be sent. Never more than [`CA_HINTS_LIMIT_BYTES`]. Empty means that the
/// browser offers every client certificate it has.
#[derive(Debug, Default)]
pub struct CaHints {
    subjects: Vec<DistinguishedName>,
    omitted: usize,
}

impl CaHints {
    /// From DER-encoded names (each a SEQUENCE), most wanted first.
    ///
    /// Rule `TLS-HINTS-CUT`: names are taken in the given order until 16 KiB are full; a name that does not fit or is
    /// no DER SEQUENCE is left out and counted. Source: certificate-sign-in §2.5 IH-4.
    #[must_use]
    pub fn from_subjects<I>(der_names_by_priority: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<[u8]>,
    {
        let mut hints = Self::default();
        let mut used = 0;
        for name in der_names_by_priority {
            let name = name.as_ref();
            let wire_size = name.len() + LENGTH_PREFIX_BYTES;
            if !is_one_sequence(name) || used + wire_size > CA_HINTS_LIMIT_BYTES {
                hints.omitted += 1;
                continue;
            }
            used += wire_size;
            hints.subjects.push(DistinguishedName::from(name.to_vec()));
        }
        hints
    }

    /// How many names were left out; worth a log line where the list is built.
    #[must_use]
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// How many names are sent.
    #[must_use]
    pub fn len(&self) -> usize {
        self.subjects.len()
    }

    /// True when no name is sent.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    pub(crate) fn subjects(&self) -> &[DistinguishedName] {
        &self.subjects
    }
}

fn is_one_sequence(bytes: &[u8]) -> bool {
    use der::{Decode, Tag, Tagged, asn1::AnyRef};
    AnyRef::from_der(bytes).is_ok_and(|any| any.tag() == Tag::Sequence)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(length: usize) -> Vec<u8> {
        let mut der = vec![0x30, 0x82];
        der.extend(u16::try_from(length).unwrap().to_be_bytes());
        der.resize(length + 4, 0);
        der
    }

    #[test]
    fn tls_hints_cut_keeps_the_first_names() {
        // TLS-HINTS-CUT: 100 names of 1 KiB; only the first 15 fit.
        let names: Vec<_> = (0..100).map(|_| name(1024)).collect();
        let hints = CaHints::from_subjects(&names);
        assert_eq!(hints.len(), 15);
        assert_eq!(hints.omitted(), 85);
    }

    #[test]
    fn a_smaller_name_still_fits_after_one_that_did_not() {
        let hints = CaHints::from_subjects([name(10_000), name(10_000), name(300)]);
        assert_eq!((hints.len(), hints.omitted()), (2, 1));
    }

    #[test]
    fn what_is_no_sequence_is_left_out() {
        let trailing = [name(300), vec![0]].concat();
        let hints = CaHints::from_subjects([vec![], vec![0x31, 0x00], trailing, vec![0x30, 0x00]]);
        assert_eq!((hints.len(), hints.omitted()), (1, 3));
    }

    proptest! {
        #[test]
        fn never_above_the_limit(sizes in proptest::collection::vec(256_usize..30_000, 0..60)) {
            let hints = CaHints::from_subjects(sizes.iter().map(|size| name(*size)));
            let wire: usize = hints.subjects().iter().map(|subject| subject.as_ref().len() + 2).sum();
            prop_assert!(wire <= CA_HINTS_LIMIT_BYTES);
            prop_assert_eq!(hints.len() + hints.omitted(), sizes.len());
        }
    }
}
