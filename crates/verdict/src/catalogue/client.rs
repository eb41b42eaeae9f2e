//! Codes about the application that calls: its credentials and what it may do.
//!
//! Source: directory-policy-tokens §1.7, §1.10.

use super::catalogue;

catalogue! {
    CLIENT_AUTHENTICATION_FAILED = 50_012, "AuthenticationFailed", InvalidClient,
        "The application could not be authenticated.",
        "Check the credential of the application.";
    CLIENT_ASSERTION_SUBJECT_MISMATCH = 50_048, "SubjectMismatchesIssuer", InvalidClient,
        "Issuer and subject of the client assertion differ.",
        "Set both to the client id.";
    CLIENT_ASSERTION_EXPIRED = 700_024, "InvalidClientAssertionTimeRange", InvalidClient,
        "The client assertion is outside its time of validity.",
        "Make a new assertion and check the clock.";
    PUBLIC_CLIENT_SENT_CREDENTIAL = 700_025, "InvalidClientPublicClientWithCredential", InvalidClient,
        "A public client must not send a credential.",
        "Leave out the secret and the assertion, or register the application as confidential.";
    CLIENT_ASSERTION_SIGNATURE_INVALID = 700_027, "InvalidClientAssertionSignature", InvalidClient,
        "The signature of the client assertion does not fit any key of the application.",
        "Register the certificate, or sign with the registered one.";
    CLIENT_SECRET_WRONG = 7_000_215, "InvalidClientSecret", InvalidClient,
        "The secret of the application is wrong.",
        "Send the value of the secret, not its id.";
    CLIENT_CREDENTIAL_MISSING = 7_000_218, "ClientCredentialMissing", InvalidClient,
        "The request holds neither a secret nor an assertion of the application.",
        "Send client_secret or client_assertion, or allow public client flows for the application.";
    CLIENT_SECRET_EXPIRED = 7_000_222, "InvalidClientSecretExpired", InvalidClient,
        "The credential of the application has expired.",
        "Create a new credential for the application.";
    RESPONSE_TYPE_NOT_ENABLED = 700_054, "ResponseTypeNotEnabled", UnsupportedResponseType,
        "The application may not receive this kind of token from the authorize endpoint.",
        "Enable it for the application, or use the code flow.";
    RESPONSE_TYPE_NOT_SUPPORTED = 70_005, "UnsupportedResponseType", UnsupportedResponseType,
        "This response type is not supported.",
        "Use response_type=code.";
    GRANT_TYPE_NOT_SUPPORTED = 70_003, "UnsupportedGrantType", UnsupportedGrantType,
        "This grant type is not supported.",
        "Use authorization_code, refresh_token, client_credentials or device_code.";
    SEVERAL_RESOURCES = 700_022, "InvalidMultipleResourcesScope", InvalidScope,
        "The scope names several resources.",
        "Ask for the tokens of each resource separately.";
    SCOPE_INVALID = 70_011, "InvalidScope", InvalidScope,
        "The scope of the request is not valid.",
        "Check the spelling; .default cannot be mixed with other scopes of the same resource.";
    RESOURCE_DISABLED = 50_001, "InvalidResource", InvalidResource,
        "The resource is disabled or does not exist.",
        "Check the resource of the request.";
    RESOURCE_UNKNOWN = 500_011, "InvalidResourceServicePrincipalNotFound", InvalidResource,
        "The resource is not known in this tenant.",
        "Check the resource, or have it added to the tenant.";
    PERMISSION_NOT_LISTED = 65_005, "MisconfiguredApplication", InvalidResource,
        "The application does not list this permission among those it requires.",
        "Add the permission to the registration of the application.";
    APPLICATION_MISCONFIGURED = 650_056, "MisconfiguredApplicationPermissions", InvalidResource,
        "The required permissions of the application are not set up correctly.",
        "Correct the permissions in the registration of the application.";
    RESOURCE_NOT_LISTED = 650_057, "InvalidResourceNotListed", InvalidResource,
        "The application does not list this resource among those it requires.",
        "Add the resource to the registration of the application.";
}
