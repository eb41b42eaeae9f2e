//! An audit record as Graph answers it.

use serde_json::{Value, json};

use crate::{DirectoryAuditRecord, Initiator, ModifiedProperty, TargetResource};

impl DirectoryAuditRecord {
    /// The `directoryAudit` resource.
    ///
    /// Rule `AUDIT-VALUES-AS-TEXT`: old and new values are JSON written as strings. Source: directory-policy-tokens §8.2.
    #[must_use]
    pub fn to_graph_json(&self) -> Value {
        json!({
            "id": self.id,
            "category": self.category,
            "correlationId": self.correlation_id,
            "result": self.result,
            "resultReason": self.result_reason,
            "activityDisplayName": self.activity,
            "activityDateTime": self.created.to_string(),
            "loggedByService": self.logged_by_service,
            "operationType": self.operation_type,
            "initiatedBy": initiator(&self.initiated_by),
            "targetResources": self.target_resources.iter().map(target).collect::<Vec<Value>>(),
            "additionalDetails": self.additional_details,
        })
    }
}

fn initiator(initiator: &Initiator) -> Value {
    match initiator {
        Initiator::User {
            id,
            display_name,
            user_principal_name,
            ip_address,
        } => json!({
            "user": {
                "id": id,
                "displayName": display_name,
                "userPrincipalName": user_principal_name,
                "ipAddress": ip_address.map(|address| address.to_string()),
            },
            "app": null,
        }),
        Initiator::App {
            app_id,
            display_name,
            service_principal_id,
        } => json!({
            "user": null,
            "app": { "appId": app_id, "displayName": display_name, "servicePrincipalId": service_principal_id },
        }),
    }
}

fn target(target: &TargetResource) -> Value {
    json!({
        "id": target.id,
        "displayName": target.display_name,
        "type": target.target_type,
        "userPrincipalName": target.user_principal_name,
        "groupType": null,
        "modifiedProperties": target.modified_properties.iter().map(modified).collect::<Vec<Value>>(),
    })
}

fn modified(property: &ModifiedProperty) -> Value {
    let text = |value: &Option<Value>| value.as_ref().map(Value::to_string);
    json!({
        "displayName": property.display_name,
        "oldValue": text(&property.old_value),
        "newValue": text(&property.new_value),
    })
}
