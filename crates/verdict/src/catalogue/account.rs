//! Codes about the account: unknown, disabled, locked, guest, session.
//!
//! Source: directory-policy-tokens §1.10, certificate-sign-in §10.

use super::catalogue;

catalogue! {
    REDIRECT_URI_MISMATCH = 50_011, "InvalidReplyTo", OwnPage,
        "The application asked to return to an address that is not registered for it.",
        "Tell the owner of the application; the redirect URI must be registered exactly as it is sent.";
    USER_NOT_FOUND = 50_034, "UserAccountNotFound", OwnPage,
        "There is no account with this user name here.",
        "Check the spelling, or sign in with another account.";
    ACCOUNT_LOCKED = 50_053, "IdsLocked", OwnPage,
        "There were too many failed attempts to sign in.",
        "Wait a few minutes, then try again.";
    PASSWORD_EXPIRED = 50_055, "InvalidPasswordExpiredPassword", OwnPage,
        "This password has expired.",
        "Change your password, then sign in again.";
    PASSWORD_WRONG = 50_126, "InvalidUserNameOrPassword", OwnPage,
        "The user name or the password is wrong.",
        "Type both again.";
    FLOW_TOKEN_EXPIRED = 50_089, "FlowTokenExpired", OwnPage,
        "This sign-in page was open for too long.",
        "Start again from your application.";
    APPLICATION_UNKNOWN = 700_016, "UnauthorizedClientAppNotFoundInDirectory", OwnPage,
        "This application is not known in this directory.",
        "Check the client id and the tenant of the request.";
    APPLICATION_UNKNOWN_LEGACY = 70_001, "UnauthorizedClient", OwnPage,
        "This application is not set up.",
        "Check the client id of the request.";
    APPLICATION_DISABLED = 7_000_112, "UnauthorizedClientApplicationDisabled", UnauthorizedClient,
        "This application has been disabled.",
        "Contact the administrator of the application.";
    USER_NOT_IN_TENANT = 50_020, "UserUnauthorized", AccessDenied,
        "This account belongs to another organisation and is not a guest here.",
        "Sign in with an account of this organisation, or ask for an invitation.";
    ACCOUNT_MISSING_IN_DIRECTORY = 51_004, "UserAccountNotInDirectory", AccessDenied,
        "This account is not in this directory.",
        "Sign in with an account of this directory.";
    USER_DISABLED = 50_057, "UserDisabled", InvalidGrant,
        "This account is disabled.",
        "Contact your administrator.";
    SESSION_ACCOUNT_UNKNOWN_IN_TENANT = 16_000, "InteractionRequired", InteractionRequired,
        "The signed-in account is not known in the organisation of this application.",
        "Choose another account.";
    GUEST_INVITATION_PENDING = 50_014, "GuestUserInPendingState", InteractionRequired,
        "The invitation of this guest has not been accepted yet.",
        "Open the invitation first.";
    EXTERNAL_ACCOUNT_NOT_ADDED = 90_072, "PassThroughUserMfaError", InteractionRequired,
        "This external account must first be added as a guest.",
        "Ask an administrator of this organisation for an invitation.";
    NO_SESSION = 50_058, "UserInformationNotProvided", LoginRequired,
        "Nobody is signed in, and the application asked not to show a page.",
        "Sign in interactively.";
    SESSION_INVALID = 50_132, "SsoArtifactInvalidOrExpired", LoginRequired,
        "Your session is no longer valid.",
        "Sign in again.";
    SESSION_REVOKED = 50_133, "SsoArtifactRevoked", LoginRequired,
        "Your session has been revoked.",
        "Sign in again.";
    KEEP_ME_SIGNED_IN_INTERRUPT = 50_140, "KmsiInterrupt", InteractionRequired,
        "You are being asked whether to stay signed in.",
        "Answer the question to go on.";
    CONFIRM_APPLICATION_INTERRUPT = 50_199, "CmsiInterrupt", InteractionRequired,
        "You are being asked to confirm the application.",
        "Go on only if you started this sign-in yourself.";
}
