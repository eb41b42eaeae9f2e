//! Name constraints: what a CA may certify.

mod forms;

use lanyard_verdict::Code;

use super::record::{Failure, Item, Reach, Record};
use crate::Certificate;
use crate::certificate::general_name::GeneralName;
use crate::certificate::name_constraints::NameConstraints;
use forms::{Match, is_same_form, within};

/// Holds every name of the certificates below (leaf first) against the constraints of `issuer`.
///
/// Rule `PATH-NAME-CONSTRAINTS`: every subject and alternative name below a constrained CA lies in a permitted subtree of
/// its form, if there is one, and in no excluded one: DN, RFC 822 (subject attributes too), DNS, URI, IP, UPN. A name
/// of any other constrained form is refused; self-issued CAs are exempt. Source: RFC 5280 §4.2.1.10, §6.1.3 b, c;
/// certificate-sign-in §3.2.
pub(super) fn are_permitted(
    record: &mut Record,
    issuer: &Certificate,
    below: &[&Certificate],
) -> Result<(), Failure> {
    let Some(constraints) = &issuer.contents().extensions.name_constraints else {
        return Ok(());
    };
    let authority = issuer.facts().subject.to_string();
    if constraints.has_distances {
        let detail =
            format!("the name constraints of '{authority}' use minimum or maximum, which no profile defines");
        return Err(refused(record, &[("authority", authority)], detail));
    }
    let mut looked_at = 0_usize;
    for (position, certificate) in below.iter().enumerate() {
        if position > 0 && certificate.is_self_issued() {
            continue;
        }
        for name in names_of(certificate) {
            looked_at += 1;
            let comparisons = constraints.permitted.len() + constraints.excluded.len();
            record.spend(Item::Name, u32::try_from(comparisons).unwrap_or(u32::MAX))?;
            if let Some(objection) = objection(&name, constraints) {
                let name = forms::describe(&name, certificate);
                let inputs = [("authority", authority.clone()), ("name", name.clone())];
                let detail = format!("'{authority}' may not issue for {name}: {objection}");
                return Err(refused(record, &inputs, detail));
            }
        }
    }
    record.passed(
        "PATH-NAME-CONSTRAINTS",
        &[("authority", authority), ("names", looked_at.to_string())],
    );
    Ok(())
}

fn refused(record: &mut Record, inputs: &[(&'static str, String)], detail: String) -> Failure {
    let code = Code::CERTIFICATE_VALIDATION_FAILED;
    record.failed(Reach::Path, code, "PATH-NAME-CONSTRAINTS", inputs, detail)
}

/// The names of a certificate that constraints apply to.
fn names_of(certificate: &Certificate) -> impl Iterator<Item = std::borrow::Cow<'_, GeneralName>> {
    use std::borrow::Cow;
    let contents = certificate.contents();
    let subject =
        (!contents.subject.is_empty()).then(|| Cow::Owned(GeneralName::Directory(contents.subject.clone())));
    let addresses = contents
        .email_addresses
        .iter()
        .map(|address| Cow::Owned(GeneralName::Rfc822(address.clone())));
    let alternatives = contents
        .extensions
        .subject_alternative_names
        .iter()
        .map(Cow::Borrowed);
    subject.into_iter().chain(addresses).chain(alternatives)
}

fn objection(name: &GeneralName, constraints: &NameConstraints) -> Option<&'static str> {
    for base in constraints
        .excluded
        .iter()
        .filter(|base| is_same_form(base, name))
    {
        match within(name, base, true) {
            Match::Inside => return Some("it lies in an excluded subtree"),
            Match::Unknown => return Some("names of that form cannot be judged"),
            Match::Outside => {}
        }
    }
    let mut is_constrained = false;
    for base in constraints
        .permitted
        .iter()
        .filter(|base| is_same_form(base, name))
    {
        is_constrained = true;
        match within(name, base, false) {
            Match::Inside => return None,
            Match::Unknown => return Some("names of that form cannot be judged"),
            Match::Outside => {}
        }
    }
    is_constrained.then_some("it lies in no permitted subtree")
}
