//! What can be asked about the rows of the logs.

use crate::odata::{Kind, Operators, Property, Schema};

const EQUAL: Operators = Operators::LOG_EQUAL;
const TEXT: Operators = Operators::LOG_TEXT;
const NONE: Operators = Operators::NONE;

const fn shown(name: &'static str, kind: Kind, operators: Operators) -> Property {
    Property::shown(name, kind, operators)
}

/// A sign-in. Source: directory-policy-tokens §8.1.
pub(crate) static SIGN_INS: Schema = Schema {
    type_name: "signIn",
    set_name: "auditLogs/signIns",
    properties: &[
        shown("id", Kind::Text, EQUAL),
        shown("createdDateTime", Kind::Moment, Operators::LOG_MOMENT),
        shown("userDisplayName", Kind::Text, TEXT),
        shown("userPrincipalName", Kind::Text, TEXT),
        shown("userId", Kind::Text, EQUAL),
        shown("appId", Kind::Text, EQUAL),
        shown("appDisplayName", Kind::Text, TEXT),
        shown("ipAddress", Kind::Text, TEXT),
        shown("clientAppUsed", Kind::Text, EQUAL),
        shown("userAgent", Kind::Text, NONE),
        shown("correlationId", Kind::Text, EQUAL),
        shown("conditionalAccessStatus", Kind::Text, EQUAL),
        shown("isInteractive", Kind::Boolean, EQUAL),
        shown("homeTenantId", Kind::Text, EQUAL),
        shown("resourceTenantId", Kind::Text, EQUAL),
        shown("resourceDisplayName", Kind::Text, EQUAL),
        shown("resourceId", Kind::Text, EQUAL),
        shown("servicePrincipalId", Kind::Text, EQUAL),
        shown("servicePrincipalName", Kind::Text, EQUAL),
        shown("authenticationAppDeviceDetails", Kind::Object, NONE),
        shown("riskDetail", Kind::Text, EQUAL),
        shown("riskLevelAggregated", Kind::Text, EQUAL),
        shown("riskLevelDuringSignIn", Kind::Text, EQUAL),
        shown("riskState", Kind::Text, EQUAL),
        shown("riskEventTypes", Kind::Texts, NONE),
        shown("riskEventTypes_v2", Kind::Texts, NONE),
        shown("status", Kind::Object, NONE),
        shown("status/errorCode", Kind::Integer, Operators::LOG_NUMBER),
        shown("status/failureReason", Kind::Text, TEXT),
        shown("deviceDetail", Kind::Object, NONE),
        shown("deviceDetail/browser", Kind::Text, TEXT),
        shown("deviceDetail/operatingSystem", Kind::Text, TEXT),
        shown("location", Kind::Object, NONE),
        shown("location/city", Kind::Text, EQUAL),
        shown("location/state", Kind::Text, EQUAL),
        shown("location/countryOrRegion", Kind::Text, EQUAL),
        shown("appliedConditionalAccessPolicies", Kind::Objects, NONE),
        shown("signInEventTypes", Kind::Texts, Operators::LOG_NUMBER),
        shown("authenticationDetails", Kind::Objects, NONE),
        shown("authenticationProcessingDetails", Kind::Objects, NONE),
        shown("authenticationProcessingDetails/key", Kind::Text, TEXT),
        shown("authenticationProcessingDetails/value", Kind::Text, TEXT),
        shown("authenticationMethodsUsed", Kind::Texts, NONE),
        shown("authenticationRequirement", Kind::Text, TEXT),
        shown("authenticationRequirementPolicies", Kind::Objects, NONE),
        shown("authenticationContextClassReferences", Kind::Objects, NONE),
        shown("authenticationProtocol", Kind::Text, EQUAL),
        shown("incomingTokenType", Kind::Text, EQUAL),
        shown("originalTransferMethod", Kind::Text, EQUAL),
        shown("crossTenantAccessType", Kind::Text, EQUAL),
        shown("tokenIssuerType", Kind::Text, EQUAL),
        shown("tokenIssuerName", Kind::Text, NONE),
        shown("sessionId", Kind::Text, EQUAL),
        shown("uniqueTokenIdentifier", Kind::Text, EQUAL),
        shown("originalRequestId", Kind::Text, EQUAL),
        shown("processingTimeInMilliseconds", Kind::Integer, NONE),
        shown("sessionLifetimePolicies", Kind::Objects, NONE),
        shown("networkLocationDetails", Kind::Objects, NONE),
        shown("signInIdentifier", Kind::Text, TEXT),
        shown("userType", Kind::Text, EQUAL),
        shown("flaggedForReview", Kind::Boolean, EQUAL),
        shown("clientCredentialType", Kind::Text, EQUAL),
        shown("servicePrincipalCredentialKeyId", Kind::Text, EQUAL),
        shown("servicePrincipalCredentialThumbprint", Kind::Text, EQUAL),
        shown("lanyardRule", Kind::Text, TEXT),
        shown("lanyardPolicyVersion", Kind::Integer, EQUAL),
        shown("lanyardTrace", Kind::Objects, NONE),
    ],
    has_advanced_mode: false,
    max_page: 1000,
    default_page: 1000,
    searchable: &[],
    expandable: &[],
};

