//! How many connections one address may hold.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

/// Counts open connections by address (IPv4) or by /64 (IPv6, where one customer has at least that much).
#[derive(Debug)]
pub(crate) struct ConnectionCap {
    most: Option<usize>,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// One place under the cap, given back when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    cap: Arc<ConnectionCap>,
    source: IpAddr,
}

impl ConnectionCap {
    pub(crate) fn new(most: Option<usize>) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// A place for one more connection, or `None` when this source has all it may have.
    pub(crate) fn take(self: &Arc<Self>, address: IpAddr) -> Option<Place> {
        let source = source_of(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(source).or_default();
        if self.most.is_some_and(|most| *count >= most) {
            return None;
        }
        *count += 1;
        Some(Place {
            cap: Arc::clone(self),
            source,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.cap.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.source);
            }
        }
    }
}

fn source_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(v4) => IpAddr::V4(v4),
        IpAddr::V6(v6) => {
            let network = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(network.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn places_are_counted_per_source_and_given_back() {
        let cap = ConnectionCap::new(Some(2));
        let first = cap.take(address("192.0.2.1")).unwrap();
        let _second = cap.take(address("::ffff:192.0.2.1")).unwrap();
        assert!(cap.take(address("192.0.2.1")).is_none());
        assert!(cap.take(address("192.0.2.2")).is_some());
        drop(first);
        assert!(cap.take(address("192.0.2.1")).is_some());
    }

    #[test]
    fn one_ipv6_network_is_one_source() {
        let cap = ConnectionCap::new(Some(1));
        let _place = cap.take(address("2001:db8::1")).unwrap();
        assert!(cap.take(address("2001:db8::2")).is_none());
        assert!(cap.take(address("2001:db8:0:1::2")).is_some());
    }

    #[test]
    fn nothing_stays_behind() {
        let cap = ConnectionCap::new(None);
        drop(
            (0..100)
                .map(|_| cap.take(address("192.0.2.1")))
                .collect::<Vec<_>>(),
        );
        assert!(cap.open.lock().unwrap().is_empty());
    }
}
