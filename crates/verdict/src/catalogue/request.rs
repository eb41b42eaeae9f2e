//! Codes about malformed requests, tenants and the service itself.
//!
//! Source: directory-policy-tokens §1.10, §1.3, §1.5.

use super::catalogue;

catalogue! {
    TENANT_MISSING = 50_059, "MissingTenantRealm", InvalidRequest,
        "The request does not say which organisation it is for.",
        "Use the address of your organisation, or type your full user name.";
    SINGLE_TENANT_APPLICATION_ON_COMMON = 50_194, "SingleTenantApplicationOnCommon", InvalidRequest,
        "This application belongs to one organisation and cannot be used at the common address.",
        "Use the address of the tenant.";
    PARAMETER_MISSING = 900_144, "MissingRequiredParameter", InvalidRequest,
        "A required parameter is missing from the request.",
        "Add the parameter.";
    FIELD_MISSING = 90_014, "MissingRequiredField", InvalidRequest,
        "A required field is missing from the request.",
        "Add the field.";
    REQUEST_INVALID = 90_023, "InvalidRequest", InvalidRequest,
        "The request is not valid.",
        "Correct the request.";
    REQUEST_MALFORMED = 9_002_313, "InvalidRequestMalformed", InvalidRequest,
        "The request is malformed.",
        "Correct the form of the request.";
    CROSS_ORIGIN_REDEMPTION_NOT_ALLOWED = 9_002_326, "CrossOriginRedemptionNotAllowed", InvalidRequest,
        "A code may be redeemed from a web page only by a single-page application.",
        "Register the redirect URI as that of a single-page application.";
    SINGLE_PAGE_REDEMPTION_WITHOUT_ORIGIN = 9_002_327, "SinglePageRedemptionRequiresOrigin", InvalidRequest,
        "The code of a single-page application may be redeemed only from its web page.",
        "Redeem the code in the browser, or register the redirect URI as that of a web application.";
    VERB_NOT_ALLOWED = 90_056, "BadResourceRequest", InvalidRequest,
        "This address does not accept requests of this kind.",
        "Use the other HTTP method.";
    ENDPOINT_NEEDS_POST = 900_561, "BadResourceRequestInvalidRequest", InvalidRequest,
        "This address accepts POST requests only.",
        "Send a POST with a form body.";
    RESOURCE_PARAMETER_ON_V2 = 901_002, "ResourceParameterNotSupported", InvalidRequest,
        "The parameter resource is not supported at this version of the endpoint.",
        "Use scope instead.";
    PARAMETER_INVALID = 90_100, "InvalidParameter", InvalidRequest,
        "A parameter of the sign-in is empty or not valid.",
        "Start the sign-in again in a new window.";
    TENANT_UNKNOWN = 90_002, "InvalidTenantName", InvalidTenant,
        "There is no such tenant.",
        "Check the tenant in the address.";
    INSTANCE_UNKNOWN = 50_049, "NoSuchInstanceForDiscovery", InvalidInstance,
        "This sign-in host is not known.",
        "Check the authority that the application is configured with.";
    DISCOVERY_REQUEST_MALFORMED = 50_050, "MalformedDiscoveryRequest", InvalidInstance,
        "The discovery request is malformed.",
        "Correct the request.";
    LOOP_DETECTED = 50_196, "LoopDetected", ServerError,
        "The application asked for sign-in again and again within a short time.",
        "Close the window and wait a moment; tell the owner of the application.";
}
