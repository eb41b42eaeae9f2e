use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::crl::stored::{StoredReader, StoredWriter};

/// As random as the digest of a signature.
const SEED: [u8; 32] = *b"any thirty-two octets will do it";

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let mut whole = vec![tag];
    match contents.len() {
        length @ 0..=127 => whole.push(u8::try_from(length).unwrap()),
        length => whole.extend([
            0x82,
            u8::try_from(length >> 8).unwrap(),
            u8::try_from(length & 0xff).unwrap(),
        ]),
    }
    whole.extend(contents);
    whole
}

/// One entry; `serial` is the contents of its INTEGER.
fn entry(serial: &[u8], reason: RevocationReason) -> Vec<u8> {
    let mut contents = element(0x02, serial);
    contents.extend(element(0x17, b"260101000000Z"));
    if reason != RevocationReason::Unspecified {
        let value = element(0x04, &element(0x0a, &[reason.code()]));
        let extension = [element(0x06, &[0x55, 0x1d, 21]), value].concat();
        contents.extend(element(0x30, &element(0x30, &extension)));
    }
    element(0x30, &contents)
}

/// Contents of an INTEGER in its shortest form.
fn shortest(mut octets: Vec<u8>) -> Vec<u8> {
    while let [first, second, ..] = octets[..]
        && ((first == 0 && second < 0x80) || (first == 0xff && second >= 0x80))
    {
        octets.remove(0);
    }
    octets
}

fn serials() -> impl Strategy<Value = Vec<u8>> {
    let lengths = prop_oneof![1..=4_usize, 15..=21_usize, 30..=40_usize];
    let random = lengths.prop_flat_map(|length| proptest::collection::vec(any::<u8>(), length));
    let alike = any::<u16>().prop_map(|end| [&[0x61, 7, 7, 7, 7][..], &end.to_be_bytes()].concat());
    prop_oneof![random, alike].prop_map(shortest)
}

fn reasons() -> impl Strategy<Value = RevocationReason> {
    (0..=10_u8).prop_filter_map("code 7 is not used", RevocationReason::from_code)
}

/// What a plain map says; of several entries one that revokes counts.
fn naive(listed: &[(Vec<u8>, RevocationReason)]) -> BTreeMap<SerialNumber, bool> {
    let mut map = BTreeMap::new();
    for (serial, reason) in listed {
        let revokes = map.entry(SerialNumber::from_der_integer(serial)).or_insert(false);
        *revokes |= *reason != RevocationReason::RemoveFromCrl;
    }
    map
}

fn set_of(listed: &[(Vec<u8>, RevocationReason)]) -> SerialSet {
    let entries: Vec<u8> = listed
        .iter()
        .flat_map(|(serial, reason)| entry(serial, *reason))
        .collect();
    SerialSet::build(&entries, &SEED).unwrap()
}

