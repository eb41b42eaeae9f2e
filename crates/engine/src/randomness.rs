//! Randomness.

use crate::EngineError;

/// Where unpredictable octets come from.
pub trait Randomness: Send + Sync {
    /// Fills the buffer, or fails: predictable secrets are never an alternative.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EngineError>;
}

/// The random generator of the crypto module.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandomness;

impl Randomness for SystemRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EngineError> {
        aws_lc_rs::rand::fill(buffer).map_err(|_| EngineError::Randomness)
    }
}

impl dyn Randomness {
    /// An array of fresh random octets.
    pub fn array<const N: usize>(&self) -> Result<[u8; N], EngineError> {
        let mut octets = [0; N];
        self.fill(&mut octets)?;
        Ok(octets)
    }

    /// A random GUID (version 4).
    pub fn guid(&self) -> Result<uuid::Uuid, EngineError> {
        Ok(uuid::Builder::from_random_bytes(self.array()?).into_uuid())
    }
}
