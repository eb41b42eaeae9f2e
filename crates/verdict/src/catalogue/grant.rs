//! Codes about grants and sessions at the token endpoint.
//!
//! Source: directory-policy-tokens §1.10, §1.6, §1.9.

use super::catalogue;

catalogue! {
    ASSERTION_INVALID = 50_013, "InvalidAssertion", InvalidGrant,
        "The assertion of the request is not valid.",
        "Obtain a new assertion.";
    ASSERTION_EXPIRED = 500_133, "AssertionExpired", InvalidGrant,
        "The assertion of the request is outside its time of validity.",
        "Obtain a new assertion and check the clock.";
    GRANT_REVOKED = 50_173, "FreshTokenNeeded", InvalidGrant,
        "The sessions of this user have been revoked since the token was issued.",
        "Sign in again.";
    REFRESH_TOKEN_BARRED_BY_FLOW_POLICY = 530_036, "RefreshTokenInvalidDueToAuthenticationFlowsPolicy", InvalidGrant,
        "A policy of the organisation no longer allows the flow that produced this token.",
        "Sign in again in another way.";
    CODE_ALREADY_REDEEMED = 54_005, "OAuth2AuthorizationCodeAlreadyRedeemed", InvalidGrant,
        "This authorization code has been used before.",
        "Start the sign-in again; a code works once.";
    GRANT_INVALID = 70_000, "InvalidGrant", InvalidGrant,
        "The code or token of the request is not valid.",
        "Start the sign-in again.";
    CREDENTIALS_INVALID = 70_002, "InvalidClient", InvalidGrant,
        "The credentials of the request are not valid.",
        "Check the request and start the sign-in again.";
    RESPONSE_MODE_NOT_SUPPORTED = 70_007, "UnsupportedResponseMode", InvalidGrant,
        "The response mode of the request cannot be used here.",
        "Use query, fragment or form_post as the response type allows.";
    GRANT_EXPIRED = 70_008, "ExpiredOrRevokedGrant", InvalidGrant,
        "The code or token has expired.",
        "Start the sign-in again.";
    GRANT_FOR_ANOTHER_TENANT = 700_005, "InvalidGrantRedeemAgainstWrongTenant", InvalidGrant,
        "The code or token was issued for another tenant.",
        "Send it to the endpoint of the tenant that issued it.";
    REFRESH_TOKEN_INACTIVE = 700_082, "ExpiredOrRevokedGrantInactiveToken", InvalidGrant,
        "The refresh token was not used for too long.",
        "Sign in again.";
    REFRESH_TOKEN_LIFE_ENDED = 700_084, "ExpiredOrRevokedGrantFixedLifetime", InvalidGrant,
        "The refresh token of this single-page application has reached the end of its life.",
        "Sign in again.";
    SIGN_IN_FREQUENCY_EXPIRED = 70_043, "BadTokenDueToSignInFrequency", InvalidGrant,
        "Policy asks you to sign in again.",
        "Sign in again.";
    CODE_VERIFIER_MISMATCH = 501_481, "CodeVerifierMismatch", InvalidGrant,
        "The code verifier does not fit the code challenge.",
        "Send the verifier that belongs to the challenge of this sign-in.";
    CODE_VERIFIER_MISMATCH_LEGACY = 50_148, "CodeChallengeMismatch", InvalidGrant,
        "The code verifier and the code challenge do not fit together.",
        "Send the verifier that belongs to the challenge of this sign-in.";
    CODE_VERIFIER_MALFORMED = 501_491, "InvalidCodeChallengeMethodInvalidSize", InvalidGrant,
        "The code challenge or verifier has the wrong form.",
        "Use 43 to 128 unreserved characters.";
    CODE_CHALLENGE_MISSING_OR_MALFORMED = 50_147, "InvalidCodeChallenge", InvalidGrant,
        "The code challenge is missing or has the wrong form.",
        "Send a code challenge made with the method S256.";
    AUTHORIZATION_PENDING = 70_016, "AuthorizationPending", AuthorizationPending,
        "The sign-in on the other device is not finished yet.",
        "Ask again after the interval.";
    USER_CODE_WRONG = 70_018, "BadVerificationCode", BadVerificationCode,
        "This code is wrong.",
        "Type the code again, or start again on the device.";
    DEVICE_CODE_EXPIRED = 70_019, "CodeExpired", ExpiredToken,
        "This code has expired.",
        "Start again on the device.";
    DEVICE_CODE_NO_LONGER_VALID = 70_020, "DeviceCodeExpired", ExpiredToken,
        "The device code is no longer valid.",
        "Start again on the device.";
}
