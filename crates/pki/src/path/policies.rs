//! Certificate policies: RFC 5280 §6.1 with the policy graph of RFC 9618, whose size grows with the input and never
//! faster.

use std::collections::{BTreeMap, BTreeSet};

use lanyard_verdict::Code;

use super::record::{Failure, Item, Reach, Record};
use crate::Certificate;
use crate::asn1::oid::{ANY_POLICY, Oid};
use crate::profile::PolicyInputs;

/// One policy at one depth of the graph.
struct Node {
    policy: Oid,
    /// Nodes one level up; empty when the parent is the anyPolicy node there.
    parents: Vec<usize>,
    /// Deleted by an inhibited mapping.
    is_deleted: bool,
}

/// One depth of the graph.
#[derive(Default)]
struct Level {
    nodes: Vec<Node>,
    has_any_policy: bool,
}

impl Level {
    fn is_empty(&self) -> bool {
        !self.has_any_policy && self.nodes.iter().all(|node| node.is_deleted)
    }
}

/// Which nodes expect which policy in the next certificate.
type Expected = BTreeMap<Oid, Vec<usize>>;

/// The state variables of RFC 5280 §6.1.2.
struct State {
    explicit_policy: usize,
    policy_mapping: usize,
    inhibit_any_policy: usize,
}

/// Processes the policies of a complete path (leaf first, root last) and gives the user-constrained policy set.
///
/// Rule `PATH-POLICIES`: certificate policies are processed from the root's first certificate down, with mappings,
/// policyConstraints and inhibitAnyPolicy; where an explicit policy is demanded and none remains the path is refused.
/// Bindings and strengths use the leaf's literal policies, not this set. Source: RFC 5280 §6.1; RFC 9618;
/// certificate-sign-in §3.2.
pub(crate) fn process(
    record: &mut Record,
    certificates: &[&Certificate],
    inputs: &PolicyInputs,
) -> Result<Vec<String>, Failure> {
    let below_root = certificates.split_last().map_or(&[][..], |(_, below)| below);
    let count = below_root.len();
    let start = |is_set: bool| if is_set { 0 } else { count + 1 };
    let mut state = State {
        explicit_policy: start(inputs.require_explicit_policy),
        policy_mapping: start(inputs.inhibit_policy_mapping),
        inhibit_any_policy: start(inputs.inhibit_any_policy),
    };
    let mut levels = vec![Level {
        nodes: Vec::new(),
        has_any_policy: true,
    }];
    let mut expected = Expected::new();
    for (position, certificate) in below_root.iter().rev().enumerate() {
        let is_last = position + 1 == count;
        let above_has_any = levels.last().is_some_and(|level| level.has_any_policy);
        let mut level = next_level(record, certificate, &expected, above_has_any, &state, is_last)?;
        if state.explicit_policy == 0 && level.is_empty() {
            return Err(no_policy(record, certificate));
        }
        if !is_last {
            expected = map_policies(record, certificate, &mut level, above_has_any, &state)?;
            prepare_for_next(certificate, &mut state);
        }
        levels.push(level);
    }
    let last = below_root.first();
    let demands_policy = last.is_some_and(|leaf| {
        leaf.contents()
            .extensions
            .policy_constraints
            .require_explicit_policy
            == Some(0)
    });
    let explicit_policy = if demands_policy {
        0
    } else {
        state.explicit_policy.saturating_sub(1)
    };
    let policies = user_constrained(&mut levels, inputs.initial_policies.as_deref());
    if explicit_policy == 0 && policies.is_empty() {
        return Err(match last {
            Some(leaf) => no_policy(record, leaf),
            None => refused(record, &[], "the path holds no certificate".to_owned()),
        });
    }
    record.passed(
        "PATH-POLICIES",
        &[
            (
                "explicit_policy",
                if explicit_policy == 0 {
                    "demanded"
                } else {
                    "not demanded"
                }
                .to_owned(),
            ),
            ("policies", policies.join(" ")),
        ],
    );
    Ok(policies)
}

/// RFC 5280 §6.1.3 d and e.
fn next_level(
    record: &mut Record,
    certificate: &Certificate,
    expected: &Expected,
    above_has_any: bool,
    state: &State,
    is_last: bool,
) -> Result<Level, Failure> {
    let mut level = Level::default();
    let Some(policies) = &certificate.contents().extensions.policies else {
        return Ok(level);
    };
    let mut named: BTreeSet<&Oid> = BTreeSet::new();
    for policy in policies.iter().filter(|policy| policy.as_bytes() != ANY_POLICY) {
        let parents = match expected.get(policy) {
            Some(parents) => parents.clone(),
            None if above_has_any => Vec::new(),
            None => continue,
        };
        spend(record, 1 + parents.len())?;
        named.insert(policy);
        level.nodes.push(Node {
            policy: policy.clone(),
            parents,
            is_deleted: false,
        });
    }
    let any_counts = state.inhibit_any_policy > 0 || (!is_last && certificate.is_self_issued());
    if any_counts && policies.iter().any(|policy| policy.as_bytes() == ANY_POLICY) {
        for (policy, parents) in expected {
            if named.contains(policy) {
                continue;
            }
            spend(record, 1 + parents.len())?;
            level.nodes.push(Node {
                policy: policy.clone(),
                parents: parents.clone(),
                is_deleted: false,
            });
        }
        level.has_any_policy = above_has_any;
    }
    Ok(level)
}