fn stored_and_read(set: &SerialSet) -> SerialSet {
    let mut writer = StoredWriter::default();
    set.write(&mut writer);
    let bytes = writer.into_octets();
    SerialSet::read(&mut StoredReader::new(&bytes)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_set_is_exactly_the_naive_set(
        listed in proptest::collection::vec((serials(), reasons()), 0..300),
        others in proptest::collection::vec(serials(), 0..100),
    ) {
        let set = set_of(&listed);
        let naive = naive(&listed);
        prop_assert_eq!(set.len(), listed.len());
        for set in [&set, &stored_and_read(&set)] {
            for (serial, revokes) in &naive {
                let found = set.find(serial).unwrap();
                prop_assert_eq!(found.reason != RevocationReason::RemoveFromCrl, *revokes);
                prop_assert_eq!(found.date.unwrap().to_string(), "2026-01-01T00:00:00Z");
            }
            for other in &others {
                let serial = SerialNumber::from_der_integer(other);
                prop_assert_eq!(set.find(&serial).is_some(), naive.contains_key(&serial));
            }
        }
    }

    #[test]
    fn damaged_bytes_are_never_a_panic(
        listed in proptest::collection::vec((serials(), reasons()), 0..40),
        at in any::<prop::sample::Index>(),
        change in 1..=255_u8,
    ) {
        let mut writer = StoredWriter::default();
        set_of(&listed).write(&mut writer);
        let mut bytes = writer.into_octets();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        if let Some(set) = SerialSet::read(&mut StoredReader::new(&bytes)) {
            for (serial, _) in &listed {
                let _ = set.find(&SerialNumber::from_der_integer(serial));
            }
        }
    }
}

/// Every table of buckets, from none to 65 536, with serial numbers spread by a counter run through a mixing step.
#[test]
fn large_sets_are_exact_and_small() {
    for count in [100_u64, 5_000, 300_000] {
        let serial = |index: u64| {
            let mixed = (index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).rotate_left(29) ^ index;
            let mut octets = [
                mixed.to_be_bytes(),
                index.wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes(),
            ]
            .concat();
            octets[0] = (octets[0] & 0x7f) | 0x40;
            octets
        };
        let listed: Vec<u8> = (0..count)
            .flat_map(|index| entry(&serial(index * 2), RevocationReason::KeyCompromise))
            .collect();
        let set = SerialSet::build(&listed, &SEED).unwrap();
        assert_eq!(set.len() as u64, count);
        for index in (0..count * 2).step_by(usize::try_from(count / 100).unwrap() | 1) {
            let found = set.find(&SerialNumber::from_big_endian(&serial(index)));
            assert_eq!(found.is_some(), index % 2 == 0, "{index} of {count}");
        }
        if count > 10_000 {
            let per_entry = set.resident_octets() as f64 / count as f64;
            assert!(per_entry <= 16.0, "{per_entry} octets per entry");
        }
    }
}

/// Every length, with shared octets and without, in random and in counting order; where the first entries are alike and
/// the later ones are not; other lengths between them. Each entry is found with its reason, and nothing else is found.
#[test]
fn large_sets_of_every_length_know_their_reasons() {
    #[derive(Clone, Copy, PartialEq)]
    enum Spread {
        Random,
        Counting,
        AlikeAtFirst,
    }
    // The last ones are many enough to be placed in one walk.
    let small = [2_usize, 4, 8, 15, 16, 17, 20, 32].map(|length| (length, 12_000));
    let large = [3, 19].map(|length| (length, 70_000));
    for (length, count) in small.into_iter().chain(large) {
        for spread in [Spread::Random, Spread::Counting, Spread::AlikeAtFirst] {
            let serial = |index: u64| {
                let mixed = u128::from(index + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
                let mut octets = [mixed.to_be_bytes(), mixed.rotate_left(61).to_be_bytes()].concat();
                octets.truncate(length);
                if spread == Spread::Counting || length < 4 {
                    let end = octets.len().min(8);
                    octets.fill(0x55);
                    let at = octets.len() - end;
                    octets[at..].copy_from_slice(&index.to_be_bytes()[8 - end..]);
                }
                if spread == Spread::AlikeAtFirst && length >= 4 && index < 1_000 {
                    octets[..2].copy_from_slice(&[0x41, 0x42]);
                }
                octets
            };
            let reason = |index: u64| [1, 0, 6, 9][usize::try_from(index % 4).unwrap()];
            let mut listed = Vec::new();
            let mut naive = BTreeMap::new();
            for index in 0..count {
                naive.entry(serial(2 * index)).or_insert(reason(index));
                let reason = RevocationReason::from_code(reason(index)).unwrap();
                let mut contents = serial(2 * index);
                contents.insert(0, 0);
                listed.extend(entry(&shortest(contents), reason));
                if index % 1_000 == 0 {
                    listed.extend(entry(
                        &shortest([&[1][..], &index.to_be_bytes(), &[7; 10]].concat()),
                        reason,
                    ));
                }
            }
            let set = SerialSet::build(&listed, &SEED).unwrap();
            let set = stored_and_read(&set);
            assert_eq!(set.len() as u64, count + count / 1_000);
            let step = usize::try_from((count / 700) | 1).unwrap();
            for index in (0..2 * count).step_by(step) {
                let found = set.find(&SerialNumber::from_big_endian(&serial(index)));
                let found = found.map(|entry| entry.reason.code());
                assert_eq!(
                    found,
                    naive.get(&serial(index)).copied(),
                    "{index}, {length} octets"
                );
            }
            if length > 4 {
                let per_entry = set.resident_octets() as f64 / count as f64;
                assert!(per_entry <= 16.3, "{per_entry} octets per entry of {length}");
            }
        }
    }
}

#[test]
fn a_negative_number_is_not_the_positive_one_with_its_octets() {
    let set = set_of(&[(vec![0xff], RevocationReason::KeyCompromise)]);
    assert!(set.find(&SerialNumber::from_der_integer(&[0xff])).is_some());
    assert!(set.find(&SerialNumber::from_der_integer(&[0, 0xff])).is_none());
}

#[test]
fn what_is_no_entry_is_an_error() {
    assert!(SerialSet::build(&[0x30, 0x03, 0x02, 0x01, 0x01], &SEED).is_err());
    assert!(SerialSet::build(&[0x02, 0x01, 0x01], &SEED).is_err());
    let unknown_critical = element(
        0x30,
        &[
            element(0x06, &[0x55, 0x1d, 99]),
            vec![1, 1, 0xff],
            element(4, &[5, 0]),
        ]
        .concat(),
    );
    let contents = [
        element(2, &[1]),
        element(0x17, b"260101000000Z"),
        element(0x30, &unknown_critical),
    ]
    .concat();
    assert!(SerialSet::build(&element(0x30, &contents), &SEED).is_err());
}
