//! Certificate policies.

use super::record::{Failure, Record};
use crate::Certificate;
use crate::profile::PolicyInputs;

pub(crate) fn process(
    _record: &mut Record,
    _certificates: &[&Certificate],
    _inputs: &PolicyInputs,
) -> Result<Vec<String>, Failure> {
    Ok(Vec::new())
}
