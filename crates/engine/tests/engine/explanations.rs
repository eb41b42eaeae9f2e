//! What `explain` says is what a sign-in decides.

use lanyard_certificate_policy::UserBindingProperties;
use lanyard_engine::{ExplainRequest, explain};
use lanyard_pki::Certificate;
use lanyard_testkit::{AuthorityProfile, CertificateAuthority, UserProfile, Validity};

use crate::house::{House, JANE, SAM, validity};

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
            .explain_live(None, &certificate, JANE, &[], now)
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
