//! Sample data for every page.

use axum::response::Response;
use http::StatusCode;
use lanyard_pages::headers::{FormTargets, PageHeaders, respond};
use lanyard_pages::views::*;
use lanyard_pages::{ConfigBlock, config_block};

pub(crate) const NAMES: [&str; 26] = [
    "user-name",
    "user-name-problem",
    "method-choice",
    "method-choice-none",
    "hand-over",
    "stay-signed-in",
    "consent",
    "consent-administrator",
    "consent-organisation",
    "consent-refused",
    "account-picker",
    "device-code",
    "device-code-problem",
    "device-confirm",
    "device-done",
    "device-cancelled",
    "signed-out",
    "signed-out-applications",
    "form-post",
    "error",
    "error-short",
    "no-certificate",
    "plain-400",
    "plain-404",
    "plain-421",
    "plain-500",
];

const TENANT: &str = "Department of Sample Affairs";
const APPLICATION: &str = "Travel and Expenses";
const USER: &str = "jane.doe@sample-affairs.example";

fn flow() -> FlowFields {
    FlowFields {
        context: "c29tZS1jb250ZXh0".into(),
        flow_token: Some("Zmxvdy10b2tlbg".into()),
    }
}

fn frame(page_id: &str) -> Frame {
    Frame::of_tenant(TENANT).with_config(config_block::ConfigBlock {
        context: Some(flow().context),
        flow_token: flow().flow_token,
        post_url: Some("/sample/login".into()),
        page_id: Some(page_id.into()),
        ..ConfigBlock::default()
    })
}

fn report() -> Report {
    Report {
        code: Some("AADSTS500171".into()),
        code_name: Some("CertificateRevoked".into()),
        detail: Some(
            "serial 0a1b2c3d4e5f was revoked on 2026-10-03 by the list of Sample Issuing CA 2, number 4711"
                .into(),
        ),
        rule: Some("CRL-SERIAL-LISTED".into()),
        correlation_id: "5d0c3c2e-1f7b-4c29-9d0c-8f2b6a4a7f11".into(),
        request_id: "0191f7a2-7c11-7f5e-8b1e-3a9b6d1e2c4f".into(),
        time: "2026-11-21 12:04:31Z".into(),
        certificate: Some(ReceivedCertificate {
            subject: "CN=Jane Doe, OU=Finance, O=Department of Sample Affairs, C=US".into(),
            issuer: "CN=Sample Issuing CA 2, O=Department of Sample Affairs, C=US".into(),
            not_after: "2028-01-15 23:59:59Z".into(),
        }),
        compared: vec![
            row(
                "CHAIN-SIGNATURE",
                "passed",
                &[
                    ("issuer", "CN=Sample Issuing CA 2"),
                    ("algorithm", "ecdsa-with-SHA256"),
                ],
            ),
            row(
                "CHAIN-VALIDITY",
                "passed",
                &[
                    ("not_before", "2025-01-15T00:00:00Z"),
                    ("not_after", "2028-01-15T00:00:00Z"),
                ],
            ),
            row(
                "CRL-SERIAL-LISTED",
                "failed",
                &[
                    ("serial", "0a1b2c3d4e5f60718293a4b5c6d7e8f9"),
                    ("crl_number", "4711"),
                ],
            ),
        ],
    }
}

fn row(rule: &str, result: &str, values: &[(&str, &str)]) -> ComparedRow {
    ComparedRow {
        rule: rule.into(),
        result: result.into(),
        values: values
            .iter()
            .map(|(name, value)| ComparedValue {
                name: (*name).into(),
                value: (*value).into(),
            })
            .collect(),
    }
}

fn recovery() -> Option<Recovery> {
    Some(Recovery {
        another_certificate_url: "https://t1234-r7f3.certauth.login.example/sample/certauth".into(),
        login_action: "/sample/login".into(),
        context: flow().context,
        flow_token: "Zmxvdy10b2tlbg".into(),
        user_name: Some(USER.into()),
    })
}

fn permissions() -> Vec<Permission> {
    [
        (
            "Sign you in and read your name, user name and email address",
            None,
        ),
        ("Stay connected to your data when you are away", None),
        (
            "Read and submit travel requests in your name",
            Some("Travel Records"),
        ),
    ]
    .into_iter()
    .map(|(text, resource)| Permission {
        text: text.into(),
        resource: resource.map(str::to_owned),
    })
    .collect()
}

fn problem(text: &str, hint: &str) -> Option<Problem> {
    Some(Problem {
        text: text.into(),
        hint: Some(hint.into()),
    })
}

fn anywhere() -> FormTargets {
    FormTargets::Applications { returns_to: None }
}

fn ok(page: &impl askama::Template) -> Response {
    respond(StatusCode::OK, page, &PageHeaders::new(FormTargets::SameHost))
}