/// A change. Source: directory-policy-tokens §8.2.
pub(crate) static AUDITS: Schema = Schema {
    type_name: "directoryAudit",
    set_name: "auditLogs/directoryAudits",
    properties: &[
        shown("id", Kind::Text, EQUAL),
        shown("category", Kind::Text, EQUAL),
        shown("correlationId", Kind::Text, EQUAL),
        shown("result", Kind::Text, EQUAL),
        shown("resultReason", Kind::Text, TEXT),
        shown("activityDisplayName", Kind::Text, TEXT),
        shown("activityDateTime", Kind::Moment, Operators::LOG_MOMENT),
        shown("loggedByService", Kind::Text, EQUAL),
        shown("operationType", Kind::Text, EQUAL),
        shown("initiatedBy", Kind::Object, NONE),
        shown("initiatedBy/user/id", Kind::Text, EQUAL),
        shown("initiatedBy/user/displayName", Kind::Text, EQUAL),
        shown("initiatedBy/user/userPrincipalName", Kind::Text, TEXT),
        shown("initiatedBy/app/appId", Kind::Text, EQUAL),
        shown("initiatedBy/app/displayName", Kind::Text, TEXT),
        shown("targetResources", Kind::Objects, NONE),
        shown("targetResources/id", Kind::Text, EQUAL),
        shown("targetResources/displayName", Kind::Text, TEXT),
        shown("targetResources/userPrincipalName", Kind::Text, TEXT),
        shown("targetResources/type", Kind::Text, EQUAL),
        shown("additionalDetails", Kind::Objects, NONE),
    ],
    has_advanced_mode: false,
    max_page: 1000,
    default_page: 1000,
    searchable: &[],
    expandable: &[],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::odata::{Filter, QueryFault, QueryOptions};

    #[test]
    fn documented_filters_are_answered() {
        let read = |schema: &Schema, filter: &str| -> Result<QueryOptions, QueryFault> {
            let pairs = [("$filter".to_owned(), filter.to_owned())];
            QueryOptions::for_list(&pairs, schema, false)
        };
        for filter in [
            "createdDateTime ge 2026-01-09T00:00:00Z and createdDateTime le 2026-01-10T00:00:00Z",
            "userId eq '87d349ed-44d7-43e1-9a83-5f2406dee5bd'",
            "status/errorCode ne 0",
            "startsWith(userPrincipalName,'a')",
            "signInEventTypes/any(t:t ne 'interactiveUser')",
            "location/city eq 'x' and deviceDetail/browser eq 'y'",
            "startsWith(authenticationRequirement,'multi')",
        ] {
            assert!(read(&SIGN_INS, filter).is_ok(), "{filter}");
        }
        for filter in [
            "activityDateTime le 2026-01-10T00:00:00Z and result eq 'success'",
            "initiatedBy/user/id eq 'a' or startsWith(initiatedBy/user/userPrincipalName,'b')",
            "targetResources/any(t:t/id eq 'a')",
            "targetResources/any(t:startsWith(t/displayName,'a'))",
        ] {
            assert!(read(&AUDITS, filter).is_ok(), "{filter}");
            assert!(Filter::parse(filter).is_ok());
        }
        assert!(read(&SIGN_INS, "userAgent eq 'x'").is_err());
    }
}
