//! What the browser is shown or sent next: the vocabulary between the use cases and the pages.

use jiff::Timestamp;
use uuid::Uuid;

use lanyard_tokens::AuthorizeAnswer;

use crate::Problem;

/// The answer to one browser request: the next step, and what becomes of the session cookie.
#[derive(Clone, Debug)]
pub struct StepOutcome {
    /// What to show or send.
    pub step: AuthorizationStep,
    /// What to do with the session cookie.
    pub session: SessionChange,
    /// The tenant's name for the page head, once the tenant is known.
    pub tenant_name: Option<String>,
    /// The redirect URI the sign-in ends at, where the page's form may lead straight to it: browsers apply a page's
    /// `form-action` policy to that redirect too.
    pub returns_to: Option<String>,
}

/// What becomes of the session cookie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionChange {
    /// Leave it.
    Keep,
    /// Set it.
    Set {
        /// Opaque handle, 256 random bits in base64url.
        handle: String,
        /// Seconds to keep it for; `None`: until the browser closes.
        max_age_secs: Option<u64>,
    },
    /// Remove it.
    Clear,
}

/// What the browser is shown or sent next.
#[derive(Clone, Debug)]
pub enum AuthorizationStep {
    /// Ask for the user name.
    SignIn(SignInPrompt),
    /// Several ways in: pick an existing session or use another account.
    PickAccount(AccountChoice),
    /// The user is named: offer the certificate.
    ChooseMethod(MethodPrompt),
    /// "Stay signed in?"
    StaySignedIn(StaySignedInPrompt),
    /// Ask for consent.
    Consent(ConsentPrompt),
    /// Ask to confirm a device sign-in, naming the application.
    ConfirmDevice(DevicePrompt),
    /// The device code was confirmed or declined.
    DeviceDone {
        /// `true`: the device will be signed in.
        accepted: bool,
        /// The application's name.
        application: String,
    },
    /// Send the answer to the application.
    Reply(AuthorizeAnswer),
    /// Show why not.
    Problem(Box<Problem>),
}

/// The user-name page. Also carries the state for automation clients (`$Config`: `sCtx`, `sFT`).
#[derive(Clone, Debug)]
pub struct SignInPrompt {
    /// Sealed context, sent back as `ctx`.
    pub context: String,
    /// Flow token, sent back as `flowToken`.
    pub flow_token: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// Name to fill in.
    pub user_name: Option<String>,
    /// The application's name.
    pub application: String,
    /// Why the name typed before was not taken.
    pub error: Option<Box<Problem>>,
}

/// The method page: the certificate is offered when the tenant has the method enabled.
#[derive(Clone, Debug)]
pub struct MethodPrompt {
    /// Sealed context.
    pub context: String,
    /// Flow token bound to the user name.
    pub flow_token: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// The name as typed.
    pub user_name: String,
    /// The application's name.
    pub application: String,
    /// Where the certificate form posts; `None`: certificate sign-in is off for the tenant.
    pub certauth_url: Option<String>,
    /// Last time a certificate was used: go straight on (certificate-sign-in §7.5).
    pub straight_on: bool,
}

/// The account list.
#[derive(Clone, Debug)]
pub struct AccountChoice {
    /// Sealed context.
    pub context: String,
    /// Flow token.
    pub flow_token: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// User principal name of the signed-in account.
    pub user_name: String,
    /// Its display name.
    pub display_name: String,
    /// The application's name.
    pub application: String,
}

/// The "stay signed in?" page.
#[derive(Clone, Debug)]
pub struct StaySignedInPrompt {
    /// Sealed context.
    pub context: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// Who signed in.
    pub user_name: String,
}

/// The consent page.
#[derive(Clone, Debug)]
pub struct ConsentPrompt {
    /// Sealed context.
    pub context: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// Who signed in.
    pub user_name: String,
    /// The application's name.
    pub application: String,
    /// What it asks for, one sentence each.
    pub permissions: Vec<String>,
    /// The person may consent for the whole organisation.
    pub may_consent_for_organisation: bool,
    /// The question is about the whole organisation and nothing less.
    pub for_organisation_only: bool,
    /// The person may not consent at all: an administrator is needed (90094).
    pub administrator_needed: bool,
}

/// The device confirmation page.
#[derive(Clone, Debug)]
pub struct DevicePrompt {
    /// Sealed context.
    pub context: String,
    /// Tenant segment to use in form targets.
    pub tenant: String,
    /// Who signed in.
    pub user_name: String,
    /// The application's name.
    pub application: String,
}

/// What the certauth host hands back to the login host.
#[derive(Clone, Debug)]
pub struct CertificateHandover {
    /// Where the form posts: `…/{tenant}/login` on the login host.
    pub post_to: String,
    /// `ctx`
    pub context: String,
    /// `flowtoken`
    pub flow_token: String,
    /// `certificatetoken`
    pub certificate_token: String,
    /// Whether a certificate was in the handshake; without one the page explains instead of going on by itself.
    pub certificate_received: bool,
    /// The redirect URI the sign-in ends at, for the page's `form-action` policy.
    pub returns_to: Option<String>,
}

/// The answer of `GetCredentialType`.
#[derive(Clone, Debug)]
pub struct CredentialTypes {
    /// Replaces the flow token.
    pub flow_token: String,
    /// `Credentials.CertAuthParams.CertAuthUrl`; `None`: the method is off and the member is left out.
    pub certauth_url: Option<String>,
}

/// What the sign-out page does.
#[derive(Clone, Debug)]
pub struct SignOut {
    /// Front-channel logout URLs to load, with `sid` and `iss` added.
    pub front_channel_urls: Vec<String>,
    /// Validated target to send the person to, with `state` added.
    pub redirect_to: Option<String>,
    /// Who was signed out, if anybody was.
    pub user_name: Option<String>,
    /// Session id that ended.
    pub session_id: Option<Uuid>,
    /// When.
    pub timestamp: Timestamp,
}
