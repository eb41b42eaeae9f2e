//! Name constraints.

use lanyard_verdict::Code;

use super::record::{Failure, Reach, Record};
use crate::Certificate;

pub(super) fn are_permitted(
    record: &mut Record,
    issuer: &Certificate,
    _below: &[&Certificate],
) -> Result<(), Failure> {
    if issuer.contents().extensions.name_constraints.is_none() {
        return Ok(());
    }
    let detail = format!("'{}' has name constraints", issuer.facts().subject);
    Err(record.failed(
        Reach::Path,
        Code::CERTIFICATE_VALIDATION_FAILED,
        "PATH-NAME-CONSTRAINTS",
        &[],
        detail,
    ))
}
