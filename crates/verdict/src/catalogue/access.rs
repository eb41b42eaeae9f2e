//! Codes about what policy asks: another factor, a device, consent, permission.
//!
//! Source: directory-policy-tokens §1.10, certificate-sign-in §10.

use super::catalogue;

catalogue! {
    STRONG_AUTHENTICATION_ENROLMENT_INTERRUPT = 50_072, "UserStrongAuthEnrollmentRequiredInterrupt", InteractionRequired,
        "Another factor must be set up before you can go on.",
        "Contact your administrator if you cannot set one up.";
    STRONG_AUTHENTICATION_ENROLMENT_REQUIRED = 50_079, "UserStrongAuthEnrollmentRequired", InteractionRequired,
        "Another factor is needed and none is registered for you.",
        "Contact your administrator.";
    STRONG_AUTHENTICATION_UNFINISHED = 50_074, "UserStrongAuthClientAuthNRequiredInterrupt", InteractionRequired,
        "The second factor was not completed.",
        "Verify with another method.";
    STRONG_AUTHENTICATION_REQUIRED = 50_076, "UserStrongAuthClientAuthNRequired", InteractionRequired,
        "This access needs multifactor authentication.",
        "Sign in again and verify with a second method or a multifactor certificate.";
    STRONG_AUTHENTICATION_EXPIRED = 50_078, "UserStrongAuthExpired", InteractionRequired,
        "Your multifactor authentication is too old.",
        "Verify again.";
    EXTERNAL_CHALLENGE_REQUIRED = 50_158, "ExternalSecurityChallenge", InteractionRequired,
        "Another check must be passed first.",
        "Sign in interactively and follow the instructions.";
    DEVICE_PLATFORM_UNSUPPORTED = 50_005, "DevicePolicyError", InteractionRequired,
        "This kind of device is not allowed here.",
        "Use a device of another kind.";
    DEVICE_AUTHENTICATION_REQUIRED = 50_097, "DeviceAuthenticationRequired", InteractionRequired,
        "This device must identify itself.",
        "Use a device that is registered with your organisation.";
    DEVICE_NOT_REGISTERED = 50_129, "DeviceIsNotWorkplaceJoined", InteractionRequired,
        "This device is not registered.",
        "Register the device with your organisation.";
    DEVICE_CONDITION_FAILED = 50_131, "ConditionalAccessFailed", InteractionRequired,
        "This device does not meet the conditions of your organisation.",
        "Use another device, or contact your administrator.";
    DEVICE_AUTHENTICATION_FAILED = 50_155, "DeviceAuthenticationFailed", InteractionRequired,
        "This device could not prove who it is.",
        "Register the device again, or use another one.";
    DEVICE_INFORMATION_MISSING = 50_187, "DeviceInformationNotProvided", InteractionRequired,
        "No information about this device was received.",
        "Use a browser or application that can identify the device.";
    DEVICE_NOT_COMPLIANT = 53_000, "DeviceNotCompliant", InteractionRequired,
        "This device does not comply with the rules of your organisation.",
        "Bring the device into compliance, then try again.";
    DEVICE_NOT_JOINED = 53_001, "DeviceNotDomainJoined", InteractionRequired,
        "This device is not joined to your organisation.",
        "Use a joined device.";
    DEVICE_DISABLED = 135_011, "DeviceDisabled", AccessDenied,
        "This device has been disabled.",
        "Contact your administrator.";
    OUTBOUND_TENANT_POLICY = 500_212, "NotAllowedByOutboundPolicyTenant", AccessDenied,
        "Your home organisation does not allow access to this organisation.",
        "Contact the administrator of your home organisation.";
    INBOUND_TENANT_POLICY = 500_213, "NotAllowedByInboundPolicyTenant", AccessDenied,
        "This organisation does not allow access from your home organisation.",
        "Contact the administrator of this organisation.";
    ASSIGNMENT_REQUIRED = 50_105, "EntitlementGrantsNotFound", AccessDenied,
        "You are not assigned to this application.",
        "Ask your administrator to assign you.";
    APPROVED_APPLICATION_REQUIRED = 53_002, "ApplicationUsedIsNotAnApprovedApp", AccessDenied,
        "This application is not on the list of approved applications.",
        "Use an approved application.";
    BLOCKED_BY_ACCESS_POLICY = 53_003, "BlockedByConditionalAccess", AccessDenied,
        "Access is blocked by a policy of your organisation.",
        "Contact your administrator.";
    REGISTRATION_BLOCKED_BY_RISK = 53_004, "ProofUpBlockedDueToRisk", AccessDenied,
        "Another factor cannot be set up now because this sign-in looks risky.",
        "Try again from a familiar place, or contact your administrator.";
    PROTECTED_APPLICATION_REQUIRED = 53_009, "ApplicationProtectionPolicyRequired", AccessDenied,
        "This application must be protected by your organisation.",
        "Use an application that your organisation protects.";
    REGISTRATION_NOT_ALLOWED_FROM_HERE = 53_010, "ProofUpBlockedDueToSecurityInfoAcr", AccessDenied,
        "Another factor can be set up only from allowed places or devices.",
        "Try again from your organisation's network.";
    USER_BLOCKED_BY_HOME_RISK = 53_011, "UserBlockedDueToRiskOnHomeTenant", AccessDenied,
        "Your home organisation has blocked this account because of risk.",
        "Contact the administrator of your home organisation.";
    BLOCKED_BY_TENANT_SECURITY_POLICY = 530_032, "BlockedByConditionalAccessOnSecurityPolicy", AccessDenied,
        "A security policy of the organisation blocks this request.",
        "Contact your administrator.";
    BLOCKED_BY_SECURITY_DEFAULTS = 530_035, "BlockedBySecurityDefaults", AccessDenied,
        "The security defaults of the organisation block this request.",
        "Contact your administrator.";
    CONSENT_REQUIRED = 65_001, "DelegationDoesNotExist", ConsentRequired,
        "Nobody has approved this application yet.",
        "Approve the application when asked, or ask your administrator to do so.";
    CONSENT_DECLINED = 65_004, "UserDeclinedConsent", AccessDenied,
        "The application was not approved.",
        "Start again and approve it if you want to use it.";
    ADMINISTRATOR_CONSENT_REQUIRED = 90_094, "AdminConsentRequired", ConsentRequired,
        "This application needs the approval of an administrator.",
        "Ask your administrator to approve the application.";
    ADMINISTRATOR_CONSENT_REQUESTED = 90_095, "AdminConsentRequiredRequestAccess", ConsentRequired,
        "The approval of an administrator has to be requested.",
        "Send the request and wait for the answer.";
}
