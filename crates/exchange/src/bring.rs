//! Bringing what files hold into the installation: settings, users, groups, trust stores, denials, policy, kept objects.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lanyard_engine::administer::{Actor, ClassicAuthority, ImportFinding};
use lanyard_engine::{Caller, Engine, EngineError, certificate_of};
use serde::Serialize;

use crate::{ExchangeError, Found, NotTranslated, Untranslated};

/// Findings about rows that are told; the others are counted.
const TOLD: usize = 20;

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Brought {
    /// Users that are new.
    pub users_created: usize,
    /// Users that were there already and were left as they are.
    pub users_present: usize,
    /// Groups that are new.
    pub groups_created: usize,
    /// Groups that were there already.
    pub groups_present: usize,
    /// Memberships that are new.
    pub members_added: usize,
    /// Authorities of the classic store afterwards, when there was one in the files.
    pub classic_authorities: Option<usize>,
    /// Containers of the PKI store that are new.
    pub pki_containers: usize,
    /// Authorities of the PKI store that are new.
    pub pki_authorities: usize,
    /// Denials that are new.
    pub denied_certificates: usize,
    /// Kept objects that are new or other than before.
    pub kept: usize,
    /// The method policy of the files is in force.
    pub policy_in_force: bool,
    /// The settings of the files are in force.
    pub settings_in_force: bool,
    /// What administrators should hear about, each as one sentence.
    pub warnings: Vec<String>,
    /// What was not taken over.
    pub not_translated: Vec<NotTranslated>,
}

/// Brings everything. Each part is whole or not at all; after a failure the parts before it stay, and running it again
/// completes it.
///
/// `progress` is told what goes on and how many are done.
///
/// # Errors
/// The first part that cannot be brought.
pub async fn bring(
    engine: &Engine,
    caller: &Caller,
    actor: &Actor,
    found: Found,
    mut progress: impl FnMut(&'static str, usize),
) -> Result<Brought, ExchangeError> {
    let tenant = caller.tenant;
    let mut untranslated = found.untranslated;
    let mut groups = found.groups;
    let mut brought = Brought::default();
    if let Some(settings) = found.settings {
        engine.set_tenant_settings(actor, tenant, settings).await?;
        brought.settings_in_force = true;
    }
    if !found.users.is_empty() {
        let names: Vec<String> = found
            .users
            .iter()
            .map(|user| user.user_principal_name.clone())
            .collect();
        let users = engine
            .import_users(actor, tenant, found.users, &mut progress)
            .await?
            .map_err(|findings| rows(&findings, |row| names.get(row).cloned()))?;
        (brought.users_created, brought.users_present) = (users.created, users.present);
        let mut ids = HashMap::with_capacity(users.other_ids.len());
        for (given, theirs) in users.other_ids {
            let reason = format!(
                "the user is there with the object id {theirs}, which stays; members of groups follow, scopes of policies do not"
            );
            untranslated.add("", "user", &given.to_string(), reason);
            ids.insert(given.0, theirs.0);
        }
        for member in groups.iter_mut().flat_map(|group| &mut group.members) {
            *member = ids.get(member).copied().unwrap_or(*member);
        }
    }
    if !groups.is_empty() {
        let groups = engine
            .import_groups(actor, tenant, &groups, &mut progress)
            .await?
            .map_err(|findings| {
                let name = |row: usize| groups.get(row).map(|group| group.display_name.clone());
                rows(&findings, name)
            })?;
        (brought.groups_created, brought.groups_present) = (groups.created, groups.present);
        brought.members_added = groups.members;
        for stranger in groups.strangers {
            let reason = format!(
                "a member of {} that is neither a user nor a group of the tenant",
                stranger.group
            );
            untranslated.add("", "member", &stranger.id.to_string(), reason);
        }
    }
    if !found.pki.is_empty() {
        let pki = engine
            .import_pki(caller, &found.pki)
            .await
            .map_err(|refused| ExchangeError::Refused("the PKI store", refused))?;
        (brought.pki_containers, brought.pki_authorities) = (pki.containers, pki.authorities);
        brought.warnings.extend(pki.doubts);
    }
    if let Some(authorities) = found.authorities {
        let authorities = without_expired(engine, caller, authorities, &mut untranslated).await?;
        let store = engine
            .replace_classic_store(caller, &authorities, None)
            .await
            .map_err(|refused| ExchangeError::Refused("the trust store", refused))?;
        brought.classic_authorities = Some(store.authorities.len());
        brought.warnings.extend(store.warnings);
    }
    for denial in found.denials {
        let shown = denial
            .sha256_thumbprint
            .clone()
            .or_else(|| denial.serial_number.clone())
            .unwrap_or_default();
        match engine.deny_certificate(actor, tenant, denial).await {
            Ok(_) => brought.denied_certificates += 1,
            // One that is there already stays as it is.
            Err(EngineError::InvalidChange(sentence)) if sentence.starts_with("there is one") => {}
            Err(EngineError::InvalidChange(sentence)) => {
                untranslated.add("", "deniedCertificate", &shown, sentence);
            }
            Err(other) => return Err(other.into()),
        }
    }
    if let Some(policy) = &found.policy {
        let warnings = engine
            .patch_method_policy(caller, policy, None)
            .await
            .map_err(|refused| ExchangeError::Refused("the method policy", refused))?;
        brought.policy_in_force = true;
        brought.warnings.extend(warnings.iter().map(ToString::to_string));
    }
    brought.kept = engine.keep_policies(actor, tenant, &found.kept).await?;
    brought.not_translated = untranslated.list();
    Ok(brought)
}

fn rows(findings: &[ImportFinding], name: impl Fn(usize) -> Option<String>) -> ExchangeError {
    let mut sentences: Vec<String> = findings
        .iter()
        .take(TOLD)
        .map(|finding| format!("{}: {}", name(finding.row).unwrap_or_default(), finding.message))
        .collect();
    if findings.len() > TOLD {
        sentences.push(format!("… and {} more", findings.len() - TOLD));
    }
    ExchangeError::Rows(sentences)
}

/// The engine takes no new authority that is expired; where it comes from it may stand on.
async fn without_expired(
    engine: &Engine,
    caller: &Caller,
    authorities: Vec<ClassicAuthority>,
    untranslated: &mut Untranslated,
) -> Result<Vec<ClassicAuthority>, ExchangeError> {
    let stored = engine
        .read_classic_store(caller)
        .await
        .map_err(|refused| ExchangeError::Refused("the trust store", refused))?;
    let mut kept = Vec::with_capacity(authorities.len());
    for authority in authorities {
        let encoded = BASE64.encode(&authority.certificate);
        let expired = certificate_of(&encoded).filter(|certificate| {
            certificate.facts().not_after < engine.now()
                && stored
                    .authorities
                    .iter()
                    .all(|known| known.certificate != encoded)
        });
        match expired {
            Some(certificate) => {
                let facts = certificate.facts();
                let reason = format!("the authority expired at {}", facts.not_after);
                untranslated.add("", "certificateAuthority", &facts.subject.to_string(), reason);
            }
            None => kept.push(authority),
        }
    }
    Ok(kept)
}
