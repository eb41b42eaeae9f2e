//! Putting what Graph files hold into the installation: users, groups, trust store, policy, in this order.

use std::collections::HashMap;
use std::process::ExitCode;

use anyhow::{Context as _, anyhow};
use uuid::Uuid;

use lanyard_directory::{TenantId, UserId};
use lanyard_engine::Caller;
use lanyard_engine::administer::Actor;

use super::graph_files::{Found, FoundGroup};
use super::{conclude, named, progress_bar, tell};
use crate::installation::Installation;

pub(super) async fn run(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    mut found: Found,
    dry_run: bool,
) -> anyhow::Result<ExitCode> {
    println!(
        "Found: {} users, {} groups, {}, {}.",
        found.users.len(),
        found.groups.len(),
        match &found.authorities {
            Some(list) => format!("a trust store of {} authorities", list.len()),
            None => "no trust store".to_owned(),
        },
        if found.policy.is_some() {
            "a method policy"
        } else {
            "no method policy"
        },
    );
    let untranslated = std::mem::take(&mut found.untranslated);
    if !dry_run {
        let code = import(installation, actor, tenant, found).await?;
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    if !untranslated.is_empty() {
        println!("Not translated:");
        untranslated.iter().for_each(|sentence| println!("  {sentence}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    found: Found,
) -> anyhow::Result<ExitCode> {
    let engine = &installation.engine;
    let caller = Caller::local_operator(tenant);
    if !found.users.is_empty() {
        let bar = progress_bar(found.users.len());
        let place = named(&found.users);
        let outcome = engine
            .import_users(actor, tenant, found.users, |what, done| tell(&bar, what, done))
            .await
            .context("the import stopped; run it again to complete it")?;
        bar.finish_and_clear();
        let code = conclude(outcome, place);
        if code != ExitCode::SUCCESS {
            return Ok(code);
        }
    }
    import_groups(installation, actor, tenant, &found.groups).await?;
    if let Some(authorities) = &found.authorities {
        let store = engine
            .replace_classic_store(&caller, authorities, None)
            .await
            .map_err(|refused| anyhow!("the trust store: {refused}"))?;
        println!("The trust store holds {} authorities.", store.authorities.len());
        store
            .warnings
            .iter()
            .for_each(|warning| println!("warning: {warning}"));
    }
    if let Some(policy) = &found.policy {
        let warnings = engine
            .patch_method_policy(&caller, policy, None)
            .await
            .map_err(|refused| anyhow!("the method policy: {refused}"))?;
        println!("The method policy is in force.");
        warnings.iter().for_each(|warning| println!("warning: {warning}"));
    }
    Ok(ExitCode::SUCCESS)
}

async fn import_groups(
    installation: &Installation,
    actor: &Actor,
    tenant: TenantId,
    groups: &[FoundGroup],
) -> anyhow::Result<()> {
    let (engine, store) = (&installation.engine, &installation.store);
    let (mut created, mut present, mut members) = (0, 0, 0);
    let mut strangers: HashMap<Uuid, &str> = HashMap::new();
    for found in groups {
        let group = match store.group(tenant, found.id).await? {
            Some(group) => {
                present += 1;
                group
            }
            None => {
                created += 1;
                engine
                    .create_group_with_id(actor, tenant, found.id, &found.display_name)
                    .await?
            }
        };
        for member in &found.members {
            let Some(user) = store.user(tenant, UserId(*member)).await? else {
                strangers.insert(*member, &found.display_name);
                continue;
            };
            let groups = store.transitive_groups_of(tenant, *member).await?;
            if !groups.contains(&found.id) {
                engine
                    .add_group_member(actor, &group, &user.user_principal_name)
                    .await?;
                members += 1;
            }
        }
    }
    if !groups.is_empty() {
        println!("{created} groups created, {present} were there already; {members} members added.");
    }
    for (id, group) in strangers {
        println!("Not translated: the member {id} of {group} is no user of the tenant");
    }
    Ok(())
}
