//! A person at a browser, by the use cases, without pages.

use lanyard_directory::AppId;
use lanyard_engine::{
    AuthorizationStep, AuthorizeAnswer, CertificateHandover, ConsentDecision, ConsentPrompt, MethodPrompt,
    PresentedCertificate, Problem, RequestFacts, SessionChange, SignInPrompt, StepOutcome,
};
use lanyard_testkit::IssuedCertificate;
use url::Url;
use uuid::Uuid;

use crate::house::{BOARD, BOARD_URI, House, PORTAL, PORTAL_URI, owned};

const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

pub(crate) struct Browser {
    pub(crate) facts: RequestFacts,
    pub(crate) session: Option<String>,
    /// Life of the session cookie as last set.
    pub(crate) session_max_age: Option<u64>,
    pub(crate) stay_signed_in: bool,
    pub(crate) accept: bool,
    /// Consent is given for everybody.
    pub(crate) for_organisation: bool,
    /// Where the browser was sent last.
    pub(crate) location: String,
    /// The consent page that was shown last.
    pub(crate) consent: Option<ConsentPrompt>,
    /// Pages that were shown on the way.
    pub(crate) pages: Vec<&'static str>,
}

/// How a sign-in ended.
#[derive(Debug)]
pub(crate) enum End {
    Code(String),
    /// The application was told.
    Told {
        error: String,
        number: u32,
    },
    /// A page said no.
    Page(Box<Problem>),
    DeviceDone(bool),
}

impl End {
    pub(crate) fn code(self) -> String {
        match self {
            Self::Code(code) => code,
            other => panic!("no code: {other:?}"),
        }
    }

    /// The number of a refusal, on a page or told to the application.
    pub(crate) fn number(&self) -> u32 {
        match self {
            Self::Page(problem) => problem.code.number(),
            Self::Told { number, .. } => *number,
            Self::Code(_) | Self::DeviceDone(_) => 0,
        }
    }

    pub(crate) fn rule(&self) -> String {
        match self {
            Self::Page(problem) => problem.rule.as_ref().map(ToString::to_string).unwrap_or_default(),
            other => panic!("no page: {other:?}"),
        }
    }
}

impl Browser {
    pub(crate) fn new(house: &House, segment: &str) -> Self {
        Self {
            facts: RequestFacts {
                origin: house.engine.settings().login_origin.clone(),
                tenant: segment.to_owned(),
                correlation_id: Uuid::new_v4(),
                request_id: Uuid::new_v4(),
                ip_address: "192.0.2.7".parse().unwrap(),
                user_agent: "test".to_owned(),
                browser: Uuid::new_v4().to_string(),
            },
            session: None,
            session_max_age: None,
            stay_signed_in: false,
            accept: true,
            for_organisation: false,
            consent: None,
            location: String::new(),
            pages: Vec::new(),
        }
    }

    /// A complete sign-in to the portal.
    pub(crate) async fn sign_in(&mut self, house: &House, name: &str, card: &IssuedCertificate) -> End {
        self.sign_in_with(house, PORTAL, &[], name, Some(card.certificate_der()))
            .await
    }

    pub(crate) async fn sign_in_with(
        &mut self,
        house: &House,
        client: AppId,
        extra: &[(&str, &str)],
        name: &str,
        leaf: Option<&[u8]>,
    ) -> End {
        self.facts.correlation_id = Uuid::new_v4();
        let outcome = self.authorize(house, client, extra).await;
        self.follow(house, outcome, name, leaf).await
    }