pub(crate) fn page(name: &str) -> Option<Response> {
    let action = String::from("/sample/login");
    Some(match name {
        "user-name" | "user-name-problem" => ok(&UserNamePage {
            frame: frame("ConvergedSignIn"),
            action,
            flow: flow(),
            application_name: Some(APPLICATION.into()),
            user_name: if name == "user-name" {
                String::new()
            } else {
                "jane".into()
            },
            problem: if name == "user-name" {
                None
            } else {
                problem(
                    "“jane” is not a complete user name.",
                    "Type it with the part after the @ sign.",
                )
            },
        }),
        "method-choice" | "method-choice-none" => ok(&MethodChoicePage {
            frame: frame("ConvergedSignIn"),
            action,
            flow: flow(),
            application_name: Some(APPLICATION.into()),
            user_name: USER.into(),
            certificate_url: (name == "method-choice")
                .then(|| "https://t1234.certauth.login.example/sample/certauth".into()),
            straight_on: false,
        }),
        "hand-over" => respond(
            StatusCode::OK,
            &HandOverPage {
                frame: Frame::of_tenant(TENANT),
                action: "https://login.example/sample/login".into(),
                context: flow().context,
                flow_token: "Zmxvdy10b2tlbg".into(),
                certificate_token: "Y2VydGlmaWNhdGU".into(),
                certificate_received: true,
            },
            &PageHeaders::new(anywhere()),
        ),
        "stay-signed-in" => ok(&StaySignedInPage {
            frame: frame("KmsiInterrupt"),
            action,
            flow: flow(),
            user_name: USER.into(),
        }),
        "consent" | "consent-administrator" | "consent-organisation" | "consent-refused" => {
            ok(&ConsentPage {
                frame: frame("ConvergedConsent"),
                action,
                flow: flow(),
                user_name: USER.into(),
                application_name: APPLICATION.into(),
                publisher: if name == "consent" {
                    Publisher::Unverified
                } else {
                    Publisher::Verified("Sample Software Ltd".into())
                },
                permissions: permissions(),
                may_consent_for_organisation: name == "consent-administrator"
                    || name == "consent-organisation",
                for_organisation_only: name == "consent-organisation",
                administrator_needed: (name == "consent-refused").then(|| AdministratorNeeded {
                    code: "AADSTS90094".into(),
                    correlation_id: "5d0c3c2e-1f7b-4c29-9d0c-8f2b6a4a7f11".into(),
                }),
                returns_to: Some("travel.sample-affairs.example".into()),
            })
        }
        "account-picker" => ok(&AccountPickerPage {
            frame: frame("ConvergedSignIn"),
            action,
            flow: flow(),
            application_name: Some(APPLICATION.into()),
            accounts: vec![
                Account {
                    handle: "1".into(),
                    display_name: "Jane Doe".into(),
                    user_name: USER.into(),
                    signed_in: true,
                },
                Account {
                    handle: "2".into(),
                    display_name: "Jane Doe (administration)".into(),
                    user_name: "adm.jane.doe@sample-affairs.example".into(),
                    signed_in: false,
                },
            ],
        }),
        "device-code" | "device-code-problem" => ok(&DeviceCodePage {
            frame: Frame::without_tenant(),
            action: "/device".into(),
            user_code: if name == "device-code" {
                String::new()
            } else {
                "FJ5K7QWRX".into()
            },
            problem: if name == "device-code" {
                None
            } else {
                problem(
                    "That code is unknown or has expired.",
                    "Check it, or get a new code on your device.",
                )
            },
        }),
        "device-confirm" => ok(&DeviceConfirmPage {
            frame: frame("CmsiInterrupt"),
            action: "/device/confirm".into(),
            flow: flow(),
            application_name: "Field Reports".into(),
            user_name: USER.into(),
        }),
        "device-done" | "device-cancelled" => ok(&DeviceDonePage {
            frame: Frame::of_tenant(TENANT),
            application_name: "Field Reports".into(),
            approved: name == "device-done",
        }),
        "signed-out" => ok(&SignedOutPage {
            frame: Frame::of_tenant(TENANT),
            user_name: None,
            front_channel_urls: Vec::new(),
            continue_to: None,
        }),
        "signed-out-applications" => ok(&SignedOutPage {
            frame: Frame::of_tenant(TENANT),
            user_name: Some(USER.into()),
            front_channel_urls: Vec::new(),
            continue_to: Some("https://travel.sample-affairs.example/bye".into()),
        }),
        "form-post" => respond(
            StatusCode::OK,
            &FormPostPage {
                frame: Frame::of_tenant(TENANT),
                action: "https://travel.sample-affairs.example/callback".into(),
                application_name: Some(APPLICATION.into()),
                fields: vec![FormPostField {
                    name: "code".into(),
                    value: "0.AbCd".into(),
                }],
            },
            &PageHeaders::new(anywhere()),
        ),
        "error" => ok(&ErrorPage {
            frame: frame("ConvergedError"),
            headline: "We could not sign you in".into(),
            text: "This certificate has been revoked.".into(),
            hint: Some("Use another certificate, or ask your administrator for a new one.".into()),
            recovery: recovery(),
            report: report(),
        }),
        "error-short" => ok(&ErrorPage {
            frame: Frame::without_tenant(),
            headline: "We could not sign you in".into(),
            text: "The application asks for an address that is not registered for it.".into(),
            hint: Some("Tell the people who run the application.".into()),
            recovery: None,
            report: Report {
                code: Some("AADSTS50011".into()),
                certificate: None,
                compared: Vec::new(),
                detail: None,
                rule: Some("REDIRECT-URI-REGISTERED".into()),
                code_name: None,
                ..report()
            },
        }),
        "no-certificate" => ok(&NoCertificatePage {
            frame: Frame::of_tenant(TENANT),
            inspection_exempt_pattern: "*certauth.login.sample-affairs.example".into(),
            recovery: recovery(),
            report: Report {
                code: Some("AADSTS50192".into()),
                code_name: Some("NoCertificateSent".into()),
                certificate: None,
                compared: Vec::new(),
                detail: None,
                rule: Some("CERTIFICATE-PRESENT".into()),
                ..report()
            },
        }),
        "plain-400" | "plain-404" | "plain-421" | "plain-500" => {
            let status = name
                .rsplit('-')
                .next()?
                .parse()
                .ok()
                .and_then(|number| StatusCode::from_u16(number).ok())?;
            ok(&PlainPage::of_status(status))
        }
        _ => return None,
    })
}
