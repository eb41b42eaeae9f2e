//! A tenant of a test's own beside the demo's, made with the operator's commands.

use std::collections::BTreeMap;

use lanyard_testkit::{AuthorityProfile, CertificateAuthority, IssuedCertificate, UserProfile, Validity};
use serde_json::Value;

use crate::demo::{Demo, until};
use crate::scripted_browser::{Page, ScriptedBrowser, SignInEnd};

pub(crate) const REDIRECT_URI: &str = "https://portal.example/cb";

pub(crate) struct OwnTenant<'a> {
    pub(crate) demo: &'a Demo,
    pub(crate) id: String,
    pub(crate) domain: String,
    pub(crate) client: String,
    pub(crate) root: CertificateAuthority,
}

/// What a browser holds between the user name and the certificate.
pub(crate) struct Begun {
    pub(crate) context: String,
    pub(crate) flow_token: String,
    pub(crate) certauth_url: Option<String>,
}

pub(crate) fn validity() -> Validity {
    Validity::days_from(jiff::Timestamp::now() - jiff::SignedDuration::from_hours(1), 30)
}

impl<'a> OwnTenant<'a> {
    /// A tenant that trusts one root of its own, with certificate sign-in on, one application and `pat@DOMAIN`.
    pub(crate) fn create(demo: &'a Demo, domain: &str) -> Self {
        let created = demo.ok(&["admin", "tenant", "create", domain, "--name", domain]);
        let id = created
            .rsplit_once('(')
            .and_then(|(_, rest)| rest.split_once(')'))
            .unwrap()
            .0
            .to_owned();
        let root =
            CertificateAuthority::root(&AuthorityProfile::new(&format!("Root of {domain}"), validity()))
                .unwrap();
        let mut tenant = Self {
            demo,
            id,
            domain: domain.to_owned(),
            client: String::new(),
            root,
        };
        let root = tenant.root.clone();
        tenant.trust(&root, "root", &["--root"]);
        tenant.admin(&["policy", "enable"]);
        tenant.admin(&["user", "create", &tenant.user("pat"), "--name", "Pat Test"]);
        let registered = tenant.admin(&["app", "create", "Portal", "--web", REDIRECT_URI, "--trusted"]);
        tenant.client = registered
            .trim()
            .trim_end_matches('.')
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned();
        tenant.until_followed();
        tenant
    }

    pub(crate) fn user(&self, name: &str) -> String {
        format!("{name}@{}", self.domain)
    }

    /// An administrator's command in this tenant.
    pub(crate) fn admin(&self, arguments: &[&str]) -> String {
        self.demo
            .ok(&[&["admin"], arguments, &["--tenant", &self.domain]].concat())
    }

    pub(crate) fn trust(&self, authority: &CertificateAuthority, name: &str, more: &[&str]) {
        let file = self.demo.home.join(format!("{}-{name}.pem", self.domain));
        std::fs::write(&file, authority.certificate_pem()).unwrap();
        self.admin(&[&["ca", "add", file.to_str().unwrap()], more].concat());
    }

    /// Replaces the certificate method policy after a change of its JSON.
    pub(crate) fn change_policy(&self, change: impl FnOnce(&mut Value)) {
        let mut policy: Value = serde_json::from_str(&self.admin(&["policy", "show"])).unwrap();
        change(&mut policy);
        let file = self.demo.home.join(format!("{}-policy.json", self.domain));
        std::fs::write(&file, policy.to_string()).unwrap();
        self.admin(&["policy", "set", file.to_str().unwrap()]);
    }

    /// Waits until the running server offers certificates in the tenant.
    fn until_followed(&self) {
        let runtime = tokio::runtime::Handle::current();
        until("the server knows the new tenant", || {
            let begun = async {
                let mut browser = self.demo.browser(&self.id, None);
                self.try_begin(&mut browser).await?.certauth_url
            };
            tokio::task::block_in_place(|| runtime.block_on(begun)).is_some()
        });
    }

    /// A card of the tenant's root.
    pub(crate) fn card(&self, name: &str) -> IssuedCertificate {
        self.root
            .issue_user(&UserProfile::new("Card", validity()).user_principal_name(&self.user(name)))
            .unwrap()
    }

    /// A complete sign-in of `pat` with this certificate.
    pub(crate) async fn sign_in(&self, card: Option<&IssuedCertificate>) -> SignInEnd {
        let identity = card.map(|card| (card.certificate_pem() + &card.key().pem()).into_bytes());
        self.demo
            .sign_in_to(
                &self.id,
                &self.client,
                REDIRECT_URI,
                &self.user("pat"),
                identity.as_deref(),
            )
            .await
    }

    /// Steps a and b: the sign-in page, then the question for the ways to sign in.
    pub(crate) async fn begin(&self, browser: &mut ScriptedBrowser) -> Begun {
        self.try_begin(browser).await.unwrap()
    }

    async fn try_begin(&self, browser: &mut ScriptedBrowser) -> Option<Begun> {
        let page = browser.get(&self.authorize(&[])).await.unwrap();
        let config = page.config().filter(|config| config["sFT"].is_string())?;
        let question = serde_json::json!({ "username": self.user("pat"), "flowToken": config["sFT"] });
        let answer = browser.http().post(self.at("GetCredentialType")).json(&question);
        let answer: Value = answer.send().await.unwrap().json().await.unwrap();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Some(Begun {
            context: text(&config["sCtx"])?,
            flow_token: text(&answer["FlowToken"])?,
            certauth_url: text(&answer["Credentials"]["CertAuthParams"]["CertAuthUrl"]),
        })
    }

    /// Step d: posts what the certificate host handed over.
    pub(crate) async fn hand_over(&self, browser: &mut ScriptedBrowser, page: &Page) -> Page {
        let inputs = page.hidden_inputs();
        let pairs: Vec<(&str, &str)> = inputs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        browser.post(&self.at("login"), &pairs).await.unwrap()
    }

    /// The address of an authorization request with these parameters besides, or in place of, the ordinary ones.
    pub(crate) fn authorize(&self, more: &[(&str, &str)]) -> String {
        let mut pairs = BTreeMap::from([
            ("client_id", self.client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("scope", "openid"),
            ("code_challenge", crate::demo::CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        pairs.extend(more.iter().copied());
        let base = format!(
            "{}/{}/oauth2/v2.0/authorize",
            self.demo.text("/login_url"),
            self.id
        );
        url::Url::parse_with_params(&base, pairs).unwrap().to_string()
    }

    /// The address of a page or endpoint of the tenant.
    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.demo.text("/login_url"), self.id)
    }

    /// The rows of the tenant's sign-in log, oldest first.
    pub(crate) fn log(&self) -> Vec<Value> {
        let rows = self.demo.ok(&[
            "log",
            "--tenant",
            &self.domain,
            "--limit",
            "1000",
            "--output",
            "json",
        ]);
        serde_json::from_str(&rows).unwrap()
    }

    /// Everything that a request could change, as text.
    pub(crate) fn state(&self) -> String {
        let users = self.admin(&["user", "list", "--output", "json"]);
        let person = self.admin(&["user", "show", &self.user("pat")]);
        let applications = self.admin(&["app", "list", "--output", "json"]);
        let policy = self.admin(&["policy", "show"]);
        let log = serde_json::to_string(&self.log()).unwrap();
        [users, person, applications, policy, log].join("\n")
    }
}