    /// The authorize request alone.
    pub(crate) async fn authorize(
        &mut self,
        house: &House,
        client: AppId,
        extra: &[(&str, &str)],
    ) -> StepOutcome {
        let id = client.to_string();
        let mut pairs = vec![
            ("client_id", id.as_str()),
            ("response_type", "code"),
            (
                "redirect_uri",
                if client == BOARD { BOARD_URI } else { PORTAL_URI },
            ),
            ("state", "s"),
            ("nonce", "n"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        if !extra.iter().any(|(name, _)| *name == "scope") {
            pairs.push(("scope", "openid profile offline_access"));
        }
        pairs.extend(extra);
        house
            .engine
            .begin_authorization(&self.facts, owned(&pairs), false, self.session.as_deref())
            .await
            .unwrap()
    }

    /// Answers every page until the sign-in ends.
    pub(crate) async fn follow(
        &mut self,
        house: &House,
        mut outcome: StepOutcome,
        name: &str,
        leaf: Option<&[u8]>,
    ) -> End {
        let engine = &house.engine;
        loop {
            self.keep(&outcome.session);
            let session = self.session.as_deref();
            outcome = match outcome.step {
                AuthorizationStep::Reply(AuthorizeAnswer::Redirect(location)) => {
                    self.location = location;
                    return end_of(&self.location);
                }
                AuthorizationStep::Reply(other) => panic!("not expected: {other:?}"),
                AuthorizationStep::Problem(problem) => return End::Page(problem),
                AuthorizationStep::SignIn(SignInPrompt {
                    error: Some(problem), ..
                }) => return End::Page(problem),
                AuthorizationStep::SignIn(prompt) => {
                    self.pages.push("sign-in");
                    engine
                        .identify_user(&self.facts, &prompt.context, &prompt.flow_token, name)
                        .await
                        .unwrap()
                }
                AuthorizationStep::ChooseMethod(prompt) => {
                    self.pages.push("method");
                    let handover = match self.present(house, &prompt, leaf) {
                        Ok(handover) => handover,
                        Err(problem) => return End::Page(problem),
                    };
                    self.hand_over(house, &handover).await
                }
                AuthorizationStep::StaySignedIn(prompt) => {
                    self.pages.push("stay");
                    engine
                        .answer_stay_signed_in(&self.facts, &prompt.context, self.stay_signed_in, session)
                        .await
                        .unwrap()
                }
                AuthorizationStep::Consent(prompt) => {
                    self.pages.push("consent");
                    let decision = match (self.accept, self.for_organisation) {
                        (false, _) => ConsentDecision::Decline,
                        (true, false) => ConsentDecision::Accept,
                        (true, true) => ConsentDecision::AcceptForOrganisation,
                    };
                    self.consent = Some(prompt.clone());
                    engine
                        .answer_consent(&self.facts, &prompt.context, decision, session)
                        .await
                        .unwrap()
                }
                AuthorizationStep::PickAccount(prompt) => {
                    self.pages.push("account");
                    engine
                        .choose_account(&self.facts, &prompt.context, true, session)
                        .await
                        .unwrap()
                }
                AuthorizationStep::ConfirmDevice(prompt) => {
                    self.pages.push("device");
                    engine
                        .answer_device(&self.facts, &prompt.context, self.accept, session)
                        .await
                        .unwrap()
                }
                AuthorizationStep::DeviceDone { accepted, .. } => return End::DeviceDone(accepted),
            };
        }
    }

    /// Answers every page; where the browser is sent in the end.
    pub(crate) async fn follow_to_address(
        &mut self,
        house: &House,
        outcome: StepOutcome,
        name: &str,
        leaf: Option<&[u8]>,
    ) -> String {
        self.follow(house, outcome, name, leaf).await;
        self.location.clone()
    }

    /// The method page for a name.
    pub(crate) async fn go_to_method(&mut self, house: &House, name: &str) -> MethodPrompt {
        let outcome = self.authorize(house, PORTAL, &[]).await;
        let AuthorizationStep::SignIn(prompt) = outcome.step else {
            panic!("{:?}", outcome.step)
        };
        let next = house
            .engine
            .identify_user(&self.facts, &prompt.context, &prompt.flow_token, name)
            .await
            .unwrap();
        match next.step {
            AuthorizationStep::ChooseMethod(prompt) => prompt,
            other => panic!("{other:?}"),
        }
    }

    /// The certauth host.
    pub(crate) fn present(
        &self,
        house: &House,
        prompt: &MethodPrompt,
        leaf: Option<&[u8]>,
    ) -> Result<CertificateHandover, Box<Problem>> {
        let presented = PresentedCertificate {
            chain: leaf.map(<[u8]>::to_vec).into_iter().collect(),
            server_name: "certauth.example.test".to_owned(),
            tls_version: "TLSv1.3".to_owned(),
            unproven: None,
        };
        house
            .engine
            .present_certificate(&self.facts, &prompt.context, &prompt.flow_token, presented)
            .unwrap()
    }

    /// Back on the login host.
    pub(crate) async fn hand_over(&self, house: &House, handover: &CertificateHandover) -> StepOutcome {
        house
            .engine
            .complete_certificate_sign_in(
                &self.facts,
                &handover.context,
                &handover.flow_token,
                &handover.certificate_token,
            )
            .await
            .unwrap()
    }

    pub(crate) fn keep(&mut self, change: &SessionChange) {
        match change {
            SessionChange::Set { handle, max_age_secs } => {
                self.session = Some(handle.clone());
                self.session_max_age = *max_age_secs;
            }
            SessionChange::Clear => self.session = None,
            SessionChange::Keep => {}
        }
    }
}

fn end_of(location: &str) -> End {
    let location = Url::parse(location).unwrap();
    let value = |wanted: &str| {
        location
            .query_pairs()
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if let Some(code) = value("code") {
        return End::Code(code);
    }
    let described = value("error_description").unwrap_or_default();
    let number = described
        .trim_start_matches("AADSTS")
        .split(|c: char| !c.is_ascii_digit())
        .next()
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0);
    End::Told {
        error: value("error").unwrap_or_default(),
        number,
    }
}