/// RFC 5280 §6.1.4 a and b; gives what the next certificate is expected to assert.
fn map_policies(
    record: &mut Record,
    certificate: &Certificate,
    level: &mut Level,
    above_has_any: bool,
    state: &State,
) -> Result<Expected, Failure> {
    let mut mapped: BTreeMap<&Oid, Vec<&Oid>> = BTreeMap::new();
    for mapping in &certificate.contents().extensions.policy_mappings {
        let (from, to) = (&mapping.issuer_domain, &mapping.subject_domain);
        if from.as_bytes() == ANY_POLICY || to.as_bytes() == ANY_POLICY {
            let subject = certificate.facts().subject.to_string();
            let detail = format!("'{subject}' maps from or to any policy");
            return Err(refused(record, &[("certificate", subject)], detail));
        }
        spend(record, 1)?;
        mapped.entry(from).or_default().push(to);
    }
    let may_map = state.policy_mapping > 0;
    let mut at: BTreeMap<Oid, usize> = BTreeMap::new();
    for (index, node) in level.nodes.iter_mut().enumerate() {
        node.is_deleted = !may_map && mapped.contains_key(&node.policy);
        at.insert(node.policy.clone(), index);
    }
    // A mapping of a policy that only anyPolicy stands for makes a node of its own, beneath the anyPolicy above.
    if may_map && level.has_any_policy && above_has_any {
        for from in mapped.keys().filter(|from| !at.contains_key(**from)) {
            spend(record, 1)?;
            level.nodes.push(Node {
                policy: (*from).clone(),
                parents: Vec::new(),
                is_deleted: false,
            });
        }
    }
    let mut expected = Expected::new();
    for (index, node) in level
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| !node.is_deleted)
    {
        match mapped.get(&node.policy) {
            Some(targets) => {
                for target in targets {
                    let parents = expected.entry((*target).clone()).or_default();
                    if parents.last() != Some(&index) {
                        parents.push(index);
                    }
                }
            }
            None => expected.entry(node.policy.clone()).or_default().push(index),
        }
    }
    Ok(expected)
}

/// RFC 5280 §6.1.4 h to j.
fn prepare_for_next(certificate: &Certificate, state: &mut State) {
    if !certificate.is_self_issued() {
        state.explicit_policy = state.explicit_policy.saturating_sub(1);
        state.policy_mapping = state.policy_mapping.saturating_sub(1);
        state.inhibit_any_policy = state.inhibit_any_policy.saturating_sub(1);
    }
    let extensions = &certificate.contents().extensions;
    let lower = |value: &mut usize, bound: Option<u32>| {
        if let Some(bound) = bound {
            *value = (*value).min(bound as usize);
        }
    };
    lower(
        &mut state.explicit_policy,
        extensions.policy_constraints.require_explicit_policy,
    );
    lower(
        &mut state.policy_mapping,
        extensions.policy_constraints.inhibit_policy_mapping,
    );
    lower(&mut state.inhibit_any_policy, extensions.inhibit_any_policy);
}

/// RFC 5280 §6.1.5 g: the policies, in the root's terms, that reach the leaf and that the user asked for.
fn user_constrained(levels: &mut [Level], initial: Option<&[String]>) -> Vec<String> {
    let any_policy_reaches = levels.last().is_some_and(|level| level.has_any_policy);
    let mut reaching = BTreeSet::new();
    let mut alive: Option<BTreeSet<usize>> = None;
    for level in levels.iter().rev() {
        let mut above = BTreeSet::new();
        for (index, node) in level.nodes.iter().enumerate() {
            let is_alive = !node.is_deleted && alive.as_ref().is_none_or(|alive| alive.contains(&index));
            if !is_alive {
                continue;
            }
            if node.parents.is_empty() {
                reaching.insert(node.policy.dotted());
            }
            above.extend(node.parents.iter().copied());
        }
        alive = Some(above);
    }
    let any_policy = || Oid::parse("2.5.29.32.0").map(|oid| oid.dotted());
    match initial.filter(|initial| !initial.iter().any(|policy| Some(policy) == any_policy().as_ref())) {
        None => {
            if any_policy_reaches {
                reaching.extend(any_policy());
            }
            reaching.into_iter().collect()
        }
        Some(initial) => {
            let wanted: BTreeSet<&String> = initial.iter().collect();
            wanted
                .into_iter()
                .filter(|policy| any_policy_reaches || reaching.contains(*policy))
                .cloned()
                .collect()
        }
    }
}

fn spend(record: &mut Record, amount: usize) -> Result<(), Failure> {
    record.spend(Item::PolicyNode, u32::try_from(amount).unwrap_or(u32::MAX))
}

fn no_policy(record: &mut Record, certificate: &Certificate) -> Failure {
    let subject = certificate.facts().subject.to_string();
    let inputs = [
        ("certificate", subject.clone()),
        ("policies", certificate.facts().policy_oids.join(" ")),
    ];
    refused(
        record,
        &inputs,
        format!("a policy is demanded and none is left at '{subject}'"),
    )
}

fn refused(record: &mut Record, inputs: &[(&'static str, String)], detail: String) -> Failure {
    let code = Code::CERTIFICATE_VALIDATION_FAILED;
    record.failed(Reach::Policies, code, "PATH-POLICIES", inputs, detail)
}
