//! `$expand`: resources with the objects they are related to.

use lanyard_engine::administer::Ownable;
use lanyard_engine::{ObjectKind, ProfileView};
use serde_json::{Value, json};

use crate::error::GraphError;
use crate::members::member_json;
use crate::memberships;
use crate::objects::object_json;
use crate::odata::{Expand, QueryOptions};
use crate::owners::owners_of;
use crate::query::Query;
use crate::routes::Api;

/// Most related objects that are shown. Source: directory-policy-tokens §2.1.
const MAX_EXPANDED: u32 = 20;
/// Most resources of a page that shows related objects.
const MAX_PAGE: usize = 100;

/// Adds what a query asks to expand to each resource of a kind.
///
/// # Errors
/// As those of the list of the relation.
pub(crate) async fn expand(
    api: &Api,
    query: &Query,
    options: &QueryOptions,
    kind: ObjectKind,
    resources: &mut [Value],
) -> Result<(), GraphError> {
    let Some(expand) = &options.expand else {
        return Ok(());
    };
    for resource in resources {
        let Some(id) = resource.get("id").and_then(Value::as_str).map(str::to_owned) else {
            continue;
        };
        let mut related = related(api, query, &expand.relation, kind, &id).await?;
        related.truncate(MAX_EXPANDED as usize);
        for object in &mut related {
            select(object, expand);
        }
        if let Some(members) = resource.as_object_mut() {
            members.insert(expand.relation.clone(), json!(related));
        }
    }
    Ok(())
}

/// A page that shows related objects is shorter.
pub(crate) fn limited(mut options: QueryOptions) -> QueryOptions {
    if options.expand.is_some() {
        options.page_size = options.page_size.min(MAX_PAGE);
    }
    options
}

async fn related(
    api: &Api,
    query: &Query,
    relation: &str,
    kind: ObjectKind,
    id: &str,
) -> Result<Vec<Value>, GraphError> {
    let request = &query.request;
    let owned = match kind {
        ObjectKind::Application => Ownable::Application(id, false),
        ObjectKind::ServicePrincipal => Ownable::ServicePrincipal(id, false),
        _ => Ownable::Group(id),
    };
    match relation {
        "owners" => owners_of(api, request, owned).await,
        "ownedObjects" => {
            let objects = api.engine.owned_objects_of(&request.caller, id).await?;
            Ok(objects.iter().map(object_json).collect())
        }
        "memberOf" | "transitiveMemberOf" => {
            memberships::of(api, request, id, relation == "transitiveMemberOf").await
        }
        _ => {
            let transitive = relation == "transitiveMembers";
            let which = (transitive, None);
            let members = api
                .engine
                .member_page(&request.caller, id, which, None, MAX_EXPANDED);
            let view = api
                .engine
                .profile_view(&request.caller)
                .unwrap_or(ProfileView::Basic);
            Ok(members
                .await?
                .iter()
                .map(|member| member_json(member, view))
                .collect())
        }
    }
}

fn select(object: &mut Value, expand: &Expand) {
    if let (Some(names), Some(members)) = (&expand.select, object.as_object_mut()) {
        members.retain(|name, _| name.starts_with('@') || names.iter().any(|wanted| wanted == name));
    }
}
