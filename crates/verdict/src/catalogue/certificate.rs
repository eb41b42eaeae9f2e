//! Codes of certificate sign-in: the chain, its revocation, the binding, the scope and the strength.
//!
//! Source: certificate-sign-in §4.8 and §10.

use super::catalogue;

catalogue! {
    CERTIFICATE_VALIDATION_FAILED = 50_017, "CertificateValidationFailed", AccessDenied,
        "Your certificate could not be validated.",
        "Choose another certificate, or contact your administrator.";
    CERTIFICATE_REVOKED = 500_171, "CertificateRevoked", AccessDenied,
        "This certificate has been revoked.",
        "Use another certificate, or ask your administrator for a new one.";
    CERTIFICATE_NOT_VALID_NOW = 500_172, "CertificateNotValidNow", AccessDenied,
        "This certificate is expired or not yet valid.",
        "Choose a current certificate, or ask your administrator to renew yours.";
    CRL_HTTP_ERROR = 500_173, "CrlHttpError", AccessDenied,
        "Your organisation's revocation list could not be downloaded.",
        "Try again later; your administrator can see which server failed.";
    CRL_UNUSABLE = 500_174, "CrlUnusable", AccessDenied,
        "Your organisation's revocation list is damaged.",
        "Tell your administrator; signing in again will not help until it is repaired.";
    CRL_MISSING = 500_175, "CrlMissing", AccessDenied,
        "A required revocation list is missing.",
        "Tell your administrator.";
    ISSUER_NOT_TRUSTED = 500_176, "IssuerNotTrusted", AccessDenied,
        "The authority that issued your certificate is not set up here.",
        "Choose a certificate from your organisation, or contact your administrator.";
    DELTA_WITHOUT_BASE = 500_177, "DeltaWithoutBase", AccessDenied,
        "The revocation settings of this authority are wrong.",
        "Contact your administrator.";
    CRL_SEGMENT_MISSING = 500_178, "CrlSegmentMissing", AccessDenied,
        "A part of the revocation list is not available.",
        "Try again later.";
    CRL_TIMEOUT = 500_179, "CrlTimeout", AccessDenied,
        "Checking the certificate took too long.",
        "Try again.";
    DEVICE_CERTIFICATE_REVOKED = 500_183, "DeviceCertificateRevoked", AccessDenied,
        "The certificate of this device has been revoked.",
        "Ask your administrator for a new certificate on this device.";
    STRENGTH_NOT_MET = 500_187, "StrengthNotMet", InteractionRequired,
        "This certificate is not strong enough for this application.",
        "Use another certificate.";
    ISSUER_OUT_OF_SCOPE = 500_189, "IssuerOutOfScope", AccessDenied,
        "You may not sign in with certificates from this issuer.",
        "Use a certificate from another issuer, or contact your administrator.";
    CRL_DOWNLOAD_INVALID = 220_501, "InvalidCrlDownload", AccessDenied,
        "The revocation list could not be read.",
        "Tell your administrator.";
    CRL_NOT_DER = 2_205_011, "CrlNotDer", AccessDenied,
        "The revocation list has the wrong format.",
        "Tell your administrator; the list must be published in DER form.";
    CRL_DOWNLOAD_TIMED_OUT = 2_205_012, "CrlDownloadTimedOut", AccessDenied,
        "The revocation list is still being downloaded.",
        "Try again in a few minutes.";
    CRL_DOWNLOAD_IN_PROGRESS = 2_205_013, "CrlDownloadInProgress", AccessDenied,
        "The revocation list is being downloaded.",
        "Try again in a few minutes.";
    CRL_TOO_LARGE = 2_205_014, "CrlTooLarge", AccessDenied,
        "The revocation list is large and is still being downloaded.",
        "Try again in a few minutes; if it persists tell your administrator.";
    CRL_NOT_FROM_ISSUER = 2_205_015, "CrlNotFromIssuer", AccessDenied,
        "The revocation list does not belong to this authority.",
        "Tell your administrator.";
    CERTIFICATE_REVOKED_GENERIC = 7_000_214, "CertificateIsRevoked", AccessDenied,
        "The certificate in use has been revoked.",
        "Use another certificate, or ask your administrator for a new one.";
    CERTIFICATE_POLICY_NOT_ACQUIRED = 1_001_000, "CertificatePolicyNotAcquired", AccessDenied,
        "Certificate sign-in is not available for this account.",
        "Use another way to sign in.";
    BINDING_VALUE_NOT_ACQUIRED = 1_001_003, "BindingValueNotAcquired", AccessDenied,
        "This certificate lacks the information needed to recognise you.",
        "Choose another certificate.";
    CERTIFICATE_NOT_BOUND_TO_USER = 1_001_009, "CertificateNotBoundToUser", AccessDenied,
        "This certificate does not belong to this account.",
        "Choose the certificate of this account, or sign in with another user name.";
    METHOD_NOT_ALLOWED_FOR_USER = 130_501, "MethodNotAllowedForUser", AccessDenied,
        "Your organisation does not allow this way to sign in for you.",
        "Use another way to sign in, or contact your administrator.";
    NO_CERTIFICATE_SENT = 50_192, "RawCredentialExpectedNotFound", OwnPage,
        "Your browser did not send a certificate.",
        "Insert your card and try again with another certificate choice.";
    DESKTOP_SSO_HEADER_MALFORMED = 81_009, "DesktopSsoAuthorizationHeaderValueWithBadFormat", AccessDenied,
        "The sign-in ticket of this computer could not be used.",
        "Sign in with your user name instead.";
}
