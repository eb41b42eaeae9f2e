//! A sign-in record as Graph answers it: the v1.0 properties and those of beta.

use serde_json::{Map, Value, json};

use crate::{AppCredential, KeyValue, SignInKind, SignInRecord, SignInStatus};

impl SignInRecord {
    /// The `signIn` resource.
    ///
    /// Rule `LOG-UPN-LOWER-CASE`: userPrincipalName is written in lower case; when no account was found it is what the
    /// person typed. Source: directory-policy-tokens §8.1, certificate-sign-in §9.1.
    #[must_use]
    pub fn to_graph_json(&self) -> Value {
        let mut resource = self.version_one();
        if let (Some(target), Value::Object(beta)) = (resource.as_object_mut(), self.beta_additions()) {
            target.extend(beta);
        }
        resource
    }

    /// All additional details: the certificate's first.
    #[must_use]
    pub fn all_processing_details(&self) -> Vec<KeyValue> {
        let mut pairs = self
            .certificate
            .as_ref()
            .map(|certificate| certificate.to_processing_details())
            .unwrap_or_default();
        pairs.extend(self.processing_details.iter().cloned());
        pairs
    }

    fn user_principal_name(&self) -> Option<String> {
        self.user
            .as_ref()
            .map(|user| &user.user_principal_name)
            .or(self.sign_in_identifier.as_ref())
            .map(|name| name.to_lowercase())
    }

    fn version_one(&self) -> Value {
        let user = self.user.as_ref();
        let application = self.application.as_ref();
        let resource = self.resource.as_ref();
        let service_principal = self.service_principal.as_ref();
        json!({
            "id": self.id,
            "createdDateTime": self.created.to_string(),
            "userDisplayName": user.map(|user| &user.display_name),
            "userPrincipalName": self.user_principal_name(),
            "userId": user.map(|user| user.id),
            "appId": application.map(|application| application.app_id),
            "appDisplayName": application.map(|application| &application.display_name),
            "ipAddress": self.ip_address.map(|address| address.to_string()),
            "clientAppUsed": self.client_app_used,
            "userAgent": self.user_agent,
            "correlationId": self.correlation_id,
            "conditionalAccessStatus": self.conditional_access_status,
            "isInteractive": self.kind == SignInKind::InteractiveUser,
            "homeTenantId": self.home_tenant_id.unwrap_or(self.tenant_id),
            "resourceTenantId": self.tenant_id,
            "resourceDisplayName": resource.map(|resource| &resource.display_name),
            "resourceId": resource.map(|resource| resource.id),
            "servicePrincipalId": service_principal.map(|principal| principal.id),
            "servicePrincipalName": service_principal.map(|principal| &principal.display_name),
            "authenticationAppDeviceDetails": null,
            "riskDetail": "none",
            "riskLevelAggregated": "none",
            "riskLevelDuringSignIn": "none",
            "riskState": "none",
            "riskEventTypes": [],
            "riskEventTypes_v2": [],
            "status": {
                "errorCode": self.status.error_code(),
                "failureReason": self.status.failure_reason(),
                "additionalDetails": self.status.additional_details(),
            },
            "deviceDetail": {
                "deviceId": "",
                "displayName": null,
                "operatingSystem": self.device.operating_system,
                "browser": self.device.browser,
                "isCompliant": null,
                "isManaged": null,
                "trustType": null,
            },
            // Nothing is known about places: no address database is part of the product.
            "location": { "city": null, "state": null, "countryOrRegion": null, "geoCoordinates": null },
            "appliedConditionalAccessPolicies": [],
        })
    }

    fn beta_additions(&self) -> Value {
        let mut methods: Vec<&str> = Vec::new();
        for detail in self
            .authentication_details
            .iter()
            .filter(|detail| detail.succeeded)
        {
            if !methods.contains(&detail.authentication_method.as_str()) {
                methods.push(&detail.authentication_method);
            }
        }
        let mut additions = json!({
            "signInEventTypes": [self.kind.as_str()],
            "authenticationDetails": self.authentication_details,
            "authenticationProcessingDetails": self.all_processing_details(),
            "authenticationMethodsUsed": methods,
            "authenticationRequirement": self.authentication_requirement,
            "authenticationRequirementPolicies": [],
            "authenticationContextClassReferences": [],
            "authenticationProtocol": self.authentication_protocol.as_deref().unwrap_or("none"),
            "incomingTokenType": self.incoming_token_type.as_deref().unwrap_or("none"),
            "originalTransferMethod": "none",
            "crossTenantAccessType": "none",
            "tokenIssuerType": "AzureAD",
            "tokenIssuerName": "",
            "sessionId": self.session_id,
            "uniqueTokenIdentifier": self.unique_token_identifier,
            "originalRequestId": self.original_request_id.unwrap_or(self.id),
            "processingTimeInMilliseconds": self.processing_time_ms,
            "sessionLifetimePolicies": [],
            "networkLocationDetails": [],
            "signInIdentifier": self.sign_in_identifier,
            "userType": self.user.as_ref().map(|user| if user.is_guest { "guest" } else { "member" }),
            "flaggedForReview": false,
        });
        if let Some(target) = additions.as_object_mut() {
            target.extend(self.credential_properties());
            target.extend(self.own_additions());
        }
        additions
    }

    fn credential_properties(&self) -> Map<String, Value> {
        let credential = self
            .service_principal
            .as_ref()
            .map_or(&AppCredential::None, |principal| &principal.credential);
        let (kind, key_id, thumbprint) = match credential {
            AppCredential::None => ("none", None, None),
            AppCredential::ClientSecret { key_id } => ("clientSecret", Some(key_id), None),
            AppCredential::ClientAssertion { key_id, thumbprint } => {
                ("clientAssertion", Some(key_id), Some(thumbprint))
            }
        };
        Map::from_iter([
            ("clientCredentialType".to_owned(), json!(kind)),
            ("servicePrincipalCredentialKeyId".to_owned(), json!(key_id)),
            (
                "servicePrincipalCredentialThumbprint".to_owned(),
                json!(thumbprint),
            ),
        ])
    }

    /// Properties of our own, under names Graph does not use.
    fn own_additions(&self) -> Map<String, Value> {
        let rule = match &self.status {
            SignInStatus::Failure { rule, .. } => rule.as_ref(),
            _ => None,
        };
        Map::from_iter([
            ("lanyardRule".to_owned(), json!(rule)),
            ("lanyardPolicyVersion".to_owned(), json!(self.policy_version)),
            ("lanyardTrace".to_owned(), json!(self.trace)),
        ])
    }
}
