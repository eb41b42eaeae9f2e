//! What `explain` says is what a sign-in decides.

use lanyard_certificate_policy::UserBindingProperties;
use lanyard_directory::AppId;
use lanyard_engine::{Caller, ExplainRequest, LiveExplainRequest, explain};
use lanyard_pki::Certificate;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, UserProfile, Validity};

use jiff::Timestamp;

use crate::house::{House, JANE, PORTAL, SAM, validity};

fn question(certificate: &Certificate, at: Timestamp, application: Option<AppId>) -> LiveExplainRequest<'_> {
    LiveExplainRequest {
        tenant: None,
        certificate,
        user_name: JANE,
        application,
        crls: &[],
        at,
    }
}

#[tokio::test]
async fn an_explanation_says_what_a_sign_in_decides() {
    let house = House::open().await;
    let stranger = CertificateAuthority::root(&AuthorityProfile::new("Stranger", validity())).unwrap();
    let past = Validity::days_from("2026-01-02T00:00:00Z".parse().unwrap(), 10);
    let profile = |validity| UserProfile::new("Card", validity).user_principal_name(JANE);
    let revoked = house.card(JANE);
    house.publish(2, &[&revoked]);
    let cards = [
        ("strong", house.strong_card(JANE)),
        ("plain", house.card(JANE)),
        ("Sam's", house.card(SAM)),
        ("revoked", revoked.clone()),
        ("expired", house.issuing.issue_user(&profile(past)).unwrap()),
        ("foreign", stranger.issue_user(&profile(validity())).unwrap()),
    ];
    let list = [house.list(2, &[&revoked])];
    for (what, card) in cards {
        house.clock.advance(jiff::SignedDuration::from_secs(1));
        let certificate = Certificate::parse(card.certificate_der()).unwrap();
        let now = house.clock.now();
        let live = house
            .engine
            .explain_live(&question(&certificate, now, None))
            .await
            .unwrap();
        let snapshot = house.engine.snapshot();
        let exported = explain(&ExplainRequest {
            tenant: snapshot.tenant(house.tenant.id).unwrap(),
            certificate: &certificate,
            user: UserBindingProperties {
                user_principal_name: JANE.to_owned(),
                ..UserBindingProperties::default()
            },
            crls: &list,
            at: now,
        })
        .unwrap();
        let end = house.browser().sign_in(&house, JANE, &card).await;
        let number = |refusal: &Option<lanyard_verdict::Refusal>| {
            refusal.as_ref().map_or(0, |refusal| refusal.code.number())
        };
        assert_eq!(number(&live.refusal), end.number(), "{what}, live");
        assert_eq!(
            number(&exported.refusal),
            end.number(),
            "{what}, by the exported policy"
        );
        let row = house.log().await.remove(0);
        assert_eq!(row.trace, live.steps, "{what}: step by step");
        assert!(live.render().contains(JANE));
    }
}

#[tokio::test]
async fn an_explanation_says_whether_the_application_takes_the_person() {
    let house = House::open().await;
    let caller = Caller::local_operator(house.tenant.id);
    let card = house.strong_card(JANE);
    let certificate = Certificate::parse(card.certificate_der()).unwrap();
    let ask = async |application| {
        let now = house.clock.now();
        house
            .engine
            .explain_live(&question(&certificate, now, Some(application)))
            .await
    };
    let change = async |enabled, assignment_required| {
        let (engine, id) = (&house.engine, PORTAL.to_string());
        let changed =
            engine.change_service_principal(&caller, &id, true, Some(enabled), Some(assignment_required));
        changed.await.unwrap();
    };
    let taken = ask(PORTAL).await.unwrap();
    assert_eq!((taken.refusal.clone(), taken.multifactor), (None, true));
    assert!(taken.render().contains("to 'Portal' at"), "{}", taken.render());
    let step = taken.steps.steps().last().unwrap();
    assert_eq!(step.rule.as_str(), "APPLICATION-ASSIGNMENT");

    change(true, true).await;
    let unassigned = ask(PORTAL).await.unwrap();
    assert_eq!(unassigned.refusal.unwrap().code.number(), 50_105);
    assert!(!unassigned.multifactor);
    let end = house.browser().sign_in(&house, JANE, &card).await;
    assert_eq!(end.number(), 50_105);
    assert_eq!(house.log().await[0].trace, unassigned.steps);

    change(false, false).await;
    let disabled = ask(PORTAL).await.unwrap();
    let refusal = disabled.refusal.unwrap();
    assert_eq!(
        (refusal.code.number(), refusal.rule.as_str()),
        (7_000_112, "TOKEN-CLIENT-KNOWN")
    );
    assert_eq!(disabled.steps.steps()[0].rule.as_str(), "TOKEN-CLIENT-KNOWN");
    assert!(
        disabled.steps.steps().len() > 5,
        "the certificate's steps are there all the same"
    );

    let unknown = ask(AppId(uuid::Uuid::from_u128(1))).await;
    assert!(
        unknown.unwrap_err().to_string().contains("the application"),
        "said"
    );
}
