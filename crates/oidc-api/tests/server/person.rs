//! A person with a certificate, signing in by the engine's use cases, without pages.

use lanyard_certificate_policy::{MethodPolicy, Switch};
use lanyard_directory::AppId;
use lanyard_engine::administer::{Actor, NewAuthority, NewUser};
use lanyard_engine::{
    AuthorizationStep, AuthorizeAnswer, ConsentDecision, PresentedCertificate, RequestFacts, SessionChange,
    StepOutcome,
};
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, UserProfile, Validity};
use uuid::Uuid;

use super::Server;

pub const ALICE: &str = "alice@contoso.example";
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Alice, her certificate and her browser.
pub struct Alice {
    chain: Vec<Vec<u8>>,
    facts: RequestFacts,
    session: Option<String>,
}

impl Alice {
    /// Makes the account and everything that lets it sign in.
    pub async fn arrive(server: &Server) -> Self {
        let (engine, actor, tenant) = (&server.engine, Actor("test".to_owned()), server.tenant.id);
        let validity = Validity::years_from("2026-01-01T00:00:00Z".parse().unwrap(), 5);
        let root = CertificateAuthority::root(&AuthorityProfile::new("Root", validity)).unwrap();
        let profile = UserProfile::new("Alice", validity).user_principal_name(ALICE);
        let certificate = root.issue_user(&profile).unwrap();
        let authority = NewAuthority {
            certificate: root.certificate_der().to_vec(),
            is_root_authority: true,
            ..NewAuthority::default()
        };
        engine.add_authority(&actor, tenant, authority).await.unwrap();
        let policy = MethodPolicy {
            state: Switch::Enabled,
            ..MethodPolicy::default()
        };
        engine.set_method_policy(&actor, tenant, policy).await.unwrap();
        let user = NewUser {
            user_principal_name: ALICE.to_owned(),
            display_name: "Alice".to_owned(),
            mail: Some("alice@mail.example".to_owned()),
            ..NewUser::default()
        };
        engine.create_user(&actor, tenant, user).await.unwrap();
        let facts = RequestFacts {
            origin: engine.settings().login_origin.clone(),
            tenant: tenant.to_string(),
            correlation_id: Uuid::new_v4(),
            request_id: Uuid::new_v4(),
            ip_address: "192.0.2.7".parse().unwrap(),
            user_agent: "test".to_owned(),
            browser: "browser".to_owned(),
        };
        Self {
            chain: vec![certificate.certificate_der().to_vec()],
            facts,
            session: None,
        }
    }

    /// Signs in and returns the code.
    pub async fn code(&mut self, server: &Server, client: AppId, redirect_uri: &str, scope: &str) -> String {
        let client = client.to_string();
        let pairs = [
            ("client_id", client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("scope", scope),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let pairs = pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let first = server
            .engine
            .begin_authorization(&self.facts, pairs, false, self.session.as_deref())
            .await
            .unwrap();
        let AuthorizeAnswer::Redirect(location) = self.finish(server, first).await else {
            panic!("no redirect")
        };
        let location = url::Url::parse(&location).unwrap();
        let code = location.query_pairs().find(|(name, _)| name == "code");
        code.unwrap_or_else(|| panic!("no code: {location}"))
            .1
            .into_owned()
    }

    /// Enters a user code and confirms it.
    pub async fn confirm_device(&mut self, server: &Server, user_code: &str) {
        let first = server
            .engine
            .begin_device_sign_in(&self.facts, user_code, self.session.as_deref())
            .await
            .unwrap();
        let mut outcome = first;
        loop {
            self.keep(&outcome.session);
            outcome = match outcome.step {
                AuthorizationStep::ConfirmDevice(prompt) => server
                    .engine
                    .answer_device(&self.facts, &prompt.context, true, self.session.as_deref())
                    .await
                    .unwrap(),
                AuthorizationStep::DeviceDone { accepted, .. } => {
                    assert!(accepted);
                    return;
                }
                step => self.next(server, step).await,
            };
        }
    }

    /// Enters a user code; the number of the refusal, if it is refused.
    pub async fn enter_device_code(&self, server: &Server, user_code: &str) -> Option<u32> {
        let session = self.session.as_deref();
        let outcome = server
            .engine
            .begin_device_sign_in(&self.facts, user_code, session)
            .await
            .unwrap();
        match outcome.step {
            AuthorizationStep::Problem(problem) => Some(problem.code.number()),
            _ => None,
        }
    }

    async fn finish(&mut self, server: &Server, mut outcome: StepOutcome) -> AuthorizeAnswer {
        loop {
            self.keep(&outcome.session);
            outcome = match outcome.step {
                AuthorizationStep::Reply(answer) => return answer,
                step => self.next(server, step).await,
            };
        }
    }

    fn keep(&mut self, change: &SessionChange) {
        match change {
            SessionChange::Set { handle, .. } => self.session = Some(handle.clone()),
            SessionChange::Clear => self.session = None,
            SessionChange::Keep => {}
        }
    }

    async fn next(&mut self, server: &Server, step: AuthorizationStep) -> StepOutcome {
        let (engine, session) = (&server.engine, self.session.as_deref());
        match step {
            AuthorizationStep::SignIn(prompt) => {
                assert!(prompt.error.is_none(), "{:?}", prompt.error);
                engine
                    .identify_user(&self.facts, &prompt.context, &prompt.flow_token, ALICE)
                    .await
                    .unwrap()
            }
            AuthorizationStep::ChooseMethod(prompt) => {
                let presented = PresentedCertificate {
                    chain: self.chain.clone(),
                    server_name: "certauth.example.test".to_owned(),
                    tls_version: "TLSv1.3".to_owned(),
                    unproven: None,
                };
                let handover = engine
                    .present_certificate(&self.facts, &prompt.context, &prompt.flow_token, presented)
                    .unwrap()
                    .unwrap();
                engine
                    .complete_certificate_sign_in(
                        &self.facts,
                        &handover.context,
                        &handover.flow_token,
                        &handover.certificate_token,
                    )
                    .await
                    .unwrap()
            }
            AuthorizationStep::StaySignedIn(prompt) => engine
                .answer_stay_signed_in(&self.facts, &prompt.context, false, session)
                .await
                .unwrap(),
            AuthorizationStep::Consent(prompt) => engine
                .answer_consent(&self.facts, &prompt.context, ConsentDecision::Accept, session)
                .await
                .unwrap(),
            AuthorizationStep::PickAccount(prompt) => engine
                .choose_account(&self.facts, &prompt.context, true, session)
                .await
                .unwrap(),
            other => panic!("not expected: {other:?}"),
        }
    }
}
